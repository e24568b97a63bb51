"""Bands: which interval of one signal a unit falls in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pmpo import sql
from pmpo.sql import exp


def band_case(
    value: exp.Expr,
    edges: Sequence[exp.Expr],
    labels: Sequence[str],
    missing: str,
    closed: Literal["left", "right"] = "left",
) -> exp.Expr:
    """Name the band of one value as a CASE expression.

    A missing value, or an edge that has no number on the day, takes the label `missing`; without
    that first branch it would fall through to the top band.

    Args:
        edges: increasing; n of them.
        labels: n + 1 names, from the lowest band to the highest.
        closed: `left` gives an edge to the band above it, `right` to the band below.
    Source: charter field `bands`.
    """
    unknown = sql.is_null(value)
    for edge in edges:
        if not isinstance(edge, exp.Cast):
            unknown = exp.Or(this=unknown, expression=sql.is_null(edge.copy()))
    below = exp.LT if closed == "left" else exp.LTE
    branches = [(unknown, sql.text(missing))]
    for edge, label in zip(edges, labels, strict=False):
        branches.append((sql.binary(below, value.copy(), edge), sql.text(label)))
    return sql.case(branches, sql.text(labels[-1]))
