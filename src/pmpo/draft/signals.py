"""Which signals a file is good for: what is large and grows, what goes wrong, what stands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pmpo.draft import words as w
from pmpo.draft.columns import is_measured
from pmpo.draft.parts import SignalDraft, Unpivoted, column, times
from pmpo.draft.profile import ColumnFacts, Profile
from pmpo.draft.roles import Time, Unit

_MOST: Final = 4
_AXES: Final = frozenset(
    {
        "money", "volume", "trouble", "level", "schedule", "weight", "direction", "trust",
        "effort", "supply",
    }
)  # fmt: skip
_SLA: Final = frozenset({"sla", "ok", "passed", "success", "met", "ontime", "compliant"})
_WORST: Final = "{policy: worst, because: What cannot be measured counts as the least favourable.}"
_EXCLUDE: Final = "{policy: exclude, because: Without the value nothing can be said.}"


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers of a file that are worth a signal.

    Args:
        value: the derived column quantity × price, with its formula; empty where there is none.
        value_of: the columns that `value` is made of.
        columns: the measured columns, the likeliest first.
    """

    value: str
    value_formula: str
    value_of: tuple[str, ...]
    columns: tuple[ColumnFacts, ...]


def measures_of(profile: Profile, unit: Unit, *, strict: bool, without: Sequence[str]) -> Measures:
    """Find what is measured, and quantity × price where nothing says the value of a row."""
    found = [
        c
        for c in profile.columns
        if is_measured(c, strict=strict) and c.name not in unit.key and c.name not in without
    ]
    found.sort(key=_likely, reverse=True)
    quantity = next((c for c in found if w.has(c.name, w.QUANTITIES)), None)
    price = next((c for c in found if w.has(c.name, w.PRICES)), None)
    valued = any(w.has(c.name, w.VALUES) and not w.has(c.name, w.PRICES) for c in found)
    if quantity is None or price is None or quantity is price or valued:
        return Measures("", "", (), tuple(found))
    taken = frozenset(name.casefold() for name in profile.relation.schema)
    name = w.identifier("value", taken)
    formula = f"{column(quantity.name)} * {column(price.name)}"
    return Measures(name, formula, (quantity.name, price.name), tuple(found))


def _likely(facts: ColumnFacts) -> float:
    own = frozenset(w.words(facts.name))
    likely = 0.0
    likely += 3.0 if own & w.VALUES else 0.0
    likely += 2.5 if own & w.WORSE else 0.0
    likely += 2.0 if own & w.QUANTITIES else 0.0
    likely += 0.5 if own & w.AVERAGED else 0.0
    likely -= 3.0 * facts.missing / max(facts.rows, 1)
    likely -= 2.0 if facts.distinct <= 2 else 0.0
    return likely


def averaged(facts: ColumnFacts) -> bool:
    """Whether adding its values up would mean nothing, as for prices and rates."""
    own = frozenset(w.words(facts.name))
    return bool(own & w.AVERAGED) and not own & w.VALUES


# What flows ------------------------------------------------------------------------------


def flow_signals(
    source: str, measures: Measures, window: str, *, grows: bool
) -> Iterator[SignalDraft]:
    """Signals of rows that happen again and again for the same units: sales, visits, failures."""
    main, title, precision = _main(measures)
    total = f"SUM({column(main)})" if main else "COUNT(*)"
    yield SignalDraft(
        "size",
        f"{title} in {window}",
        f"TRAILING({total}, '{window}')",
        source,
        "weight",
        precision=precision,
        missing=_WORST,
        notes=("better is more: what is large matters first",),
    )
    if grows:
        yield SignalDraft(
            "growth",
            "Growth",
            f"TRAILING({total}, '{window}') / TRAILING({total}, '{window}', '{window}') - 1",
            source,
            "direction",
            unit="change",
            precision=4,
            missing=_WORST,
            notes=(f"the last {window} against the {window} before them",),
        )
    negative = next((c for c in measures.columns if c.negative and _counts(c)), None)
    if negative is not None:
        yield _given_back(source, negative, window)
    yield SignalDraft(
        "recent_rows",
        "Rows",
        f"TRAILING(COUNT(*), '{window}')",
        source,
        precision=0,
        missing="{policy: exclude, because: Nothing ever happened.}",
        notes=("only for the scope: whether anything happened at all",),
    )


def _counts(facts: ColumnFacts) -> bool:
    return w.has(facts.name, w.QUANTITIES | w.VALUES)


def _main(measures: Measures) -> tuple[str, str, int]:
    """The column that says how large a row is, what it is called, and its digits."""
    if measures.value:
        return measures.value, "Value", 2
    added = [c for c in measures.columns if not averaged(c)]
    if not added:
        return "", "Rows", 0
    return added[0].name, titled(added[0].name), min(added[0].digits[1], 2)


def titled(name: str) -> str:
    """A column's name as a title."""
    return " ".join(w.words(name)).capitalize() or name.strip() or "Value"


def _given_back(source: str, facts: ColumnFacts, window: str) -> SignalDraft:
    name = column(facts.name)
    back = f"ABS(COALESCE(TRAILING(SUM({name}) FILTER (WHERE {name} < 0), '{window}'), 0))"
    out = f"TRAILING(SUM({name}) FILTER (WHERE {name} > 0), '{window}')"
    return SignalDraft(
        "given_back",
        "Share given back",
        f"{back} / {out}",
        source,
        "trust",
        unit="ratio",
        precision=4,
        better="lower",
        missing=_WORST,
        notes=(
            (
                f"because {facts.negative:,} of {times(facts.rows, 'row')} have a negative "
                f"`{facts.name}`: what goes back says how far the size can be trusted"
            ),
        ),
    )


# What is handled -------------------------------------------------------------------------


def case_signals(
    source: str, profile: Profile, unit: Unit, time: Time, measures: Measures
) -> Iterator[SignalDraft]:
    """Signals of cases that come and go, such as incidents: how much trouble each one makes."""
    assert time.column is not None
    trouble = [c for c in measures.columns if w.has(c.name, w.WORSE | w.QUANTITIES)][:2]
    for facts in trouble:
        yield SignalDraft(
            w.identifier(facts.name, _AXES),
            titled(facts.name),
            f"MAX({column(facts.name)})",
            source,
            "trouble",
            precision=min(facts.digits[1], 2),
            missing=_WORST,
            notes=("more comes first: it tells of trouble",),
        )
    kept = next((c for c in profile.columns if c.type == "boolean" and _is_sla(c, unit)), None)
    if kept is not None:
        yield SignalDraft(
            w.identifier(f"not {kept.name}", _AXES),
            f"Rows without {' '.join(w.words(kept.name))}",
            f"COUNT(*) FILTER (WHERE {column(kept.name)} IS FALSE)",
            source,
            "trouble",
            precision=0,
            missing=_WORST,
            notes=("more comes first: a promise was not kept",),
        )
    name = column(time.column.name)
    yield SignalDraft(
        "days_alive",
        "Days from first to last row",
        f"(MAX({name}) - MIN({name})) / DURATION('1 day')",
        source,
        "effort",
        unit="days",
        precision=1,
        missing=_WORST,
        notes=("longer comes first",),
    )
    yield SignalDraft(
        "touches",
        "Rows",
        "COUNT(*)",
        source,
        "effort",
        precision=0,
        missing=_WORST,
        notes=("each row is something that somebody did; more comes first",),
    )


def _is_sla(facts: ColumnFacts, unit: Unit) -> bool:
    return w.has(facts.name, _SLA) and facts.distinct == 2 and facts.name not in unit.constant


# What stands ------------------------------------------------------------------------------


def standing_signals(
    source: str, profile: Profile, unit: Unit, measures: Measures
) -> Iterator[SignalDraft]:
    """Signals of a table that shows how things stand."""
    given = 0
    for signal in (*_overrun(source, profile), *_slip(source, profile)):
        given += 1
        yield signal
    worse = any(w.has(c.name, w.WORSE) for c in measures.columns[:_MOST]) or given > 0
    for facts in measures.columns[: _MOST - given]:
        yield _standing(source, facts, unit, profile, worse)
    if not measures.columns and not given:
        yield SignalDraft(
            "rows_each",
            "Rows",
            "COUNT(*)",
            source,
            "weight",
            precision=0,
            missing=_EXCLUDE,
            notes=("no column measures anything, so what occurs most often comes first",),
        )


def _standing(
    source: str, facts: ColumnFacts, unit: Unit, profile: Profile, worse: bool
) -> SignalDraft:
    many = unit.count < profile.rows
    aggregate = "AVG" if averaged(facts) and many else "SUM"
    name = w.identifier(facts.name, _AXES)
    bad = w.has(facts.name, w.WORSE)
    told = "more comes first"
    if bad:
        told = "more comes first: it needs attention"
    elif worse:
        told = "more comes first: the larger it is, the more there is to gain or lose"
    if facts.missing:
        told += f"; missing in {facts.missing:,} of {times(facts.rows, 'row')}"
    return SignalDraft(
        name,
        titled(facts.name),
        f"{aggregate}({column(facts.name)})",
        source,
        _axis(facts),
        precision=min(facts.digits[1] + (2 if aggregate == "AVG" else 0), 6),
        missing=_WORST if many else _EXCLUDE,
        notes=(told,),
    )


def _axis(facts: ColumnFacts) -> str:
    """The side of the trade-off that a measure is on."""
    own = frozenset(w.words(facts.name))
    if own & (w.VALUES | w.PRICES | {"cost", "costs", "budget"}):
        return "money"
    if own & w.WORSE:
        return "trouble"
    return "volume" if own & w.QUANTITIES else "level"


def _overrun(source: str, profile: Profile) -> Iterator[SignalDraft]:
    """Estimated or actual money against what was planned."""
    numbers = [c for c in profile.columns if is_measured(c)]
    plan = next((c for c in numbers if w.has(c.name, w.PLANNED)), None)
    actual = next((c for c in numbers if w.has(c.name, w.ACTUAL) and c is not plan), None)
    if plan is None or actual is None:
        return
    planned, spent = column(plan.name), column(actual.name)
    yield SignalDraft(
        "overrun",
        "Overrun",
        f"SUM({spent}) FILTER (WHERE {planned} > 0) / SUM({planned}) FILTER (WHERE {planned} > 0)"
        " - 1",
        source,
        "money",
        unit="change",
        precision=4,
        missing=_WORST,
        notes=(
            f"`{actual.name}` over `{plan.name}`; more comes first",
            (
                f"because rows without a plan do not count: {plan.missing:,} of "
                f"{times(plan.rows, 'row')} have none, and {plan.zero:,} one of zero"
            ),
        ),
    )


def _slip(source: str, profile: Profile) -> Iterator[SignalDraft]:
    """Days from the planned to the actual date."""
    dates = [c for c in profile.columns if c.timed and c.present]
    plans = [c for c in dates if w.has(c.name, w.PLANNED)]
    pairs = [
        (len(set(w.words(p.name)) & set(w.words(a.name))), p, a)
        for p in plans
        for a in dates
        if a is not p and not w.has(a.name, w.PLANNED) and a.type == p.type
    ]
    if not pairs:
        return
    _, plan, actual = max(pairs, key=lambda pair: pair[0])
    yield SignalDraft(
        "days_late",
        "Days late",
        f"AVG({column(actual.name)} - {column(plan.name)}) / DURATION('1 day')",
        source,
        "schedule",
        unit="days",
        precision=1,
        missing=_WORST,
        notes=(f"more comes first; from `{plan.name}` to `{actual.name}`, where a row has both",),
    )


# What is spread over columns --------------------------------------------------------------


def spread_signals(
    stock: str, spread: str, turn: Unpivoted, profile: Profile, measures: Measures, window: str
) -> Iterator[SignalDraft]:
    """Signals of numbers that stood in one column per month."""
    amount = column(turn.value)
    if turn.dated:
        yield from _dated(spread, amount, turn, window)
    else:
        yield SignalDraft(
            f"mean_{turn.name}"[:40],
            f"{titled(turn.value)} in a mean {turn.name}",
            f"AVG({amount})",
            spread,
            "volume",
            precision=1,
            missing=_WORST,
            notes=(f"more comes first; a {turn.name} without a value does not count as zero",),
        )
    held = next((c for c in measures.columns if w.has(c.name, w.ON_HAND)), None)
    if held is not None and not turn.dated:
        yield SignalDraft(
            "cover",
            f"Cover in {turn.name}s",
            f"SUM({column(held.name, stock)}) / AVG({amount})",
            spread,
            "supply",
            unit=f"{turn.name}s",
            precision=2,
            better="lower",
            missing=_WORST,
            notes=(
                (
                    f"`{held.name}` over the mean of a {turn.name}; the shorter it lasts, the "
                    "sooner somebody has to look"
                ),
            ),
        )
    if not turn.dated:
        yield SignalDraft(
            "swing",
            "Swing",
            f"STDDEV({amount}) / AVG({amount})",
            spread,
            "volume",
            unit="ratio",
            precision=4,
            missing=_WORST,
            notes=(f"how much one {turn.name} differs from another; more comes first",),
        )
    for facts in measures.columns[:2]:
        if facts is not held:
            yield _standing(stock, facts, _ONE_ROW, profile, worse=True)


_ONE_ROW: Final = Unit("", (), "", False, 1 << 62, "", (), (), frozenset(), "")


def _dated(spread: str, amount: str, turn: Unpivoted, window: str) -> Iterator[SignalDraft]:
    del turn
    yield SignalDraft(
        "recent",
        f"Total of {window}",
        f"TRAILING(SUM({amount}), '{window}')",
        spread,
        "volume",
        precision=0,
        missing=_WORST,
        notes=("more comes first",),
    )
    yield SignalDraft(
        "growth",
        "Growth",
        f"TRAILING(SUM({amount}), '{window}')"
        f" / TRAILING(SUM({amount}), '{window}', '{window}') - 1",
        spread,
        "direction",
        unit="change",
        precision=4,
        missing=_WORST,
        notes=(f"the last {window} against the {window} before",),
    )
