"""CUM_SHARE and RANK_SHARE: where a unit stands among all units that have a signal.

They are the only functions that look at other units, so whatever rests on them can change although
nothing about the unit did. The signal's values are summed as whole numbers of units of its
precision, the largest first and units with the same value in key order: the same on every engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.compile.boundaries import BOUNDARY
from pmpo.compile.context import Context
from pmpo.compile.types import REAL, Typed
from pmpo.model.charter import Charter
from pmpo.sql import Dialect, exp

SHARES: Final = ("CUM_SHARE", "RANK_SHARE")
_LARGEST: Final = Decimal(9 * 10**18)
_CALL: Final = re.compile(rf"\b({'|'.join(SHARES)})\s*\(", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def set_dependent(charter: Charter) -> frozenset[str]:
    """The signals that compare a unit with all others, themselves or through other signals."""
    formulas = {name: signal.formula for name, signal in charter.signals.items()}
    found = {name for name, formula in formulas.items() if _CALL.search(formula)}
    for _ in formulas:
        found |= {name for name, text in formulas.items() if found & set(_WORD.findall(text))}
    return frozenset(found)


def share(name: str, signal: exp.Expr, digits: int, keys: Sequence[str], context: Context) -> Typed:
    """One of the shares of a unit among all units of its period, missing where its signal is.

    Args:
        signal: the column of the signal, rounded to `digits`.
        keys: the columns of the unit's key.
    """
    power = Decimal(10) ** digits
    fits = sql.binary(exp.LT, exp.Abs(this=signal.copy()), sql.real(_LARGEST / power))
    scaled = sql.binary(exp.Mul, signal.copy(), sql.real(power))
    floor = exp.Floor(this=sql.binary(exp.Add, scaled, sql.real("0.5")))
    whole = sql.case([(fits, sql.cast(floor, "bigint"))])
    order = [
        sql.ordered(whole.copy(), descending=True),
        *(sql.ordered(sql.by_code_point(sql.column(key), context.dialect)) for key in keys),
    ]
    among = [sql.column(BOUNDARY)] if len(context.periods) > 1 else []
    if name == "RANK_SHARE":
        result = _ranks(whole, order, among)
    else:
        result = _sums(whole, order, among, context.dialect)
    return Typed(sql.case([(sql.not_null(whole.copy()), result)]), REAL)


def _ranks(whole: exp.Expr, order: Sequence[exp.Ordered], among: Sequence[exp.Expr]) -> exp.Expr:
    """The rank among the units that have the signal, over how many they are."""
    rank = sql.first_row_number(_copies(among), order)
    count = exp.Window(this=exp.Count(this=whole.copy(), big_int=True), partition_by=_copies(among))
    return sql.binary(exp.Div, sql.cast(rank, "double"), sql.cast(count, "double"))


def _sums(
    whole: exp.Expr, order: Sequence[exp.Ordered], among: Sequence[exp.Expr], dialect: Dialect
) -> exp.Expr:
    """The sum down to this unit, over the sum of all; what is below zero adds nothing."""
    positive = sql.case(
        [(sql.binary(exp.GT, whole.copy(), sql.integer(0)), whole.copy())], sql.integer(0)
    )
    so_far = exp.Window(
        this=sql.whole_sum(positive.copy(), dialect),
        partition_by=_copies(among),
        order=exp.Order(expressions=list(order)),
        spec=exp.WindowSpec(
            kind="ROWS",
            start="UNBOUNDED",
            start_side="PRECEDING",
            end="CURRENT ROW",
        ),
    )
    total = exp.Window(this=sql.whole_sum(positive, dialect), partition_by=_copies(among))
    some = exp.Nullif(this=sql.to_real(total), expression=sql.real("0"))
    return sql.binary(exp.Div, sql.to_real(so_far), some)


def _copies(nodes: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [node.copy() for node in nodes]
