"""What the page of an auditor's pack says of one program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pmpo.assure.minutes import Kept
from pmpo.decide.state import DECIDED, SNOOZED, STANDS, Ratification, Review, State
from pmpo.decide.waive import told_waiver
from pmpo.decide.waivers import waiver_stories
from pmpo.office.audit_decision import DECISIONS, decision
from pmpo.office.audit_files import charter_file, evaluation_file, receipt_file
from pmpo.office.audit_html import (
    Section,
    acted,
    anchored,
    day,
    linked,
    moment,
    name,
    plain,
    prose,
    said,
    short,
    table,
    within,
    worded,
)
from pmpo.office.audit_minutes import as_html
from pmpo.office.audit_notable import notable
from pmpo.store.ledger.log import Recorded
from pmpo.store.recorded import KIND as EVALUATED

LOST_WORDS: Final[Mapping[str, str]] = {
    "gone": "was gone from the office",
    "changed": "was changed in the office since the review",
}
"""What had become of minutes that a pack does not hold."""
_CAME_BACK: Final = ("since", "what", "whose", "what was answered")
_DATES: Final = (
    '<p class="quiet">Days that come, such as a next look, are no entries of the log before '
    "somebody answers them: the minutes of reviews list those that were open then.</p>\n"
)


def program(
    state: State, entries: Sequence[Recorded], minutes: Mapping[int, Kept]
) -> Iterator[Section]:
    """What was decided, signed, waived and reviewed in it, and what came back.

    Args:
        entries: of the whole log.
        minutes: by the positions of the entries that record them.
    """
    own = [one for one in entries if one.entry.program == state.program]
    evaluated = [one for one in own if one.entry.kind == EVALUATED]
    waivers = list(_waivers(own))
    answered = _answers(state, own)

    def section(kind: str, title: str, told: str, body: str) -> Section:
        return Section(f"{kind}-of-{state.program}", title, told, body)

    yield section("notable", "What stands out", "", notable(state, minutes))
    yield section(
        "decisions",
        "Decisions",
        _counts(state),
        table(DECISIONS, map(decision, state.decisions.values()), kind="decisions"),
    )
    yield section(
        "charters",
        "Charters",
        f"{len(state.ratifications):,}",
        table(
            ("counts from", "signed by", "bytes", "proof"),
            (_charter(one, state, entries) for one in state.ratifications),
        ),
    )
    yield section(
        "evaluations",
        "Evaluations",
        f"{len(evaluated):,}",
        table(
            ("evaluation", "numbers as of", "charter", "recorded", "by"),
            map(_evaluation, evaluated),
        ),
    )
    yield section(
        "waivers",
        "Waivers",
        f"{len(waivers):,}",
        table(("waiver", "what", "because", "what happened"), waivers),
    )
    yield section(
        "due",
        "What came back",
        f"{len(state.due):,}",
        _DATES
        + table(("since", "what", "whose", "what was answered"), _came_back(state, answered)),
    )
    yield section(
        "reviews",
        "Reviews",
        f"{len(state.reviews):,}",
        table(
            ("held", "chair", "numbers as of", "entry", "minutes"),
            (_review(one, minutes.get(one.position)) for one in state.reviews),
        )
        + "".join(_texts(state.reviews, minutes)),
    )


def _counts(state: State) -> str:
    """How many decisions there are, and where they stand."""
    stand = Counter(one.told_status for one in state.decisions.values())
    each = ", ".join(f"{count:,} {status}" for status, count in sorted(stand.items()))
    return f"{len(state.decisions):,}" + (f": {each}" if each else "")


def _charter(one: Ratification, state: State, entries: Sequence[Recorded]) -> tuple[str, ...]:
    """A ratified charter, with how each of its signers was known when they signed."""
    signed = {
        given.actor.name: given.actor
        for given in state.signatures
        if given.charter_text == one.charter_text and given.at <= one.at
    }
    names = [acted(signed[who]) if who in signed else name(who) for who in one.signers]
    return (
        moment(one.effective),
        ", ".join(names),
        linked(charter_file(one.charter_text), one.charter_text),
        worded(receipt_file(entries[one.position].entry), "receipt"),
    )


def _evaluation(one: Recorded) -> tuple[str, ...]:
    body = one.entry.body
    id = str(body["evaluation"])
    return (
        anchored(id, linked(evaluation_file(id), id)),
        plain(str(body["as_of"])),
        "a draft: it did not count" if body["draft"] else "counted",
        moment(one.entry.recorded_at),
        acted(one.entry.actor),
    )


def _waivers(own: Sequence[Recorded]) -> Iterator[tuple[str, ...]]:
    """All that were asked for, with who did what to them."""
    for one in waiver_stories(recorded.entry for recorded in own):
        happened = [f"asked for by {acted(one.asked.actor)}, {day(one.asked.at)}"]
        if one.granted is not None:
            happened.append(f"granted by {acted(one.granted.actor)}, {day(one.granted.at)}")
        if one.withdrawn is not None:
            gone = one.withdrawn
            because = f": {prose(gone.because)}" if gone.because else ""
            happened.append(f"withdrawn by {acted(gone.actor)}, {day(gone.at)}{because}")
        waiver = one.waiver
        yield (
            short(waiver.id),
            said(told_waiver(waiver)),
            prose(waiver.because),
            "<br>".join(happened),
        )


def _came_back(state: State, answered: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """What was due, with what was said to it; a date that a decision answered has no entry."""
    for item in state.due.values():
        yield (
            day(item.since),
            f"{said(item.reason)} {anchored(item.id, short(item.id))}",
            name(item.owner),
            "<br>".join(answered.get(item.id, ["nothing yet"])),
        )
    for id, told in answered.items():
        if id not in state.due:
            yield "", f"a date that had come {anchored(id, short(id))}", "", "<br>".join(told)


def _answers(state: State, own: Sequence[Recorded]) -> dict[str, list[str]]:
    """What was said to each due item, in the order of the log."""
    told: dict[str, list[str]] = {}
    for one in own:
        body, by = one.entry.body, acted(one.entry.actor)
        if one.entry.kind == STANDS:
            told.setdefault(body["due"], []).append(f"it stands, by {by}: {prose(body['because'])}")
        elif one.entry.kind == SNOOZED:
            answer = f"put aside until {body['until']}, by {by}: {prose(body['because'])}"
            told.setdefault(body["due"], []).append(answer)
        elif one.entry.kind == DECIDED:
            made = state.decisions[body["decision"]]
            for due in made.proposal.resolves:
                told.setdefault(due, []).append(f"decided: {within(made.id)}")
    return told


def _review(one: Review, minutes: Kept | None) -> tuple[str, ...]:
    return (
        moment(one.at),
        name(one.chair),
        plain(one.as_of),
        within(f"entry-{one.position}", str(one.position)),
        _named(one, minutes),
    )


def _named(one: Review, minutes: Kept | None) -> str:
    if minutes is None:
        return "the entry names no file"
    if minutes.text is not None:
        read = within(f"minutes-{one.position}", "to be read below")
        return f"{read}; {linked(minutes.file, minutes.file)}"
    became = f"{name(minutes.file)} {LOST_WORDS[minutes.found]}"
    return f"<strong>not in this pack</strong>: {became}"


def _texts(held: Sequence[Review], minutes: Mapping[int, Kept]) -> Iterator[str]:
    """The minutes to be read on the page: the last ones open, the others to be opened."""
    there = [one for one in held if (kept := minutes.get(one.position)) and kept.text is not None]
    for one in there:
        text = minutes[one.position].text or b""
        shown = as_html(text.decode("utf-8", "replace"))
        opened = " open" if one is there[-1] else ""
        yield f'\n<details id="minutes-{one.position}"{opened}>'
        yield f"<summary>Minutes of {one.at.date()}, entry {one.position}</summary>"
        yield f'<div class="kept">{shown}</div></details>'
