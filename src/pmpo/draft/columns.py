"""Columns as the charter declares them: types, formats, null texts, and the dirt that was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from pmpo.draft import words as w
from pmpo.draft.parts import Noted, column, listed, noted, times
from pmpo.draft.profile import ColumnFacts, Profile
from pmpo.draft.yaml_text import flow, scalar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_DECLARED_MAX: Final = 60
_UNIQUE_MAX: Final = 16
_SHOWN_CODES: Final = 6
_CENTURY: Final = 2100
_LETTERS: Final = {"C": "cancellations, perhaps", "R": "returns, perhaps"}


def is_measured(facts: ColumnFacts, *, strict: bool = False) -> bool:
    """Whether a number counts or measures something, and is no code, year or zip.

    Args:
        strict: whether whole numbers need a word that says so, as in logs full of codes.
    """
    if not facts.numeric or facts.distinct <= 1 or facts.padded:
        return False
    own = frozenset(w.words(facts.name))
    if own & (w.MEASURES | {"of"}) and not own & {"id", "code", "key"}:
        return True
    if own & w.NOT_MEASURED or (strict and facts.type == "integer"):
        return False
    return facts.type != "integer" or facts.distinct >= 5


def declared(
    profile: Profile, used: Collection[str], later: Mapping[str, tuple[str, int]], strict: bool
) -> tuple[Noted, ...]:
    """The `columns` of a source: what is used, and what is dirty as far as somebody will read it.

    Args:
        used: columns that signals, keys or times rest on.
        later: columns that became known later than their rows.
        strict: see `is_measured`.
    """
    found: list[Noted] = []
    for facts in sorted(profile.columns, key=lambda c: c.name not in used):
        entry = _entry(facts, facts.name in used, later, strict)
        if entry is not None and (facts.name in used or len(found) < _DECLARED_MAX):
            found.append(entry)
    return tuple(found)


def _entry(
    facts: ColumnFacts, is_used: bool, later: Mapping[str, tuple[str, int]], strict: bool
) -> Noted | None:
    fields: dict[str, str] = {}
    type = _type(facts, is_used, strict)
    if type:
        fields["type"] = scalar(type, inside=True)
    if type and facts.written.format:
        fields["format"] = scalar(facts.written.format, quote=True)
    if facts.null:
        texts = ", ".join(scalar(text, quote=True) for text, _ in facts.null)
        fields["null"] = f"[{texts}]"
    if facts.name in later:
        fields["known_at"] = scalar(later[facts.name][0], inside=True)
    notes = tuple(_notes(facts, type, later, is_used))
    if not fields:
        return None
    name = scalar(facts.name)
    if set(fields) == {"type"}:
        return Noted(f"{name}: {scalar(type)}", notes)
    return Noted(f"{name}: {flow(fields)}", notes)


def _type(facts: ColumnFacts, is_used: bool, strict: bool) -> str:
    """The type to declare; empty where the file has it already, or where it is a mere code."""
    if facts.type in ("text", "unsupported") or facts.raw == facts.type:
        return ""
    if facts.raw == "timestamptz" or (facts.raw in ("date", "timestamp") and facts.timed):
        return ""
    if facts.raw not in {"text", "double"} and not facts.timed:
        return ""
    code = facts.numeric and not is_measured(facts, strict=strict)
    if code and not (is_used and _written_as_float(facts)):
        return ""
    return facts.type


def _written_as_float(facts: ColumnFacts) -> bool:
    """Whether whole numbers are written with a point, as 17850.0, which makes a poor key."""
    return facts.raw == "double" or facts.length >= facts.digits[0] + 1.5


def is_whole_key(facts: ColumnFacts) -> bool:
    """Whether a key has to be declared as whole number, because it is written as a fraction."""
    return facts.type == "integer" and facts.raw in ("text", "double") and _written_as_float(facts)


def _notes(
    facts: ColumnFacts, type: str, later: Mapping[str, tuple[str, int]], is_used: bool
) -> Iterator[str]:
    rows = times(facts.rows, "row")
    if facts.null:
        codes = [f"{_shown(text)} {count:,}" for text, count in facts.null[:_SHOWN_CODES]]
        more = len(facts.null) - _SHOWN_CODES
        told = ", ".join(codes) + (f" and {more} more" if more > 0 else "")
        total = sum(count for _, count in facts.null)
        hold = "holds" if total == 1 else "hold"
        yield f"because {total:,} of {rows} {hold} a text that stands for no value: {told}"
    empty = facts.missing - sum(count for _, count in facts.null)
    if empty and (type or is_used):
        yield f"because {empty:,} of {rows} {_have(empty)} no value"
    if type and facts.written.other:
        yield (
            f"a guess: no value says whether the day or the month comes first; if it is wrong, "
            f"write {facts.written.other}"
        )
    if facts.numeric and type and facts.cut:
        yield "floating-point numbers with many digits: six after the point are kept"
    if facts.timed and type and isinstance(facts.high, date) and facts.high.year >= _CENTURY:
        yield f"the latest is {_day(facts.high)}; a date so far off often stands for none"
    if facts.name in later:
        when, count = later[facts.name]
        yield (
            f"because in {count:,} of {rows} `{when}` is later than the row: what it says was not "
            "known yet, and would be a leak"
        )


def unread(profile: Profile) -> Iterator[str]:
    """Columns whose texts are written in several ways, or in one that says too little."""
    for facts in profile.columns:
        if facts.type == "unsupported":
            yield f"`{facts.name}` holds lists, structures or bytes, which no formula reads"
        elif facts.written.note:
            yield f"`{facts.name}` is kept as text because {facts.written.note}"
        elif facts.unread and facts.written.kind in ("date", "timestamp"):
            some = ", ".join(_shown(text) for text, _ in facts.unread)
            yield (
                f"`{facts.name}` is kept as text: most of its dates are written "
                f"{facts.written.format or 'as in ISO 8601'}, and others as {some}"
            )


def checks(
    profile: Profile, used: Sequence[ColumnFacts], marked: Sequence[tuple[str, str, int]]
) -> tuple[Noted, ...]:
    """Checks for what was seen: facts to live with only warn, what holds today must go on to hold.

    Args:
        used: the columns that signals rest on.
        marked: columns with rows whose texts begin with a letter, and how many.
    """
    found: list[Noted] = [*_duplicates(profile)]
    full = dict.fromkeys(c.name for c in used if not c.missing)
    if full and profile.rows:
        names = ", ".join(scalar(name, inside=True) for name in full)
        found.append(Noted(f"{{not_null: [{names}]}}", ("holds today, and has to go on to hold",)))
    for facts in used:
        found += _signs(facts)
    for name, letter, count in marked:
        condition = scalar(f"{column(name)} NOT LIKE '{letter}%'", quote=True)
        found.append(
            noted(
                f"{{holds: {condition}, severity: warn}}",
                f"because {count:,} of {times(profile.rows, 'row')} {_have(count)} a `{name}` "
                f"that begins with {letter}, where the others are numbers: "
                f"{_LETTERS.get(letter.upper(), 'look what it stands for')}",
            )
        )
    return tuple(found)


def _duplicates(profile: Profile) -> Iterator[Noted]:
    usable = [c.name for c in profile.columns if c.type != "unsupported"]
    if profile.duplicates and len(usable) <= _UNIQUE_MAX:
        names = ", ".join(scalar(name, inside=True) for name in usable)
        yield noted(
            f"{{unique: [{names}], severity: warn}}",
            f"because {profile.duplicates:,} of {times(profile.rows, 'row')} "
            f"repeat{'s' if profile.duplicates == 1 else ''} an earlier row in every column; they "
            "count until somebody says that they are errors",
        )


def _signs(facts: ColumnFacts) -> Iterator[Noted]:
    """A check for numbers below zero, and for prices of zero, where such were seen."""
    if not facts.numeric:
        return
    rows = times(facts.rows, "row")
    name = scalar(facts.name, inside=True)
    if w.has(facts.name, w.PRICES) and facts.zero:
        condition = scalar(f"{column(facts.name)} > 0", inside=True)
        told = f"{facts.zero:,} of {rows} {_have(facts.zero)} a price of zero"
        told += f", and {facts.negative:,} one below zero" if facts.negative else ""
        yield noted(
            f"{{holds: {condition}, severity: warn}}",
            f"because {told}: gifts, samples or corrections",
        )
    elif facts.negative:
        what = " ".join(w.words(facts.name))
        guess = ": returns or cancellations" if w.has(facts.name, w.QUANTITIES) else ""
        yield noted(
            f"{{range: {{{name}: [0, null]}}, severity: warn}}",
            f"because {facts.negative:,} of {rows} {_have(facts.negative)} negative {what}{guess}",
        )


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _shown(text: str) -> str:
    return f"`{text}`" if text.strip() else "an empty text"


def _day(value: date | datetime) -> str:
    return (
        value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else str(value)
    )


def left_out(profile: Profile, declared_names: Collection[str]) -> str:
    """The columns that the charter does not mention, for a comment."""
    rest = [c.name for c in profile.columns if c.name not in declared_names]
    return listed(rest, 12) if rest else ""
