"""Bands: which interval of one signal a unit falls in, with and without a memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pmpo import sql
from pmpo.sql import exp


def band_case(
    value: exp.Expr,
    edges: Sequence[exp.Expr],
    labels: Sequence[str],
    missing: str | None,
    closed: Literal["left", "right"] = "left",
) -> exp.Expr:
    """Name the band of one value as a CASE expression.

    A missing value, or an edge that has no number on the day, takes the label `missing`; without
    that first branch it would fall through to the top band.

    Args:
        edges: increasing; n of them.
        labels: n + 1 names, from the lowest band to the highest.
        missing: the label of what is in no band; None leaves it without any.
        closed: `left` gives an edge to the band above it, `right` to the band below.
    Source: charter field `bands`.
    """
    unknown = sql.is_null(value)
    for edge in edges:
        if not isinstance(edge, exp.Cast):
            unknown = exp.Or(this=unknown, expression=sql.is_null(edge.copy()))
    below = exp.LT if closed == "left" else exp.LTE
    branches = [(unknown, sql.text(missing) if missing is not None else sql.null())]
    for edge, label in zip(edges, labels, strict=False):
        branches.append((sql.binary(below, value.copy(), edge), sql.text(label)))
    return sql.case(branches, sql.text(labels[-1]))


def shifted_edges(
    edge: Callable[[int, Decimal], exp.Expr],
    labels: Sequence[str],
    last: exp.Expr,
    width: Decimal,
) -> list[exp.Expr]:
    """The edges as a unit meets them that was in the band `last`.

    Each edge is a Schmitt trigger: from below it is met `width` later, from above `width` earlier,
    and where it lies for a unit without a last band.

    Args:
        edge: gives the edge at a position, moved by a number.
        labels: from the lowest band to the highest, one more than edges.
    """
    moved: list[exp.Expr] = []
    for i in range(len(labels) - 1):
        below = exp.In(this=last.copy(), expressions=[sql.text(name) for name in labels[: i + 1]])
        branches = [
            (sql.is_null(last.copy()), edge(i, Decimal(0))),
            (below, edge(i, width)),
        ]
        moved.append(sql.case(branches, edge(i, -width)))
    return moved


@dataclass(frozen=True, slots=True)
class Memory:
    """What a band remembers of a unit, as SQL over columns with these meanings.

    Args:
        last: the band it was in before, or missing.
        since: when it entered that one.
        reached: the band its value leads to from there, or missing when there is no value.
        now: the moment of this evaluation.
        young: bands entered after this moment have not lasted their `dwell`; None without one.
    """

    last: exp.Expr
    since: exp.Expr
    reached: exp.Expr
    now: datetime
    young: datetime | None = None

    def stays(self) -> exp.Expr:
        """Whether the unit stays whatever its value: there is none, or it came too recently."""
        reason = sql.is_null(self.reached.copy())
        if self.young is not None:
            entered = sql.binary(exp.GT, self.since.copy(), sql.moment(self.young))
            reason = exp.Paren(this=exp.Or(this=reason, expression=entered))
        return sql.every([sql.not_null(self.last.copy()), reason])

    def new_last(self) -> exp.Expr:
        """The band that is remembered from now on."""
        return sql.case([(self.stays(), self.last.copy())], self.reached.copy())

    def new_since(self) -> exp.Expr:
        """When the band that is remembered from now on was entered."""
        same = sql.binary(exp.EQ, self.reached.copy(), self.last.copy())
        return sql.case(
            [
                (self.stays(), self.since.copy()),
                (same, self.since.copy()),
                (sql.not_null(self.reached.copy()), sql.moment(self.now)),
            ],
            sql.cast(sql.null(), "timestamp"),
        )
