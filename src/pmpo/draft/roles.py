"""What is ranked, and when its rows happened: guesses about a file, each with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from pmpo.compile import types
from pmpo.diagnostics import stop
from pmpo.draft import words as w
from pmpo.draft.profile import FILE, ColumnFacts, Profile, quoted, read_as

if TYPE_CHECKING:
    from pmpo.store.engine.duckdb import DuckDB

_TIME_MISSING_MAX: Final = 0.2
_UNIT_MISSING_MAX: Final = 0.3
_LABEL_LENGTH_MAX: Final = 120
_STEP_UNIQUE: Final = 0.97
_YEARS: Final = range(1800, 2200)
_SHORT_LIFE: Final = 0.25
_ODD_MAX: Final = 60
_UNLIKELY: Final = -1.5
_DESCRIBING: Final = w.NAMES - {"name", "text"}
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What whoever types the command has decided.

    Args:
        unit: the columns that identify a unit; empty to guess.
        time: the column that says when a row happened; empty to guess, `none` for none.
    """

    unit: tuple[str, ...] = ()
    time: str = ""


GUESS: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Unit:
    """What is ranked.

    Args:
        name: what one is called.
        key: the columns that identify one.
        label: the column that is shown; empty for the key.
        varies: whether the label has several values in some unit.
        count: how many units there are.
        why: the reason in a sentence.
        others: other keys that were considered, the likeliest first.
        odd: values of the key that are not written like the rest, with how many rows have each.
        constant: columns with one value per unit.
        step: the column whose values are the steps that one unit goes through.
    """

    name: str
    key: tuple[str, ...]
    label: str
    varies: bool
    count: int
    why: str
    others: tuple[tuple[str, ...], ...]
    odd: tuple[tuple[str, int], ...]
    constant: frozenset[str]
    step: str


@dataclass(frozen=True, slots=True)
class Time:
    """When rows happened.

    Args:
        column: the column; None where rows have no time of their own.
        short: whether most units live much shorter than the data, as cases and orders do.
        others: further columns that could say it.
        later: columns known later than their rows, with the column that says when, and in how
            many rows that was later.
    """

    column: ColumnFacts | None
    short: bool
    why: str
    others: tuple[str, ...]
    later: Mapping[str, tuple[str, int]]

    @property
    def days(self) -> float:
        """How many days the data covers."""
        if self.column is None:
            return 0.0
        return _days(self.column.high) - _days(self.column.low)


def _days(value: Any) -> float:
    if isinstance(value, datetime):
        return value.toordinal() + (value.hour * 60 + value.minute) / 1440
    return float(value.toordinal())


# What is ranked ---------------------------------------------------------------------------


def unit_of(profile: Profile, engine: DuckDB, wanted: Wanted, stem: str) -> Unit:
    """Guess what is ranked, or take what is wanted.

    Args:
        stem: the file's name without its ending, which often says what a row is about.
    Raises: DataError `init/no-column`, `init/no-unit`.
    """
    shared = _shared_words(profile)
    ranked = candidates(profile, shared)
    step = ""
    if wanted.unit:
        key, why = wanted_columns(profile, wanted.unit, "--unit"), "named with --unit"
    else:
        found = _by_step(profile, engine, _scored(profile, shared))
        if found is not None:
            key, step = found
            told = " and ".join(f"`{name}`" for name in key)
            has = "together have" if len(key) > 1 else "has"
            why = f"`{step}` holds steps, and {told} {has} nearly one row for each step"
        elif ranked:
            key = (ranked[0].name,)
            why = _reason(ranked[0], profile)
        else:
            raise stop(
                "init/no-unit",
                "no column names what could be ranked",
                note="a ranking is one of things with names, such as products, projects or "
                "incidents, and here every column holds numbers, dates or nothing",
                help="add a column with names, or say which column it is: `--unit COLUMN`; where "
                "each column is a thing of its own, turn the table first, so that it is a row",
            )
    count, varying = _within(profile, engine, key)
    constant = frozenset(n for n, units in varying.items() if not units) | frozenset(key)
    label, varies = _label(profile, key, varying, count)
    others = tuple((c.name,) for c in ranked if (c.name,) != key)[:3]
    return Unit(
        _called(key, shared, stem),
        key,
        label,
        varies,
        count,
        why,
        others,
        _odd(profile, engine, key),
        constant,
        step,
    )


def wanted_columns(profile: Profile, names: Sequence[str], option: str) -> tuple[str, ...]:
    """The columns that an option names; capitals and spaces around need not be right."""
    known = {column.name.strip().casefold(): column.name for column in profile.columns}
    for name in names:
        if name.strip().casefold() not in known:
            raise stop(
                "init/no-column",
                f"the file has no column `{name}`",
                note="its columns are " + ", ".join(f"`{c.name}`" for c in profile.columns[:40]),
                help=f"name one of them with {option}",
            )
    return tuple(known[name.strip().casefold()] for name in names)


def _shared_words(profile: Profile) -> frozenset[str]:
    """Words in most of the columns' names: they say what the file is about, not what differs."""
    counted = Counter(word for c in profile.columns for word in set(w.words(c.name)))
    most = max(len(profile.columns) // 2, 3)
    return frozenset(word for word, count in counted.items() if count >= most)


def candidates(profile: Profile, shared: frozenset[str]) -> list[ColumnFacts]:
    """Columns that could identify what is ranked, the likeliest first; unlikely ones are none."""
    scored = _scored(profile, shared)
    likely = [one for one in scored if one[0] > 0] or scored[:1]
    return [column for score, column in likely if score > _UNLIKELY]


def _scored(profile: Profile, shared: frozenset[str]) -> list[tuple[float, ColumnFacts]]:
    scored = [
        (_likely(column, profile, shared, place), -place, column)
        for place, column in enumerate(profile.columns)
        if _could_be_a_unit(column)
    ]
    scored.sort(key=lambda one: one[:2], reverse=True)
    return [(likely, column) for likely, _, column in scored]


def _could_be_a_unit(column: ColumnFacts) -> bool:
    return (
        column.type in ("text", "integer")
        and column.present > 0
        and column.distinct > 0
        and column.missing <= column.rows * _UNIT_MISSING_MAX
        and column.length <= _LABEL_LENGTH_MAX
    )


def _likely(column: ColumnFacts, profile: Profile, shared: frozenset[str], place: int) -> float:
    """How likely a column names what is ranked; only the order of the sums matters."""
    own = frozenset(w.words(column.name)) - shared
    likely = 0.0
    likely += 3.0 if own & w.UNITS else 2.0 if own & w.PLACES else 0.0
    likely += 1.5 if own & w.IDS else 0.0
    likely -= 3.0 if own & w.DOCUMENTS else 0.0
    likely -= 2.0 if own & w.PEOPLE else 0.0
    likely -= 1.0 if own & w.GROUPS else 0.0
    likely += 1.0 if place == 0 else 0.0
    per_unit = column.present / max(column.distinct, 1)
    if column.distinct == profile.rows:
        # where rows have times, or nothing to compare them by, a unique column only numbers them
        numbers_them = any(other.timed for other in profile.columns) or not _compares(profile)
        likely += 2.0 if numbers_them else 3.5
    elif per_unit >= 1.5:
        likely += 1.0
    likely -= 2.0 if column.distinct < 5 < profile.rows else 0.0
    likely -= 4.0 * column.missing / max(profile.rows, 1)
    likely -= 1.0 if column.length > 25 else 0.0
    if column.type == "integer" and not own & (w.UNITS | w.PLACES | w.IDS):
        likely -= 4.0
    if column.type == "integer" and own & (w.VALUES | w.QUANTITIES | w.PRICES | w.WORSE):
        likely -= 6.0
    return likely


def _compares(profile: Profile) -> bool:
    """Whether some column holds numbers that are no codes."""
    return any(c.numeric and not w.has(c.name, w.NOT_MEASURED) for c in profile.columns)


def _reason(column: ColumnFacts, profile: Profile) -> str:
    each = column.present / max(column.distinct, 1)
    told = "one row for each" if column.distinct == profile.rows else f"{each:,.1f} rows for each"
    return f"`{column.name}` has {column.distinct:,} different values, {told}"


def _called(key: Sequence[str], shared: frozenset[str], stem: str) -> str:
    """What one unit is called: words of its columns, or of the file where they say little."""
    dropped = w.IDS - {"code", "name"}
    own = [word for word in w.words(key[0]) if word not in dropped and word not in shared]
    if len(key) > 1 or not own:
        about = [word for word in (*sorted(shared), *w.words(stem)) if word in w.UNITS]
        own = [about[0].removesuffix("s")] if about else own or ["unit"]
    return " ".join(own)


def _by_step(
    profile: Profile, engine: DuckDB, scored: Sequence[tuple[float, ColumnFacts]]
) -> tuple[tuple[str, ...], str] | None:
    """A key that, with a column of steps such as phases, has nearly one row for each step."""
    steps = [
        c for c in profile.columns if w.has(c.name, w.STEPS) and 2 <= c.distinct <= 50 and c.present
    ]
    if not steps or profile.rows < 20:
        return None
    step = steps[0]
    parts = [c for _, c in scored if c is not step and c.distinct > step.distinct][:6]
    keys = [(c.name,) for c in parts] + [(a.name, b.name) for a, b in combinations(parts, 2)]
    if not keys:
        return None
    counts = ", ".join(
        f"count(DISTINCT ({', '.join(map(quoted, (*key, step.name)))})) AS k{i}"
        for i, key in enumerate(keys)
    )
    found = engine.query(f"SELECT {counts} FROM {FILE}").to_pylist()[0]  # noqa: S608
    read = {column.name: column for column in parts}
    enough = [
        (
            not any(_readable(read[name]) for name in key),
            not any(w.has(name, _DESCRIBING) for name in key),
            len(key),
            i,
            key,
        )
        for i, key in enumerate(keys)
        if found[f"k{i}"] >= profile.rows * _STEP_UNIQUE
    ]
    return (min(enough)[-1], step.name) if enough else None


def _readable(column: ColumnFacts) -> bool:
    """Whether people understand its values, which no mere number or code is."""
    return column.length >= 12 and not w.has(column.name, w.IDS - {"name"})


def _within(profile: Profile, engine: DuckDB, key: Sequence[str]) -> tuple[int, dict[str, int]]:
    """How many units there are, and in how many of them each other column varies."""
    others = [c.name for c in profile.columns if c.name not in key and c.type != "unsupported"]
    ends = "".join(
        f", min({quoted(name)}) AS a{i}, max({quoted(name)}) AS b{i}"
        for i, name in enumerate(others)
    )
    varies = "".join(f", count(*) FILTER (WHERE a{i} <> b{i}) AS v{i}" for i in range(len(others)))
    present = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in key)
    statement = (
        f"SELECT count(*) AS n{varies} FROM (SELECT 1{ends} FROM {FILE} "  # noqa: S608
        f"WHERE {present} GROUP BY {', '.join(map(quoted, key))}) AS units"
    )
    row = engine.query(statement).to_pylist()[0]
    return row["n"], {name: row[f"v{i}"] for i, name in enumerate(others)}


def _label(
    profile: Profile, key: Sequence[str], varying: Mapping[str, int], units: int
) -> tuple[str, bool]:
    """A column that says more than the key, and whether it varies within units."""
    if len(key) > 1:
        longest = max(key, key=lambda name: profile.column(name).length)
        return longest, False
    own = profile.column(key[0])
    found = [
        (w.has(c.name, w.NAMES), -varying[c.name], c.name)
        for c in profile.columns
        if c.name in varying
        and c.type == "text"
        and own.length < c.length <= _LABEL_LENGTH_MAX
        and w.has(c.name, w.NAMES)
        and not w.has(c.name, w.DOCUMENTS)
        and varying[c.name] <= units // 2
        and c.distinct >= units // 2
        and c.missing <= profile.rows // 10
    ]
    return (max(found)[2], varying[max(found)[2]] > 0) if found else ("", False)


def _odd(profile: Profile, engine: DuckDB, key: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Values without a digit where nearly all others have one: often fees, tests and postage."""
    if len(key) > 1 or profile.column(key[0]).type != "text":
        return ()
    column = profile.column(key[0])
    name = quoted(column.name)
    statement = (
        f"SELECT {name} AS t, count(*) AS n FROM {FILE} WHERE {name} IS NOT NULL "  # noqa: S608
        f"AND NOT regexp_matches({name}, '[0-9]') GROUP BY 1 ORDER BY n DESC, t LIMIT {_ODD_MAX}"
    )
    marks = {text for text, _ in column.null}
    found = [
        (str(row["t"]), int(row["n"]))
        for row in engine.query(statement).to_pylist()
        if row["t"] not in marks
    ]
    few = 0 < len(found) <= column.distinct * 0.05 and len(found) < _ODD_MAX
    return tuple(found) if few else ()


# When -------------------------------------------------------------------------------------


def time_of(profile: Profile, engine: DuckDB, unit: Unit, wanted: Wanted) -> Time:
    """Guess when rows happened, and what became known later than that."""
    timed = [
        c
        for c in profile.columns
        if c.timed and c.present and c.missing <= profile.rows * _TIME_MISSING_MAX
    ]
    timed.sort(key=lambda c: (w.has(c.name, w.NOT_THE_TIME), c.name in unit.constant, -c.distinct))
    if wanted.time == "none":
        return Time(None, False, "no column, as --time none says", (), {})
    if wanted.time:
        [name] = wanted_columns(profile, (wanted.time,), "--time")
        chosen = profile.column(name)
        if not chosen.timed:
            raise stop(
                "init/no-time",
                f"`{name}` holds {'numbers' if chosen.numeric else 'texts'}, and no dates",
                note=chosen.written.note or "no form of date reads its texts",
                help="name another column, or `--time none`",
            )
        why = "named with --time"
    else:
        repeated = unit.count * 2 <= profile.rows
        usable = [c for c in timed if not w.has(c.name, w.NOT_THE_TIME) and c.low != c.high]
        usable = [c for c in usable if c.low.year in _YEARS and c.high.year in _YEARS]
        if not usable or not repeated:
            return Time(None, False, _no_time(profile, timed, unit.count), _names(timed), {})
        chosen = usable[0]
        why = f"`{chosen.name}` is there in nearly every row and has the most different moments"
    later = dict(_later(profile, engine, unit, chosen))
    others = tuple(c.name for c in timed if c is not chosen)
    return Time(chosen, _short_lived(engine, unit, chosen), why, others, later)


def _names(columns: Sequence[ColumnFacts]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _no_time(profile: Profile, timed: Sequence[ColumnFacts], unit_count: int) -> str:
    if unit_count * 2 > profile.rows:
        each = "each unit has" if unit_count == profile.rows else "most units have"
        return f"{each} one row, so the file shows how things stand, not what happened when"
    unread = [c for c in profile.columns if c.written.note and c.type == "text"]
    if unread:
        return f"the dates of `{unread[0].name}` are not read: {unread[0].written.note}"
    if timed or any(column.timed for column in profile.columns):
        return "no date is there in every row that says when the row happened"
    return "no column holds dates"


def _short_lived(engine: DuckDB, unit: Unit, time: ColumnFacts) -> bool:
    """Whether half of the units live for less than a quarter of the time that is covered."""
    value = read_as(time, types.TIMESTAMP if time.type == "timestamp" else types.DATE)
    statement = (
        f"SELECT median(epoch(CAST(b AS TIMESTAMP)) - epoch(CAST(a AS TIMESTAMP))) AS life FROM "  # noqa: S608
        f"(SELECT min({value}) AS a, max({value}) AS b FROM {FILE} "
        f"GROUP BY {', '.join(map(quoted, unit.key))}) AS units"
    )
    life = engine.query(statement).to_pylist()[0]["life"]
    covered = (_days(time.high) - _days(time.low)) * _DAY_S
    return life is not None and covered > 0 and float(life) < covered * _SHORT_LIFE


def _later(
    profile: Profile, engine: DuckDB, unit: Unit, time: ColumnFacts
) -> Iterator[tuple[str, tuple[str, int]]]:
    """Columns that tell of something after their row: they would be a leak in earlier rows."""
    dates = [
        c
        for c in profile.columns
        if c.timed and c.present and c is not time and not w.has(c.name, w.PLANNED)
    ]
    if not dates:
        return
    own = read_as(time, types.TIMESTAMP)
    asked = ", ".join(
        f"count(*) FILTER (WHERE {read_as(c, types.TIMESTAMP)} > {own}) AS n{i}"
        for i, c in enumerate(dates)
    )
    row = engine.query(f"SELECT {asked} FROM {FILE}").to_pylist()[0]  # noqa: S608
    for i, date in enumerate(dates):
        count = row[f"n{i}"]
        if count < date.present * 0.1:
            continue
        stem = w.words(date.name)[0] if w.words(date.name) else date.name
        for column in profile.columns:
            alike = w.words(column.name)[:1] == (stem,) and column.name in unit.constant
            if (column is date or alike) and column is not time and column.name not in unit.key:
                yield column.name, (date.name, count)
