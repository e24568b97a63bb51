"""Content-addressed objects: a file is stored under the SHA-256 of its bytes, once and for ever."""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME: Final = re.compile(r"sha256:[0-9a-f]{64}")


def hash_bytes(data: bytes) -> str:
    """The name of some bytes, such as `sha256:e3b0…`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def hash_file(path: Path) -> str:
    """The name of a file's bytes."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


class Objects:
    """Objects below one folder; any number of processes may use it at once.

    Args:
        root: the folder, made when the first object is put.
        tidy: remove what crashed processes left half-made.
    """

    def __init__(self, root: Path, *, tidy: bool = True) -> None:
        self.root = root
        if tidy:
            with _disk.store_errors(root):
                _disk.sweep(root)

    def put_bytes(self, data: bytes) -> str:
        """Store bytes and return their name.

        Raises: StoreError `store/no-space`, `store/not-writable`, `store/not-a-folder`.
        """
        with self.scratch() as folder:
            path = folder / "object"
            _disk.write_durably(path, data)
            return self._place(path, hash_bytes(data))

    def put_file(self, path: Path) -> str:
        """Store a copy of a file and return its name.

        Raises: StoreError, as `put_bytes`; DataError `source/changed-while-reading`.
        """
        with self.scratch() as folder:
            copy = folder / "object"
            shutil.copyfile(path, copy)
            name = self.adopt(copy)
        if hash_file(path) != name:
            raise stop(
                "source/changed-while-reading",
                f"{path} changed while it was copied",
                help="run again when nothing writes to it",
            )
        return name

    def adopt(self, path: Path) -> str:
        """Store a file that was made in a folder of `scratch()` and return its name."""
        with _disk.store_errors(self.root):
            path.chmod(0o444)
            _disk.sync(path)
            return self._place(path, hash_file(path))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private folder on the objects' own disk, removed afterwards."""
        with _disk.store_errors(self.root), _disk.scratch_folder(self.root) as folder:
            yield folder

    def path(self, name: str) -> Path:
        """Where the object of that name is, or would be."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of an object")
        digest = name.removeprefix("sha256:")
        return self.root / digest[:2] / digest[2:]

    def all(self) -> Iterator[tuple[str, Path]]:
        """Every stored object, by name; what is no object is left out."""
        if not self.root.is_dir():
            return
        with _disk.store_errors(self.root):
            for folder in sorted(self.root.iterdir()):
                for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                    name = f"sha256:{folder.name}{path.name}"
                    if _NAME.fullmatch(name) and path == self.path(name) and path.is_file():
                        yield name, path

    def remove(self, name: str) -> None:
        """Remove an object; whoever calls has made sure that nothing refers to it."""
        path = self.path(name)
        with _disk.store_errors(self.root):
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()

    def read_bytes(self, name: str) -> bytes:
        """The object's bytes, checked against its name.

        Raises: StoreError `store/not-found`, `store/damaged`.
        """
        path = self.path(name)
        try:
            with _disk.store_errors(self.root):
                data = path.read_bytes()
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise _not_found(name, path) from error
            raise
        if hash_bytes(data) != name:
            raise _damaged(name, path)
        return data

    def verify(self, name: str) -> None:
        """Check that the object is there and that its bytes are those of its name.

        Raises: StoreError `store/not-found`, `store/damaged`.
        """
        path = self.path(name)
        with _disk.store_errors(self.root):
            if not path.exists():
                raise _not_found(name, path)
            actual = hash_file(path)
        if actual != name:
            raise _damaged(name, path)

    def _place(self, path: Path, name: str) -> str:
        """Move a finished file to its place; an undamaged object that is there already stays."""
        final = self.path(name)
        final.parent.mkdir(exist_ok=True)
        if not (final.is_file() and hash_file(final) == name):
            path.replace(final)
            _disk.sync(final.parent)
            _disk.sync(self.root)
        return name


def _not_found(name: str, path: Path) -> PmpoError:
    return stop(
        "store/not-found",
        f"the store has no object {name}",
        note=f"it would be {path}",
        help="restore the folder `.pmpo` from a backup",
        error=StoreError,
    )


def _damaged(name: str, path: Path) -> PmpoError:
    return stop(
        "store/damaged",
        f"{path} has changed since it was stored",
        note=f"its name promises {name}",
        help="restore the folder `.pmpo` from a backup",
        error=StoreError,
    )
