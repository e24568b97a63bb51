"""Rules that the column names of every source keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def name_findings(names: Sequence[str], where: str, place: str) -> list[Diagnostic]:
    """Findings about names that are missing, doubled, or differ only by case.

    Args:
        names: the columns in the order of the file.
        where: the file or table, for the message.
        place: charter path of the source.
    """
    found: list[Diagnostic] = []
    seen: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        if not name.strip():
            found.append(_unnamed(number, where, place))
        elif name.casefold() in seen:
            found.append(_twice(name, seen[name.casefold()], where, place))
        else:
            seen[name.casefold()] = name
    return found


def _unnamed(number: int, where: str, place: str) -> Diagnostic:
    return Diagnostic(
        "source/unnamed-column",
        "error",
        f"{where}: column {number} has no name",
        path=place,
        note="a formula refers to columns by name",
        help="name the column, or remove it",
    )


def _twice(name: str, other: str, where: str, place: str) -> Diagnostic:
    return Diagnostic(
        "source/duplicate-column",
        "error",
        f"{where}: column `{name}` occurs twice"
        if name == other
        else f"{where}: columns `{other}` and `{name}` differ only by case",
        path=place,
        note="SQL takes both for the same column, and one of them would be read for the other",
        help="rename one of them",
    )


def columns_differ(
    first: Path, file: Path, expected: set[str], actual: set[str], place: str
) -> Diagnostic:
    """The finding that two files of one source do not have the same columns."""
    facts = [
        f"{verb} {', '.join(f'`{name}`' for name in sorted(names))}"
        for verb, names in (("lacks", expected - actual), ("adds", actual - expected))
        if names
    ]
    return Diagnostic(
        "source/columns-differ",
        "error",
        f"{file} {' and '.join(facts)}, compared with {first.name}",
        path=place,
        note="all files of one source are one table",
        help="write the files with the same columns, or make two sources of them",
    )
