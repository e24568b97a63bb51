"""The store's lock: runs share it, collecting has it alone, and a dead process holds nothing.

It is a `flock` on the file `.pmpo/lock`, which the kernel frees however a process ends. Whoever
holds it says so in a scratch folder of its own, so that those who wait can be told for whom.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOCK_FILE: Final = "lock"
WAIT_S: Final = 60.0
_STEP_S: Final = 0.1
_HOLDER: Final = "holder.json"
_READ_ONLY: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock.

    Args:
        pid: its process.
        command: what it does, such as `pmpo run`.
        since: since when, as text.
    """

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        return f"`{self.command}` (process {self.pid}, since {self.since})"


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock of the store in the folder `root`.

    Args:
        root: the folder `.pmpo`.
    """

    root: Path

    @contextmanager
    def shared(
        self,
        holder: Holder | None = None,
        *,
        wait_s: float = WAIT_S,
        tell: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Hold the lock together with others: nothing is collected meanwhile.

        Where there is no store yet, or one that cannot be written, there is nothing to guard.

        Args:
            holder: what others are told; None for whoever only reads for a moment.
            wait_s: for how long at most another one is waited for.
            tell: is called with one sentence before waiting begins.

        Raises: StoreError `store/locked` when the wait is over.
        """
        with self._held(fcntl.LOCK_SH, holder, wait_s, tell):
            yield

    @contextmanager
    def exclusive(
        self,
        holder: Holder,
        *,
        wait_s: float = WAIT_S,
        tell: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Hold the lock alone: no run is reading or writing meanwhile.

        Raises: StoreError `store/locked` when the wait is over, `store/not-writable`.
        """
        if self.root.is_dir() and not os.access(self.root, os.W_OK | os.X_OK):
            with _disk.store_errors(self.root):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.root))
        with self._held(fcntl.LOCK_EX, holder, wait_s, tell):
            yield

    def holders(self) -> tuple[Holder, ...]:
        """Who holds the lock now, as far as they could say so."""
        with _disk.store_errors(self.root):
            ended = set(_disk.stale(self.root))
            told = list(self.root.glob(f"{_disk.SCRATCH}*/{_HOLDER}"))
        found = [_told(path) for path in sorted(told) if path.parent not in ended]
        return tuple(holder for holder in found if holder is not None)

    @contextmanager
    def _held(
        self,
        mode: int,
        holder: Holder | None,
        wait_s: float,
        tell: Callable[[str], None] | None,
    ) -> Iterator[None]:
        handle = self._opened(create=holder is not None)
        if handle is None:
            yield
            return
        try:
            self._wait(handle, mode, wait_s, tell)
            with self._registered(holder):
                yield
        finally:
            os.close(handle)

    def _opened(self, *, create: bool) -> int | None:
        """The lock file; None where nobody has ever written, or this user may not."""
        path = self.root / LOCK_FILE
        if not self.root.is_dir():
            return None
        with _disk.store_errors(self.root):
            try:
                return os.open(path, os.O_RDWR | os.O_CREAT if create else os.O_RDONLY, 0o666)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno not in _READ_ONLY:
                    raise
            return self._opened(create=False) if create else None

    def _wait(
        self, handle: int, mode: int, wait_s: float, tell: Callable[[str], None] | None
    ) -> None:
        """Ask again and again; counted in steps, because nothing below the office reads a clock."""
        for step in range(int(wait_s / _STEP_S) + 1):
            try:
                fcntl.flock(handle, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                if step == 0 and tell is not None and wait_s > 0:
                    tell(f"waiting up to {wait_s:g} s for {self._who()}")
            else:
                return
            time.sleep(_STEP_S)
        raise self._locked(mode, wait_s)

    def _who(self) -> str:
        return ", ".join(map(str, self.holders())) or "another process"

    def _locked(self, mode: int, wait_s: float) -> PmpoError:
        alone = mode == fcntl.LOCK_EX
        return stop(
            "store/locked",
            f"{self.root} is in use by {self._who()}; waited {wait_s:g} s",
            note="nothing may be deleted while a run is being stored"
            if alone
            else "what is not needed any more is being deleted",
            help="run the command again when it has ended; "
            "a process that was killed holds no lock any more",
            error=StoreError,
        )

    @contextmanager
    def _registered(self, holder: Holder | None) -> Iterator[None]:
        """Say who holds the lock in a folder that a crash makes stale."""
        made = self._register(holder) if holder is not None else None
        try:
            yield
        finally:
            if made is not None:
                shutil.rmtree(made[0], ignore_errors=True)  # else the next sweep removes it
                os.close(made[1])

    def _register(self, holder: Holder) -> tuple[Path, int] | None:
        try:
            folder, lock = _disk.locked_folder(self.root)
        except OSError:
            return None  # a full disk must not keep anyone from making room: held, but unnamed
        try:
            (folder / _HOLDER).write_text(json.dumps(asdict(holder)), "utf-8")
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            return None  # as above
        return folder, lock


def _told(path: Path) -> Holder | None:
    try:
        said = json.loads(path.read_bytes())
        return Holder(int(said["pid"]), str(said["command"]), str(said["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it has just ended, or is just writing its name
