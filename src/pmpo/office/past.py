"""The history of a program: asked once of its data, and found in the store from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pmpo.diagnostics import DataError, PmpoError, StoreError, has_errors, stop
from pmpo.evaluate.history import Question, answered, assembled, question
from pmpo.evaluate.measure import compiled
from pmpo.evaluate.moments import moments_from
from pmpo.evaluate.quality import inspect
from pmpo.model.canonical import hash_json
from pmpo.model.charter import Charter
from pmpo.model.history import History
from pmpo.model.time import Duration
from pmpo.office.sources import ANY_MOMENT, all_relations, schemas_of, snapshot_of
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.layout import Store, prepare
from pmpo.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Past:
    """Which past is asked for; see `Office.history`."""

    periods: int
    of: str | None = None
    as_of: str | None = None
    known_by: str | None = None

    def length(self, charter: Charter) -> Duration:
        """How long each period is.

        Raises: DataError `history/periods`: it is not a length of time.
        """
        if self.of is None:
            return charter.refresh.every
        try:
            return Duration.parse(self.of)
        except ValueError as error:
            raise stop(
                "history/periods",
                f"`{self.of}` is not a length of time",
                help="write `--of '1 week'`, or another whole number of days, weeks or months",
                error=DataError,
            ) from error


def past_of(
    charter: Charter,
    folder: Path,
    past: Past,
    *,
    tell: Callable[[str], None] | None,
    threads: int | None,
    memory_limit: str | None,
) -> History:
    """A history from the store, else from the data; whoever calls holds the store's lock.

    A stored one that is damaged is told of, removed and measured again.
    """
    of = past.length(charter)
    relations = all_relations(charter, folder)
    plan = compiled(charter, schemas_of(relations), ANY_MOMENT)
    store = prepare(folder)
    snapshot = snapshot_of(charter, plan, relations, store, folder)
    schemas = schemas_of(snapshot.relations)
    options: dict[str, Any] = {"threads": threads, "memory_limit": memory_limit}
    with DuckDB(snapshot.relations, **options, aggregates=plan.atoms) as engine:
        moments = moments_from(charter, plan, engine, past.as_of, past.known_by)
        asked = question(charter, schemas, moments, past.periods, of)
        key = _key(asked, snapshot, folder)
        found = _stored(store, key, asked, tell)
        if found is not None:
            return found
        inspection = inspect(asked.newest, engine)
        if has_errors(inspection.findings):
            raise DataError(inspection.findings)
        history = answered(asked, engine)
    snapshot.verify_unchanged()
    try:
        _keep(store, key, history, charter, snapshot)
    except StoreError as error:  # the answer is right, and only has to be measured again next time
        if tell is not None:
            tell(f"the history could not be kept: {error.findings[0].message}")
    return history


def _key(asked: Question, snapshot: Snapshot, folder: Path) -> str:
    """The hash of all that can change the answer.

    The statements hold formulas, cuts, windows, dated numbers and calendars as literals; beside
    them stand the bytes that are read, how they are read, and by which engine.
    """
    here = str(folder.resolve())
    return hash_json(
        {
            "statements": asked.statements(),
            "engine": f"duckdb {duckdb.__version__}",
            "sources": {
                name: {
                    "copy": entry.get("copy"),
                    "files": [file["sha256"] for file in entry.get("files", ())],
                    "read": snapshot.relations[name].sql.replace(here, ""),
                }
                for name, entry in snapshot.manifest["sources"].items()
            },
        }
    )


def _stored(
    store: Store, key: str, asked: Question, tell: Callable[[str], None] | None
) -> History | None:
    try:
        stored = store.histories.load(key)
        if stored is None:
            return None
        history = assembled(asked, _read(stored.table))
        if history.hash != stored.manifest.get("history"):
            raise stop("store/damaged", f"{store.histories.folder(key)} is not what was stored")
    except (PmpoError, ValueError, KeyError) as error:
        why = error.findings[0].message if isinstance(error, PmpoError) else str(error)
        if tell is not None:
            tell(f"the stored history is damaged and is measured again: {why}")
        store.histories.remove(key)
        return None
    return history


def _keep(store: Store, key: str, history: History, charter: Charter, snapshot: Snapshot) -> None:
    manifest = {
        "program": charter.program,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": history.hash,
        "periods": len(history),
        "of": history.of,
        "boundaries": [boundary.isoformat() for boundary in history.boundaries],
        "snapshot": dict(snapshot.manifest),
    }
    store.histories.save(key, _written(history.data), manifest)


def _written(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _read(data: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(data) as reader:
        return reader.read_all().combine_chunks()
