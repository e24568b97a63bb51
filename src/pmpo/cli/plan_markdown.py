"""A plan as Markdown for a pull request: lists folded away, and never longer than a comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pmpo.cli.plan_views import (
    entering,
    most_changed,
    nothing,
    others,
    rank_text,
    title_of,
    told,
    told_matrices,
)
from pmpo.cli.words import counted
from pmpo.evaluate.compare import Matrix
from pmpo.model.markdown import escaped
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from pmpo.office.planning import Planned

COMMENT_MAX: Final = 65_536
"""What a comment on GitHub holds in characters; counted here in bytes, to be on the safe side."""
_LAST_WORDS: Final = 1_000
_NAMES_SHOWN: Final = 5
_BEHIND_SHOWN: Final = (25, 5)
"""Names behind each number; fewer where the story would be too long."""
_CELLS_SHOWN: Final = 20
_LABELS_MAX: Final = 20
_DECISIONS_SHOWN: Final = 50
_NAME_MAX: Final = 60


def markdown(planned: Planned) -> str:
    """The story of a draft; what does not fit into a comment is named at its end."""
    many, few = _BEHIND_SHOWN
    text, whole = _fitted(planned, many)
    return text if whole else _fitted(planned, few)[0]


def _fitted(planned: Planned, names: int) -> tuple[str, bool]:
    """The story with so many names behind each number, and whether nothing was left out."""
    blocks = ["\n".join(_ranks(planned))]
    left_out = []
    room = COMMENT_MAX - _LAST_WORDS - _bytes(blocks[0])
    for matrix in told_matrices(planned) if not planned.comparison.is_same else ():
        block = "\n".join(_matrix(planned, matrix, names))
        if _bytes(block) > room:
            left_out.append(_name(title_of(planned, matrix)))
            continue
        room -= _bytes(block)
        blocks.append(block)
    if left_out:
        named = ", ".join(left_out[:_NAMES_SHOWN])
        more = f" and {len(left_out) - _NAMES_SHOWN} more" if len(left_out) > _NAMES_SHOWN else ""
        blocks.append(f"\nToo long for a comment: {named}{more}. `pmpo plan` shows all.")
    return "\n".join(blocks) + "\n", not left_out


def _bytes(text: str) -> int:
    return len(text.encode("utf-8")) + 1


def _cut(text: str) -> str:
    return text if len(text) <= _NAME_MAX else text[: _NAME_MAX - 1] + "…"


def _name(text: str) -> str:
    return escaped(_cut(text))


def _ranks(planned: Planned) -> Iterator[str]:
    comparison = planned.comparison
    yield f"### Plan: {_name(planned.charter.meta.names.get('en', planned.program))}"
    yield ""
    yield f"Draft against `{planned.against}`, as of {told_moment(planned.as_of)}."
    yield ""
    if comparison.is_same:
        yield nothing(planned)
        return
    moved = [one for one in comparison.moved if one.places]
    units = _name(counted(planned.charter.unit.name, comparison.units))
    yield f"**{len(moved):,}** of {comparison.units:,} {units} change place."
    both = (comparison.entered, comparison.left)
    for word, found in zip(entering(comparison), both, strict=True):
        named = ", ".join(
            f"{_name(one.label)} ({rank_text(one.rank_from)} → {rank_text(one.rank_to)})"
            for one in found[:_NAMES_SHOWN]
        )
        more = f" and {len(found) - _NAMES_SHOWN:,} more" if len(found) > _NAMES_SHOWN else ""
        yield f"- {word}: {named or 'nobody'}{more}"
    if planned.reopens:
        yield ""
        ids = [f"`{one.decision.id}`" for one in planned.reopens]
        rest = f" and {len(ids) - _DECISIONS_SHOWN:,} more" if len(ids) > _DECISIONS_SHOWN else ""
        named = ", ".join(ids[:_DECISIONS_SHOWN])
        yield f"**Decisions** that hold and would have to be looked at again: {named}{rest}"


def _matrix(planned: Planned, matrix: Matrix, most: int) -> Iterator[str]:
    """Labels before and after, and who is behind each number; of very many labels only who."""
    yield ""
    yield f"**{_name(title_of(planned, matrix))}**: {matrix.units_changed:,} change"
    yield ""
    fits = len(matrix.labels) <= _LABELS_MAX
    if fits:
        yield from _grid(matrix)
        yield ""
    yield "<details><summary>who</summary>"
    yield ""
    labels = planned.comparison.labels
    cells, rest = most_changed(matrix, _CELLS_SHOWN)
    for cell in cells:
        names = [_name(labels.get(unit, unit)) for unit in cell.units[:most]]
        more = len(cell.units) - len(names)
        named = ", ".join(names) + (f" and {more:,} more" if more else "")
        count = "" if fits else f" ({len(cell.units):,})"
        yield f"- {_name(told(cell.before))} → {_name(told(cell.after))}{count}: {named}"
    if rest:
        yield f"- {': '.join(others(rest))}"
    yield ""
    yield "</details>"


def _grid(matrix: Matrix) -> Iterator[str]:
    yield "| before ↓ after → | " + " | ".join(_name(told(x)) for x in matrix.labels) + " |"
    yield "|---|" + "---:|" * len(matrix.labels)
    for before in matrix.labels:
        counts = [matrix.counts.get((before, after), 0) for after in matrix.labels]
        cells = [
            f"**{count:,}**" if count and before != after else f"{count:,}" if count else ""
            for after, count in zip(matrix.labels, counts, strict=True)
        ]
        yield f"| {_name(told(before))} | " + " | ".join(cells) + " |"
