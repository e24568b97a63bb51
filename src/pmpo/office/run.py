"""One evaluation, ready to be read: the board, the reasons, and the manifest beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from pmpo.assure.versions import versions
from pmpo.diagnostics import Diagnostic
from pmpo.evaluate import explain
from pmpo.evaluate.applied import Tables
from pmpo.evaluate.carried import CarriedCount, carried_counts
from pmpo.evaluate.outcomes import OUTCOME
from pmpo.evaluate.quality import Inspection
from pmpo.evaluate.reasons import LeftOut, left_out
from pmpo.evaluate.record import Record
from pmpo.evaluate.selection import NOTHING_DECIDED, Decided, Selection, candidates_of
from pmpo.evaluate.waived import Waived, waived
from pmpo.model.charter import Charter
from pmpo.model.evaluation import OUT_OF_SCOPE, RANKED, Evaluation
from pmpo.model.time import zone
from pmpo.office.holidays import without_holidays
from pmpo.office.segments import without_units
from pmpo.store.recorded import RecordedEvaluation
from pmpo.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Run:
    """One evaluation with its charter, ready to be read.

    `decided` tells what people have decided by the time it is asked, or None where that cannot be
    read: who is taken rests on it, and no other number.

    `recorded` is its entry in the ledger, where this run was asked to record it; `draft` whether
    its charter did not count when it was run, None where it was run before.
    """

    charter: Charter
    record: Record
    recorded: RecordedEvaluation | None = None
    draft: bool | None = None
    decided: Callable[[], Decided | None] = lambda: NOTHING_DECIDED

    @property
    def evaluation(self) -> Evaluation:
        return self.record.evaluation

    @property
    def results(self) -> pa.Table:
        """One row per unit; the columns are told at `pmpo.model.evaluation.Evaluation`."""
        return self.evaluation.results

    @property
    def notes(self) -> list[str]:
        """What a reader should know about the data, in plain sentences."""
        return list(self.record.manifest["notes"])

    @cached_property
    def left_out(self) -> list[LeftOut]:
        """Which rules keep units out of the ranking, and how many each."""
        return left_out(self.charter, self.evaluation)

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.charter, self.evaluation)

    @cached_property
    def faults(self) -> list[Diagnostic]:
        """Units that no rule of a decision table decides, or several contradict each other."""
        return list(self._tables.faults())

    @property
    def fault_count(self) -> int:
        """How many such units there are."""
        return self._tables.fault_count

    def first_faults(self, count: int) -> list[Diagnostic]:
        """The first of them, where naming all would take long."""
        return list(islice(self._tables.faults(), count))

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """How many ranked units have each outcome, the most frequent first; none without tables."""
        results = self.evaluation.results
        if OUTCOME not in results.column_names:
            return {}
        counts = Counter(one for one in results[OUTCOME].to_pylist() if one is not None)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @cached_property
    def carried(self) -> list[CarriedCount]:
        """The inputs of tables that carried the value last known, and for how many units."""
        return carried_counts(self.charter, self.evaluation)

    @cached_property
    def waived(self) -> list[Waived]:
        """The waivers in force, and the units that each changes something for."""
        return waived(self.charter, self.evaluation)

    @property
    def says_who_is_taken(self) -> bool:
        """Whether the charter has `take`."""
        return self.charter.ranking is not None and self.charter.ranking.take is not None

    @cached_property
    def selection(self) -> Selection | None:
        """Who is taken, by what people have decided now, also for an evaluation of long ago.

        None where the charter has no `take`, or where nobody can read what was decided.
        """
        candidates = candidates_of(self.charter, self.evaluation)
        decided = self.decided() if candidates is not None else None
        return candidates.seen(decided) if candidates is not None and decided is not None else None

    def rows(self, top: int | None = None) -> list[explain.BoardRow]:
        """The ranked units, best first."""
        return list(self.each_row(top))

    def each_row(self, top: int | None = None) -> Iterator[explain.BoardRow]:
        """The same one by one, for more of them than should be in memory at once."""
        return explain.board(self.charter, self.evaluation, top, self.selection)

    def board(self, top: int | None = None) -> pa.Table:
        """The ranked units as an Arrow table with the columns of `board --format json`.

        Scores and points are exact decimals; the columns are the same when no unit is ranked.
        """
        return explain.board_table(self.charter, self.rows(top))

    def columns(self) -> list[str]:
        """The columns of the board with `axes`, `outputs` and `bands` spread, as CSV has them."""
        return explain.board_columns(self.charter)

    def why(self, unit: str) -> explain.Why:
        """Why a unit stands where it stands.

        Raises: DataError `unit/unknown`, `unit/ambiguous`.
        """
        return explain.why(self.charter, self.evaluation, unit, self.selection)

    def summary(self) -> dict[str, Any]:
        """The stable JSON object that `run --format json` prints."""
        evaluation, counts = self.evaluation, self.evaluation.counts()
        units = len(evaluation.table)
        return {
            "evaluation": evaluation.id,
            "program": evaluation.program,
            "charter": self.charter.logic_hash,
            "as_of": evaluation.as_of.isoformat(),
            "known_by": evaluation.known_by.isoformat(),
            "table": evaluation.table.hash,
            "result": evaluation.result_hash,
            "units": units,
            "in_scope": units - counts[OUT_OF_SCOPE],
            **counts,
            "outcomes": self.outcomes,
            "take": self.selection.as_json() if self.selection is not None else None,
            "carried": [one.as_json() for one in self.carried],
            "waivers": [one.as_json() for one in self.waived],
            "left_out": [
                {"status": o.status, "rule": o.rule, "because": o.because, "units": o.units}
                for o in self.left_out
            ],
            "faults": [
                *self.record.manifest["findings"],
                *(fault.as_json() for fault in self.faults),
            ],
            "notes": self.notes,
            "engine": self.record.manifest["engine"],
            "prior": evaluation.identity["prior"],
            "recorded": self.recorded.position if self.recorded is not None else None,
        }


def manifest_of(
    charter: Charter,
    evaluation: Evaluation,
    inspection: Inspection,
    snapshot: Snapshot,
    evaluated_at: str,
) -> dict[str, Any]:
    """What is true of this run and not of its result; stored beside it, never hashed into it."""
    return {
        "schema": 1,
        "evaluation": evaluation.id,
        "program": evaluation.program,
        "charter_text": charter.text_hash,
        "result": evaluation.result_hash,
        "as_of": evaluation.as_of.isoformat(),
        "ranked": evaluation.counts()[RANKED],
        "evaluated_at": evaluated_at,
        "engine": f"duckdb {versions()['duckdb']}",
        "versions": versions(),
        "findings": [finding.as_json() for finding in inspection.findings],
        "sources": {
            name: {
                "rows": facts.rows,
                "latest": facts.latest.isoformat() if facts.latest else None,
                "orphans": facts.orphans,
                "orphan_keys": facts.orphan_keys,
                "grade": facts.grade.grade,
                "reasons": list(facts.grade.reasons),
            }
            for name, facts in inspection.facts.items()
        },
        "notes": _notes(charter, evaluation, inspection, snapshot),
        "snapshot": dict(snapshot.manifest),
    }


def _notes(
    charter: Charter, evaluation: Evaluation, inspection: Inspection, snapshot: Snapshot
) -> list[str]:
    notes = [finding.message for finding in inspection.findings]
    notes += without_holidays(charter, evaluation)
    notes += without_units(charter, evaluation)
    for name, facts in inspection.facts.items():
        source = charter.sources[name]
        if facts.orphans:
            target = next(iter(source.join), "unit")
            values = f"{facts.orphan_keys:,} value{'' if facts.orphan_keys == 1 else 's'}"
            notes.append(
                f"{_rows(facts.orphans)} of `{name}` belong{'s' if facts.orphans == 1 else ''} "
                "to no unit "
                f"({values} of their join to `{target}`)"
            )
        if source.mode == "snapshot":
            seen = datetime.fromisoformat(snapshot.manifest["sources"][name]["captured_at"])
            day = source.captured or seen.astimezone(zone(charter.zone_name)).date()
            asked = evaluation.as_of.astimezone(zone(charter.zone_name)).date()
            if day > asked or (source.captured is None and seen > evaluation.as_of):
                notes.append(
                    f"`{name}` was captured on {day}, after the moment asked for: not point-in-time"
                )
    return notes


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
