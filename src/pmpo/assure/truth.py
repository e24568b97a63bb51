"""What a condition can come to: every combination of values that it tells apart is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import reduce
from itertools import product
from math import prod
from typing import Any, Final

from pmpo.rules.orders import Order
from pmpo.rules.regions import MISSING, NOTHING, Region, cut
from pmpo.sql import exp

Truth = frozenset[bool | None]
"""What a part can be: true, false or unknown, as SQL has it for a missing value."""

COMBINATIONS_MAX: Final = 50_000
ANYTHING: Final[Truth] = frozenset({True, False, None})
_MIRRORED: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Variable:
    """A name in a condition: what it can be, and whether it can be missing."""

    order: Order
    can_be_missing: bool = True

    @property
    def whole(self) -> Region:
        """All it can be."""
        return self.order.whole.join(MISSING if self.can_be_missing else NOTHING)


@dataclass(frozen=True, slots=True)
class Atom:
    """A part that looks at one name: it holds for the values in `holds`."""

    name: str
    holds: Region
    asks_missing: bool = False


def possible(tree: exp.Expr, variables: Mapping[str, Variable]) -> Truth:
    """Everything a condition can be; what is not understood could be anything.

    Args:
        variables: what the names can be.
    """
    atoms = dict(_atoms(tree, variables))
    names = list(dict.fromkeys(atom.name for atom in atoms.values()))
    pieces = {
        name: cut(variables[name].whole, [a.holds for a in atoms.values() if a.name == name])
        for name in names
    }
    if prod(len(one.parts) for one in pieces.values()) > COMBINATIONS_MAX:
        return ANYTHING
    found: set[bool | None] = set()
    for values in product(*(one.parts for one in pieces.values())):
        found |= _truth(tree, atoms, dict(zip(names, values, strict=True)))
        if found == ANYTHING:
            break
    return frozenset(found)


def literal(node: exp.Expr) -> Decimal | str | date | None:
    """The value that stands in a condition; None where it is not a plain one."""
    if isinstance(node, exp.Paren):
        return literal(node.this)
    if isinstance(node, exp.Neg):
        value = literal(node.this)
        return -value if isinstance(value, Decimal) else None
    if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE:
        text = literal(node.this)
        return _day(text) if isinstance(text, str) else None
    if not isinstance(node, exp.Literal):
        return None
    try:
        return str(node.this) if node.is_string else Decimal(str(node.this))
    except InvalidOperation:
        return None


def name_in(node: exp.Expr) -> str:
    """The name that a part is, with its table in front where it has one; else nothing."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Column):
        return ""
    return f"{node.table}.{node.name}" if node.table else node.name


def compared(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """The name that a part looks at, and the values it is compared with; else no name."""
    if isinstance(node, exp.In):
        return name_in(node.this), list(node.expressions)
    if isinstance(node, exp.Between):
        return name_in(node.this), [node.args["low"], node.args["high"]]
    if isinstance(node, _COMPARISONS):
        left, right = node.this, node.expression
        return (name_in(left), [right]) if name_in(left) else (name_in(right), [left])
    return "", []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _atoms(tree: exp.Expr, variables: Mapping[str, Variable]) -> Iterator[tuple[int, Atom]]:
    """The parts that can be understood, by the identity of their node."""
    for node in tree.walk():
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            name = name_in(node.this)
            if name in variables:
                yield id(node), Atom(name, MISSING, asks_missing=True)
            continue
        name, others = compared(node)
        values = [literal(other) for other in others]
        if name in variables and None not in values:
            holds = _region(node, variables[name].order, values)
            if holds is not None:
                yield id(node), Atom(name, holds)


def _region(node: exp.Expr, order: Order, values: Sequence[Any]) -> Region | None:
    """The values for which a comparison holds; None where it compares things of two kinds."""
    try:
        if isinstance(node, exp.In):
            return reduce(Region.join, map(order.equal, values), NOTHING)
        if isinstance(node, exp.Between):
            above = order.above(values[0], or_equal=True)
            return above.meet(order.below(values[1], or_equal=True))
        kind = type(node)
        if not name_in(node.this):
            kind = _MIRRORED.get(kind, kind)
        if kind is exp.EQ:
            return order.equal(values[0])
        if kind is exp.NEQ:
            return order.whole.without(order.equal(values[0]))
        if not order.runs:
            return None
        if kind in (exp.GT, exp.GTE):
            return order.above(values[0], or_equal=kind is exp.GTE)
        return order.below(values[0], or_equal=kind is exp.LTE)
    except (AttributeError, TypeError, ValueError):
        return None


def _truth(node: exp.Expr, atoms: Mapping[int, Atom], values: Mapping[str, Region]) -> Truth:
    """What a part can be for some values."""
    if isinstance(node, exp.Paren):
        return _truth(node.this, atoms, values)
    if isinstance(node, exp.Not):
        return frozenset(
            None if one is None else not one for one in _truth(node.this, atoms, values)
        )
    if isinstance(node, exp.And | exp.Or):
        sides = (_truth(side, atoms, values) for side in (node.this, node.expression))
        join = _and if isinstance(node, exp.And) else _or
        return frozenset(join(left, right) for left, right in product(*sides))
    atom = atoms.get(id(node))
    if atom is None:
        return ANYTHING
    value = values[atom.name]
    if value.missing and not atom.asks_missing:
        return frozenset({None})
    return frozenset({not value.meet(atom.holds).is_empty})


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False
