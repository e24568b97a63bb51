"""Pins: evaluations that are kept for ever, and why. A file each, named by the evaluation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import StoreError, stop
from pmpo.store import _disk

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
_NAME: Final = re.compile(r"(ev-[A-Za-z0-9._-]+)\.json")


@dataclass(frozen=True, slots=True)
class Pin:
    """One evaluation is never collected, with everything it rests on.

    Args:
        evaluation: `ev-…`.
        because: the reason as a person wrote it; may be empty.
        since: the moment it was pinned, as text.
    """

    evaluation: str
    because: str
    since: str


class Pins:
    """The pins of an office.

    Args:
        root: the folder `.pmpo/pins`, made with the first pin.
        tidy: remove what crashed processes left half-made.
    """

    def __init__(self, root: Path, *, tidy: bool = True) -> None:
        self.root = root
        if tidy:
            with _disk.store_errors(root):
                _disk.sweep(root)

    def ids(self) -> tuple[str, ...]:
        """The pinned evaluations; the file's name counts, so that damage never unpins."""
        if not self.root.is_dir():
            return ()
        with _disk.store_errors(self.root):
            found = [_NAME.fullmatch(path.name) for path in self.root.iterdir()]
        return tuple(sorted(match[1] for match in found if match))

    def put(self, pin: Pin) -> None:
        """Pin an evaluation; a pin that is there already gets the new reason.

        Raises: StoreError `store/not-writable`, `store/no-space`.
        """
        told = {
            "schema": SCHEMA,
            "evaluation": pin.evaluation,
            "because": pin.because,
            "since": pin.since,
        }
        data = json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
        with _disk.store_errors(self.root), _disk.scratch_folder(self.root) as scratch:
            made = scratch / "pin"
            _disk.write_durably(made, data)
            made.replace(self.path(pin.evaluation))
            _disk.sync(self.root)

    def get(self, id: str) -> Pin:
        """What a pin says.

        Raises: StoreError `store/not-pinned`, `store/damaged`, `store/newer-schema`.
        """
        path = self.path(id)
        with _disk.store_errors(self.root):
            if not path.is_file():
                raise _not_pinned(id)
            data = path.read_bytes()
        try:
            said = json.loads(data)
            told = [said[name] for name in ("evaluation", "because", "since")]
            schema = int(said["schema"])
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path) from error
        if schema > SCHEMA:
            raise stop(
                "store/newer-schema",
                f"{path} was written by a newer version (schema {schema})",
                help="upgrade pmpo to read it",
                error=StoreError,
            )
        if told[0] != id or not all(isinstance(text, str) for text in told):
            raise _damaged(path)
        return Pin(*told)

    def remove(self, id: str) -> None:
        """Unpin an evaluation.

        Raises: StoreError `store/not-pinned`.
        """
        path = self.path(id)
        with _disk.store_errors(self.root):
            if not path.is_file():
                raise _not_pinned(id)
            path.unlink()
            _disk.sync(self.root)

    def path(self, id: str) -> Path:
        """Where the pin of an evaluation is, or would be; `id` may be anything a person typed."""
        name = f"{id}.json"
        if not _NAME.fullmatch(name):
            raise _not_pinned(id)
        return self.root / name


def _not_pinned(id: str) -> Exception:
    return stop(
        "store/not-pinned",
        f"{id} is not pinned",
        help="`pmpo evaluations` lists what is stored and pinned",
        error=StoreError,
    )


def _damaged(path: Path) -> Exception:
    return stop(
        "store/damaged",
        f"{path} does not say what is pinned and why",
        note="the evaluation it is named after stays pinned",
        help="pin the evaluation again with `pmpo pin EV --because TEXT`, or remove the file",
        error=StoreError,
    )
