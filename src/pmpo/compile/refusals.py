"""Why an SQL construct is not part of the formula language, and what to write instead."""

from __future__ import annotations

from typing import Final

from pmpo.compile.formula import ONLY_EXPRESSIONS
from pmpo.sql import exp

_QUERIES: Final = (exp.Query, exp.Subquery, exp.Exists, exp.Window, exp.Block)
_CLOCKS: Final = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime)
_CHANCE: Final = (exp.Rand, exp.Randn, exp.Uuid)
_LIBM: Final = (exp.Exp, exp.Ln, exp.Log, exp.Pow)
_LOCALE: Final = (exp.Lower, exp.Upper, exp.Initcap, exp.ILike)
_CLOCK_NAMES: Final = frozenset(
    ("now", "today", "getdate", "sysdate", "localtime", "localtimestamp", "current_localtimestamp")
)
_READERS: Final = ("read_", "glob", "parquet_", "sniff_", "getenv", "pragma_", "duckdb_", "query")
_WRITTEN: Final[dict[type[exp.Expr], str]] = {
    exp.Mod: "%",
    exp.IntDiv: "//",
    exp.DPipe: "||",
    exp.Pow: "POWER",
    exp.Rand: "RANDOM",
    exp.Star: "*",
    exp.Placeholder: "?",
    exp.Array: "[…]",
    exp.Struct: "{…}",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.Order: "ORDER BY",
    exp.JSONExtract: "->",
}

Refusal = tuple[str, str, str, str]


def refusal(node: exp.Expr, exact: bool) -> Refusal:
    """Code, message, note and help for a construct that has no rule."""
    name = name_of(node)
    if isinstance(node, _QUERIES):
        return (
            "formula/query",
            "a formula is an expression; queries, windows and statements are not part of it",
            ONLY_EXPRESSIONS,
            "use aggregates over the signal's source, such as `TRAILING(SUM(x), '4 weeks')`",
        )
    if isinstance(node, _CLOCKS) or name.lower() in _CLOCK_NAMES:
        return (
            "formula/not-repeatable",
            f"`{name}` reads the clock",
            "the same charter and data must give the same bits in a year",
            "use `AS_OF()`, the moment the evaluation is made for",
        )
    if isinstance(node, _CHANCE):
        return (
            "formula/not-repeatable",
            f"`{name}` is different on every run",
            "the same charter and data must give the same bits in a year",
            "use a column of the source instead",
        )
    if isinstance(node, _LIBM):
        return (
            "formula/not-repeatable",
            f"`{name}` differs in its last bits between machines and engines",
            "only + - * /, SQRT and FLOOR give the same bits everywhere",
            "use a ratio or a difference instead of its logarithm",
        )
    if isinstance(node, exp.Round):
        return (
            "formula/not-repeatable",
            "`ROUND` rounds halves differently on different engines",
            "",
            "declare the signal's `precision`, or write `QUANTISE(expr, 2)`",
        )
    if isinstance(node, _LOCALE):
        return (
            "formula/not-repeatable",
            f"`{name}` follows the database's locale",
            "upper and lower case of text beyond ASCII differ between engines",
            "compare the text as it is written, with `IN ('a', 'A')` or `LIKE`",
        )
    if name.lower().startswith(_READERS) or name.lower().endswith("_scan"):
        return _reader(name)
    if isinstance(node, exp.Anonymous):
        return _function(name)
    if exact and isinstance(node, exp.Sqrt | exp.Floor | exp.Ceil):
        return (
            "formula/not-exact",
            f"`{name}` cannot stand inside an aggregate",
            "rows are summed exactly, and this has no exact digits",
            "apply it to the aggregate: `SQRT(SUM(x))`",
        )
    return (
        "formula/not-allowed",
        f"`{name}` is not part of the formula language",
        "",
        "docs/reference/formulas.md lists all operators and functions",
    )


def _reader(name: str) -> Refusal:
    return (
        "formula/query",
        f"`{name}` reaches outside the declared sources",
        "formulas cannot read files, settings or the network",
        "declare the file as a source and use its columns",
    )


def _function(name: str) -> Refusal:
    return (
        "formula/unknown-function",
        f"there is no function `{name}`",
        "",
        "docs/reference/formulas.md lists all operators and functions",
    )


def name_of(node: exp.Expr) -> str:
    """What people call a construct: the function's name, else the kind of expression."""
    if type(node) in _WRITTEN:
        return _WRITTEN[type(node)]
    if isinstance(node, exp.Anonymous):
        return str(node.this)
    if isinstance(node, exp.Func):
        return str(node.sql_name())
    return node.key.upper()
