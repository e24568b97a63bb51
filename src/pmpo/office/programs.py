"""Which program somebody means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from pmpo.diagnostics import StoreError, stop


def chosen(known: Sequence[str], name: str | None) -> str:
    """The program called `name`; the only one when no name is given.

    Raises: StoreError `office/program`.
    """
    if name is not None and name in known:
        return name
    if name is None and len(known) == 1:
        return known[0]
    if name is None and known:
        fact, help = "the office has several programs", f"add `--program {known[0]}`"
    elif name is None:
        fact = "the office has no program"
        help = "write programs/<program>/charter.yaml"
    else:
        near = difflib.get_close_matches(name, known, n=1)
        fact = f"the office has no program `{name}`"
        help = f"did you mean `{near[0]}`?" if near else ""
    note = "its programs are " + ", ".join(known) if known else ""
    raise stop("office/program", fact, note=note, help=help, error=StoreError)


def shown(path: Path) -> str:
    """The charter's path as a person would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
