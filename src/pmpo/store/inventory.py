"""What the store holds: each evaluation with what it rests on and how much space it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pmpo.store.evaluations import Evaluations

MANIFEST_SCHEMA: Final = 1
_OBJECT: Final = re.compile(rb"sha256:[0-9a-f]{64}")
_NAME: Final = re.compile(r"sha256:[0-9a-f]{64}")
_PROGRAM: Final = re.compile(r"\w[\w.-]*")
_EVALUATION: Final = re.compile(rb'"(ev-[A-Za-z0-9._-]+)"')


@dataclass(frozen=True, slots=True)
class Item:
    """One stored evaluation as seen from outside.

    Args:
        made: when it was evaluated.
        names: every `sha256:…` and every other `ev-…` that its JSON files name. Which of them
            are needed is not judged here: what is named may be needed.
        size: bytes of its own files.
        manifest: what was true of the run.
    """

    id: str
    program: str
    made: datetime
    names: frozenset[str]
    size: int
    manifest: Mapping[str, Any]


def item(evaluations: Evaluations, id: str) -> Item:
    """Look at one stored evaluation; the hashes of its files are not checked.

    Raises: StoreError `store/not-found`, `store/damaged`, `store/newer-schema`.
    """
    manifest = evaluations.manifest(id)
    folder = evaluations.folder(id)
    _check_schema(id, manifest)
    program, made = manifest.get("program"), _moment(manifest.get("evaluated_at"))
    if not (isinstance(program, str) and _PROGRAM.fullmatch(program)) or made is None:
        raise _damaged(folder, "which program was evaluated, and when")
    if not _is_snapshot(manifest.get("snapshot", {})):
        raise _damaged(folder, "what was read")
    with _disk.store_errors(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
        named = [_named(path) for path in files if path.suffix == ".json"]
    return Item(id, program, made, frozenset().union(*named) - {id}, size, manifest)


def copies(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The stored copy of each source that a run read from one, by the source's name."""
    return {
        name: source["copy"] for name, source in _sources(manifest).items() if source.get("copy")
    }


def references(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files that a run read where they lie: `path`, `sha256`, `size`."""
    return [
        file
        for source in _sources(manifest).values()
        if not source.get("copy")
        for file in source.get("files", ())
    ]


def _sources(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    sources: Mapping[str, Any] = manifest.get("snapshot", {}).get("sources", {})
    return sources


def _is_snapshot(said: object) -> bool:
    sources = said.get("sources", {}) if isinstance(said, dict) else None
    return isinstance(sources, dict) and all(map(_is_source, sources.values()))


def _is_source(said: object) -> bool:
    if not isinstance(said, dict):
        return False
    copy, files = said.get("copy"), said.get("files", [])
    return (copy is None or (isinstance(copy, str) and bool(_NAME.fullmatch(copy)))) and (
        isinstance(files, list) and all(map(_is_file, files))
    )


def _is_file(said: object) -> bool:
    return isinstance(said, dict) and all(
        isinstance(said.get(name), str) for name in ("path", "sha256")
    )


def _named(path: Path) -> frozenset[str]:
    data = path.read_bytes()
    return frozenset(name.decode() for name in (*_OBJECT.findall(data), *_EVALUATION.findall(data)))


def _check_schema(id: str, manifest: Mapping[str, Any]) -> None:
    schema = manifest.get("schema")
    if isinstance(schema, int) and schema > MANIFEST_SCHEMA:
        raise stop(
            "store/newer-schema",
            f"the manifest of {id} was written by a newer version (schema {schema})",
            help="upgrade pmpo to read it",
            error=StoreError,
        )


def _moment(said: object) -> datetime | None:
    if not isinstance(said, str):
        return None
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _damaged(folder: Path, what: str) -> PmpoError:
    return stop(
        "store/damaged",
        f"{folder / 'manifest.json'} does not say {what}",
        note="a stored evaluation is never changed by the program",
        help=f"restore the folder `.pmpo` from a backup, or move {folder} out of the store",
        error=StoreError,
    )
