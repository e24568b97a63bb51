"""Published scores come out again, from CSV files to the board."""

from __future__ import annotations

import csv
import itertools
import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from pmpo import Office
from pmpo.cli.ratio_views import formula_lines
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pmpo.office import Run

AS_OF = "2024-03-04"


def office(
    folder: Path, rows: Sequence[Mapping[str, object]], score: str, anchors: Any = None
) -> Path:
    """An office whose units are rows of a CSV file, one signal per further column.

    Args:
        score: the block of the charter that ranks.
        anchors: per signal its direction and value function, where axes rank.
    """
    (folder / "data").mkdir(parents=True)
    with (folder / "data" / "units.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    names = [name for name in rows[0] if name != "unit"]
    columns = ", ".join(f"{name}: 'decimal(18,6)'" for name in names)
    valued = {name: f", {anchors[name]}" if anchors else "" for name in names}
    signals = "\n".join(
        f"  {name}: {{formula: MAX({name}), source: units, missing: {{policy: block}}"
        f"{valued[name]}}}"
        for name in names
    )
    place = folder / "programs" / "published"
    place.mkdir(parents=True)
    (place / "charter.yaml").write_text(
        "charter: 1\nprogram: published\npurpose: {statement: Show what was published.}\n"
        "owner: tests\nrefresh: {every: 1 week}\n"
        "unit: {name: alternative, source: units, key: [unit]}\n"
        f"sources:\n  units: {{from: data/units.csv, mode: snapshot, columns: {{{columns}}}}}\n"
        f"signals:\n{signals}\n{score}\n",
        encoding="utf-8",
    )
    return folder


def ranked(folder: Path) -> Run:
    """The office's one program, run through the library."""
    return Office(folder).run("published", as_of=AS_OF)


def scores(run: Run) -> dict[str, Decimal]:
    """The scores by unit, best first."""
    return {row.unit: Decimal(row.score) for row in run.rows()}


def read(shared_data: Path, name: str) -> Any:
    """One file of published scores."""
    return json.loads((shared_data / "scoring" / name).read_text(encoding="utf-8"))


# Ratios ---------------------------------------------------------------------------------------


def test_wsjf_as_published(tmp_path: Path) -> None:
    """A is 17 and B is 24 (beginpm.com, What is WSJF in Agile?), and `why` puts the numbers in."""
    rows = [
        {"unit": "A", "value": 100, "time": 50, "risk": 20, "size": 10},
        {"unit": "B", "value": 80, "time": 30, "risk": 10, "size": 5},
    ]
    folder = office(tmp_path / "o", rows, "score: {template: wsjf}")
    assert pmpo("run", "--as-of", AS_OF, cwd=folder).code == 0
    board = pmpo("board", cwd=folder).out
    assert [line.split()[:3] for line in board.splitlines() if "━" in line] == [
        ["1", "B", "24.00"],
        ["2", "A", "17.00"],
    ]
    said = pmpo("why", "B", cwd=folder).out
    assert "WSJF = (value + time + risk) / size\n" in said
    assert "     = (80 + 30 + 10) / 5\n     = 24\n" in said
    run = Office(folder).latest("published")
    assert [(row.unit, row.score) for row in run.rows()] == [
        ("B", "24.000000000000"),
        ("A", "17.000000000000"),
    ]
    table = run.board().to_pylist()[0]
    assert (table["score"], table["factors"]) == (
        24,
        {"value": 80, "time": 30, "risk": 10, "size": 5},
    )
    assert [name for name in run.columns() if name.startswith(("axes", "factors"))] == [
        "factors.value",
        "factors.time",
        "factors.risk",
        "factors.size",
    ]


def test_rice_as_published(tmp_path: Path) -> None:
    """2000 × 2 × 0.8 / 4 is 800 (timeclick-software, rice-framework.md)."""
    rows = [{"unit": "feature", "reach": 2000, "impact": 2, "confidence": 0.8, "effort": 4}]
    run = ranked(office(tmp_path / "o", rows, "score: {template: rice}"))
    assert scores(run) == {"feature": 800}
    told = run.why("feature").ratio
    assert told is not None
    assert told.numbers == "2000 × 2 × 0.8 / 4"


def test_a_quotient_that_has_no_end_is_rounded_once_and_says_so(tmp_path: Path) -> None:
    """Cost of delay over duration: 20 / 3 is shown with ≈ and twelve digits."""
    rows = [{"unit": "a", "cost_of_delay": 20, "duration": 3}]
    folder = office(tmp_path / "o", rows, "score: {template: cd3}")
    run = ranked(folder)
    assert scores(run) == {"a": Decimal("6.666666666667")}
    why = run.why("a")
    assert why.ratio is not None
    assert list(formula_lines(why.ratio, why.score)) == [
        "CD3 = cost_of_delay / duration",
        "    = 20 / 3",
        "    ≈ 6.666666666667",
    ]


def test_shared_wsjf_and_rice_tables(tmp_path: Path, shared_data: Path) -> None:
    """Every published WSJF and RICE score comes out exactly, and in the published order."""
    tables = read(shared_data, "wsjf_rice_examples.json")
    wsjf = [{"unit": n, **row} for n, row in tables["wsjf"].items() if isinstance(row, dict)]
    published = {str(row["unit"]): Decimal(row.pop("wsjf")) for row in wsjf}
    factors = "{value: ubv, time: tc, risk: rroe, size: size}"
    score = f"score: {{template: wsjf, factors: {factors}}}"
    assert scores(ranked(office(tmp_path / "wsjf", wsjf, score))) == published
    rows, expected = [], {}
    for name, reach, impact, confidence, effort, rice in tables["rice"]["rows"]:
        rows.append(
            {
                "unit": name,
                "reach": reach,
                "impact": impact,
                "confidence": confidence,
                "effort": effort,
            }
        )
        expected[name] = Decimal(str(rice))
    found = scores(ranked(office(tmp_path / "rice", rows, "score: {template: rice}")))
    assert list(found.items()) == sorted(expected.items(), key=lambda pair: -pair[1])


# Weighted sums --------------------------------------------------------------------------------


def axes(weights: Mapping[str, object]) -> str:
    """One axis with a weight in per cent for each signal."""
    inner = ", ".join(f"{name}: {weight}" for name, weight in weights.items())
    return f"axes:\n  all: {{weight: 100, signals: {{{inner}}}}}"


def test_two_axes_rank_as_published_at_every_weight(tmp_path: Path, shared_data: Path) -> None:
    """Between the weights at which ranks change, the order is the published one."""
    told = read(shared_data, "smaa2_exact_2axes.json")
    rows = [
        {"unit": name, "growth": float(Fraction(growth)), "margin": float(Fraction(margin))}
        for name, (growth, margin) in told["alternatives"].items()
    ]
    anchors = dict.fromkeys(("growth", "margin"), "better: higher, value: {0: 0, 1: 100}")
    for i, (low, high, order) in enumerate(told["segments"]):
        margin = round((Fraction(low) + Fraction(high)) / 2 * 100, 3)
        weight = Decimal(margin.numerator) / Decimal(margin.denominator)
        score = axes({"growth": 100 - weight, "margin": weight})
        run = ranked(office(tmp_path / f"o{i}", rows, score, anchors))
        assert [row.unit for row in run.rows()] == order


def test_weighted_normalised_values_are_points(tmp_path: Path, shared_data: Path) -> None:
    """Points are the published weighted normalised values, their best and worst the ideals.

    Division by a column's length is a value function through zero.
    """
    told = read(shared_data, "topsis_hwang_yoon_1981_fighter.json")
    matrix, expected = told["matrix"], told["expected"]
    names = [criterion.replace(" ", "_") for criterion in told["criteria"]]
    rows = [
        {"unit": unit, **dict(zip(names, values, strict=True))}
        for unit, values in zip(told["alternatives"], matrix, strict=True)
    ]
    lengths = [math.hypot(*column) for column in zip(*matrix, strict=True)]
    anchors = {
        name: f"better: higher, value: {{0: 0, {length:.6f}: 100}}"
        for name, length in zip(names, lengths, strict=True)
    }
    weights = {n: Decimal(str(w)) * 100 for n, w in zip(names, told["weights"], strict=True)}
    run = ranked(office(tmp_path / "o", rows, axes(weights), anchors))
    results = {row["key_unit"]: row for row in run.results.to_pylist()}
    columns: dict[str, list[float]] = {name: [] for name in names}
    for unit, normalised in zip(told["alternatives"], expected["normalized"], strict=True):
        for name, published in zip(names, normalised, strict=True):
            assert results[unit][f"utility_{name}"] / 10**8 == pytest.approx(
                published, abs=expected["tol"]
            )
            columns[name].append(float(results[unit][f"points_{name}"]) / 100)
    for name, kind, best, worst in zip(
        names, told["types"], expected["ideal_best"], expected["ideal_worst"], strict=True
    ):
        ends = sorted(columns[name], reverse=kind > 0)
        assert (ends[0], ends[-1]) == pytest.approx((best, worst), abs=expected["tol"])


def test_min_max_sums_are_value_functions(tmp_path: Path, shared_data: Path) -> None:
    """47 articles by a weighted sum of min-max normalised criteria, against exact fractions."""
    told = read(shared_data, "inventory_47sku_edas_2015.json")
    names, matrix = told["criteria"], told["matrix"]
    rows = [
        {"unit": f"S{i:02d}", **dict(zip(names, values, strict=True))}
        for i, values in enumerate(matrix, start=1)
    ]
    exact = [[Fraction(str(x)) for x in values] for values in matrix]
    ends = [(min(column), max(column)) for column in zip(*exact, strict=True)]
    anchors = {
        name: f"better: higher, value: {{{float(low)}: 0, {float(high)}: 100}}"
        for name, (low, high) in zip(names, ends, strict=True)
    }
    weights = dict(zip(names, (50, 30, 20), strict=True))
    run = ranked(office(tmp_path / "o", rows, axes(weights), anchors))
    for values, (unit, score) in zip(exact, sorted(scores(run).items()), strict=True):
        wanted = sum(
            weight * (x - low) / (high - low)
            for x, (low, high), weight in zip(values, ends, weights.values(), strict=True)
        )
        # each utility is floored to a millionth
        assert 0 <= wanted - Fraction(score) < Fraction(1, 10**6), unit
    order = list(scores(run).values())
    assert all(first >= second for first, second in itertools.pairwise(order))
