"""Every missing-data policy scores the same bits on every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from pmpo.compile import types
from pmpo.evaluate.score import MEASURED, Scoring, score_sql
from pmpo.model.waiver import Waiver
from tests.engines.engine import in_bits
from tests.engines.test_plans import dialect
from tests.offices import charter, moment
from tests.property.test_policies import POLICIES, SIGNALS, text_of

if TYPE_CHECKING:
    from tests.engines.engine import Engine

AS_OF = moment("2024-03-04")
ROWS = 3_000


def table() -> pa.Table:
    """Units with every pattern of missing signals, and values between and beyond the anchors."""
    columns: dict[str, pa.Array] = {"key_sku": pa.array([f"é{i:05d}" for i in range(ROWS)])}
    for j, name in enumerate(SIGNALS):
        values = [None if i >> j & 1 else ((i * (7 + j)) % 1301 - 100) / 100 for i in range(ROWS)]
        columns[f"signal_{name}"] = pa.array(values, pa.float64())
        held = [None if value is None else i % 3 for i, value in enumerate(values)]
        columns[f"held_{name}"] = pa.array(held, pa.int32())
    return pa.table(columns)


def test_policies_give_the_same_bits_on_every_engine(engines: list[Engine]) -> None:
    """Status, weights, points, intervals and ranks agree in all cells, with and without waivers."""
    measured = table()
    columns = {name: types.REAL for name in measured.column_names if name.startswith("signal_")}
    columns |= {"key_sku": types.TEXT}
    waiver = Waiver(
        id="w-1",
        signal="s1",
        policy="impute",
        because="the feed is late",
        approver="lead",
        expires=date(2024, 4, 1),
        units=tuple(f"é{i:05d}" for i in range(0, ROWS, 97)),
        value=Decimal("2.5"),
    )
    for engine in engines:
        engine.load(MEASURED, measured)
    for shift in range(len(POLICIES)):
        policies = {name: POLICIES[(shift + j) % len(POLICIES)] for j, name in enumerate(SIGNALS)}
        found = [
            in_bits(
                engine.query(
                    score_sql(
                        Scoring(
                            charter(text_of(policies)),
                            columns,
                            dict.fromkeys(SIGNALS, 1),
                            AS_OF,
                            dialect(engine),
                            (waiver,) if shift % 2 else (),
                        )
                    )
                )
            )
            for engine in engines
        ]
        assert len(found[0]) == ROWS
        assert all(other == found[0] for other in found[1:]), policies
