"""`pmpo backtest`: bands and tables of the demo over its past."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from pmpo.cli.backtest_views import backtest
from pmpo.compile.cuts import Moments
from pmpo.diagnostics import PmpoError
from pmpo.evaluate import evaluate, measure
from pmpo.evaluate.backtest import Backtest, Behaviour, labels_of
from pmpo.model.keys import encode
from pmpo.office import Office
from pmpo.office.sources import all_relations, schemas_of
from pmpo.store.engine.duckdb import DuckDB
from tests.banded import Remembering, reference
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

WEEKS = 8
LABELS = {"l0": "loses", "l1": "covers", "l2": "earns", "unknown": "needs_data"}


@pytest.fixture(scope="module")
def office(demo: Path) -> Office:
    """The demo office."""
    return Office(demo)


def values(office: Office) -> list[dict[str, Decimal | None]]:
    """The margin of every unit in each week, the oldest first."""
    history = office.history("range-review", periods=WEEKS)
    weeks: list[dict[str, Decimal | None]] = []
    for number in reversed(range(WEEKS)):
        rows = history.of_period(number).to_pylist()
        weeks.append(
            {
                encode([row["key_department"], row["key_product_type"]]): None
                if row["signal_margin"] is None
                else Decimal(str(row["signal_margin"]))
                for row in rows
            }
        )
    return weeks


@pytest.mark.parametrize(
    ("hysteresis", "dwell"), [("0.03", None), (None, "3 weeks"), ("0.02", "2 weeks")]
)
def test_bands_over_history_are_a_sequence_of_triggers(
    office: Office, hysteresis: str | None, dwell: str | None
) -> None:
    """On the demo's real margins every label is what a sequential reference says."""
    found = office.backtest("earning", periods=WEEKS, hysteresis=hysteresis, dwell=dwell)
    band = Remembering(
        (Decimal("0.00"), Decimal("0.15")),
        Decimal(hysteresis) if hysteresis else None,
        int(dwell.split()[0]) if dwell else None,
    )
    expected = reference(band, values(office))
    compared = 0
    for unit, strip in found.behaviour.strips.items():
        for label, week in zip(strip, expected, strict=True):
            if label is not None:
                assert label == LABELS[week[unit][0]], unit
                compared += 1
    assert compared > 2000
    assert found.plain is not None
    assert found.behaviour.all_changes < found.plain.all_changes


def test_a_hysteresis_of_nothing_changes_nothing(office: Office) -> None:
    """Bands that remember with zero width are the plain bands."""
    plain = office.backtest("earning", periods=WEEKS)
    zero = office.backtest("earning", periods=WEEKS, hysteresis="0")
    assert plain.plain is None
    assert zero.plain is not None
    assert zero.behaviour.strips == zero.plain.strips == plain.behaviour.strips


@pytest.mark.parametrize("name", ["price", "action"])
def test_the_past_is_what_runs_would_have_said(office: Office, name: str) -> None:
    """Labels of bands and outcomes of tables are those of an evaluation at each boundary."""
    found = office.backtest(name, periods=3)
    charter = office.charter("range-review")
    relations = all_relations(charter, office.folder)
    column = {"price": "band_price", "action": "out_action_action"}[name]
    prior = None
    with DuckDB(relations) as engine:
        for number, boundary in enumerate(found.boundaries):
            table = measure(charter, schemas_of(relations), engine, Moments.at(boundary))
            prior = evaluate(charter, table, prior)
            labels = labels_of(prior.results, charter.unit.key, column)
            strips = found.behaviour.strips
            assert labels == {unit: s[number] for unit, s in strips.items() if s[number]}


def test_a_person_sees_who_comes_and_goes(demo: Path) -> None:
    """Labels with their bars, counts that add up, and the most restless units drawn."""
    said = pmpo("backtest", "price", "--periods", "6", "--hysteresis", "0.02", cwd=demo)
    assert said.code == 0, said.said
    for text in ("thin", "fair", "full", "by the value alone", "most restless", "█"):
        assert text in said.out
    told = pmpo("backtest", "price", "--periods", "6", "-f", "json", cwd=demo).json()
    assert len(told["boundaries"]) == 6
    shares = [label["share"] for label in told["labels"]]
    assert abs(sum(shares) - 1) < 1e-9
    assert [len(label["by_period"]) for label in told["labels"]] == [6] * len(shares)
    rows = list(csv.DictReader(io.StringIO(
        pmpo("backtest", "price", "--periods", "6", "-f", "csv", cwd=demo).out
    )))  # fmt: skip
    assert len(rows) == sum(label["unit_periods"] for label in told["labels"])


@pytest.mark.parametrize(
    ("name", "trial", "code"),
    [
        ("pric", {}, "backtest/unknown"),
        ("action", {"dwell": "2 weeks"}, "backtest/trial"),
        ("price", {"hysteresis": "much"}, "backtest/trial"),
        ("price", {"hysteresis": "-1"}, "backtest/trial"),
        ("price", {"dwell": "long"}, "backtest/trial"),
        ("price", {"periods": 0}, "history/periods"),
    ],
)
def test_what_cannot_be_tried_is_told(
    office: Office, name: str, trial: dict[str, str], code: str
) -> None:
    """Names and numbers that cannot be are refused before anything is measured."""
    with pytest.raises(PmpoError) as error:
        office.backtest(name, **trial)  # type: ignore[arg-type]
    assert [finding.code for finding in error.value.findings] == [code]


@pytest.mark.parametrize("periods", [1, 8, 52, 104])
@pytest.mark.parametrize("cells", [75, 80, 100, 200])
def test_numbers_stay_readable_at_every_width(periods: int, cells: int) -> None:
    """Bars and old periods give way; a number of the table is never cut off."""
    names = ("sells well", "gone")
    strip = tuple(names[(n // 3) % 2] for n in range(periods))
    behaviour = Behaviour({f"unit-{n}": strip for n in range(1234)}, names)
    found = Backtest(
        "shelves", "price", "band", "1 week",
        tuple(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(weeks=n) for n in range(periods)),
        behaviour, None, {"unit-0": "A unit with a name that is rather long"}, "",
    )  # fmt: skip
    out = io.StringIO()
    console = Console(file=out, width=cells, markup=False)
    for part in backtest(found, 3, cells):
        console.print(part)
    table = out.getvalue().partition("entries")[2].partition("changes")[0]
    for label in behaviour.labels():
        [line] = [line for line in table.splitlines() if label.label in line]
        numbers = [f"{label.share:.1%}", f"{label.entries:,}", f"{label.median_stay:g}"]
        told = r"\s+".join(map(re.escape, [*numbers, str(label.longest_stay), f"{label.flaps:,}"]))
        assert re.search(rf"\s{told}(\s|$)", line), out.getvalue()
