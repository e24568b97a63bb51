"""Typed compilation of SQL expressions; whatever has no rule here is refused.

Inside aggregates numbers are exact (whole numbers and decimals); above them each operator is one
IEEE double operation. Which of the two holds is the only difference between the two contexts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.formula import Formula, Report, did_you_mean
from pmpo.compile.refusals import name_of, refusal
from pmpo.compile.size import MAX_STEPS, too_large
from pmpo.compile.types import BOOLEAN, DURATION, ERROR, NULL, REAL, TEXT, Type, Typed
from pmpo.model.time import MICROSECOND, Duration
from pmpo.sql import Dialect, exp

_LARGEST_EXPONENT: Final = 300
_EXACT_DOUBLE: Final = "9007199254740992"
_SMALL_DIGITS: Final = 18
_ARITHMETIC: Final = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ORDERED: Final = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


class Expressions:
    """Compiles one formula's tree; subclasses say what names and calls mean.

    Args:
        exact: whether numbers are exact (inside aggregates) or doubles (above them).
    """

    functions: ClassVar[tuple[str, ...]] = (
        "QUANTISE",
        "DURATION",
        "ASSUMED",
        "PARAM",
        "AS_OF",
        "WORKTIME",
    )

    def __init__(self, formula: Formula, report: Report, dialect: Dialect, *, exact: bool) -> None:
        self.formula = formula
        self.report = report
        self.dialect: Dialect = dialect
        self.exact = exact
        self._steps = 0

    # What subclasses decide ---------------------------------------------------------------

    def column(self, node: exp.Column) -> Typed:  # noqa: ARG002 - subclasses name it so
        raise AssertionError("a context without names")

    def special(self, name: str, node: exp.Anonymous) -> Typed:
        """Compile a function of the formula language that is not SQL's."""
        return self._unknown_function(name, node)

    def varying(self, values: Sequence[exp.Expr]) -> exp.Expr:
        """The one of several values that holds, one for each period of a history."""
        return values[-1]

    def aggregate(self, node: exp.Expr) -> Typed:
        return self.fail(
            "formula/nested-aggregate",
            f"`{node.key.upper()}` cannot stand inside another aggregate or here",
            node,
            note="an aggregate turns the rows of a unit into one number; only signals do that",
            help="make the inner part a signal of its own and refer to it by name",
        )

    # Entry --------------------------------------------------------------------------------

    def whole(self, tree: exp.Expr) -> Typed:
        """The SQL and type of a whole formula, which must fit into what engines can take."""
        with sql.recursing():
            typed = self.compile(tree)
        return self._too_large(tree) if too_large(typed.sql) else typed

    def compile(self, node: exp.Expr) -> Typed:
        """The SQL and type of `node`; type `error` after reporting what is wrong."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            return self.refused(node)
        self._steps += 1
        if self._steps > MAX_STEPS:
            return self._too_large(node) if self._steps == MAX_STEPS + 1 else _nothing()
        typed = self.surplus(node) or handler(self, node)
        if type(node) in _COPYING and too_large(typed.sql):
            return self._too_large(node)
        return typed

    def _too_large(self, node: exp.Expr) -> Typed:
        return self.fail(
            "formula/too-deep",
            "this stands for more SQL than an engine can take",
            node,
            note="functions such as QUANTISE and FLOOR look at their argument several times, so "
            "nesting them multiplies",
            help="make the inner part a signal or a derived column of its own",
        )

    def refused(self, node: exp.Expr) -> Typed:
        """Report a construct that has no rule."""
        code, message, note, help = refusal(node, self.exact)
        return self.fail(code, message, node, note=note, help=help)

    def surplus(self, node: exp.Expr) -> Typed | None:
        """Report parts of a construct that its rule would not look at; None when there are none."""
        known = _PARTS.get(type(node), _USUAL_PARTS)
        extra = [part for part, value in node.args.items() if value and part not in known]
        if not extra:
            return None
        found = node.args[extra[0]]
        if isinstance(found, exp.Query | exp.Subquery):
            return self.refused(found)
        return self.fail(
            "formula/not-allowed",
            f"this form of `{name_of(node)}` is not part of the formula language",
            node,
            note=f"it has a part that no rule covers: {extra[0].replace('_', ' ')}",
            help="docs/reference/formulas.md lists all operators and functions",
        )

    def spend(self, steps: int) -> None:
        """Count work that a name stands for against what one formula may cost."""
        self._steps = min(self._steps + steps, MAX_STEPS)

    def condition(self, node: exp.Expr) -> exp.Expr:
        """The SQL of a yes-or-no expression."""
        return self.held(node, self.compile(node))

    def whole_condition(self, tree: exp.Expr) -> exp.Expr:
        """The SQL of a whole yes-or-no formula."""
        return self.held(tree, self.whole(tree))

    def held(self, node: exp.Expr, typed: Typed) -> exp.Expr:
        """The SQL of `typed`, which must be a condition."""
        if not typed.type.accepts("boolean"):
            self.mismatch(node, typed.type, "a condition that is true or false")
        return typed.sql

    def fail(
        self,
        code: str,
        message: str,
        node: exp.Expr,
        *,
        label: str = "",
        note: str = "",
        help: str = "",
    ) -> Typed:
        self.report.add(code, message, self.formula, node, label=label, note=note, help=help)
        return _nothing()

    def mismatch(self, node: exp.Expr, found: Type, wanted: str) -> Typed:
        hint = (
            "declare the column under `columns`, for example `decimal(12,2)` or `integer`"
            if found.kind in ("text", "double")
            else ""
        )
        return self.fail(
            "formula/type", f"this is {found.told}; {wanted} is needed", node, help=hint
        )

    # Leaves -------------------------------------------------------------------------------

    def _literal(self, node: exp.Literal) -> Typed:
        if node.is_string:
            return Typed(sql.text(str(node.this)), TEXT)
        try:
            value = Decimal(str(node.this))
        except InvalidOperation:
            return self.fail("formula/syntax", f"`{node.this}` is not a number", node)
        if value and not -_LARGEST_EXPONENT < value.adjusted() < _LARGEST_EXPONENT:
            return self.fail(
                "formula/too-wide",
                "this number is too large or too small",
                node,
                note=f"numbers have at most {_LARGEST_EXPONENT} digits before or after the point",
            )
        if not self.exact:
            return Typed(sql.real(value), REAL)
        digits = f"{value:f}".replace(".", "").lstrip("0") or "0"
        scale = max(0, -int(value.as_tuple().exponent))
        if max(len(digits), scale) > types.MAX_DIGITS:
            return self._too_wide(node, len(digits))
        return Typed(sql.exact(value), Type("exact", max(len(digits), scale), scale))

    def _boolean(self, node: exp.Boolean) -> Typed:
        return Typed(exp.Boolean(this=node.this), BOOLEAN)

    def _null(self, _node: exp.Null) -> Typed:
        return Typed(sql.null(), NULL)

    def _paren(self, node: exp.Paren) -> Typed:
        return self.compile(node.this)

    # Numbers ------------------------------------------------------------------------------

    def number(self, node: exp.Expr) -> Typed:
        """Compile `node` and insist on a number."""
        return self.numeric(node, self.compile(node))

    def numeric(self, node: exp.Expr, typed: Typed) -> Typed:
        """`typed`, which must be a number."""
        return typed if typed.type.numeric else self.mismatch(node, typed.type, "a number")

    def _neg(self, node: exp.Neg) -> Typed:
        typed = self.compile(node.this)
        if not typed.type.numeric and typed.type != DURATION:
            return self.mismatch(node, typed.type, "a number")
        return Typed(exp.Neg(this=sql.operand(typed.sql)), typed.type)

    def _arithmetic(self, node: exp.Binary) -> Typed:
        left, right = self.compile(node.left), self.compile(node.right)
        if ERROR in (left.type, right.type):
            return _nothing()
        if {left.type.kind, right.type.kind} & {"duration", "timestamp", "date"}:
            return self._durations(node, left, right)
        for side, typed in ((node.left, left), (node.right, right)):
            if not typed.type.numeric:
                return self.mismatch(side, typed.type, "a number")
        kind = type(node)
        if not self.exact:
            if kind is exp.Div:
                right = Typed(exp.Nullif(this=right.sql, expression=sql.real("0")), REAL)
            return Typed(sql.binary(kind, left.sql, right.sql), REAL)
        if kind is exp.Div:
            return self._row_division(node)
        result = (types.product_of if kind is exp.Mul else types.sum_of)(left.type, right.type)
        if kind is not exp.Mul and left.type == right.type == types.INTEGER:
            result = types.INTEGER
        if result.precision > types.MAX_DIGITS:
            return self._too_wide(node, result.precision)
        first = _roomy(left, right) if kind is exp.Mul else left.sql
        return Typed(sql.binary(kind, first, right.sql), result)

    def _row_division(self, node: exp.Expr) -> Typed:
        return self.fail(
            "formula/row-division",
            "rows cannot be divided inside an aggregate",
            node,
            note="a quotient has no exact digits, so its sum would depend on the order of rows",
            help="divide the sums instead, or fix the digits: `QUANTISE(a / b, 4)`",
        )

    def _too_wide(self, node: exp.Expr, digits: int) -> Typed:
        return self.fail(
            "formula/too-wide",
            f"this needs {digits} digits; exact arithmetic has {types.MAX_DIGITS}",
            node,
            help="declare fewer digits, as in `decimal(12,2)`, or shorten one side with QUANTISE",
        )

    def _durations(self, node: exp.Binary, left: Typed, right: Typed) -> Typed:
        """Timestamps less timestamps, lengths of time with each other, and their ratio."""
        kind, times = type(node), ("timestamp", "date")
        if kind is exp.Sub and left.type.kind in times and right.type.kind in times:
            difference = sql.binary(exp.Sub, self._micros(left), self._micros(right))
            return Typed(difference if self.exact else sql.cast(difference, "double"), DURATION)
        both = left.type == right.type == DURATION
        if kind in (exp.Add, exp.Sub) and both:
            return Typed(sql.binary(kind, left.sql, right.sql), DURATION)
        if kind is exp.Div and both and not self.exact:
            nonzero = exp.Nullif(this=right.sql, expression=sql.real("0"))
            return Typed(sql.binary(kind, left.sql, nonzero), REAL)
        return self.fail(
            "formula/type",
            f"`{left.type} {_SYMBOL[kind]} {right.type}` has no meaning",
            node,
            note="times are subtracted from each other; lengths of time are added, subtracted, or "
            "divided by each other above the aggregates",
            help="write `(AS_OF() - MAX(day)) / DURATION('1 day')` for a number of days",
        )

    def _micros(self, typed: Typed) -> exp.Expr:
        node = sql.cast(typed.sql, "timestamp") if typed.type.kind == "date" else typed.sql
        return sql.epoch_us(node, self.dialect)

    def _abs(self, node: exp.Abs) -> Typed:
        typed = self.number(node.this)
        return Typed(exp.Abs(this=typed.sql), typed.type)

    def _sqrt(self, node: exp.Sqrt) -> Typed:
        if self.exact:
            return self.refused(node)
        inner = self.number(node.this).sql
        positive = sql.binary(exp.GTE, inner.copy(), sql.real("0"))
        return Typed(sql.case([(positive, exp.Sqrt(this=inner))]), REAL)

    def _floor(self, node: exp.Floor | exp.Ceil) -> Typed:
        if self.exact:
            return self.refused(node)
        inner = self.number(node.this).sql
        # Ceiling is written with floor alone; Spark's floor is a 64-bit integer, hence the guard.
        if isinstance(node, exp.Ceil):
            inner = exp.Neg(this=sql.operand(inner))
        result = floor(inner)
        return Typed(exp.Neg(this=result) if isinstance(node, exp.Ceil) else result, REAL)

    # Conditions ---------------------------------------------------------------------------

    def _connector(self, node: exp.And | exp.Or) -> Typed:
        left, right = self.condition(node.left), self.condition(node.right)
        sides = [exp.Paren(this=s) if isinstance(s, exp.Connector) else s for s in (left, right)]
        return Typed(type(node)(this=sides[0], expression=sides[1]), BOOLEAN)

    def _not(self, node: exp.Not) -> Typed:
        inner = self.condition(node.this)
        return Typed(exp.Not(this=exp.Paren(this=inner)), BOOLEAN)

    def _comparison(self, node: exp.Binary) -> Typed:
        left, right = self._comparable(node, [node.left, node.right])
        return Typed(sql.binary(type(node), left, right), BOOLEAN)

    def _between(self, node: exp.Between) -> Typed:
        value, low, high = self._comparable(node, [node.this, node.args["low"], node.args["high"]])
        return Typed(
            exp.Between(
                this=sql.operand(value), low=sql.operand(low, 1), high=sql.operand(high, 1)
            ),
            BOOLEAN,
        )

    def _in(self, node: exp.In) -> Typed:
        if not node.expressions:
            return self.refused(node)
        value, *choices = self._comparable(node, [node.this, *node.expressions])
        return Typed(exp.In(this=sql.operand(value), expressions=choices), BOOLEAN)

    def _comparable(self, node: exp.Expr, sides: Sequence[exp.Expr]) -> list[exp.Expr]:
        return [one.sql for one in self._compared(node, sides)]

    def _compared(self, node: exp.Expr, sides: Sequence[exp.Expr]) -> list[Typed]:
        """The sides of a comparison, brought to one type; text against a time is read as one."""
        typed = [self.compile(side) for side in sides]
        time = next((t.type for t in typed if t.type.kind in ("date", "timestamp")), None)
        if time is not None:
            typed = [self.as_time(s, t) for s, t in zip(sides, typed, strict=True)]
        common: Type = NULL
        for side, one in zip(sides, typed, strict=True):
            if one.type.kind == "double":
                self._inexact(side)
                return [_nothing() for _ in sides]
            merged = types.widest(common, one.type)
            if merged is None:
                self.fail("formula/type", f"{common.told} is compared with {one.type.told}", side)
                return [_nothing() for _ in sides]
            common = merged
        if common == TEXT and isinstance(node, _ORDERED):
            return [Typed(sql.by_code_point(one.sql, self.dialect), TEXT) for one in typed]
        return typed

    def as_time(self, node: exp.Expr, typed: Typed) -> Typed:
        """`typed`, but a quoted text as the time that it says."""
        if typed.type != TEXT or not isinstance(node, exp.Literal):
            return typed
        try:
            wall = datetime.fromisoformat(str(node.this))
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None:
            return self.fail(
                "formula/type",
                f"`{node.this}` is not a date or time on the source's own clock",
                node,
                help="write it as '2017-12-04' or '2017-12-04 09:30:00'",
            )
        return Typed(sql.moment(wall), types.TIMESTAMP)

    def _inexact(self, node: exp.Expr) -> Typed:
        name = node.sql()
        return self.fail(
            "formula/inexact",
            f"`{name}` is a floating-point column without a declared number of digits",
            node,
            note="sums of floating-point numbers depend on the order of rows, so their bits would "
            "not repeat",
            help=f"declare it under the source's `columns`: `{name}: decimal(12,2)`",
        )

    def _is(self, node: exp.Is) -> Typed:
        inner = self.compile(node.this)
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            return self.refused(node)
        if isinstance(node.expression, exp.Boolean) and not inner.type.accepts("boolean"):
            return self.mismatch(node.this, inner.type, "a condition that is true or false")
        return Typed(
            exp.Is(this=sql.operand(inner.sql), expression=node.expression.copy()), BOOLEAN
        )

    def _like(self, node: exp.Like) -> Typed:
        value, pattern = self.compile(node.this), node.expression
        if not isinstance(pattern, exp.Literal) or not pattern.is_string or "\\" in pattern.this:
            return self.fail(
                "formula/type",
                "LIKE needs a quoted pattern without backslashes",
                pattern,
                note="engines disagree on how a backslash escapes",
                help="use `%` for any text and `_` for one character",
            )
        if not value.type.accepts("text"):
            return self.mismatch(node.this, value.type, "text")
        like = exp.Like(this=sql.operand(value.sql), expression=pattern.copy())
        return Typed(exp.Not(this=like) if node.args.get("negate") else like, BOOLEAN)

    # Choices ------------------------------------------------------------------------------

    def _case(self, node: exp.Case) -> Typed:
        subject = node.this
        branches = []
        for branch in node.args["ifs"]:
            test = exp.EQ(this=subject.copy(), expression=branch.this) if subject else branch.this
            branches.append((self.condition(test), branch.args["true"]))
        default = node.args.get("default")
        values = [value for _, value in branches] + ([default] if default is not None else [])
        compiled, result = self._unified(values)
        otherwise = compiled[len(branches)] if default is not None else None
        pairs = [(test, value) for (test, _), value in zip(branches, compiled, strict=False)]
        return Typed(sql.case(pairs, otherwise), result)

    def _if(self, node: exp.If) -> Typed:
        return self._case(exp.Case(ifs=[node], default=node.args.get("false")))

    def _coalesce(self, node: exp.Coalesce) -> Typed:
        compiled, result = self._unified([node.this, *node.expressions])
        return Typed(exp.Coalesce(this=compiled[0], expressions=compiled[1:]), result)

    def _nullif(self, node: exp.Nullif) -> Typed:
        left, right = self._compared(node, [node.this, node.expression])
        return Typed(exp.Nullif(this=left.sql, expression=right.sql), left.type)

    def _extreme(self, node: exp.Greatest | exp.Least) -> Typed:
        """The larger or smaller of several; missing when any of them is."""
        compiled, result = self._unified([node.this, *node.expressions])
        if result == TEXT:
            compiled = [sql.by_code_point(value, self.dialect) for value in compiled]
        present = [sql.not_null(value.copy()) for value in compiled]
        best = type(node)(this=compiled[0], expressions=compiled[1:], ignore_nulls=True)
        return Typed(sql.case([(sql.every(present), best)]), result)

    def _unified(self, nodes: Sequence[exp.Expr]) -> tuple[list[exp.Expr], Type]:
        """Compile several alternatives and find the type that holds them all."""
        result: Type = NULL
        compiled = []
        for node in nodes:
            typed = self.compile(node)
            if typed.type.kind == "double":
                typed = self._inexact(node)
            merged = types.widest(result, typed.type)
            if merged is None:
                self.fail(
                    "formula/type", f"{result.told} and {typed.type.told} stand together", node
                )
            elif merged.precision > types.MAX_DIGITS:
                self._too_wide(node, merged.precision)
            else:
                result = merged
            compiled.append(typed.sql)
        return compiled, result

    def _cast(self, node: exp.Cast) -> Typed:
        typed = self.compile(node.this)
        if node.to.this == exp.DataType.Type.DATE and typed.type.kind in ("timestamp", "date"):
            return Typed(sql.cast(typed.sql, "date"), types.DATE)
        if typed.type == ERROR:
            return typed
        return self.fail(
            "formula/cast",
            f"`{node.sql()}`: only times can be cast, and only to DATE",
            node,
            note="a cast inside a formula hides what the source's `columns` should say",
            help="declare the type under `columns`, or set the digits with `QUANTISE(expr, 2)`",
        )

    # Functions of the language ------------------------------------------------------------

    def _anonymous(self, node: exp.Anonymous) -> Typed:
        name = str(node.this).upper()
        if name == "QUANTISE":
            return self._quantise(node)
        if name == "DURATION":
            return self._duration(node)
        if name in self.functions:
            return self.special(name, node)
        return self._unknown_function(name, node)

    def _unknown_function(self, name: str, node: exp.Anonymous) -> Typed:
        if name in _OF_ROWS:
            return self.fail(
                "formula/nested-aggregate",
                f"`{name}` chooses rows of a source; it cannot stand inside an aggregate or here",
                node,
                help="write it around the aggregate, as in `TRAILING(SUM(x), '4 weeks')`",
            )
        code, message, note, help = refusal(node, self.exact)
        return self.fail(
            code, message, node, label=did_you_mean(name, self.functions), note=note, help=help
        )

    def text_argument(self, node: exp.Anonymous, index: int = 0) -> str | None:
        """A quoted argument; None after reporting that it is not there."""
        arguments = node.expressions
        argument = arguments[index] if len(arguments) > index else None
        if isinstance(argument, exp.Literal) and argument.is_string:
            return str(argument.this)
        name = str(node.this).upper()
        self.fail(
            "formula/argument",
            f"`{name}` needs a quoted text as argument {index + 1}",
            argument if argument is not None else node,
            help=_USAGE.get(name, ""),
        )
        return None

    def duration_argument(self, node: exp.Anonymous, index: int) -> Duration | None:
        """A quoted length of time; None after reporting that it is not one."""
        text = self.text_argument(node, index)
        if text is None:
            return None
        try:
            return Duration.parse(text)
        except ValueError:
            self.fail(
                "formula/argument",
                f"`{text}` is not a length of time",
                node.expressions[index],
                help="write a whole number and a unit, at most a century: "
                "'4 weeks', '1 day', '3 months'",
            )
            return None

    def _duration(self, node: exp.Anonymous) -> Typed:
        length = self.duration_argument(node, 0)
        if length is None:
            return _nothing()
        if length.fixed is None:
            return self.fail(
                "formula/argument", f"a {length.unit} has no fixed length", node.expressions[0]
            )
        micros = length.fixed // MICROSECOND
        return Typed(sql.integer(micros) if self.exact else sql.real(str(micros)), DURATION)

    def _quantise(self, node: exp.Anonymous) -> Typed:
        """Exact digits by rounding half away from zero; the only division of rows."""
        scale = _scale_of(node)
        if scale is None:
            return self.fail(
                "formula/argument",
                "`QUANTISE` needs an expression and a number of digits from 0 to 12",
                node,
                help="write `QUANTISE(a / b, 4)`",
            )
        inner = node.expressions[0]
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if not self.exact:
            return Typed(rounded(self.number(inner).sql, scale), REAL)
        if isinstance(inner, exp.Div):
            return self._quotient(inner, scale)
        typed = self.number(inner)
        if typed.type == ERROR:
            return typed
        digits = typed.type.precision - typed.type.scale + scale + 1
        if digits > types.MAX_DIGITS:
            return self._too_wide(node, digits)
        return Typed(
            sql.cast(typed.sql, f"decimal({digits},{scale})"), Type("exact", digits, scale)
        )

    def _quotient(self, node: exp.Div, scale: int) -> Typed:
        """A / b to `scale` digits in whole numbers: (2·|a|·10ⁿ + |b|) div (2·|b|), and the sign."""
        left, right = self._countable(node.left), self._countable(node.right)
        if {left.type.kind, right.type.kind} == {"duration"}:
            left, right = _in_micros(left.sql), _in_micros(right.sql)
        if DURATION in (left.type, right.type):
            return self.mismatch(node, DURATION, "a number, or a length of time on both sides,")
        if ERROR in (left.type, right.type):
            return _nothing()
        shift = scale + right.type.scale - left.type.scale
        needed = left.type.precision + max(shift, 0) + right.type.precision + max(-shift, 0) + 2
        if needed > types.MAX_DIGITS:
            return self._too_wide(node, needed)
        top = self._whole(left, max(shift, 0))
        bottom = self._whole(right, max(-shift, 0))
        doubled = sql.binary(exp.Mul, exp.Abs(this=top), sql.to_wide(sql.integer(2), self.dialect))
        size = exp.Abs(this=bottom.copy())
        rounded_up = sql.binary(exp.Add, doubled, size)
        nonzero = exp.Nullif(
            this=sql.binary(
                exp.Mul, exp.Abs(this=bottom), sql.to_wide(sql.integer(2), self.dialect)
            ),
            expression=sql.to_wide(sql.integer(0), self.dialect),
        )
        quotient = sql.wide_div(rounded_up, nonzero, self.dialect)
        unit = sql.cast(sql.exact(Decimal(1).scaleb(-scale)), f"decimal({scale + 1},{scale})")
        whole_digits = types.MAX_DIGITS - 2 * scale - 2
        narrow = sql.cast(quotient, f"decimal({whole_digits},0)")
        size_of = sql.binary(exp.Mul, narrow, unit)
        negative = sql.binary(
            exp.NEQ,
            sql.operand(sql.binary(exp.LT, left.sql.copy(), sql.integer(0))),
            sql.operand(sql.binary(exp.LT, right.sql.copy(), sql.integer(0))),
        )
        signed = sql.case([(negative, exp.Neg(this=sql.operand(size_of.copy())))], size_of)
        return Typed(signed, Type("exact", whole_digits, scale))

    def _countable(self, node: exp.Expr) -> Typed:
        """A number or a length of time, which is a whole number of microseconds."""
        typed = self.compile(node)
        return typed if typed.type == DURATION else self.numeric(node, typed)

    def _whole(self, typed: Typed, extra: int) -> exp.Expr:
        """An exact number as a whole one: its digits without the point, then `extra` zeros."""
        room = sql.cast(typed.sql.copy(), f"decimal({types.MAX_DIGITS},{typed.type.scale})")
        factor = Decimal(10) ** typed.type.scale
        wide = sql.to_wide(sql.binary(exp.Mul, room, sql.exact(factor)), self.dialect)
        if not extra:
            return wide
        return sql.binary(exp.Mul, wide, sql.to_wide(sql.exact(Decimal(10) ** extra), self.dialect))


def _in_micros(length: exp.Expr) -> Typed:
    """A length of time as a whole number; of one that is written down the digits are known."""
    digits = len(str(length.this)) if isinstance(length, exp.Literal) else types.INTEGER.precision
    return Typed(length, Type("exact", digits))


def _roomy(left: Typed, right: Typed) -> exp.Expr:
    """The left factor with enough digits for the product.

    DuckDB multiplies in 64 bits when both sides have at most 18 digits, and refuses what is larger.
    """
    small = max(left.type.precision, right.type.precision) <= _SMALL_DIGITS
    if not small or left.type.precision + right.type.precision <= _SMALL_DIGITS:
        return left.sql
    return sql.cast(left.sql, f"decimal({_SMALL_DIGITS + 1},{left.type.scale})")


def floor(node: exp.Expr) -> exp.Expr:
    """FLOOR of a double as a double; numbers beyond 2**53 are whole already."""
    small = sql.binary(exp.LT, exp.Abs(this=node.copy()), sql.real(_EXACT_DOUBLE))
    whole = sql.cast(exp.Floor(this=node.copy()), "double")
    return sql.case([(small, whole)], node)


def rounded(node: exp.Expr, digits: int) -> exp.Expr:
    """A double to `digits` after the point, halves up: FLOOR(x·10ⁿ + 0.5) / 10ⁿ."""
    power = Decimal(10) ** digits
    small = sql.binary(exp.LT, exp.Abs(this=node.copy()), sql.real(Decimal(_EXACT_DOUBLE) / power))
    scaled = sql.binary(exp.Add, sql.binary(exp.Mul, node.copy(), sql.real(power)), sql.real("0.5"))
    whole = sql.cast(exp.Floor(this=scaled), "double")
    return sql.case([(small, sql.binary(exp.Div, whole, sql.real(power)))], node)


def _scale_of(node: exp.Anonymous) -> int | None:
    if len(node.expressions) != 2:
        return None
    digits = node.expressions[1]
    if not isinstance(digits, exp.Literal) or digits.is_string or not str(digits.this).isdigit():
        return None
    return int(digits.this) if int(digits.this) <= 12 else None


_OF_ROWS: Final = frozenset({"EACH", "LEADING", "TRAILING", "LATEST"})
_SYMBOL: Final = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_USAGE: Final = {
    "TRAILING": "write `TRAILING(SUM(amount), '4 weeks')`",
    "ASSUMED": "write `ASSUMED('cost-share')`",
    "PARAM": "write `PARAM('thin')`",
    "DURATION": "write `DURATION('1 day')`",
    "WORKTIME": "write `WORKTIME(opened, closed, 'office')`",
}


def _nothing() -> Typed:
    """What stands for a part that has been reported."""
    return Typed(sql.null(), ERROR)


_COPYING: Final = frozenset(
    {exp.Anonymous, exp.Case, exp.Ceil, exp.Column, exp.Floor, exp.Greatest, exp.Least, exp.Sqrt}
)
_USUAL_PARTS: Final = frozenset({"this", "expression"})
_LIST: Final = frozenset({"this", "expressions", "ignore_nulls", "is_nvl", "is_null"})
_PARTS: Final[dict[type[exp.Expr], frozenset[str]]] = {
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Div: frozenset({"this", "expression", "typed", "safe"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.Coalesce: _LIST,
    exp.Greatest: _LIST,
    exp.Least: _LIST,
    exp.Cast: frozenset({"this", "to"}),
    exp.Anonymous: frozenset({"this", "expressions"}),
    exp.Count: frozenset({"this", "big_int"}),
    exp.Distinct: frozenset({"expressions"}),
}
# Each handler takes the node class it stands under, which a mapping's type cannot say.
_Handler = Callable[[Any, Any], Typed]
_HANDLERS: Final[dict[type[exp.Expr], _Handler]] = {
    exp.Literal: Expressions._literal,
    exp.Boolean: Expressions._boolean,
    exp.Null: Expressions._null,
    exp.Paren: Expressions._paren,
    exp.Column: lambda self, node: self.column(node),
    exp.Neg: Expressions._neg,
    exp.Abs: Expressions._abs,
    exp.Sqrt: Expressions._sqrt,
    exp.Floor: Expressions._floor,
    exp.Ceil: Expressions._floor,
    exp.And: Expressions._connector,
    exp.Or: Expressions._connector,
    exp.Not: Expressions._not,
    exp.Between: Expressions._between,
    exp.In: Expressions._in,
    exp.Is: Expressions._is,
    exp.Like: Expressions._like,
    exp.Case: Expressions._case,
    exp.If: Expressions._if,
    exp.Coalesce: Expressions._coalesce,
    exp.Nullif: Expressions._nullif,
    exp.Greatest: Expressions._extreme,
    exp.Least: Expressions._extreme,
    exp.Cast: Expressions._cast,
    exp.Anonymous: Expressions._anonymous,
    **dict.fromkeys(_ARITHMETIC, Expressions._arithmetic),
    **dict.fromkeys(_COMPARISONS, Expressions._comparison),
    **{
        kind: lambda self, node: self.aggregate(node)
        for kind in (
            exp.Sum,
            exp.Count,
            exp.Min,
            exp.Max,
            exp.Avg,
            exp.Stddev,
            exp.StddevSamp,
            exp.Variance,
            exp.Filter,
        )
    },
}
