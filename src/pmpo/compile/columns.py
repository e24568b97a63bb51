"""One column of a table as the charter declares it: null texts, format and exact type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.formula import Formula, Report
from pmpo.compile.types import ERROR, Type
from pmpo.model.charter import Column, Source
from pmpo.model.formats import (
    CountFormat,
    NumberFormat,
    count_format,
    number_format,
    time_format,
)
from pmpo.sql import Dialect, exp

NOTHING_DECLARED: Final = Column()
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
WHOLE: Final = r"\s*[+-]?[0-9]+(\.0*)?\s*"
_HUNDREDTH: Final = Decimal("0.01")


def later_columns(source: Source, used: Iterable[str]) -> dict[str, str]:
    """Columns that became known later than their row, with the column that says when.

    The end of a validity, and a time at which something became known, say so themselves.
    """
    found: dict[str, str] = {}
    for name in used:
        declared = source.columns.get(name, NOTHING_DECLARED)
        if declared.known_at:
            found[name] = declared.known_at
            found.setdefault(declared.known_at, declared.known_at)
    if source.mode == "scd2":
        found[source.valid_to] = source.valid_to
    return found


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table and how it is read.

    Args:
        raw: its type in the table; None when the table cannot be seen.
        lenient: whether texts of the wrong type are missing; DuckDB only.
    """

    name: str
    declared: Column
    raw: Type | None
    dialect: Dialect
    lenient: bool = False

    @property
    def forgives(self) -> bool:
        """Whether values of the wrong type are read as missing.

        In files they are, so that a row from after the cuts cannot stop a statement; inside the
        cuts the checks have counted them before. Whole numbers and times need no such care.
        """
        careless = self.raw in (types.INTEGER, types.DATE, types.TIMESTAMP) and not self.times
        return self.lenient or (self.dialect == "duckdb" and not careless)

    @property
    def times(self) -> bool:
        """Whether its format is one of dates or times."""
        return bool(self.declared.format) and self.declared.type in ("date", "timestamp")

    @property
    def has_texts(self) -> bool:
        """Whether its values are texts, or numbers such as 20240131 that a date is read from."""
        whole = self.times and self.raw == types.INTEGER
        return self.raw is None or self.raw in (types.TEXT, ERROR) or whole

    @property
    def told(self) -> str:
        """Its type in the table, in a sentence."""
        return (self.raw or ERROR).told

    def check_format(self, source: str, report: Report) -> None:
        """Report a format that cannot be read here, or one of values that are no texts."""
        written = self.declared.format
        if not written:
            return
        at = Formula(f"sources.{source}.columns.{self.name}.format", written)
        if not self.has_texts:
            report.add(
                "source/format-type",
                f"`{self.name}` of source `{source}` is {self.told}, and has a `format`",
                at,
                note="a format says how texts are written",
                help="delete `format`",
            )
        elif self.times and self.dialect != "duckdb":
            report.add(
                "compile/dialect",
                f"dates written as `{written}` are read by DuckDB alone",
                at,
                note="each engine reads other texts as dates, so that numbers would differ",
                help="compile for DuckDB, or store the column as a date or timestamp",
            )

    def present(self) -> exp.Expr:
        """The column, missing where it holds what stands for missing.

        Numbers are compared as numbers: engines write the double -999 as `-999` or `-999.0`.
        """
        node = sql.column(self.name)
        raw = self.raw or ERROR
        markers: list[exp.Expr]
        if raw.kind in ("exact", "double"):
            numbers = [Decimal(text) for text in self.declared.null if _NUMBER.fullmatch(text)]
            markers = [sql.real(n) if raw == types.DOUBLE else sql.exact(n) for n in numbers]
            held: exp.Expr = node.copy()
        else:
            markers = [sql.text(text) for text in self.declared.null]
            held = node.copy() if raw == types.TEXT else sql.cast(node.copy(), "text")
        if not markers:
            return node
        return sql.case([(exp.Not(this=exp.In(this=held, expressions=markers)), node)])

    def read(self, wanted: Type) -> exp.Expr:
        """The column with its exact type."""
        node, raw = self.present(), self.raw
        if self.declared.format:
            return self._formatted(node, wanted)
        if raw == types.DOUBLE and wanted.kind == "exact":
            return self._from_double(node, wanted)
        return self._cast(node, raw, wanted)

    def may_fail(self, wanted: Type) -> bool:
        """Whether some value of the table's type may not be one of the wanted type."""
        raw = self.raw or ERROR
        if raw == wanted or ERROR in (raw, wanted):
            return False
        if self.times:
            return True
        narrower = wanted.precision - wanted.scale < raw.precision - raw.scale
        return raw in (types.TEXT, types.DOUBLE) or (raw.kind == "exact" and narrower)

    def wrong(self, wanted: Type) -> exp.Expr:
        """Whether a value is present but cannot be read; for a lenient column."""
        held = sql.finite(self.present()) if self.raw == types.DOUBLE else self.present()
        missing = sql.is_null(self.read(wanted))
        # a format tells whole numbers itself
        if self.raw == types.TEXT and wanted == types.INTEGER and not self.declared.format:
            whole = sql.call("regexp_full_match", held.copy(), sql.text(WHOLE))
            missing = exp.Paren(this=exp.Or(this=missing, expression=exp.Not(this=whole)))
        return sql.every([sql.not_null(held), missing])

    def _formatted(self, node: exp.Expr, wanted: Type) -> exp.Expr:
        counted = count_format(self.declared.format) if self.times else None
        if counted is not None:
            return self._counted(node, counted, wanted)
        if self.raw != types.TEXT:
            node = sql.cast(node, "text")
        if self.times:
            return self._time(node, wanted)
        return self._number(node, number_format(self.declared.format), wanted)

    def _time(self, node: exp.Expr, wanted: Type) -> exp.Expr:
        """A date or time from its directives; years of two digits are not let through."""
        written = time_format(self.declared.format)
        directives = sql.text(written.directives)
        if not self.forgives:
            return self._day(sql.call("strptime", node, directives), wanted)
        read = self._day(sql.call("try_strptime", node.copy(), directives), wanted)
        return sql.case([(_matches(node, written.pattern), read)])

    def _counted(self, node: exp.Expr, written: CountFormat, wanted: Type) -> exp.Expr:
        """A moment from how many units it is after another; missing beyond the calendar."""
        whole: exp.Expr = node
        if self.raw != types.INTEGER:
            digits = sql.try_cast(sql.try_cast(node.copy(), "decimal(38,0)"), "bigint")
            whole = sql.case([(_matches(sql.cast(node, "text"), WHOLE), digits)])
        low, high = written.limits()
        inside = exp.Between(this=whole.copy(), low=sql.integer(low), high=sql.integer(high))
        since_us = (written.since - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        units = sql.binary(exp.Mul, sql.cast(whole, "bigint"), sql.integer(written.unit_us))
        moment = sql.call("make_timestamp", sql.binary(exp.Add, units, sql.integer(since_us)))
        return sql.case([(inside, self._day(moment, wanted))])

    def _day(self, node: exp.Expr, wanted: Type) -> exp.Expr:
        return sql.cast(node, "date") if wanted == types.DATE else node

    def _number(self, node: exp.Expr, written: NumberFormat, wanted: Type) -> exp.Expr:
        """A number in plain digits, then in its exact type; a text of another form is missing."""
        plain = node.copy()
        for sign in written.removed:
            plain = sql.call("replace", plain, sql.text(sign), sql.text(""))
        if written.point not in ("", "."):
            plain = sql.call("replace", plain, sql.text(written.point), sql.text("."))
        if written.percent:
            digits = Type("exact", wanted.precision, wanted.scale - 2)
            share = sql.binary(
                exp.Mul, self._cast(plain, types.TEXT, digits), sql.exact(_HUNDREDTH)
            )
            read = sql.cast(share, _sql_name(wanted))
        else:
            read = self._cast(plain, types.TEXT, wanted)
        if not self.forgives:
            return read
        return sql.case([(_matches(node, written.pattern(whole=not wanted.scale)), read)])

    def _from_double(self, node: exp.Expr, wanted: Type) -> exp.Expr:
        """A double as the exact number that its text says, without text where that is sure."""
        through_text = self._cast(sql.cast(sql.printable(node), "text"), types.DOUBLE, wanted)
        scale = wanted.scale
        if self.dialect != "duckdb" or scale > min(sql.DOUBLE_DIGITS, wanted.precision - 1):
            return through_text
        short, decimal = sql.short_decimal(node.copy(), wanted.precision, scale)
        return sql.case([(short, sql.cast(decimal, _sql_name(wanted)))], through_text)

    def _cast(self, node: exp.Expr, raw: Type | None, wanted: Type) -> exp.Expr:
        cast = sql.try_cast if self.forgives else sql.cast
        if wanted == types.DOUBLE:
            return sql.finite(node)
        if wanted.kind != "exact":
            return node if raw == wanted and wanted != types.TIMESTAMP else cast(node, wanted.kind)
        if raw is not None and raw == wanted and wanted.scale:
            return node
        if wanted == types.INTEGER and raw != types.INTEGER:
            return cast(cast(node, "decimal(38,0)"), "bigint")
        return cast(node, _sql_name(wanted))


def _matches(node: exp.Expr, pattern: str) -> exp.Expr:
    """Whether all of a text is written so; DuckDB only."""
    return sql.call("regexp_full_match", node, sql.text(pattern))


def _sql_name(exact: Type) -> str:
    """The name of an exact type in SQL."""
    return "bigint" if exact == types.INTEGER else f"decimal({exact.precision},{exact.scale})"
