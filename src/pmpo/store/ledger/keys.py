"""Where secret keys lie, and who may read them.

The key of a log lies beside it, in the office's store. Keys of people lie in their own
configuration folder. A secret key is in no table and in no message.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from pmpo.diagnostics import Diagnostic, PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.ledger.note import NoteError, SigningKey, read_signing_key

MODE: Final = 0o400
FOLDER_VARIABLE: Final = "PMPO_KEYS"
_NAME: Final = re.compile(r"\w[\w.-]{0,99}")


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


_OF_LOG: Final = (
    "without this key nothing can be appended; all that was appended still verifies",
    "restore the file from a backup",
)


def read_key(path: Path, *, personal: bool = False) -> SigningKey:
    """Read a secret key.

    Args:
        personal: it is to be that of a person, and not the log's: what is told differs.
    Raises: StoreError `ledger/key-missing`, `ledger/key-unreadable`, `ledger/key-damaged`.
    """
    note, help = _OF_LOG
    if personal:
        note = "who signs names the file of their own secret key, which `pmpo key NAME --new` makes"
        help = f"name that file; it lies in {keys_folder()}, unless it was moved"
    try:
        return read_signing_key(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise stop(
            "ledger/key-missing",
            f"{path} is gone",
            note=note,
            help=help,
            error=StoreError,
        ) from error
    except OSError as error:
        raise stop(
            "ledger/key-unreadable",
            f"{path}: {error.strerror}",
            note=note if personal else "whoever appends must be able to read the key of the log",
            help=help if personal and path.is_dir() else "ask the owner of the file",
            error=StoreError,
        ) from error
    except (NoteError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, NoteError) else "it is not text"
        raise _damaged(path, reason, note, help) from error


def keys_folder() -> Path:
    """Where this user's own keys lie: `$PMPO_KEYS`, else `pmpo/keys` in the user's settings."""
    named = os.environ.get(FOLDER_VARIABLE)
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else settings / "pmpo" / "keys"


def personal_key_file(name: str) -> Path:
    """The file of a person's secret key, on that person's own machine.

    Raises: StoreError `ledger/key-text` where the name cannot be that of a key.
    """
    if not _NAME.fullmatch(name):
        raise stop(
            "ledger/key-text",
            f"`{name}` cannot be the name of a key",
            note="it has letters, digits and `._-`, as people are named in office.yaml",
            help="give the id that office.yaml gives the person",
            error=StoreError,
        )
    return keys_folder() / f"{name}.key"


def personal_key(name: str) -> SigningKey:
    """The key with which a person signs entries, such as by `signatures.sign_entry`.

    Raises: StoreError `ledger/key-missing`, `ledger/key-unreadable`, `ledger/key-damaged`.
    """
    path = personal_key_file(name)
    if not path.exists():
        raise stop(
            "ledger/key-missing",
            f"{name} has no key here: {path} is not there",
            help=f"`pmpo key {name} --new` makes one",
            error=StoreError,
        )
    return read_key(path, personal=True)


def new_personal_key(name: str) -> SigningKey:
    """Make a key with which a person signs entries; an older one is never replaced.

    Raises: StoreError `ledger/file-exists`, `ledger/key-text`, `store/not-writable` and others.
    """
    path = personal_key_file(name)
    if path.exists():
        raise stop(
            "ledger/file-exists",
            f"{path} is there already",
            note="entries that it signed name it; it is not replaced",
            help=f"`pmpo key {name}` prints its public half; move the file away to begin anew",
            error=StoreError,
        )
    key = SigningKey.new(name)
    with _disk.store_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_key(path, key)
    return key


def exposed_to(path: Path) -> str:
    """Who else may read a secret key: `everybody`, `its group` or nobody (empty)."""
    mode = path.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        return "everybody"
    return "its group" if mode & (stat.S_IRGRP | stat.S_IWGRP) else ""


def exposure(path: Path) -> tuple[Diagnostic, ...]:
    """The finding that others may read a secret key; none where only its owner may."""
    others = exposed_to(path)
    if not others:
        return ()
    return (
        Diagnostic(
            "ledger/key-exposed",
            "warning" if others == "everybody" else "note",
            f"{path} may be read by {others}",
            note="whoever has this key can sign as its owner",
            help=f"type `chmod 400 {path}`, unless all of them are to use it",
        ),
    )


def _damaged(path: Path, reason: str, note: str, help: str) -> PmpoError:
    return stop("ledger/key-damaged", f"{path}: {reason}", note=note, help=help, error=StoreError)
