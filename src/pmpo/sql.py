"""SQL as trees: the one module that knows sqlglot, and the one place where dialects differ.

Trees are built without parentheses rules in mind; `operand` adds them. Each function returns a
fresh tree, so callers may use an argument once only, or copy it.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token

__all__ = ["DIALECTS", "Dialect", "ParseError", "SqlError", "TokenError", "exp", "parse", "tokens"]

Dialect = Literal["duckdb", "postgres", "spark"]
DIALECTS: Final[tuple[Dialect, ...]] = ("duckdb", "postgres", "spark")
Node = exp.Expr
SqlError = (ParseError, TokenError)

_TYPES: Final[dict[str, exp.DataType]] = {
    name: exp.DataType.build(name) for name in ("text", "double", "bigint", "date", "boolean")
}
# Without a zone on every dialect; Spark's own TIMESTAMP has one.
_TYPES["timestamp"] = exp.DataType.build(exp.DataType.Type.TIMESTAMPNTZ)
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS: Final = frozenset(
    keyword
    for dialect in DIALECTS
    for keyword in sqlglot.Dialect.get_or_raise(dialect).tokenizer_class.KEYWORDS
) | frozenset(
    # Reserved by an engine, but no keyword of sqlglot's; a test asks the engines themselves.
    """
    ANALYSE ASYMMETRIC AUTHORIZATION BOTH BY CAST CHECK COLLATION COLUMNS CONCURRENTLY CURRENT_ROLE
    DEFERRABLE FOREIGN FREEZE GROUP INITIALLY LAMBDA LEADING ORDER PLACING PRIMARY SIMILAR SYMMETRIC
    SYSTEM_USER TO TRAILING TRY_CAST USER VERBOSE
    """.split()  # noqa: SIM905 - a list of quoted words would be three times as long
)
DOUBLE_DIGITS: Final = 15
_WIDE: Final[dict[Dialect, str]] = {
    "duckdb": "hugeint",
    "postgres": "decimal(38,0)",
    "spark": "decimal(38,0)",
}


def parse(text: str) -> Node:
    """Parse one SQL expression.

    Raises: ParseError, TokenError (together `SqlError`), RecursionError on deep nesting.
    """
    # A condition is any expression and never a statement, so that columns may be called `show`.
    with recursing():
        tree = sqlglot.parse_one(
            text, dialect="duckdb", into=exp.Condition, error_level=ErrorLevel.IMMEDIATE
        )
    if any(_incomplete(node) for node in tree.walk()):
        raise ParseError("a part is missing")
    return tree


def _incomplete(node: Node) -> bool:
    """Whether the parser left out a part that must be there, as it does for a lone `@`."""
    return any(
        required and node.args.get(part) is None for part, required in node.arg_types.items()
    )


@contextmanager
def recursing() -> Iterator[None]:
    """Room for trees of the depth that formulas may have, however deep the caller already is.

    The parser takes 25 frames for one bracket, so that Python's usual limit would refuse some
    formulas in one program and accept them in another.
    """
    with _RECURSION:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, _FRAMES_MAX))
        try:
            yield
        finally:
            sys.setrecursionlimit(before)


_FRAMES_MAX: Final = 6_000
_RECURSION: Final = threading.RLock()  # the limit belongs to all threads


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, for limits that must hold before parsing."""
    return sqlglot.tokenize(text, read="duckdb")


def render(node: Node, dialect: Dialect) -> str:
    """The text of `node`, refusing anything the dialect cannot say."""
    generator = _GENERATORS[dialect](
        dialect=dialect,
        pretty=True,
        max_text_width=_LINE_WIDTH,
        unsupported_level=ErrorLevel.RAISE,
    )
    with recursing():
        return generator.generate(node)


def _inline(dialect: Dialect) -> type[sqlglot.Generator]:
    """A dialect's generator that keeps short parentheses on one line."""
    usual = sqlglot.Dialect.get_or_raise(dialect).generator_class

    class Inline(usual):  # type: ignore[misc, valid-type]
        def paren_sql(self, expression: exp.Paren) -> str:
            inner = self.sql(expression, "this")
            short = "\n" not in inner and len(inner) < _LINE_WIDTH
            return f"({inner})" if short else str(super().paren_sql(expression))

    return Inline


_LINE_WIDTH: Final = 100
_GENERATORS: Final = {dialect: _inline(dialect) for dialect in DIALECTS}


def column(name: str, table: str = "") -> exp.Column:
    """A column, quoted unless it is a plain lower-case name, so that case never changes meaning."""
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def identifier(name: str) -> exp.Identifier:
    plain = _PLAIN.fullmatch(name) is not None and name.upper() not in _KEYWORDS
    return exp.Identifier(this=name, quoted=not plain)


def table(name: str, alias: str = "") -> exp.Table:
    return exp.Table(
        this=identifier(name),
        alias=exp.TableAlias(this=identifier(alias)) if alias else None,
    )


def named(node: Node, name: str) -> Node:
    """`node AS name`; a column that has the name already stays as it is."""
    if isinstance(node, exp.Column) and node.name == name:
        return node
    return exp.Alias(this=node, alias=identifier(name))


def operand(node: Node, beside: int = 3) -> Node:
    """`node`, in parentheses unless it binds at least as tightly as `beside`: 1 +, 2 *, 3 all."""
    number = isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)
    if isinstance(node, _LOOSE) and not number and _BINDING.get(type(node), 0) < beside:
        return exp.Paren(this=node)
    return node


_LOOSE: Final = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Is)
_BINDING: Final[dict[type[Node], int]] = {
    exp.Add: 1, exp.Sub: 1, exp.Mul: 2, exp.Div: 2, exp.Paren: 3, exp.Dot: 3, exp.Collate: 3,
}  # fmt: skip


def binary(kind: type[exp.Binary], left: Node, right: Node) -> Node:
    """`left` op `right`; division keeps the operator as it is on every dialect."""
    own = _BINDING.get(kind, 0)
    sides = {"this": operand(left, max(own, 1)), "expression": operand(right, own + 1)}
    return exp.Div(**sides, typed=True, safe=False) if kind is exp.Div else kind(**sides)


def cast(node: Node, to: str) -> Node:
    """`CAST(node AS to)`: text, double, bigint, timestamp, date, boolean or decimal(p,s)."""
    data_type = _TYPES.get(to) or exp.DataType.build(to)
    return exp.Cast(this=node, to=data_type.copy())


def try_cast(node: Node, to: str) -> Node:
    """Like `cast`, but missing where the text is not of that type. DuckDB and Spark only."""
    data_type = _TYPES.get(to) or exp.DataType.build(to)
    return exp.TryCast(this=node, to=data_type.copy(), safe=True)


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def integer(value: int) -> Node:
    literal = exp.Literal.number(str(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal


def exact(value: Decimal) -> Node:
    """A decimal literal, for exact arithmetic inside aggregates."""
    literal = exp.Literal.number(f"{abs(value):f}")
    return exp.Neg(this=literal) if value < 0 else literal


def real(value: Decimal | str) -> Node:
    """A double literal, through text so that every engine rounds it the same way."""
    digits = value if isinstance(value, str) else f"{value:f}"
    return cast(text(digits), "double")


def moment(wall: datetime) -> Node:
    """A timestamp literal without a zone."""
    return cast(text(wall.isoformat(sep=" ")), "timestamp")


def day(value: date) -> Node:
    return cast(text(value.isoformat()), "date")


def null() -> Node:
    return exp.Null()


def is_null(node: Node) -> Node:
    return exp.Is(this=operand(node), expression=exp.Null())


def not_null(node: Node) -> Node:
    return exp.Is(this=operand(node), expression=exp.Null(), negate=True)


def every(conditions: Sequence[Node]) -> Node:
    """The conjunction of at least one condition."""
    result = conditions[0]
    for condition in conditions[1:]:
        result = exp.And(this=_side(result, exp.And), expression=_side(condition, exp.And))
    return result


def either(conditions: Sequence[Node]) -> Node:
    """The disjunction of at least one condition."""
    result = conditions[0]
    for condition in conditions[1:]:
        result = exp.Or(this=_side(result, exp.Or), expression=_side(condition, exp.Or))
    return result


def _side(node: Node, same: type[exp.Connector]) -> Node:
    if isinstance(node, exp.Connector) and not isinstance(node, same):
        return exp.Paren(this=node)
    return node


def case(branches: Sequence[tuple[Node, Node]], otherwise: Node | None = None) -> Node:
    """`CASE WHEN … THEN … ELSE … END`; with no branch, `otherwise` itself."""
    if not branches:
        return otherwise if otherwise is not None else exp.Null()
    return exp.Case(
        ifs=[exp.If(this=condition, true=value) for condition, value in branches],
        default=otherwise,
    )


def call(name: str, *arguments: Node) -> Node:
    """A function call whose name is the same on every dialect."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def count_rows() -> Node:
    return exp.Count(this=exp.Star(), big_int=True)


def whole_sum(node: Node, dialect: Dialect) -> Node:
    """The sum of whole numbers, which may exceed 64 bits; Spark's own sum may not."""
    return exp.Sum(this=cast(node, "decimal(38,0)") if dialect == "spark" else node)


def finite(node: Node) -> Node:
    """`node` where it is a finite number, else missing: NaN − NaN and ∞ − ∞ are not zero."""
    difference = binary(exp.Sub, node.copy(), node.copy())
    return case([(binary(exp.EQ, difference, real("0")), node)])


def printable(node: Node) -> Node:
    """`node` where its digits are the same text everywhere: finite and below 2**53.

    NaN needs a test of its own. Parquet keeps no NaN in a column's least and greatest value, and
    DuckDB answers a comparison from those two alone when it can: NaN < 2**53 is then true.
    """
    limit = real("9007199254740992")
    difference = binary(exp.Sub, node.copy(), node.copy())
    finite_one = binary(exp.EQ, difference, real("0"))
    small = binary(exp.LT, exp.Abs(this=node.copy()), limit)
    return case([(every([finite_one, small]), node)])


def short_decimal(node: Node, precision: int, scale: int) -> tuple[Node, Node]:
    """Whether a double is a decimal of at most 15 digits, and that decimal; DuckDB only.

    No two decimals of at most 15 digits are the same double, so the one that turns back into the
    very double it came from is what the double's text says, however the cast rounds. This is many
    times faster than text. A `FLOAT` has a shorter text than the double of its value.
    """
    decimal = try_cast(node, f"decimal({min(precision, DOUBLE_DIGITS)},{scale})")
    double = binary(exp.EQ, call("typeof", node.copy()), text("DOUBLE"))
    same = binary(exp.EQ, cast(decimal.copy(), "double"), node.copy())
    return every([double, same]), decimal


def to_real(node: Node) -> Node:
    """An exact number as the nearest double, through text.

    DuckDB's direct cast of a decimal beyond 2**53 rounds twice, other engines once.
    """
    return cast(cast(node, "text"), "double")


def to_wide(node: Node, dialect: Dialect) -> Node:
    """An integer with 38 digits."""
    return cast(node, _WIDE[dialect])


def int_div(left: Node, right: Node) -> Node:
    """Integer division of non-negative 64-bit whole numbers."""
    return exp.IntDiv(this=operand(left), expression=operand(right))


def wide_div(left: Node, right: Node, dialect: Dialect) -> Node:
    """Integer division of non-negative whole numbers of up to 38 digits.

    Spark's DIV wraps at 64 bits without a word; a difference that divides exactly does not.
    """
    if dialect != "spark":
        return int_div(left, right)
    rest = exp.Mod(this=operand(left.copy()), expression=operand(right.copy()))
    whole = binary(exp.Sub, left, rest)
    return cast(exp.Div(this=operand(whole), expression=operand(right)), "decimal(38,0)")


def by_code_point(node: Node, dialect: Dialect) -> Node:
    """Text that compares by code point; PostgreSQL otherwise follows the database's locale."""
    if dialect == "postgres":
        return exp.Collate(this=operand(node), expression=exp.column("C", quoted=True))
    return node


def epoch_us(node: Node, dialect: Dialect) -> Node:
    """Microseconds from 1970-01-01 to a timestamp without a zone."""
    if dialect == "duckdb":
        return call("epoch_us", node)
    if dialect == "spark":
        return call("unix_micros", node)
    seconds = exp.Extract(this=exp.var("epoch"), expression=node)
    return cast(binary(exp.Mul, seconds, integer(1_000_000)), "bigint")


def ordered(node: Node, *, descending: bool = False) -> exp.Ordered:
    """An ordering term with missing values last on every dialect."""
    return exp.Ordered(this=node, desc=descending or None, nulls_first=False)


def first_row_number(partition: Sequence[Node], order: Sequence[exp.Ordered]) -> Node:
    """`ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)`."""
    return exp.Window(
        this=exp.RowNumber(),
        partition_by=list(partition),
        order=exp.Order(expressions=list(order)),
    )


def select(
    columns: Sequence[Node],
    source: Node,
    *,
    joins: Sequence[exp.Join] = (),
    where: Sequence[Node] = (),
    group: Sequence[Node] = (),
    order: Sequence[exp.Ordered] = (),
    distinct: bool = False,
) -> exp.Select:
    """A SELECT statement from its parts."""
    statement = exp.Select(expressions=list(columns), from_=exp.From(this=source))
    if distinct:
        statement.set("distinct", exp.Distinct())
    if joins:
        statement.set("joins", list(joins))
    if where:
        statement.set("where", exp.Where(this=every(where)))
    if group:
        statement.set("group", exp.Group(expressions=list(group)))
    if order:
        statement.set("order", exp.Order(expressions=list(order)))
    return statement


def join(source: Node, on: Sequence[Node], *, left: bool = False) -> exp.Join:
    return exp.Join(this=source, on=every(on), side="LEFT" if left else None)


def numbers(count: int, alias: str, name: str) -> Node:
    """A table of the whole numbers from 0 to `count` - 1."""
    rows = [exp.Tuple(expressions=[integer(i)]) for i in range(count)]
    named_as = exp.TableAlias(this=identifier(alias), columns=[identifier(name)])
    return exp.Values(expressions=rows, alias=named_as)


def cross_join(source: Node) -> exp.Join:
    return exp.Join(this=source, kind="CROSS")


def texts(values: Sequence[str], alias: str, name: str) -> exp.Values:
    """A table of one text column, given as its rows."""
    return exp.Values(
        expressions=[exp.Tuple(expressions=[text(value)]) for value in values],
        alias=exp.TableAlias(this=identifier(alias), columns=[identifier(name)]),
    )


def subquery(statement: exp.Select, alias: str) -> exp.Subquery:
    return exp.Subquery(this=statement, alias=exp.TableAlias(this=identifier(alias)))
