"""What `pmpo run` leaves with, for cron and CI: units that no rule decides are not passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.offices import Office, charter_text
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

RULES = {
    "whole": "{id: R1, when: ['>= 5'], then: [buy]}, {id: R2, when: ['< 5'], then: [keep]}",
    "gap": "{id: R1, when: ['not(5)'], then: [buy]}",
    "both": "{id: R1, when: ['>= 5'], then: [buy]}, {id: R2, when: ['<= 5'], then: [keep]}",
}


def office(folder: Path, rules: str, more: str = "") -> Path:
    """Three items under a table; `more` is added to it."""
    text = charter_text(
        sources="items: {from: items.parquet, mode: snapshot, captured: 2024-01-01}",
        signals="x: {formula: SUM(x), source: items, precision: 0, better: higher, "
        "value: {0: 0, 10: 100}, missing: {policy: exclude}}",
        more=f"tables:\n  t: {{inputs: [x], outputs: [do], {more}rules: [{RULES[rules]}]}}",
    )
    path = folder / "programs" / "trial" / "charter.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    Office(folder).write("items", {"sku": ["a", "b", "c"], "x": [1, 5, 9]})
    return folder


def test_a_run_without_faults_leaves_with_0(tmp_path: Path) -> None:
    """Nothing is on stderr, whether a table decides every unit or accepts a gap."""
    gap = "accepted_gaps: [{where: {x: '5'}, because: Nobody asks., owner: lead}], "
    for name, rules, more in (("a", "whole", ""), ("b", "gap", gap)):
        ran = pmpo("run", cwd=office(tmp_path / name, rules, more))
        assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("rules", "fact"),
    [
        ("gap", "no rule of table `t` holds for b: x 5"),
        ("both", "rules R1 and R2 of table `t` hold for b: x 5"),
    ],
)
def test_a_run_with_faults_is_stored_and_leaves_with_1(
    tmp_path: Path, rules: str, fact: str
) -> None:
    """The fault is on stderr and on the board; the others are ranked, and board leaves with 0."""
    folder = office(tmp_path, rules)
    ran = pmpo("run", "--record", "--as", "me", cwd=folder)
    assert (ran.code, ran.err) == (1, f"fault: {fact}\n")
    assert "2 of 2 ranked items; 3 in all" in ran.out
    assert "fault" not in ran.out
    board = pmpo("board", cwd=folder)
    assert board.code == 0
    assert f"fault: {fact}" in board.out
    assert pmpo("evaluations", "--format", "json", cwd=folder).json()[0]["recorded"] is True
    assert pmpo("replay", "--all", cwd=folder).code == 0


def test_every_format_leaves_with_1(tmp_path: Path) -> None:
    """Output for programs is whole; the first faults are on stderr, the others are counted."""
    folder = office(tmp_path, "gap")
    Office(folder).write("items", {"sku": list("abcdefg"), "x": [5, 5, 5, 5, 5, 9, 1]})
    ran = pmpo("run", "--format", "json", cwd=folder)
    assert ran.code == 1
    assert '"ranked": 2' in ran.out
    assert ran.err.count("fault: no rule") == 3
    assert ran.err.endswith("and 2 more; `pmpo run --format json` lists them\n")
    assert pmpo("run", "--format", "csv", cwd=folder).code == 1
