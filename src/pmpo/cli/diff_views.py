"""How the difference of two charters looks: what can change a number first, wording last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, plain

if TYPE_CHECKING:
    from pmpo.assure.diff import Difference, Touches

_TITLES: Final[dict[Touches, str]] = {
    "numbers": "What can change a number",
    "duties": "Who answers, decides and meets, and when",
    "wording": "Wording",
}
_SIGNS: Final = {"added": "+", "removed": "−", "changed": "~"}
_MARKDOWN_LINES: Final = 60


def diff(found: Difference, before: str, after: str) -> Iterator[Any]:
    """The changes in a terminal, grouped by what they touch."""
    name = found.after.meta.names.get("en", found.after.program)
    text = Text.assemble("\n", (plain(name), "bold"), f"  {plain(before)} → {plain(after)}\n")
    text.append(_sum(found), style=DIM)
    yield text
    for touches, title in _TITLES.items():
        changes = found.touching(touches)
        if not changes:
            continue
        yield Text.assemble("\n", (title, "bold"), (f"  {len(changes)}", DIM))
        table = Table.grid(padding=(0, 1))
        table.add_column(style=ACCENT)
        table.add_column(overflow="fold")
        for change in changes:
            table.add_row(_SIGNS[change.kind], Text(plain(change.words)))
        yield table


def _sum(found: Difference) -> str:
    """What all of it means for the numbers, in a sentence."""
    if found.is_same:
        return "the same text"
    if not found.changes:
        return (
            "only comments, spaces and the order of definitions differ: no number can"
            if found.same_logic
            else "only the order of definitions differs; ties between weights may fall otherwise"
        )
    if found.same_logic:
        return "same logic: no number can differ"
    if not found.touching("numbers"):
        return "the charter has another logic hash, and no number differs by it"
    return "the charter has another logic hash; `pmpo plan` says whom the numbers move"


def markdown(found: Difference, before: str, after: str) -> str:
    """The same for a pull request, with what is long folded away."""
    return "\n".join(_lines(found, before, after)) + "\n"


def _lines(found: Difference, before: str, after: str) -> Iterator[str]:
    name = found.after.meta.names.get("en", found.after.program)
    yield f"### Charter: {_safe(name)}"
    yield ""
    yield f"{_safe(before)} → {_safe(after)}: {_sum(found)}."
    for touches, title in _TITLES.items():
        changes = found.touching(touches)
        if not changes:
            continue
        folded = touches == "wording" or len(changes) > _MARKDOWN_LINES
        yield ""
        if folded:
            yield f"<details><summary>{title} ({len(changes)})</summary>"
        else:
            yield f"**{title}** ({len(changes)})"
        yield ""
        for change in changes[: _MARKDOWN_LINES * 5]:
            sign = _SIGNS[change.kind].replace("+", "\\+")  # `+` alone would begin a list
            yield f"- {sign} {_safe(change.words)}"
        left = len(changes) - _MARKDOWN_LINES * 5
        if left > 0:
            yield f"- and {left} more"
        if folded:
            yield ""
            yield "</details>"


def _safe(text: str) -> str:
    """A text that cannot break a list or the page around it; names stay in backticks."""
    one_line = " ".join(plain(text).split())
    parts = one_line.split("`")
    if len(parts) % 2 == 0:  # one that is never closed
        return _escaped(one_line.replace("`", "'"))
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def _escaped(text: str) -> str:
    for sign in "\\|<>*_[]":
        text = text.replace(sign, "\\" + sign)
    return text
