"""How waivers look in a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from pmpo.cli.decide_views import unmet, unmet_json
from pmpo.cli.words import ACCENT, DIM, below, plain
from pmpo.decide.waive import told_waiver
from pmpo.decide.waivers import WaiverStatus, WaiverStory

if TYPE_CHECKING:
    from pmpo.model.waiver import Waiver
    from pmpo.office.waivers import Granted


WAIVER_ROW: Final = (
    "waiver", "status", "signal", "policy", "value", "units", "until", "because", "asked_by",
    "asked", "granted_by", "granted", "withdrawn_by", "withdrawn", "withdrawn_because", "program",
)  # fmt: skip
_STATUS: Final[Mapping[WaiverStatus, str]] = {
    "asked": "waits for approval",
    "in-force": "in force",
    "ended": "ended",
    "lapsed": "never granted, and its day has come",
    "withdrawn": "withdrawn",
    "turned-down": "turned down",
}


def waivers(found: Sequence[tuple[str, WaiverStory]], today: date) -> Iterator[Any]:
    """Waivers with their programs, and what became of each: who, when, why, until when."""
    if not found:
        yield Text("nobody has asked for a waiver: `pmpo waive SIGNAL --as NAME`", style=DIM)
    several = len({program for program, _ in found}) > 1
    for program, one in found:
        text = Text.assemble("\n", (one.waiver.id, ACCENT))
        text.append(f"  {_STATUS[one.status(today)]}", style="bold")
        text.append(f"  {plain(program)}" if several else "", style=DIM)
        yield text
        yield below(plain(told_waiver(one.waiver)))
        yield below(f"because {plain(one.waiver.because)}")
        yield below(", ".join(_happened(one)), style=DIM)
        if one.status(today) == "asked":
            yield below(f"next: {one.granting or _end(one.waiver)}", style=DIM)


def _end(waiver: Waiver) -> str:
    """What ends the waiting of a waiver that nobody may grant."""
    return f"nobody may grant it; pmpo withdraw {waiver.id} --as NAME"


def _happened(one: WaiverStory) -> Iterator[str]:
    yield f"asked for by {plain(one.asked.actor.name)} on {one.asked.at.date()}"
    if one.granted is not None:
        yield f"granted by {plain(one.granted.actor.name)} on {one.granted.at.date()}"
    if one.withdrawn is not None:
        because = f": {plain(one.withdrawn.because)}" if one.withdrawn.because else ""
        own = one.withdrawn.actor.name == one.asked.actor.name
        did = "withdrawn" if own else "turned down"
        yield f"{did} by {plain(one.withdrawn.actor.name)} on {one.withdrawn.at.date()}{because}"


def waiver_row(program: str, one: WaiverStory, today: date) -> dict[str, Any]:
    """A waiver with the columns `WAIVER_ROW`."""
    told, asked, granted, withdrawn = one.waiver.as_json(), one.asked, one.granted, one.withdrawn
    return {
        "waiver": told["id"],
        "status": one.status(today),
        **{name: told[name] for name in ("signal", "policy", "value", "units")},
        "until": told["expires"],
        "because": told["because"],
        "asked_by": asked.actor.name,
        "asked": asked.at.isoformat(),
        "granted_by": granted.actor.name if granted is not None else None,
        "granted": granted.at.isoformat() if granted is not None else None,
        "withdrawn_by": withdrawn.actor.name if withdrawn is not None else None,
        "withdrawn": withdrawn.at.isoformat() if withdrawn is not None else None,
        "withdrawn_because": withdrawn.because if withdrawn is not None else None,
        "program": program,
    }


def granted(of: Granted) -> Iterator[Any]:
    """What came of a waiver."""
    waiver = of.waiver
    word = "waived" if of.granted else "asked for" if of.recorded else "not waived"
    if of.granted and of.unmet:
        word = "nothing done"
    elif not (of.recorded or of.granted or of.unmet):
        word = "asked for already, and nothing more was recorded"
    yield Text.assemble((word, "bold"), f": {waiver.id}, {plain(told_waiver(waiver))}")
    if of.recorded and waiver.because:
        yield Text(f"because {plain(waiver.because)}", style=DIM)
    yield from unmet(of.unmet)
    if of.recorded and not of.granted:
        yield Text.assemble(("next: ", DIM), of.granting or _end(waiver))
    if of.granted and not of.unmet:
        yield Text("it counts from the next `pmpo run`", style=DIM)


def withdrawn(waiver: Waiver) -> Text:
    """A waiver that nobody grants any more."""
    return Text.assemble(("withdrawn", "bold"), f": {waiver.id}, {plain(told_waiver(waiver))}")


def granted_json(of: Granted) -> dict[str, Any]:
    """What came of a waiver."""
    return {
        "waiver": of.waiver.as_json(),
        "granted": of.granted,
        "unmet": unmet_json(of.unmet),
        "recorded": of.recorded,
    }
