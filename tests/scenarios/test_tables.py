"""Several tables in one charter, with defaults and labels, as a person reads them at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

CHARTER = """\
charter: 1
program: stock
purpose: {statement: Order what runs out.}
owner: lead
refresh: {every: 1 week}
tz: UTC
unit: {name: item, source: items, key: [item]}
sources:
  items:
    from: items.csv
    mode: snapshot
    captured: 2024-01-01
    columns: {since: date, stock: integer, price: 'decimal(9,2)'}
signals:
  stock:
    formula: MAX(stock)
    source: items
    precision: 0
    better: lower
    value: {0: 100, 10: 0}
    missing: {policy: exclude}
  price: {formula: MAX(price), source: items, precision: 2, missing: {policy: block}}
axes:
  need: {weight: 100, signals: {stock: 100}}
outcome: action
tables:
  points:
    hit: COLLECT
    aggregate: SUM
    inputs: [since, price]
    missing: {since: {default: '1999-12-31'}, price: unknown}
    outputs: [points]
    rules:
      - {id: P1, when: ['<= date("1999-12-31")', '-'], then: [2.5]}
      - {id: P2, when: ['-', '"unknown"'], then: [1]}
      - {id: P3, when: ['date("2024-01-01")', '-'], then: [4]}
  action:
    inputs: [points.points, stock]
    outputs: [do, boxes]
    rules:
      - {id: R1, when: ['> 3', '-'], then: [order, 2]}
      - {id: R2, when: ['<= 3', '[1..4]'], then: [wait, 0]}
    accepted_gaps:
      - {where: {points.points: '<= 3', stock: '> 4'}, because: It lasts., owner: lead}
      - {where: {points.points: '<= 3', stock: '< 1'}, because: It is gone., owner: buyer}
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office that was run once."""
    (tmp_path / "programs" / "stock").mkdir(parents=True)
    (tmp_path / "programs" / "stock" / "charter.yaml").write_text(CHARTER)
    rows = ("item,since,stock,price", "a,,3,", "b,2024-01-01,5,1.50", "c,1999-01-01,0,2")
    (tmp_path / "items.csv").write_text("\n".join(rows) + "\n")
    done = pmpo("run", cwd=tmp_path)
    assert done.code == 0, done.said
    return tmp_path


def test_the_outcome_comes_first_and_the_other_outputs_have_names(office: Path) -> None:
    """What is to be done stands above what it rests on, and `2.5` alone would say nothing."""
    told = pmpo("why", "b", cwd=office).out
    assert (
        "order · boxes 2\n"
        "  R1 of action\n"
        "    points.points 4 > 3\n"
        "points.points 4.0\n"
        "  P3 of points\n"
        '    since 2024-01-01 = date("2024-01-01")\n'
    ) in told


def test_a_default_is_shown_in_place_of_the_missing_value(office: Path) -> None:
    """A condition shows the value that met it, and that nobody measured it."""
    told = pmpo("why", "a", cwd=office).out
    assert '    since 1999-12-31 (missing) <= date("1999-12-31")\n' in told
    assert '    price missing = "unknown"\n' in told


def test_a_grade_has_a_reason_also_where_only_tables_look_at_the_signal(office: Path) -> None:
    """Grade D without a word about the missing signal would leave the reader to guess."""
    told = pmpo("why", "a", cwd=office).out
    assert "quality D: price not measured: the tables say what that means" in told


def test_points_have_room_under_a_short_name(office: Path) -> None:
    """An axis of four letters whose best unit has 100.0 points shows them, not `100…`."""
    told = pmpo("board", cwd=office).out
    assert "…" not in told
    assert told.count("100.0") == 2


def test_an_accepted_gap_says_why_and_who_answers(office: Path) -> None:
    """A ranked unit without an outcome is counted, and `why` gives reason and owner."""
    told = pmpo("board", cwd=office).out
    assert "do: 2 order, 1 without, as the charter accepts\n" in told
    told = pmpo("why", "c", cwd=office).out
    assert "table action decides nothing, as the charter accepts: It is gone. (buyer)\n" in told
