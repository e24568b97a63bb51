"""Anchors and edges that hold parameters increase for every segment and on every day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pmpo.charter.order import crossing
from pmpo.model.charter import Number, Parameter, ParamRef, Setting

THIN = Parameter(
    name="thin",
    setting=Setting(
        by=("department",),
        values={
            ("PRODUCE",): ((None, Decimal("0.80")), (date(2017, 7, 1), Decimal("0.95"))),
            ("*",): ((None, Decimal("0.75")),),
        },
    ),
)
LATE = Parameter(name="late", setting=Setting(values={(): ((date(2017, 1, 1), Decimal("0.78")),)}))
PARAMETERS = {"thin": THIN, "late": LATE}


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([Decimal(0), ParamRef("thin"), Decimal(1)], ""),
        (
            [ParamRef("thin"), Decimal("0.9")],
            "`PARAM('thin')` = 0.95 is not below `0.9` for department PRODUCE, from 2017-07-01",
        ),
        (
            [Decimal("0.75"), ParamRef("thin")],
            "`0.75` is not below `PARAM('thin')` = 0.75 for department any other",
        ),
        (
            [ParamRef("thin"), ParamRef("late")],
            (
                "`PARAM('thin')` = 0.80 is not below `PARAM('late')` = 0.78 for department "
                "PRODUCE, from 2017-01-01"
            ),
        ),
        ([ParamRef("unknown"), Decimal(1)], ""),
        ([Decimal(2), Decimal(1)], ""),
    ],
)
def test_a_crossing_is_found_with_a_witness(numbers: list[Number], told: str) -> None:
    """The first segment and day on which two neighbours do not increase is named."""
    assert crossing(numbers, PARAMETERS) == told
