"""Where secret keys lie, and who may read them.

The key of a log lies beside it, in the office's store. Keys of people lie in their own
configuration folder. A secret key is in no table and in no message.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.ledger.note import NoteError, SigningKey, read_signing_key

if TYPE_CHECKING:
    from pathlib import Path

MODE: Final = 0o400


def write_key(path: Path, key: SigningKey) -> None:
    """Write a secret key to a new file that only this user may read.

    Raises: StoreError `store/failed` where the file is already there, and other refusals.
    """
    with _disk.store_errors(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(f"{key.secret_text()}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def read_key(path: Path) -> SigningKey:
    """Read a secret key.

    Raises: StoreError `ledger/key-missing`, `ledger/key-unreadable`, `ledger/key-damaged`.
    """
    try:
        return read_signing_key(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise stop(
            "ledger/key-missing",
            f"{path} is gone",
            note="without this key nothing can be appended; all that was appended still verifies",
            help="restore the file from a backup",
            error=StoreError,
        ) from error
    except OSError as error:
        raise stop(
            "ledger/key-unreadable",
            f"{path}: {error.strerror}",
            note="whoever appends must be able to read the key of the log",
            help="ask the owner of the file",
            error=StoreError,
        ) from error
    except (NoteError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, NoteError) else "it is not text"
        raise _damaged(path, reason) from error


def exposed_to(path: Path) -> str:
    """Who else may read a secret key: `everybody`, `its group` or nobody (empty)."""
    mode = path.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        return "everybody"
    return "its group" if mode & (stat.S_IRGRP | stat.S_IWGRP) else ""


def _damaged(path: Path, reason: str) -> PmpoError:
    return stop(
        "ledger/key-damaged",
        f"{path}: {reason}",
        note="without this key nothing can be appended; all that was appended still verifies",
        help="restore the file from a backup",
        error=StoreError,
    )
