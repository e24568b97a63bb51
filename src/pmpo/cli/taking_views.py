"""How it looks who is taken: a narrow column of the board, a line below it, and why of one unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from pmpo.cli.words import DIM, counted, plain
from pmpo.evaluate.selection import (
    BEYOND,
    DECIDED,
    FAILS,
    HELD,
    MUST,
    MUST_NOT,
    TAKEN,
    UNKNOWN,
)

if TYPE_CHECKING:
    from pmpo.evaluate.explain import BoardRow, Why
    from pmpo.evaluate.seat_why import SeatWhy
    from pmpo.evaluate.selection import Selection
    from pmpo.office import Run

HEADER: Final = "taken"
_CELLS: Final = {TAKEN: "yes", BEYOND: "–", MUST_NOT: "no"}
_HELD: Final = {
    "executing": "it is being done",
    "committed": "people have committed to it",
    "proposed": "a proposal to take it waits for approval",
}


def seat_cell(row: BoardRow) -> str:
    """One cell of the column: yes, must, how people hold a seat, no, or – beyond the capacity."""
    seat = row.seat or ""
    if seat.startswith(FAILS):
        return "?" if seat.endswith("unknown") else "no"
    return _CELLS.get(seat, seat)


def taking(run: Run) -> Iterator[Text]:
    """How many seats there are, who has them, and what is odd about it."""
    if not run.says_who_is_taken:
        return
    found = run.selection
    if found is None:
        yield Text.assemble(
            ("takes: ", "bold"),
            "nobody knows whom, as the ledger cannot be read; `pmpo doctor` says why",
        )
        return
    yield _line(found)
    for note in found.notes:
        yield Text(f"note: {plain(note)}", style=DIM)


def _line(found: Selection) -> Text:
    """`takes 20: 5 committed, 12 taken now, 3 free`, and why others are not taken."""
    text = Text()
    seats = f"{found.capacity:,}" if found.capacity is not None else "all that may be"
    text.append(f"takes {seats}: ", style="bold")
    told = [f"{found.occupied[how]:,} {how}" for how in HELD if how in found.occupied]
    told.append(f"{found.taken:,} taken now")
    if found.over:
        told.append(f"{found.over:,} beyond the capacity")
    elif found.free is not None:
        told.append(f"{found.free:,} free")
    text.append(", ".join(told))
    out = _kept_out(found)
    text.append(f"; kept out: {', '.join(out)}" if out else "", style=DIM)
    return text


def _kept_out(found: Selection) -> list[str]:
    """Who would be taken otherwise, by what keeps them out."""
    counts = dict.fromkeys((FAILS, UNKNOWN, MUST_NOT, DECIDED), 0)
    for seat, count in found.counts.items():
        if seat.name in counts:
            counts[seat.name] += count
    words = {
        FAILS: "by `requires`",
        UNKNOWN: "as `requires` is unknown",
        MUST_NOT: "by `must_not`",
        DECIDED: "decided otherwise",
    }
    return [f"{count:,} {words[name]}" for name, count in counts.items() if count]


def why_taken(explained: Why) -> Iterator[Text]:
    """Whether one unit is taken, why not, and what would have to be otherwise."""
    told = explained.seat
    if told is None:
        return
    text = Text("taken now" if told.taken else "not taken now", style="bold")
    text.append(f": {_reason(told, explained.rank)}", style="not bold")
    yield text


def _reason(told: SeatWhy, rank: int | None) -> str:
    """Why, in words."""
    if told.seat in _HELD:
        return f"{_HELD[told.seat]}, and it holds a seat"
    if told.condition:
        return _asked(told)
    reasons = {
        TAKEN: _by_rank(told),
        MUST: "`must` names it, so that it is taken in any case",
        MUST_NOT: "`must_not` names it",
        DECIDED: "something else is decided about it; `pmpo decisions` says what",
        BEYOND: _beyond(told, rank),
    }
    return reasons[told.seat]


def _asked(told: SeatWhy) -> str:
    """The condition that keeps a unit out, and the values that it looks at."""
    asked = plain(" ".join(told.condition.split()))
    values = ", ".join(f"{plain(name)} is {_value(one)}" for name, one in told.values.items())
    begins = "nobody can tell whether" if told.seat.endswith("unknown") else "`requires` asks that"
    return f"{begins} {asked}" + (f"; {values}" if values else "")


def _by_rank(told: SeatWhy) -> str:
    if told.capacity is None:
        return "nothing keeps it out"
    return f"its rank fills one of {told.capacity:,} {counted('seat', told.capacity)}"


def _beyond(told: SeatWhy, rank: int | None) -> str:
    """What the rank would have to be, where any rank is enough."""
    seats = told.capacity or 0
    held = f" ({told.held:,} held)" if told.held else ""
    if told.last is None:
        return f"none of {seats:,} {counted('seat', seats)}{held} goes to a rank"
    all_seats = f"of {seats:,} {counted('seat', seats)}{held}"
    return f"{all_seats} the last goes to rank {told.last:,}, and this is {rank or 0:,}"


def _value(value: Any) -> str:
    """A value that a condition looks at."""
    if value is None:
        return "missing"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return plain(str(value))
