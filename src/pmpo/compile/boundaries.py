"""The boundaries of a history: which period a row of its statement belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pmpo import sql
from pmpo.sql import exp

BOUNDARY: Final = "pmpo_boundary"
"""The number of a history's period in the statement, 0 for the oldest."""


def by_period(values: Sequence[exp.Expr]) -> exp.Expr:
    """An expression that has one value in each period; itself where all are the same."""
    texts = [value.sql() for value in values]
    branches = [
        (sql.binary(exp.LT, sql.column(BOUNDARY), sql.integer(i)), values[i - 1])
        for i in range(1, len(values))
        if texts[i] != texts[i - 1]
    ]
    return sql.case(branches, values[-1])
