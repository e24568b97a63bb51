"""Which charter counts now: the one that was ratified last and has begun, else the one at hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pmpo.charter.contracts import files_in
from pmpo.charter.load import Loaded, loads
from pmpo.decide.state import Ratification, State
from pmpo.office.programs import shown
from pmpo.store.layout import open_store


def signed_text(folder: Path, name: str) -> Loaded:
    """A charter by the hash of the bytes that people signed; they are never collected.

    Args:
        folder: the office's, whose data contracts it may name.
    Raises: StoreError `store/not-found`, `store/damaged`.
    """
    data = open_store(folder, tidy=False).objects.read_bytes(name)
    return loads(data, f"{name[:19]}/charter.yaml", files_in(folder, shown))


def in_force(
    written: Loaded, state: State, now: datetime, signed: Callable[[str], Loaded]
) -> Loaded:
    """The charter that counts at a moment; the one that stands in the file, where none does.

    Args:
        written: what stands in the file.
        signed: reads a charter by the hash of its bytes.
    """
    counts = state.ratified(now)
    if counts is None or (written.charter and written.charter.text_hash == counts.charter_text):
        return written
    return signed(counts.charter_text)


def waiting(written: Loaded, state: State, now: datetime) -> Ratification | None:
    """The ratification of the charter in the file, where another one counts until it begins."""
    if written.charter is None or state.ratified(now) is None:
        return None
    text = written.charter.text_hash
    return next((one for one in state.coming(now) if one.charter_text == text), None)
