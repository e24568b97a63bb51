"""Snapshots: which bytes a measurement read, and copies of those that would not stay.

Files that are only ever added are referenced by hash; whatever may change in place is copied.
"""

from __future__ import annotations

import difflib
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from pmpo.diagnostics import DataError, Diagnostic, PmpoError, in_order
from pmpo.store import _duck
from pmpo.store._findings import data_error, for_each
from pmpo.store.engine.duckdb import thread_count
from pmpo.store.objects import Objects, hash_file
from pmpo.store.readers import read_again
from pmpo.store.readers.parquet import read_parquet
from pmpo.store.readers.paths import files_of, open_bytes, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pmpo.model.charter import Source
    from pmpo.store.readers import Relation

_DATABASES: Final = frozenset({"sqlite", "duckdb"})
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileState:
    """What the file system says about a file; a change of its content changes one of these."""

    path: Path
    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The state of a file now."""
        about = path.stat()
        return cls(path, about.st_size, about.st_mtime_ns, about.st_ino)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one measurement reads.

    Args:
        relations: per source the relation to measure: the files themselves, or their copy.
        manifest: a JSON object that records per source its mode, files, hashes, rows, columns.
        states: the referenced files as they were before they were read.
    """

    relations: Mapping[str, Relation]
    manifest: Mapping[str, Any]
    states: Mapping[str, tuple[FileState, ...]] = field(default_factory=dict)

    def verify_unchanged(self) -> None:
        """Check after measuring that every referenced file is still the one that was recorded.

        Raises: DataError `source/changed-while-reading`, one finding per file.
        """
        findings = [
            finding
            for source, states in self.states.items()
            for finding in _changes(source, states)
        ]
        if findings:
            raise DataError(in_order(findings))


def capture(
    sources: Sequence[tuple[Source, Relation]],
    columns: Mapping[str, tuple[str, ...]],
    objects: Objects,
    *,
    now: datetime,
    base: Path,
) -> Snapshot:
    """Record what a measurement is about to read, and copy what may change under it.

    Args:
        sources: each source of the charter with the relation it resolved to.
        columns: per source the columns that the charter uses; copies hold these, with all rows.
        objects: where copies are kept.
        now: the moment of capture, for the manifest; no number depends on it.
        base: the office's folder; paths inside it are recorded relative to it.

    Raises:
        DataError: `source/not-in-data`, `source/changed-while-reading`, `source/unreadable`.
        StoreError: the copy cannot be written.
    """
    findings = [
        finding
        for source, relation in sources
        for finding in _unknown_columns(source, relation, columns.get(source.name, ()))
    ]
    if findings:
        raise DataError(in_order(findings))
    taken = {
        source.name: _take(source, relation, columns, objects, base) for source, relation in sources
    }
    moment = now.astimezone(UTC).isoformat(timespec="microseconds")
    entries = {name: {"captured_at": moment, **one.entry} for name, one in taken.items()}
    return Snapshot(
        {name: one.relation for name, one in taken.items()},
        {"schema": 1, "sources": entries},
        {name: one.states for name, one in taken.items()},
    )


def restore(
    manifest: Mapping[str, Any], objects: Objects, base: Path
) -> tuple[dict[str, Relation], list[Diagnostic]]:
    """What a measurement read, as far as it is still what it was.

    Args:
        manifest: that of its snapshot.
        base: the office's folder.
    Returns: the relations by source, and a finding for each file or copy that is lost or other.
    """
    relations: dict[str, Relation] = {}
    findings: list[Diagnostic] = []
    for name, entry in manifest["sources"].items():
        try:
            relations[name] = _restored(name, entry, objects, base)
        except PmpoError as error:
            findings += error.findings
    return relations, findings


def _restored(name: str, entry: Mapping[str, Any], objects: Objects, base: Path) -> Relation:
    place = f"sources.{name}"
    if entry.get("copy"):
        objects.verify(entry["copy"])
        return read_parquet(name, [objects.path(entry["copy"]).resolve()], place)
    recorded = {file["path"]: file for file in entry["files"]}
    for_each(recorded, lambda path: _check_same(name, base / path, recorded[path]))
    files = [(base / path).resolve() for path in recorded]
    return read_again(name, entry["kind"], files, f"{place}.from")


def _check_same(source: str, path: Path, recorded: Mapping[str, Any]) -> None:
    """Raise DataError unless a file is the one that was read."""
    try:
        actual = hash_file(path).removeprefix("sha256:")
    except OSError as error:
        raise data_error(
            "source/missing-file",
            f"{recorded['path']}: {error.strerror}",
            path=f"sources.{source}.from",
            note="it was read where it lay",
            help="restore it from a backup",
        ) from error
    if actual != recorded["sha256"]:
        raise data_error(
            "source/changed",
            f"{recorded['path']} is not what it was: {path.stat().st_size:,} bytes now, "
            f"{recorded['size']:,} when it was measured",
            path=f"sources.{source}.from",
            note="it was read where it lay, and only its hash was kept",
            help="restore it from a backup; a file that is rewritten in place is `mode: snapshot`",
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    relation: Relation
    entry: Mapping[str, Any]
    states: tuple[FileState, ...]


def _take(
    source: Source,
    relation: Relation,
    columns: Mapping[str, tuple[str, ...]],
    objects: Objects,
    base: Path,
) -> _Taken:
    wanted = columns.get(source.name, ())
    entry: dict[str, Any] = {
        "mode": source.mode,
        "kind": relation.kind,
        "columns": {name: relation.schema[name] for name in wanted},
    }
    if relation.kind in _DATABASES:
        kept, entry["copy"] = _copied(relation, wanted, objects)
        (database,) = files_of(source.database, base, f"sources.{source.name}.database")
        entry["database"] = _shown(database, base)
        entry["table"] = source.table
        return _Taken(kept, entry | {"rows": _rows(kept)}, ())
    if relation.kind == "xlsx":
        kept, entry["copy"] = _copied(relation, wanted, objects)
        (workbook,) = files_of(source.from_, base, f"sources.{source.name}.from")
        entry["workbook"] = _shown(workbook, base)
        entry["sheet"] = source.sheet
        return _Taken(kept, entry | {"rows": _rows(kept)}, ())
    before = tuple(_state(file, source.name) for file in relation.files)
    entry["files"] = [_recorded(state, source.name, base) for state in before]
    if source.mode != "snapshot":
        return _Taken(relation, entry | {"rows": _rows(relation)}, before)
    kept, entry["copy"] = _copied(relation, wanted, objects)
    changes = _changes(source.name, before)
    if changes:
        raise DataError(in_order(changes))
    return _Taken(kept, entry | {"rows": _rows(kept)}, ())


def _unknown_columns(source: Source, relation: Relation, wanted: Sequence[str]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for name in wanted:
        if name not in relation.schema:
            close = difflib.get_close_matches(name, relation.schema, n=1, cutoff=0.5)
            close = [
                same for same in relation.schema if same.casefold() == name.casefold()
            ] or close
            shown = ", ".join(f"`{column}`" for column in relation.schema)
            found.append(
                Diagnostic(
                    "source/not-in-data",
                    "error",
                    f"source `{source.name}` has no column `{name}`",
                    path=f"sources.{source.name}",
                    note=f"its columns are {shown}",
                    help=f"did you mean `{close[0]}`?" if close else "correct the name",
                )
            )
    return found


def _recorded(state: FileState, source: str, base: Path) -> dict[str, Any]:
    if suffix(state.path).endswith(".gz"):
        _check_gzip(state.path, source)
    return {
        "path": _shown(state.path, base),
        "sha256": hash_file(state.path).removeprefix("sha256:"),
        "size": state.size,
    }


def _check_gzip(path: Path, source: str) -> None:
    """Read a compressed file to its end, where its checksum is; DuckDB does not look at it."""
    try:
        with open_bytes(path) as file:
            while file.read(_CHUNK):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise data_error(
            "source/unreadable",
            f"{path}: {error}",
            path=f"sources.{source}.from",
            note="the compressed file ends early or has been damaged",
            help="copy the file again from where it came",
        ) from error


def _shown(path: Path, base: Path) -> str:
    """A path as the manifest keeps it: relative to the office where it is inside."""
    office = base.resolve()
    return path.relative_to(office).as_posix() if path.is_relative_to(office) else str(path)


def _state(file: Path, source: str) -> FileState:
    try:
        return FileState.of(file)
    except OSError as error:
        raise data_error(
            "source/missing-file",
            f"{file}: {error.strerror}",
            path=f"sources.{source}.from",
            note="it was there a moment ago",
        ) from error


def _changes(source: str, states: Sequence[FileState]) -> list[Diagnostic]:
    return [
        Diagnostic(
            "source/changed-while-reading",
            "error",
            f"{state.path} changed while it was being measured",
            path=f"sources.{source}.from",
            note="the numbers could come from two different states of the data",
            help="run again when nothing writes to it, or write new files instead of changing old "
            "ones; a file that is rewritten in place is `mode: snapshot`",
        )
        for state in states
        if _has_changed(state)
    ]


def _has_changed(state: FileState) -> bool:
    try:
        return FileState.of(state.path) != state
    except OSError:
        return True  # gone, or out of reach: not the file that was read


def _copied(relation: Relation, wanted: Sequence[str], objects: Objects) -> tuple[Relation, str]:
    """Copy the wanted columns of all rows into the object store."""
    # a source of which only the rows count still needs a column to hold them
    kept = tuple(wanted) or tuple(relation.schema)[:1]
    chosen = ", ".join(map(_duck.name, kept))
    with objects.scratch() as folder:
        copy = folder / "copy.parquet"
        with _connected([*relation.files, copy]) as run:
            run(_duck.copy_to_parquet(f"SELECT {chosen} FROM {relation.sql}", copy))  # noqa: S608
        name = objects.adopt(copy)
    stored = read_parquet(relation.name, [objects.path(name).resolve()], f"sources.{relation.name}")
    return stored, name


def _rows(relation: Relation) -> int:
    with _connected(relation.files) as run:
        return int(run(f"SELECT count(*) FROM {relation.sql}")[0][0])  # noqa: S608


@contextmanager
def _connected(files: Sequence[Path]) -> Iterator[Callable[[str], list[Any]]]:
    """A way to run statements that see these files only; refusals are findings."""
    with closing(_duck.connect(files, threads=thread_count())) as connection:
        try:
            yield lambda sql: connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise _duck.finding(error) from error
