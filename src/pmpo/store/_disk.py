"""Writing that is there completely or not at all, and what stops it as findings."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRATCH: Final = "tmp-"
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER: Final = {errno.ENOTDIR, errno.EEXIST}


@contextmanager
def store_errors(place: Path) -> Iterator[None]:
    """Raise what the operating system refuses as a StoreError that names the place."""
    try:
        yield
    except OSError as error:
        raise _finding(error, place) from error


def _finding(error: OSError, place: Path) -> PmpoError:
    where = error.filename or place
    reason = error.strerror or str(error)
    fact = f"{where}: {reason}"
    if error.errno in _NO_SPACE:
        return stop(
            "store/no-space",
            fact,
            note="nothing was half-written: what was stored before is still complete",
            help=f"free space on the disk of {place} and run the command again",
            error=StoreError,
        )
    if error.errno in _FORBIDDEN:
        return stop(
            "store/not-writable",
            fact,
            note="evaluations and snapshots are kept in the office's folder `.pmpo`",
            help=f"make {place} accessible to this user, or open a copy of the office",
            error=StoreError,
        )
    if error.errno in _NO_FOLDER:
        return stop(
            "store/not-a-folder",
            fact,
            help=f"move the file away that stands in the way of {place}",
            error=StoreError,
        )
    return stop("store/failed", fact, help=f"check the disk of {place}", error=StoreError)


def is_there(path: Path) -> bool:
    """Whether anything has that name; what may not be looked at is refused, and never not there.

    Raises: PermissionError.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A private folder beside its final place; it is removed at the end, or by the next sweep.

    A lock marks it as alive, so that the lock's end, even by a crash, is what makes it stale.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder, lock = locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what resists now, the next sweep removes
        os.close(lock)


def locked_folder(parent: Path) -> tuple[Path, int]:
    """A new scratch folder and the handle of the lock that marks it as alive."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=parent))
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another process swept it before it was locked
        fcntl.flock(lock, fcntl.LOCK_SH)
        if folder.exists():
            return folder, lock
        os.close(lock)


def sweep(parent: Path) -> None:
    """Remove scratch folders whose process has ended; those of living processes stay."""
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        return  # whoever only reads leaves cleaning to those who may write
    for folder in sorted(parent.glob(f"{SCRATCH}*")):
        remove_if_stale(folder)


def stale(parent: Path) -> list[Path]:
    """Scratch folders whose process has ended: nobody will ever finish what is in them."""
    if not parent.is_dir() or not os.access(parent, os.R_OK | os.X_OK):
        return []
    found = []
    for folder in sorted(parent.glob(f"{SCRATCH}*")):
        with _claimed(folder) as is_stale:
            if is_stale:
                found.append(folder)
    return found


def remove_if_stale(folder: Path) -> bool:
    """Remove a scratch folder whose process has ended; whether it is gone now."""
    with _claimed(folder) as is_stale:
        if is_stale:
            shutil.rmtree(folder, ignore_errors=True)  # what resists now, the next sweep removes
    return not folder.exists()


@contextmanager
def _claimed(folder: Path) -> Iterator[bool]:
    """Whether a scratch folder's process has ended; nobody else can take the folder meanwhile."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        yield False  # already gone, or not ours to judge
        return
    try:
        yield _locks(lock)
    finally:
        os.close(lock)


def _locks(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False  # its writer is alive
    return True


@contextmanager
def alive(folder: Path) -> Iterator[None]:
    """Mark a folder as one that a living process works on, also under another name."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def write_durably(path: Path, data: bytes) -> None:
    """Write a new read-only file through to the disk and read it back.

    Raises:
        StoreError: `store/damaged`: the disk does not give back what was written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.read_bytes() != data:
        raise stop(
            "store/damaged",
            f"{path} does not read back as it was written",
            help="check the disk; nothing was stored",
            error=StoreError,
        )


def sync(path: Path) -> None:
    """Make a file's contents, or a folder's entries, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
