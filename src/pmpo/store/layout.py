"""The office store: the folder `.pmpo`, and which version of its layout it has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.evaluations import Evaluations
from pmpo.store.histories import Histories
from pmpo.store.lock import LOCK_FILE, Lock
from pmpo.store.objects import Objects
from pmpo.store.pins import Pins

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT: Final = 1
FOLDER: Final = ".pmpo"
LEDGER: Final = "ledger"
LAYOUT_FILE: Final = "layout.json"


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an office store, below its folder `root`."""

    root: Path
    objects: Objects
    evaluations: Evaluations
    histories: Histories
    pins: Pins
    lock: Lock

    def folders(self) -> tuple[Path, ...]:
        """The folders in which scratch folders are made."""
        parts = (self.objects, self.evaluations, self.histories, self.pins)
        return (self.root, *(part.root for part in parts))

    def stale(self) -> tuple[Path, ...]:
        """What crashed processes left half-made."""
        with _disk.store_errors(self.root):
            return tuple(path for folder in self.folders() for path in _disk.stale(folder))


def open_store(office: Path, *, tidy: bool = True) -> Store:
    """Open an office's store, and remove what crashed processes left half-made.

    Nothing is created before something is written: call `prepare` first then.

    Args:
        tidy: False leaves everything as it is, for whoever wants to look at it.

    Raises:
        StoreError: `store/newer-layout`, `store/damaged`, `store/not-a-folder`.
    """
    root = office / FOLDER
    with _disk.store_errors(root):
        exists = root.exists()
        if exists and not root.is_dir():
            raise NotADirectoryError(20, "a file stands in its place", str(root))
        if exists:
            check_layout(root)
            if tidy:
                _disk.sweep(root)
    return store_at(root, tidy=tidy)


def store_at(root: Path, *, tidy: bool = False) -> Store:
    """The parts of a store whose layout is not looked at."""
    return Store(
        root,
        Objects(root / "objects", tidy=tidy),
        Evaluations(root / "evaluations", tidy=tidy),
        Histories(root / "histories", tidy=tidy),
        Pins(root / "pins", tidy=tidy),
        Lock(root),
    )


def prepare(office: Path) -> Store:
    """Open an office's store for writing; make it where there is none.

    Raises:
        StoreError: as `open_store`, and `store/not-writable`, `store/no-space`.
    """
    root = office / FOLDER
    store = open_store(office)
    with _disk.store_errors(root):
        root.mkdir(exist_ok=True)
        if not (root / LAYOUT_FILE).exists():
            with _disk.scratch_folder(root) as scratch:
                made = scratch / LAYOUT_FILE
                _disk.write_durably(made, f'{{"layout": {LAYOUT}}}\n'.encode())
                made.replace(root / LAYOUT_FILE)
            _disk.sync(root)
    return store


def check_layout(root: Path) -> None:
    """Refuse a store whose layout is newer, or does not say which it is.

    Raises: StoreError `store/newer-layout`, `store/damaged`.
    """
    path = root / LAYOUT_FILE
    if not path.exists():
        names = {entry.name for entry in root.iterdir()} - {LOCK_FILE}
        if all(name.startswith(_disk.SCRATCH) for name in names):
            return
        # the layout comes first: whoever made the rest meanwhile has made it too
        if not path.exists():
            raise _damaged(path, "it is missing, though the store holds something")
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise _damaged(path, "it is not JSON") from error
    version = found.get("layout") if isinstance(found, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged(path, "it does not say which layout the store has")
    if version > LAYOUT:
        raise stop(
            "store/newer-layout",
            f"{root} has layout {version}, and this version knows layouts up to {LAYOUT}",
            note="it was written by a newer version, which may mean other things by its files",
            help="upgrade: `pip install --upgrade pmpo`",
            error=StoreError,
        )


def _damaged(path: Path, why: str) -> PmpoError:
    return stop(
        "store/damaged",
        f"{path}: {why}",
        help="restore it from a backup; if the store is of this version, write "
        f'{{"layout": {LAYOUT}}} into it',
        error=StoreError,
    )
