"""Prior state: what a band remembers, for how long, and under which definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from pmpo.diagnostics import DataError
from pmpo.evaluate import evaluate
from pmpo.evaluate.explain import BandMemory, why
from pmpo.evaluate.state import definitions, uses_prior
from tests.banded import Remembering, evaluated, rows, table
from tests.offices import charter

PRICE = Remembering((Decimal("0.75"), Decimal("0.90")), hysteresis=Decimal("0.01"))
WEEK_1, WEEK_2 = datetime(2024, 1, 1), datetime(2024, 1, 8)


def labels(band: Remembering, *values: str | None) -> list[str]:
    """The labels of one unit, week by week."""
    weeks = [{"a": Decimal(value) if value is not None else None} for value in values]
    return [rows(one)["a"][0] for one in evaluated([band] * len(weeks), weeks)]


@pytest.mark.parametrize(
    ("closed", "enters"), [("left", ("0.9099", "0.91")), ("right", ("0.91", "0.9101"))]
)
def test_an_edge_is_met_later_from_below_and_earlier_from_above(
    closed: str, enters: tuple[str, str]
) -> None:
    """0.90 ± 0.01 is crossed at exactly 0.91 on the way up and 0.89 on the way down."""
    band = replace(PRICE, closed=closed)
    before, after = enters
    assert labels(band, "0.8", before, after, "0.90", "0.8901", "0.8899") == [
        "l1", "l1", "l2", "l2", "l2", "l1",
    ]  # fmt: skip


def test_a_unit_may_cross_several_edges_at_once() -> None:
    """Hysteresis delays, it does not slow down: from the top to the bottom in one week."""
    assert labels(PRICE, "0.95", "0.10", "0.95") == ["l2", "l0", "l2"]


def test_a_missing_value_shows_and_is_not_remembered() -> None:
    """What was remembered outlives the gap: no week without data lets a unit change its band."""
    assert labels(PRICE, "0.95", None, None, "0.895") == ["l2", "unknown", "unknown", "l2"]
    assert labels(PRICE, None, "0.895") == ["unknown", "l1"]


def test_a_stay_lasts_as_long_as_it_says() -> None:
    """After two whole weeks a unit may change, after one it may not, whatever its value."""
    band = replace(PRICE, hysteresis=None, dwell=2)
    assert labels(band, "0.8", "0.95", "0.95", "0.1", "0.1") == ["l1", "l1", "l2", "l2", "l0"]
    assert labels(band, "0.8", None, "0.95") == ["l1", "unknown", "l2"]


def test_a_unit_that_comes_back_after_a_recorded_week_is_new() -> None:
    """Only the last recorded evaluation is read; who was not in it has no past."""
    weeks = [{"a": Decimal("0.95"), "b": Decimal(1)}, {"b": Decimal(1)}, {"a": Decimal("0.895")}]
    assert rows(evaluated([PRICE] * 3, weeks)[-1])["a"][0] == "l1"


@pytest.mark.parametrize(
    ("other", "remembers"),
    [
        (replace(PRICE, because="Better said."), True),
        (replace(PRICE, edges=(Decimal("0.750"), Decimal("0.9"))), True),
        (replace(PRICE, hysteresis=Decimal("0.02")), False),
        (replace(PRICE, edges=(Decimal("0.70"), Decimal("0.90"))), False),
        (replace(PRICE, closed="right"), False),
        (replace(PRICE, formula="COUNT(*) * 1"), False),
        (replace(PRICE, segments={"b": Decimal("-0.05")}), False),
    ],
    ids=["reason", "digits", "width", "edge", "side", "formula", "parameter"],
)
def test_what_is_remembered_belongs_to_a_definition(other: Remembering, remembers: bool) -> None:
    """Words and digits may change; whatever changes what a band means begins anew."""
    weeks = [{"a": Decimal("0.95")}, {"a": Decimal("0.895")}]
    found = rows(evaluated([PRICE, other], weeks)[-1])["a"]
    assert found == (("l2", "l2", WEEK_1) if remembers else ("l1", "l1", WEEK_2))


def test_definitions_keep_their_hash() -> None:
    """What was remembered under an earlier version is still found by a later one."""
    assert definitions(charter(PRICE.text()), {}) == {
        "b": "sha256:524718f9c04a8e01d526c22cff9783f65bf5a9901b577d62d157cfcef5c9dde3"
    }


def test_without_memory_the_prior_is_nothing() -> None:
    """A charter that remembers nothing gives the same id and bits with and without a prior."""
    plain = replace(PRICE, hysteresis=None)
    first = evaluated([plain], [{"a": Decimal("0.95")}])[0]
    read, now = charter(plain.text()), table({"a": Decimal("0.895")}, {}, 1)
    alone, after = evaluate(read, now), evaluate(read, now, first)
    assert not uses_prior(read)
    assert (alone.id, alone.result_hash) == (after.id, after.result_hash)
    assert alone.states == {}
    assert "since_b" not in alone.results.column_names


def test_the_prior_is_part_of_the_name() -> None:
    """With a memory, another past is another evaluation; the same past gives the same bits."""
    values = {"a": Decimal("0.895")}
    high = evaluated([PRICE] * 2, [{"a": Decimal("0.95")}, values])
    low = evaluated([PRICE] * 2, [{"a": Decimal("0.80")}, values])
    again = evaluate(charter(PRICE.text()), high[1].table, high[0])
    assert high[1].identity["prior"] == high[0].id
    assert high[1].id != low[1].id
    assert (again.id, again.result_hash) == (high[1].id, high[1].result_hash)


def test_the_past_comes_before() -> None:
    """An evaluation of the same or a later moment cannot be a prior."""
    first = evaluated([PRICE], [{"a": Decimal("0.95")}])[0]
    with pytest.raises(DataError) as caught:
        evaluate(charter(PRICE.text()), first.table, first)
    assert caught.value.findings[0].code == "evaluation/prior"


def test_why_tells_what_keeps_a_unit() -> None:
    """The band by value, the one that is kept, since when, and by what."""
    both = replace(PRICE, dwell=2)
    values = ("0.95", "0.5", "0.895", None)
    found = evaluated([both] * 4, [{"a": Decimal(v) if v else None} for v in values])
    read = charter(both.text())
    told = [why(read, one, "a").memory["b"] for one in found]
    since = "2024-01-01T00:00:00+00:00"
    assert told == [
        BandMemory("l2", "l2", since, None),
        BandMemory("l0", "l2", since, "dwell"),
        BandMemory("l1", "l2", since, "hysteresis"),
        BandMemory("unknown", "l2", since, None),
    ]
