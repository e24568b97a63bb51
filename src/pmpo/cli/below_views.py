"""What stands below the board: where the other units are, what was carried or waived, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.outcome_views import carried, outcome_counts
from pmpo.cli.taking_views import taking
from pmpo.cli.words import DIM, counted, plain
from pmpo.model.evaluation import BLOCKED, EXCLUDED, OUT_OF_SCOPE, RANKED
from pmpo.model.keys import readable

if TYPE_CHECKING:
    from pmpo.model.charter import Charter
    from pmpo.office import Run

_NAMED_MAX: Final = 3
_QUALITY: Final = (
    ("A", "recorded and fresh"),
    ("B", "load times stated, not recorded"),
    ("C", "held, late or not point-in-time"),
    ("D", "missing"),
)


def not_ranked(run: Run, on_board: int) -> Iterator[Text]:
    """Where all the other units are, and why."""
    counts = run.evaluation.counts()
    unit = plain(run.charter.unit.name)
    total = len(run.evaluation.table)
    ranked = Text()
    ranked.append(f"\n{on_board:,} of {counts[RANKED]:,} ranked {counted(unit, counts[RANKED])}")
    ranked.append(f"; {total:,} in all.", style=DIM)
    yield ranked
    words = {OUT_OF_SCOPE: "out of scope", EXCLUDED: "excluded", BLOCKED: "blocked"}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column(style=DIM)
    grid.add_column(overflow="fold")
    for item in run.left_out:
        grid.add_row(f"{item.units:,}", words[item.status], plain(item.because))
    if run.left_out:
        yield grid  # type: ignore[misc]
    yield from outcome_counts(run)
    yield from taking(run)
    yield from carried(run)
    yield from _waived(run)


def _waived(run: Run) -> Iterator[Text]:
    """Which waivers hold, for whom they change something, and until when."""
    noun = plain(run.charter.unit.name)
    for one in run.waived:
        waiver, count = one.waiver, len(one.units)
        policy = f"{waiver.policy} {waiver.value}" if waiver.value is not None else waiver.policy
        whom = f"for {count:,} {counted(noun, count)}" if count else f"for no {noun} now"
        names = [plain(readable(unit)) for unit in one.units[:_NAMED_MAX]]
        named = f" ({', '.join(names)}{', …' if count > len(names) else ''})" if names else ""
        text = Text.assemble(("waived: ", "bold"), f"{plain(waiver.signal)} {whom}{named}, ")
        text.append(f"{policy} until {waiver.expires}")
        text.append(f"  ({plain(waiver.approver)}: {plain(waiver.because)})", style=DIM)
        yield text


DRAFT: Final = "its charter is not ratified, or waits for its day"


def draft(run: Run) -> Iterator[Text]:
    """What is decided on a draft is provisional: that stands where people look before they do."""
    if run.draft:
        yield Text.assemble(("draft: ", "bold"), DRAFT)


def notes(run: Run) -> Iterator[Text]:
    """What a reader should know about the data."""
    for note in run.notes:
        yield Text(f"note: {plain(note)}", style=DIM)


def assumptions(charter: Charter) -> Iterator[Text]:
    """What the numbers rest on without being measured."""
    for assumption in charter.assumptions.values():
        if assumption.setting is None:
            continue
        text = Text()
        text.append("assumes: ", style="bold")
        text.append(plain(assumption.claim))
        review = f", review by {assumption.review_by}" if assumption.review_by else ""
        text.append(f"  ({plain(assumption.owner)}{review})", style=DIM)
        yield text


def quality_legend(seen: Iterable[str]) -> Text:
    """What the grades on the board mean."""
    grades = set(seen)
    told = [f"{letter} {meaning}" for letter, meaning in _QUALITY if letter in grades]
    return Text("q: " + ", ".join(told), style=DIM) if told else Text()
