"""From a profile to a draft: which sources, signals and scope a file is good for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pmpo.draft import words as w
from pmpo.draft.columns import checks, declared, is_whole_key
from pmpo.draft.parts import (
    Draft,
    Noted,
    SignalDraft,
    SourceDraft,
    Unpivoted,
    column,
    listed,
    times,
)
from pmpo.draft.periods import cadence, common, spread_of
from pmpo.draft.profile import FILE, ColumnFacts, Profile, quoted, read_as
from pmpo.draft.roles import Time, Unit, Wanted, time_of, unit_of
from pmpo.draft.signals import (
    Measures,
    case_signals,
    flow_signals,
    measures_of,
    spread_signals,
    standing_signals,
)
from pmpo.draft.yaml_text import scalar

if TYPE_CHECKING:
    from pmpo.store.engine.duckdb import DuckDB

_REFRESH_STANDING: Final = Noted(
    "1 week", ("a guess: nothing in the file says how often it changes",)
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a draft is about, before any signal is chosen."""

    profile: Profile
    unit: Unit
    time: Time
    turn: Unpivoted | None
    stem: str
    program: str
    owner: str


def guessed(
    profile: Profile, engine: DuckDB, wanted: Wanted, *, stem: str, program: str, owner: str
) -> Draft:
    """Guess a charter without its anchors, which are measured afterwards.

    Args:
        engine: where the file stands under the name `file`.
        stem: the file's name without its ending.
    Raises: DataError `init/…`.
    """
    unit = unit_of(profile, engine, wanted, stem)
    time = time_of(profile, engine, unit, wanted)
    turn = spread_of(profile) if time.column is None else None
    subject = Subject(profile, unit, time, turn, stem, program, owner)
    if turn is not None:
        return _spread(subject)
    if time.column is None:
        return _standing(subject)
    marked = _cancelled(profile, engine)
    starts = _month_starts(engine, time.column)
    return _happening(subject, marked, starts)


# What happens -----------------------------------------------------------------------------


def _happening(
    subject: Subject, marked: Sequence[tuple[str, str, int]], month_starts: bool
) -> Draft:
    """Rows that happened at a time: a flow of the same units, or cases that come and go."""
    profile, unit, time = subject.profile, subject.unit, subject.time
    assert time.column is not None
    measures = measures_of(
        profile, unit, strict=time.short, without=[time.column.name, *time.later]
    )
    rows_per_day = profile.rows / max(unit.count, 1) / max(time.days, 1.0)
    refresh, window, why = cadence(time.days, month_starts, rows_per_day, time.column.distinct)
    name = w.identifier(subject.stem, fallback="rows")
    if time.short:
        signals = tuple(case_signals(name, profile, unit, time, measures))
    else:
        grows = window != "1 day" or time.days >= 2
        signals = tuple(flow_signals(name, measures, window, grows=grows))
    used = _used(subject, measures, signals)
    rows = _rows_source(subject, name, measures, used, marked)
    named = _named_units(subject, name)
    sources = (rows,) if named is None else (replace(rows, join=_join(named, unit)), named)
    exits = _odd_exit(unit)
    if not time.short:
        dormant = f"Nothing happened in the last {window}."
        exits = (*exits, ("COALESCE(recent_rows, 0) = 0", dormant, ()))
    return Draft(
        subject.program,
        _purpose_happening(unit, time.short),
        subject.owner,
        Noted(refresh, (f"because {why}",)),
        profile,
        unit,
        time,
        name if named is None else named.name,
        _label_of(unit, named is not None),
        sources,
        signals,
        _weights(signals),
        exits,
        _state_note(subject),
    )


def _purpose_happening(unit: Unit, short: bool) -> str:
    if short:
        return f"Learn first from each {unit.name} that caused the most trouble and took longest."
    return f"Give attention first to each {unit.name} that is large and growing."


def _rows_source(
    subject: Subject,
    name: str,
    measures: Measures,
    used: Sequence[ColumnFacts],
    marked: Sequence[tuple[str, str, int]],
) -> SourceDraft:
    profile, unit, time = subject.profile, subject.unit, subject.time
    assert time.column is not None
    names = {c.name for c in used} | {time.column.name, *_whole_keys(subject)}
    return SourceDraft(
        name,
        "append",
        (f"{time.why}; {_span(time)}", *_other_times(time)),
        time=time.column.name,
        known=_known(time.column),
        columns=declared(profile, names, time.later, time.short),
        derive={measures.value: measures.value_formula} if measures.value else {},
        where=_with_key(profile, unit),
        checks=checks(profile, [*used, time.column], marked),
    )


def _span(time: Time) -> str:
    assert time.column is not None
    return f"from {_moment(time.column.low)} to {_moment(time.column.high)}"


def _moment(value: object) -> str:
    return str(value).removesuffix(":00") if ":" in str(value) else str(value)


def _other_times(time: Time) -> tuple[str, ...]:
    return (f"it could also be {listed(time.others)}",) if time.others else ()


def _known(time: ColumnFacts) -> Noted:
    if w.has(time.name, w.LOADED):
        return Noted(
            f"known_at: {scalar(time.name)}",
            ("because a row is written at the moment that this column says",),
        )
    return Noted(
        "lag: 1 day",
        ("a guess: no column says when a row became known; it counts as known a day later",),
    )


def _with_key(profile: Profile, unit: Unit) -> Noted | None:
    """Rows without a full key belong to no unit; leave them out and say how many."""
    lacking = [profile.column(name) for name in unit.key if profile.column(name).missing]
    if not lacking:
        return None
    told = ", ".join(f"{c.missing:,} have no `{c.name}`" for c in lacking)
    condition = " AND ".join(f"{column(c.name)} IS NOT NULL" for c in lacking)
    note = f"because of {times(profile.rows, 'row')} {told}, and so belong to no {unit.name}"
    return Noted(f"where: {scalar(condition, quote=True)}", (note,))


def _named_units(subject: Subject, rows: str) -> SourceDraft | None:
    """The latest row of each unit, where a label varies and the latest one is shown."""
    profile, unit, time = subject.profile, subject.unit, subject.time
    if not unit.label or not unit.varies or time.column is None:
        return None
    label = profile.column(unit.label)
    names = {time.column.name, *_whole_keys(subject)}
    wanted = [c for c in profile.columns if c.name in {*names, unit.label, *unit.key}]
    conditions = [f"{column(n)} IS NOT NULL" for n in unit.key if profile.column(n).missing]
    where = " AND ".join(conditions)
    return SourceDraft(
        w.identifier(f"{unit.name}s", frozenset({rows})),
        "versions",
        (
            f"the same file once more: the latest row of each {unit.name}, for the name it has now",
            f"because `{label.name}` is written in several ways for some of them",
        ),
        key=unit.key,
        time=time.column.name,
        known=Noted(_known(time.column).text),
        columns=declared(replace(profile, columns=tuple(wanted)), names, {}, time.short),
        where=Noted(f"where: {scalar(where, quote=True)}") if where else None,
    )


def _join(named: SourceDraft, unit: Unit) -> Noted:
    key = [scalar(name, inside=True) for name in unit.key]
    return Noted(f"join: {{{named.name}: [{', '.join(key)}]}}")


def _label_of(unit: Unit, latest: bool) -> str:
    return unit.label if unit.label and (latest or not unit.varies) else ""


def _whole_keys(subject: Subject) -> list[str]:
    """Key columns that are written as 17850.0 and mean 17850."""
    return [n for n in subject.unit.key if is_whole_key(subject.profile.column(n))]


def _odd_exit(unit: Unit) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if not unit.odd:
        return ()
    values = ", ".join("'" + text.replace("'", "''") + "'" for text, _ in unit.odd)
    rows = sum(count for _, count in unit.odd)
    note = (
        f"because {times(len(unit.odd), 'value')} of `{unit.key[0]}` in {times(rows, 'row')} "
        f"{'has' if len(unit.odd) == 1 else 'have'} no digit, as nearly all others do"
    )
    reason = f"Not a {unit.name} like the others: postage, fees or corrections, perhaps."
    return ((f"{column(unit.key[0])} IN ({values})", reason, (note,)),)


def _state_note(subject: Subject) -> tuple[str, ...]:
    """For cases: how to decide only about those that are open."""
    if not subject.time.short:
        return ()
    state = next(
        (c.name for c in subject.profile.columns if w.has(c.name, frozenset({"active", "open"}))),
        "",
    )
    if not state:
        return ()
    return (
        f"every {subject.unit.name} is in scope, also those that are over: `{state}` says which",
    )


def _month_starts(engine: DuckDB, time: ColumnFacts) -> bool:
    """Whether every row lies on the first of a month, as periods do."""
    from pmpo.compile import types

    value = read_as(time, types.DATE if time.type == "date" else types.TIMESTAMP)
    statement = f"SELECT bool_and(day({value}) = 1) AS all_starts FROM {FILE}"  # noqa: S608
    return bool(engine.query(statement).to_pylist()[0]["all_starts"])


def _cancelled(profile: Profile, engine: DuckDB) -> list[tuple[str, str, int]]:
    """Columns of numbers in which few texts begin with a letter: column, letter, rows."""
    found: list[tuple[str, str, int]] = []
    for facts in profile.columns:
        if (
            facts.type != "text"
            or facts.written.kind != "number"
            or not w.has(facts.name, w.DOCUMENTS)
        ):
            continue
        name = quoted(facts.name)
        statement = (
            f"SELECT left({name}, 1) AS letter, count(*) AS n FROM {FILE} "  # noqa: S608
            f"WHERE regexp_matches({name}, '^[A-Za-z][0-9]') GROUP BY 1 ORDER BY n DESC, letter"
        )
        found += [
            (facts.name, row["letter"], row["n"])
            for row in engine.query(statement).to_pylist()[:2]
            if row["n"] <= facts.rows * 0.2
        ]
    return found


# What stands ------------------------------------------------------------------------------


def _standing(subject: Subject) -> Draft:
    profile, unit = subject.profile, subject.unit
    name = w.identifier(subject.stem, fallback="rows")
    measures = measures_of(profile, unit, strict=False, without=[])
    signals = tuple(standing_signals(name, profile, unit, measures))
    used = _used(subject, measures, signals)
    names = {c.name for c in used} | set(_whole_keys(subject))
    source = SourceDraft(
        name,
        "snapshot",
        (f"a snapshot: {subject.time.why}",),
        key=unit.key if unit.count == profile.rows and not _with_key(profile, unit) else (),
        columns=declared(profile, names, {}, strict=False),
        where=_with_key(profile, unit),
        checks=checks(profile, used, ()),
    )
    return _standing_draft(subject, (source,), signals, _REFRESH_STANDING)


def _standing_draft(
    subject: Subject,
    sources: tuple[SourceDraft, ...],
    signals: tuple[SignalDraft, ...],
    refresh: Noted,
) -> Draft:
    unit = subject.unit
    titles = [s.title.lower() for s in signals if s.axis and len(s.title) <= 40][:3]
    worth = f"stands out most: by {', '.join(titles)}" if titles else "stands out most"
    return Draft(
        subject.program,
        f"Look first at each {unit.name} that {worth}.",
        subject.owner,
        refresh,
        subject.profile,
        unit,
        subject.time,
        sources[0].name,
        _label_of(unit, latest=False),
        sources,
        signals,
        _weights(signals),
        _odd_exit(unit),
    )


# What is spread over columns --------------------------------------------------------------


def _spread(subject: Subject) -> Draft:
    profile, unit, turn = subject.profile, subject.unit, subject.turn
    assert turn is not None
    stock = w.identifier(subject.stem, frozenset({"months", "years"}), fallback="rows")
    spread = "months" if turn.every == "1 month" else "years"
    measures = measures_of(profile, unit, strict=False, without=list(turn.columns))
    window = _spread_window(turn)
    signals = tuple(spread_signals(stock, spread, turn, profile, measures, window))
    used = [c for c in _used(subject, measures, signals) if c.name not in turn.columns]
    kept = replace(profile, columns=tuple(c for c in profile.columns if c.name not in turn.columns))
    names = {c.name for c in used} | set(_whole_keys(subject))
    whole = SourceDraft(
        stock,
        "snapshot",
        (f"a snapshot: {subject.time.why}",),
        key=unit.key if unit.count == profile.rows and not _with_key(profile, unit) else (),
        columns=declared(kept, names, {}, strict=False),
        where=_with_key(profile, unit),
        checks=checks(kept, used, ()),
    )
    turned = _turned_source(subject, turn, spread)
    refresh = Noted(turn.every, ("because the columns are periods of that length",))
    return _standing_draft(subject, (whole, turned), signals, refresh)


def _spread_window(turn: Unpivoted) -> str:
    length = turn.every.split()[1]
    count = 3 if length == "month" and len(turn.columns) >= 8 else 1
    return f"{count} {length}{'s' if count > 1 else ''}"


def _turned_source(subject: Subject, turn: Unpivoted, name: str) -> SourceDraft:
    profile, unit = subject.profile, subject.unit
    facts = common(profile, turn)
    names = {turn.value, *_whole_keys(subject)}
    keys = tuple(c for c in profile.columns if c.name in unit.key)
    amounts = declared(replace(profile, columns=(*keys, facts)), names, {}, strict=False)
    period = (Noted(f"{turn.name}: date"),) if turn.dated else ()
    told = (
        f"{len(turn.columns)} columns become rows, one for each {turn.name}",
        "their names say the year, so that they are placed in time"
        if turn.dated
        else "because their names say no year, they are not placed in time: 01 is January, and "
        "the file does not say of when",
    )
    return SourceDraft(
        name,
        "append" if turn.dated else "snapshot",
        told,
        time=turn.name if turn.dated else "",
        known=Noted("known_at: none", ("a guess: nobody says when a period became known",))
        if turn.dated
        else None,
        columns=(*period, *amounts),
        where=_with_key(profile, unit),
        unpivot=turn,
        join=Noted("join: {unit: [" + ", ".join(scalar(n, inside=True) for n in unit.key) + "]}"),
    )


# Shared -----------------------------------------------------------------------------------


def _used(
    subject: Subject, measures: Measures, signals: Sequence[SignalDraft]
) -> list[ColumnFacts]:
    """The columns that formulas name."""
    text = " ".join([*(s.formula for s in signals), measures.value_formula])
    return [c for c in subject.profile.columns if _named_in(c.name, text)]


def _named_in(name: str, text: str) -> bool:
    own = column(name)
    if own.startswith('"'):
        return own in text
    return (
        re.search(rf"(?<![\w\"'.]){re.escape(own)}(?![\w\"'(])", text) is not None
        or f".{own}" in text
    )


def _weights(signals: Sequence[SignalDraft]) -> dict[str, int]:
    """Equal weights of the axes, adding up to 100; the first takes what is left."""
    axes = list(dict.fromkeys(signal.axis for signal in signals if signal.axis))
    each = 100 // len(axes)
    return {axis: each + (100 - each * len(axes) if i == 0 else 0) for i, axis in enumerate(axes)}
