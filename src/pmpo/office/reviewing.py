"""Reviews: assumptions are held against the data, and the minutes are written and recorded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pmpo.assure.minutes import HALF, REVIEWS
from pmpo.compile.cuts import Moments
from pmpo.decide.access import allow
from pmpo.decide.state import REVIEWED, Review, State
from pmpo.diagnostics import DataError, PmpoError, stop
from pmpo.loop.assumptions import Tested, assumptions_tested
from pmpo.loop.review import Minutes, minutes
from pmpo.model.entry import Actor, Entry
from pmpo.office.desk import Desk
from pmpo.office.run import Run
from pmpo.office.sources import all_relations, schemas_of
from pmpo.store._disk import store_errors
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.ledger.unguessable import new_id


@dataclass(frozen=True, slots=True)
class Tests:
    """What became of the assumptions that have a check.

    Args:
        recorded: how many entries were written because some do not hold.
    """

    tested: tuple[Tested, ...]
    recorded: int


@dataclass(frozen=True, slots=True)
class Held:
    """A review that was held, with the file of its minutes.

    Args:
        due: how many items wait for an answer after it.
    """

    path: Path
    text: str
    due: int


def hold_against_data(desk: Desk, run: Run, folder: Path, actor: Actor) -> Tests:
    """Test every assumption on the data as it was known at the moment of an evaluation."""
    charter, evaluation = desk.charter, run.evaluation
    if not any(one.check is not None for one in charter.assumptions.values()):
        return Tests((), 0)
    relations = all_relations(charter, folder)
    moments = Moments(evaluation.as_of, evaluation.known_by)
    with DuckDB(relations) as engine:
        found = tuple(assumptions_tested(charter, schemas_of(relations), engine, moments))
    return Tests(found, desk.raise_broken(found, evaluation, actor))


def hold(
    desk: Desk, run: Run, folder: Path, actor: Actor, *, present: Sequence[str], notes: str
) -> Held:
    """Write the minutes of a review into the office, and record their hash in the ledger.

    Raises: StoreError; DataError `review/not-allowed`.
    """
    charter = desk.charter
    answer = allow(actor.name, "review", charter, desk.people)
    if not answer:
        raise stop("review/not-allowed", answer.because, help=answer.meets, error=DataError)
    now, as_of = desk.now(), run.evaluation.as_of
    text, written, left = "", folder, 0
    half: Path | None = None

    def entries(state: State) -> list[Entry]:
        nonlocal text, written, left, half
        name = f"{now.date()}-{len(state.reviews) + 1}.md"
        written = folder / REVIEWS / charter.program / name
        after = state.after(Review(as_of.isoformat(), now, actor.name, state.size))
        items = desk.due(after)
        left = len(items)
        of = Minutes(
            charter=charter,
            state=state,
            after=after,
            due=items,
            put_aside=desk.put_aside(after),
            evaluation=run.evaluation.id,
            as_of=as_of,
            chair=actor.name,
            present=present,
            held_at=now,
            notes=notes,
            checkpoint=desk.checkpoint(),
        )
        text = minutes(of)
        body = {
            "as_of": as_of.isoformat(),
            "evaluation": run.evaluation.id,
            "minutes": "sha256:" + hashlib.sha256(text.encode()).hexdigest(),
            "file": written.relative_to(folder).as_posix(),
            "present": list(present),
            "due": [item.id for item in items],
        }
        made = desk.entry(f"reviewed:{charter.program}:{state.size}", REVIEWED, actor, body)
        if half is not None:
            half.unlink(missing_ok=True)  # somebody was faster, and it has another name now
        half = written.with_suffix(f".{new_id()}{HALF}")
        _write(half, text)
        return [made]

    try:
        desk.append(entries)
    except PmpoError as error:
        if half is not None and error.findings[0].code != "ledger/failed":
            half.unlink(missing_ok=True)  # nothing was recorded; else it may have been
        raise
    assert half is not None
    with store_errors(written):
        half.replace(written)
    return Held(written, text, left)


def _write(path: Path, text: str) -> None:
    """Minutes are on the disk before they are recorded: what is recorded is never lost."""
    with store_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
