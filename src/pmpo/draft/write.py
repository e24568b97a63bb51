"""A draft as text: a charter that can be read aloud, its reasons above the lines they explain."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pmpo.draft.columns import left_out, unread
from pmpo.draft.parts import Draft, Noted, SignalDraft, SourceDraft, times
from pmpo.draft.words import slug
from pmpo.draft.yaml_text import flow, scalar

_WIDTH: Final = 100
_STEP: Final = "  "
_FOLDED: Final = 70
_MEETINGS: Final = {
    "1 day": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "1 week": "FREQ=WEEKLY;BYDAY=MO",
    "1 month": "FREQ=MONTHLY;BYMONTHDAY=1",
    "1 year": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def charter_text(draft: Draft, where: str, repairs: Sequence[str] = ()) -> str:
    """The charter.

    Args:
        where: the file as the charter names it, from the office's folder.
        repairs: what was changed in a copy of the file, with counts.
    """
    lines = [
        *_head(draft, where, repairs),
        *_program(draft),
        *_unit(draft),
        *_scope(draft),
        *_sources(draft, where),
        *_signals(draft),
        *_band(draft),
        *_axes(draft),
        "",
        *_cadence(draft),
    ]
    return "\n".join(lines) + "\n"


def office_text(name: str, owner: str) -> str:
    """office.yaml with the one person or role that is known."""
    told = _comment("who answers for the program; add the people and teams that charters name")
    known = ["roles:", *told, f"  {owner}: Answers for the program, its data and its numbers."]
    if role_id(owner) != owner:
        known = ["people:", *told, f"  {role_id(owner)}: {{name: {scalar(owner, inside=True)}}}"]
    return "\n".join(
        [
            "# yaml-language-server: $schema=office.schema.json",
            "office: 1",
            f"names: {{en: {scalar(name, inside=True)}}}",
            *known,
            "",
        ]
    )


def role_id(owner: str) -> str:
    """The id by which a charter names somebody.

    Example:
        >>> role_id("category-lead"), role_id("Ann Example")
        ('category-lead', 'ann-example')
    """
    return owner if _ID.fullmatch(owner) else slug(owner, "owner")


def _comment(text: str, depth: int = 1) -> list[str]:
    indent = _STEP * depth
    return textwrap.wrap(
        " ".join("".join(s if s.isprintable() else "�" for s in text).split()),
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _noted(entry: Noted, depth: int, *, bullet: str = "") -> Iterator[str]:
    for note in entry.notes:
        yield from _comment(note, depth)
    yield f"{_STEP * depth}{bullet}{entry.text}"


# Top --------------------------------------------------------------------------------------


def _head(draft: Draft, where: str, repairs: Sequence[str]) -> Iterator[str]:
    profile = draft.profile
    yield "# yaml-language-server: $schema=../../charter.schema.json"
    yield from _comment(
        f"Proposed by `pmpo init` from {where}: {times(profile.rows, 'row')}, "
        f"{times(len(profile.columns), 'column')}. It is yours now: lines that say `because` tell "
        "what was counted in the file, lines that say `a guess` are where to look first.",
        0,
    )
    for repair in repairs:
        yield from _comment(f"because {repair}", 0)
    for note in unread(profile):
        yield from _comment(note, 0)
    if profile.duplicates is None and profile.rows:
        yield from _comment(
            "repeated rows were not looked for, and numbers of different values are about right: "
            "the file is large",
            0,
        )


def _program(draft: Draft) -> Iterator[str]:
    yield "charter: 1"
    yield f"program: {scalar(draft.program)}"
    yield "purpose:"
    yield from _comment("a guess: say in one sentence what this ranking is for")
    yield f"  statement: {scalar(draft.purpose)}"
    measured = [s.name for s in draft.signals if s.axis]
    yield f"  measured_by: [{', '.join(measured)}]"
    yield f"owner: {scalar(draft.owner)}"
    for note in draft.refresh.notes:
        yield from _comment(note, 0)
    yield f"refresh: {{every: {draft.refresh.text}}}"
    if draft.time.column is not None or any(source.time for source in draft.sources):
        yield from _comment("a guess: the file does not say in which zone its times are", 0)
        yield "tz: UTC"
    yield ""


def _unit(draft: Draft) -> Iterator[str]:
    unit = draft.unit
    yield from _comment(f"a guess: what is ranked; {unit.why}", 0)
    if unit.others:
        others = " or ".join(f"`--unit {_typed(key)}`" for key in unit.others)
        yield from _comment(f"another choice: {others}", 0)
    fields = {
        "name": scalar(unit.name, inside=True),
        "source": draft.unit_source,
        "key": f"[{', '.join(scalar(name, inside=True) for name in unit.key)}]",
    }
    if draft.label:
        fields["label"] = scalar(draft.label, inside=True)
    yield f"unit: {flow(fields)}"
    yield ""


def _typed(key: Sequence[str]) -> str:
    names = ",".join(key)
    return names if names.replace(",", "").replace("_", "").isalnum() else f'"{names}"'


def _scope(draft: Draft) -> Iterator[str]:
    for note in draft.scope_notes:
        yield from _comment(note, 0)
    if draft.exits:
        yield "scope:"
        yield "  out:"
    for condition, because, notes in draft.exits:
        for note in notes:
            yield from _comment(note, 2)
        first, *rest = _long("where", condition)
        yield f"    - {first}"
        yield from (f"      {line}" for line in (*rest, f"because: {scalar(because)}"))
    if draft.exits or draft.scope_notes:
        yield ""


# Sources ----------------------------------------------------------------------------------


def _sources(draft: Draft, where: str) -> Iterator[str]:
    yield "sources:"
    for source in draft.sources:
        for note in source.notes:
            yield from _comment(note)
        yield f"  {source.name}:"
        yield from (f"    {line}" for line in _source(source, draft, where))
    mentioned = {
        entry.text.partition(":")[0].strip("'\"") for s in draft.sources for entry in s.columns
    }
    used = {name for s in draft.sources for name in (*s.key, s.time)} | set(draft.unit.key)
    turned = {name for s in draft.sources if s.unpivot for name in s.unpivot.columns}
    rest = left_out(draft.profile, mentioned | used | turned | {draft.label})
    if rest:
        yield from _comment(f"read as they are, and not used yet: {rest}")
    yield ""


def _source(source: SourceDraft, draft: Draft, where: str) -> Iterator[str]:
    yield f"from: {scalar(where)}"
    if draft.profile.sheet:
        yield f"sheet: {scalar(draft.profile.sheet)}"
    yield f"mode: {source.mode}"
    if source.key:
        yield f"key: [{', '.join(scalar(name, inside=True) for name in source.key)}]"
    if source.unpivot is not None:
        yield "unpivot:"
        turned = {
            scalar(name, inside=True): scalar(text, quote=True)
            for name, text in source.unpivot.columns.items()
        }
        yield from _wrapped("  columns: ", turned)
        yield f"  name: {source.unpivot.name}"
        yield f"  value: {source.unpivot.value}"
    if source.time:
        yield f"time: {scalar(source.time)}"
    for part in (source.captured, source.known, source.where, source.join):
        if part is not None:
            yield from _noted(part, 0)
    yield from _block("columns", source.columns)
    if source.derive:
        yield f"derive: {flow({n: scalar(f, quote=True) for n, f in source.derive.items()})}"
    yield from _block("checks", source.checks, bullet="- ")


def _block(name: str, entries: Sequence[Noted], bullet: str = "") -> Iterator[str]:
    if entries:
        yield f"{name}:"
    for entry in entries:
        yield from _noted(entry, 1, bullet=bullet)


def _wrapped(head: str, fields: Mapping[str, str]) -> Iterator[str]:
    """A mapping on as many lines as it needs."""
    line = head + "{"
    indent = " " * len(line)
    items = list(fields.items())
    for i, (name, value) in enumerate(items):
        piece = f"{name}: {value}" + (", " if i < len(items) - 1 else "}")
        if len(line) + len(piece) > _WIDTH and line.strip():
            yield line.rstrip()
            line = indent
        line += piece
    yield line


# Signals ----------------------------------------------------------------------------------


def _signals(draft: Draft) -> Iterator[str]:
    yield "signals:"
    if any(signal.anchors for signal in draft.signals):
        yield from _comment(
            "`value` says what a value is worth. At first that is how many per cent of the units "
            f"in scope it beats {_measured(draft)}. The numbers are fixed from now on, whoever "
            "enters or leaves the list, until somebody changes them."
        )
    for signal in draft.signals:
        for note in signal.notes:
            yield from _comment(note)
        yield f"  {signal.name}:"
        yield from (f"    {line}" for line in _signal(signal))
    yield ""


def _measured(draft: Draft) -> str:
    return f"as of {draft.measured_as_of}" if draft.measured_as_of else "when this was written"


def _signal(signal: SignalDraft) -> Iterator[str]:
    yield f"names: {{en: {scalar(signal.title, inside=True)}}}"
    yield from _long("formula", signal.formula)
    yield f"source: {signal.source}"
    if signal.unit:
        yield f"unit: {scalar(signal.unit)}"
    yield f"precision: {signal.precision}"
    if signal.axis:
        yield f"better: {signal.better}"
        anchors = ", ".join(f"{at:f}: {worth}" for at, worth in signal.anchors)
        yield f"value: {{{anchors}}}"
    yield f"missing: {signal.missing}"


def _long(name: str, text: str) -> list[str]:
    """An expression: plain where YAML takes it so, folded where quotes would hide what it says."""
    if text[0].isalpha() and not set(text) & set(":#{}[]&!|%@`\\\n"):
        if len(text) < _WIDTH - 20 or "  " in text:
            return [f"{name}: {text}"]
    elif "  " in text or not text.isprintable() or len(text) < _FOLDED:
        return [f"{name}: {scalar(text, quote=True)}"]
    lines = textwrap.wrap(
        text, _WIDTH - 10, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return [f"{name}: >-", *(f"  {line}" for line in lines)]


def _band(draft: Draft) -> Iterator[str]:
    if draft.band is None:
        return
    band = draft.band
    yield "bands:"
    for note in band.notes:
        yield from _comment(note)
    fields = {
        "signal": band.signal,
        "edges": "[" + ", ".join(f"{edge:f}" for edge in band.edges) + "]",
        "labels": "[" + ", ".join(band.labels) + "]",
    }
    yield f"  {band.name}: {flow(fields)}"
    yield ""


def _axes(draft: Draft) -> Iterator[str]:
    yield from _comment(
        "a guess: all sides weigh the same; the weights are what you trade for what, in per cent", 0
    )
    yield "axes:"
    for axis, weight in draft.axes.items():
        own = [signal.name for signal in draft.signals if signal.axis == axis]
        each = 100 // len(own)
        shares = {n: str(each + (100 - each * len(own) if not i else 0)) for i, n in enumerate(own)}
        yield f"  {axis}: {{weight: {weight}, signals: {flow(shares)}}}"


def _cadence(draft: Draft) -> Iterator[str]:
    yield from _comment("a guess: people meet about it as often as it is measured", 0)
    yield "cadence:"
    meeting = {
        "rule": scalar(_MEETINGS[draft.refresh.text], quote=True),
        "chair": scalar(draft.owner, inside=True),
    }
    yield f"  review: {flow(meeting)}"
