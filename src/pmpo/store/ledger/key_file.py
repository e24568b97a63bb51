"""The file of a log's secret key, and how it is changed without ever losing the key.

The next key is written beside the one of now before the log names it, and is moved into its place
afterwards. So whenever a process is killed in between, one of the two files holds the log's key;
whoever appends next finishes the move. All of it happens while nobody else can append.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.ledger.keys import read_key, write_key

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.store.ledger.note import SigningKey, VerifierKey

NEXT: Final = ".next"
"""What is added to the name of the file while the log gets another key."""
IGNORE_FILE: Final = ".gitignore"
_LOST: Final = "if it is lost for good, `pmpo rotate --lost` goes on with another one"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where the secret key of a log lies.

    Args:
        path: the file; `read_key` reads it.
    """

    path: Path

    @property
    def next(self) -> Path:
        """Where the next key lies until the log names it."""
        return self.path.with_name(f"{self.path.name}{NEXT}")

    def find(self, key: VerifierKey) -> SigningKey:
        """The secret half of the log's key, wherever a killed process has left it.

        Raises: StoreError `ledger/key-wrong`, `ledger/key-missing`, `ledger/key-damaged`,
            `ledger/key-unreadable`.
        """
        return self._find(key)[0]

    def settled(self, key: VerifierKey) -> SigningKey:
        """As `find`, and moves the key into its place; nobody else may append meanwhile."""
        found, path = self._find(key)
        if path != self.path:
            with _disk.store_errors(self.path):
                path.replace(self.path)
                _disk.sync(self.path.parent)
        return found

    def check_lost(self, key: VerifierKey) -> None:
        """Refuse to go on without a key that is there, or to write over a key of something else.

        Raises: StoreError `ledger/key-not-lost`, `ledger/file-exists`, `ledger/key-unreadable`.
        """
        try:
            _, path = self._find(key)
        except PmpoError as error:
            if error.findings[0].code == "ledger/key-unreadable":
                raise
            if self.path.exists():
                raise stop(
                    "ledger/file-exists",
                    f"{self.path} is there, and is not the log's key",
                    note="it may be the key of another log: nothing is written over it",
                    help="move it away, and repeat the command",
                    error=StoreError,
                ) from error
        else:
            raise stop(
                "ledger/key-not-lost",
                f"{path} is the log's key",
                note="a key that is there can vouch for the next one, and everybody can check it",
                help="leave out `--lost`",
                error=StoreError,
            )

    def write_next(self, key: SigningKey, current: VerifierKey) -> None:
        """Write the next key, in place of one that the log never named; nobody else may append.

        Whoever may read the key of now may read it too. Where a killed process has left the key of
        now in the place of the next, it is moved first.

        Args:
            current: the log's key; where neither file holds it, and nothing lies in its place, it
                is lost.
        Raises: StoreError `ledger/key-…`, `store/…`.
        """
        try:
            self.settled(current)
        except PmpoError:
            if self.path.exists():
                raise
        with _disk.store_errors(self.next):
            self.next.unlink(missing_ok=True)
            _hide(self.next)
            write_key(self.next, key)
            if self.path.exists():
                there = self.path.stat()
                os.chown(self.next, -1, there.st_gid)
                self.next.chmod(stat.S_IMODE(there.st_mode))
                _disk.sync(self.next)
            _disk.sync(self.path.parent)

    def _find(self, key: VerifierKey) -> tuple[SigningKey, Path]:
        try:
            found = read_key(self.path)
        except PmpoError as error:
            refused: PmpoError = StoreError(
                tuple(replace(one, help=f"{one.help}; {_LOST}") for one in error.findings)
            )
        else:
            if found.verifier == key:
                return found, self.path
            refused = wrong(self.path, found.verifier, key)
        waiting = next_key(self)
        if waiting is not None and waiting.verifier == key:
            return waiting, self.next
        raise refused


def next_key(file: KeyFile) -> SigningKey | None:
    """The key that a killed process has left beside that of now, if it is whole.

    Raises: StoreError `ledger/key-unreadable`: it may be the log's, and nobody can tell.
    """
    try:
        return read_key(file.next)
    except PmpoError as error:
        if error.findings[0].code == "ledger/key-unreadable":
            raise
        return None  # not there, or not written to its end: no log names it


def _hide(path: Path) -> None:
    """Keep a key out of the repository, as the `.gitignore` beside it does with that of now."""
    ignore, line = path.with_name(IGNORE_FILE), f"/{path.name}\n".encode()
    known = ignore.read_bytes() if ignore.exists() else line
    if line not in known:
        made = ignore.with_name(f"{IGNORE_FILE}{NEXT}")
        made.unlink(missing_ok=True)
        _disk.write_durably(made, known + line)
        made.replace(ignore)


def wrong(path: Path, found: VerifierKey, key: VerifierKey) -> PmpoError:
    """The error about a secret key that is not the log's: `ledger/key-wrong`."""
    return stop(
        "ledger/key-wrong",
        f"{path} is the key {found}, and the log is signed by {key}",
        note="nothing can be appended; all that was appended still verifies",
        help="restore the log's own key from a backup, or copy it from where it was changed; "
        f"{_LOST}",
        error=StoreError,
    )
