"""The result of one evaluation: what the machine says, named by everything it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pmpo.model.table import Table
from pmpo.model.waiver import Waiver

if TYPE_CHECKING:
    import pyarrow as pa

RANKED: Final = "ranked"
BLOCKED: Final = "blocked"
EXCLUDED: Final = "excluded"
OUT_OF_SCOPE: Final = "out_of_scope"
SCORE_DIGITS: Final = 12
POINT_DIGITS: Final = 18
# The most for which a product with 10⁻¹² still has a type of 38 digits on every engine.
RATIO_DIGITS: Final = 25


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation, immutable.

    Args:
        id: `ev-` and twelve hexadecimal digits of the identity's hash.
        identity: edition, charter, as_of, known_by, table, prior, waivers, calendar.
        results: one row per unit in key order: `key_…`, `status` (ranked, blocked, excluded,
            out_of_scope), `reason` (the charter path that decided it), `rank`, `score`, and per
            signal on an axis `utility_…` (micro-units of 0 to 100 million) and `points_…`, per
            axis `axis_…`, per band `band_…`, and the `quality` grade A to D. Where a policy of the
            charter asks for it, also `score_low`, `score_high` with the ends of utilities `low_…`
            and `high_…`, and `weight_…` (millionths) where weights vary by unit. Scores and points
            are exact decimals with twelve digits; points add up to the score. A band that
            remembers has `plain_…`, the band by value alone, `last_…`, the band that is remembered
            (other than the label only while a value is missing), and `since_…`, when it was
            entered, in UTC. Where the score is a ratio, `factor_…` per signal stands in place of
            utilities, points and axes.
        result_hash: `sha256:…` over `results`.
        table: the measured values the results rest on.
        waivers: those that were in force.
        states: per band that remembers the hash of its definition; only under the same one does a
            later evaluation build on `last_…` and `since_…`.
    """

    id: str
    program: str
    identity: Mapping[str, Any]
    as_of: datetime
    known_by: datetime
    table: Table
    results: pa.Table
    result_hash: str
    waivers: tuple[Waiver, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many units have each status."""
        import pyarrow.compute as pc

        found = {
            row["values"]: row["counts"]
            for row in pc.value_counts(self.results["status"]).to_pylist()
        }
        return {
            status: found.get(status, 0) for status in (RANKED, BLOCKED, EXCLUDED, OUT_OF_SCOPE)
        }
