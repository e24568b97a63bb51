"""Measured histories, kept so that the same question need not be asked of the data again.

A cache: whatever is in it can be measured again. Each is a folder named by the hash of everything
that can change its answer, made complete elsewhere and renamed into place.
"""

from __future__ import annotations

import errno
import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.inventory import copies
from pmpo.store.objects import hash_bytes, hash_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA: Final = 1
TABLE: Final = "history.arrow"
_MANIFEST: Final = "manifest.json"
_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """One history as it was saved.

    Args:
        manifest: a JSON object: `program`, `made`, and what else was saved with it.
        table: the bytes of its table.
    """

    manifest: Mapping[str, Any]
    table: bytes


@dataclass(frozen=True, slots=True)
class Cached:
    """A stored history as seen from outside.

    Args:
        made: when it was measured; None when its manifest is damaged.
        size: bytes of its files.
        names: the copies of data that it was measured on.
    """

    key: str
    program: str
    made: datetime | None
    size: int
    names: frozenset[str] = frozenset()


class Histories:
    """The histories of an office.

    Args:
        root: the folder `.pmpo/histories`, made when the first history is saved.
        tidy: remove what crashed processes left half-made.
    """

    def __init__(self, root: Path, *, tidy: bool = True) -> None:
        self.root = root
        if tidy:
            with _disk.store_errors(root):
                _disk.sweep(root)

    def save(self, key: str, table: bytes, manifest: Mapping[str, Any]) -> None:
        """Store a history under the hash of its question, `sha256:…`, unless it is there.

        Raises: StoreError `store/no-space`, `store/not-writable`.
        """
        final = self.folder(key)
        told = {**manifest, "schema": SCHEMA, "key": key, "table": hash_bytes(table)}
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        with _disk.store_errors(self.root), _disk.scratch_folder(self.root) as scratch:
            made = scratch / final.name
            made.mkdir()
            _disk.write_durably(made / TABLE, table)
            _disk.write_durably(made / _MANIFEST, text.encode())
            _disk.sync(made)
            try:
                made.rename(final)
            except OSError as error:
                if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                    raise
            _disk.sync(self.root)

    def load(self, key: str) -> StoredHistory | None:
        """The history of a question; None when it was never stored, or by another version.

        Raises: StoreError `store/damaged`: it is not what was stored.
        """
        folder = self.folder(key)
        if not folder.is_dir():
            return None
        manifest = self._manifest(folder)
        if manifest.get("schema") != SCHEMA:
            return None
        try:
            with _disk.store_errors(self.root):
                table = (folder / TABLE).read_bytes()
        except StoreError as error:
            raise _damaged(folder / TABLE, "it cannot be read") from error
        if manifest.get("key") != key or hash_bytes(table) != manifest.get("table"):
            raise _damaged(folder / TABLE, "it has changed since it was stored")
        return StoredHistory(manifest, table)

    def verify(self, key: str) -> None:
        """Check the hash of a stored history without reading it into memory.

        Raises: StoreError `store/damaged`.
        """
        folder = self.folder(key)
        manifest = self._manifest(folder)
        path = folder / TABLE
        if not path.is_file() or hash_file(path) != manifest.get("table"):
            raise _damaged(path, "it has changed since it was stored")

    def names(self, key: str) -> frozenset[str]:
        """The copies of data that a stored history was measured on."""
        return self._cached(key).names

    def remove(self, key: str) -> None:
        """Remove a history in one step; a crash leaves it whole or a scratch folder."""
        folder = self.folder(key)
        going = self.root / f"{_disk.SCRATCH}{folder.name}"
        with _disk.store_errors(self.root), _disk.alive(folder):
            _disk.remove_if_stale(going)
            folder.rename(going)
            _disk.sync(self.root)
            shutil.rmtree(going)

    def folder(self, key: str) -> Path:
        """Where the history of that question is, or would be."""
        digest = key.removeprefix("sha256:")
        if not _KEY.fullmatch(digest):
            raise ValueError(f"{key!r} is not the hash of a question")
        return self.root / digest

    def all_keys(self) -> tuple[str, ...]:
        """Every stored history, in order of the keys."""
        if not self.root.is_dir():
            return ()
        with _disk.store_errors(self.root):
            names = [path.name for path in self.root.iterdir() if path.is_dir()]
        return tuple(f"sha256:{name}" for name in sorted(names) if _KEY.fullmatch(name))

    def all(self) -> tuple[Cached, ...]:
        """Every stored history with its age; a damaged one has none."""
        return tuple(self._cached(key) for key in self.all_keys())

    def _cached(self, key: str) -> Cached:
        folder = self.folder(key)
        with _disk.store_errors(folder):
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        try:
            manifest = self._manifest(folder)
            made = datetime.fromisoformat(str(manifest.get("made")))
        except (PmpoError, ValueError):
            return Cached(key, "", None, size)
        aware = made if made.tzinfo is not None else made.replace(tzinfo=UTC)
        copied = frozenset(map(str, copies(manifest).values()))
        return Cached(key, str(manifest.get("program")), aware, size, copied)

    def _manifest(self, folder: Path) -> dict[str, Any]:
        path = folder / _MANIFEST
        try:
            with _disk.store_errors(self.root):
                manifest = json.loads(path.read_bytes())
        except (StoreError, ValueError) as error:
            raise _damaged(path, "it is missing or not JSON") from error
        if not isinstance(manifest, dict):
            raise _damaged(path, "it is not a JSON object")
        return manifest


def _damaged(path: Path, why: str) -> PmpoError:
    return stop(
        "store/damaged",
        f"{path}: {why}",
        note="a stored history only saves measuring it again",
        help="it is measured again when it is asked for; `pmpo doctor --fix` removes it",
        error=StoreError,
    )
