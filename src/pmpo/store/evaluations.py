"""Stored evaluations: a folder each, made complete elsewhere, renamed into place, never changed."""

from __future__ import annotations

import difflib
import errno
import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import StoreError, stop
from pmpo.store import _disk
from pmpo.store.objects import hash_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ID: Final = re.compile(r"ev-[A-Za-z0-9._-]+")
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_PROGRAM: Final = re.compile(r"\w[\w.-]*")
_MANIFEST: Final = "manifest.json"
_LATEST: Final = "latest"


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """One evaluation as it was saved; every file has been checked against its hash."""

    id: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]


class Evaluations:
    """The evaluations of an office.

    Args:
        root: the folder `.pmpo/evaluations`, made when the first evaluation is saved.
        tidy: remove what crashed processes left half-made.
    """

    def __init__(self, root: Path, *, tidy: bool = True) -> None:
        self.root = root
        if tidy:
            with _disk.store_errors(root):
                _disk.sweep(root)

    def save(self, id: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
        """Store an evaluation; after this returns it survives a crash of the machine.

        Args:
            id: `ev-…`.
            files: name to contents.
            manifest: a JSON object; its `result` is the hash of the result. The names and hashes
                of the files are added to it as `files`.

        Raises:
            StoreError: `store/conflict`: the id is stored with another result; `store/no-space`,
                `store/not-writable`, `store/not-a-folder`, `store/failed`.
        """
        contents = {_checked(name, _FILE, "file name"): data for name, data in files.items()}
        hashes = {name: hash_bytes(data) for name, data in sorted(contents.items())}
        contents[_MANIFEST] = _json({**manifest, "files": hashes})
        final = self._folder(id)
        with _disk.store_errors(self.root), _disk.scratch_folder(self.root) as scratch:
            made = scratch / id
            made.mkdir()
            for name, data in contents.items():
                _disk.write_durably(made / name, data)
            _disk.sync(made)
            try:
                made.rename(final)
            except OSError as error:
                if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                    raise
                self._same_result(id, manifest)
            _disk.sync(self.root)

    def load(self, id: str) -> StoredEvaluation:
        """Read an evaluation and check every file against the manifest.

        Raises:
            StoreError: `store/not-found`, `store/damaged`.
        """
        folder = self._stored(id)
        manifest = self._manifest(id)
        with _disk.store_errors(self.root):
            files = {name: _read(folder / name, promised) for name, promised in _listed(manifest)}
        return StoredEvaluation(id, manifest, files)

    def remove(self, id: str) -> None:
        """Remove an evaluation in one step; a crash leaves it whole or a scratch folder.

        The folder is renamed in place, which needs no space: collecting works on a full disk.

        Raises: StoreError `store/not-found`, `store/not-writable`.
        """
        folder = self._stored(id)
        going = self.root / f"{_disk.SCRATCH}{id}"
        with _disk.store_errors(self.root), _disk.alive(folder):
            _disk.remove_if_stale(going)
            folder.rename(going)
            _disk.sync(self.root)
            shutil.rmtree(going)

    def folder(self, id: str) -> Path:
        """Where the evaluation of that id is, or would be."""
        return self._folder(id)

    def programs(self) -> tuple[str, ...]:
        """The programs that have a pointer to their latest evaluation."""
        pointers = self.root / _LATEST
        if not pointers.is_dir():
            return ()
        with _disk.store_errors(pointers):
            names = [path.name for path in pointers.iterdir() if path.is_file()]
        return tuple(sorted(name for name in names if _PROGRAM.fullmatch(name)))

    def manifest(self, id: str) -> dict[str, Any]:
        """What was true of the run that made an evaluation; its files are not read.

        Raises: StoreError `store/not-found`, `store/damaged`.
        """
        self._stored(id)
        return self._manifest(id)

    def forget_latest(self, program: str) -> None:
        """Remove a program's pointer, whatever it says."""
        pointer = self._pointer(program)
        with _disk.store_errors(self.root):
            pointer.unlink(missing_ok=True)
            _disk.sync(pointer.parent)

    def ids(self) -> tuple[str, ...]:
        """Every stored evaluation's id, in order of the ids."""
        if not self.root.is_dir():
            return ()
        with _disk.store_errors(self.root):
            names = [path.name for path in self.root.iterdir() if path.is_dir()]
        return tuple(sorted(name for name in names if _ID.fullmatch(name)))

    def latest(self, program: str) -> str | None:
        """The id that was last set for a program; None before the first."""
        pointer = self._pointer(program)
        with _disk.store_errors(self.root):
            if not pointer.is_file():
                return None
            named = pointer.read_text("utf-8", "replace").strip()
        if not _ID.fullmatch(named):
            raise stop(
                "store/damaged",
                f"{pointer} does not name an evaluation",
                help=f"remove it and run the program `{program}` again",
                error=StoreError,
            )
        return named

    def set_latest(self, program: str, id: str) -> None:
        """Let a program's pointer name a stored evaluation, in one step.

        Raises: StoreError `store/not-found` when nothing is stored under the id.
        """
        self._stored(id)
        pointer = self._pointer(program)
        with _disk.store_errors(self.root), _disk.scratch_folder(self.root) as scratch:
            made = scratch / "pointer"
            _disk.write_durably(made, f"{id}\n".encode())
            pointer.parent.mkdir(exist_ok=True)
            made.replace(pointer)
            _disk.sync(pointer.parent)

    def _folder(self, id: str) -> Path:
        return self.root / _checked(id, _ID, "evaluation id")

    def _stored(self, id: str) -> Path:
        """The folder of an evaluation that is there; `id` may be anything a person typed."""
        with _disk.store_errors(self.root):
            if not _ID.fullmatch(id) or not self._folder(id).is_dir():
                raise self._not_found(id)
        return self._folder(id)

    def _pointer(self, program: str) -> Path:
        return self.root / _LATEST / _checked(program, _PROGRAM, "program name")

    def _manifest(self, id: str) -> dict[str, Any]:
        path = self._folder(id) / _MANIFEST
        try:
            with _disk.store_errors(self.root):
                manifest = json.loads(path.read_bytes())
        except (StoreError, ValueError) as error:
            if isinstance(error.__cause__, PermissionError):
                raise  # nobody knows whether it is damaged
            raise _damaged(path, "it is missing or not JSON") from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
            raise _damaged(path, "it does not list the files of the evaluation")
        return manifest

    def _same_result(self, id: str, manifest: Mapping[str, Any]) -> None:
        stored = self._manifest(id).get("result")
        if stored != manifest.get("result"):
            raise stop(
                "store/conflict",
                f"{id} is stored with another result",
                note=f"stored {stored}, now {manifest.get('result')}: the same charter, data and "
                "prior state gave different numbers",
                help="keep both and report it: this must not happen",
                error=StoreError,
            )

    def _not_found(self, id: str) -> Exception:
        close = difflib.get_close_matches(id, self.ids(), n=1, cutoff=0.5)
        return stop(
            "store/not-found",
            f"no evaluation {id} is stored",
            note=f"looked in {self.root}",
            help=f"did you mean `{close[0]}`?" if close else "run the program first",
            error=StoreError,
        )


def _checked(name: str, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(name) or name == _MANIFEST:
        raise ValueError(f"{name!r} cannot be a {what}")
    return name


def _json(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()


def _listed(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    files: Mapping[str, str] = manifest["files"]
    return [(_checked(name, _FILE, "file name"), promised) for name, promised in files.items()]


def _read(path: Path, promised: str) -> bytes:
    if not path.is_file():
        raise _damaged(path, "it is missing")
    data = path.read_bytes()
    if hash_bytes(data) != promised:
        raise _damaged(path, "it has changed since it was stored")
    return data


def _damaged(path: Path, why: str) -> Exception:
    return stop(
        "store/damaged",
        f"{path}: {why}",
        note="a stored evaluation is never changed by the program",
        help=f"restore the folder `.pmpo` from a backup, or move {path.parent} out of the store "
        "and run the program again as of the same moment; `pmpo doctor` shows all damage",
        error=StoreError,
    )
