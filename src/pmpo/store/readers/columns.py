"""Rules that the column names of every source keep."""

from __future__ import annotations

from collections.abc import Sequence

from pmpo.diagnostics import Diagnostic


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
