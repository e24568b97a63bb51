from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pmpo.assure.diff import Difference, difference
from pmpo.charter.load import loads
from pmpo.cli.diff_views import markdown
from tests.scenarios.terminal import pmpo
from tests.unit.charter.corpus import COMPLETE, changed

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.charter import Charter


def charter(text: str) -> Charter:
    """The charter that `text` says."""
    loaded = loads(text, "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter


def compared(*pairs: tuple[str, str]) -> Difference:
    """The complete charter against itself with other texts in it."""
    return difference(charter(COMPLETE), charter(changed(*pairs, text=COMPLETE)))


@pytest.mark.parametrize(
    ("old", "new", "touches", "words"),
    [
        (
            "weight: 60, signals: {growth: 100}}\n  discipline: {weight: 40",
            "weight: 50, signals: {growth: 100}}\n  discipline: {weight: 50",
            "numbers",
            [
                (
                    "weight of `expansion` 60 → 50: 1 point of `expansion` is now worth 1.00 of "
                    "`discipline`, before 1.50"
                ),
                "weight of `discipline` 40 → 50",
            ],
        ),
        (
            "PARAM('thin'), 0.90]",
            "PARAM('thin'), 0.88]",
            "numbers",
            ["band `price`: edge between `fair` and `full` 0.90 → 0.88"],
        ),
        ("PRODUCE: 0.80", "PRODUCE: 0.82", "numbers", ["parameter `thin` for PRODUCE 0.80 → 0.82"]),
        ("'*': 0.75", "'*': 0.7", "numbers", ["parameter `thin` for all others 0.75 → 0.7"]),
        (
            "2017-07-01: 0.92",
            "2017-07-01: 0.93",
            "numbers",
            ["parameter `full` for 2017-07-01 0.92 → 0.93"],
        ),
        (
            "    value: 0.71",
            "    value: 0.710",
            "numbers",
            ["assumption `cost-share` 0.71 → 0.710 (the same number)"],
        ),
        (
            "0.00: 40, 0.30: 100",
            "0.00: 45, 0.20: 90, 0.30: 100",
            "numbers",
            ["`growth` at 0.00 is worth 40 → 45", "`growth` at 0.20 is worth 90, a new anchor"],
        ),
        (
            "formula: 1 - ASSUMED('cost-share') / realisation",
            "formula: 1 - realisation",
            "numbers",
            [
                (
                    "`margin` is measured anew: "
                    "1 - ASSUMED('cost-share') / realisation → 1 - realisation"
                )
            ],
        ),
        (
            "when: ['>= 0.10', '\"fair\",\"full\"'], then: [display]",
            "when: ['>= 0.12', '\"fair\",\"full\"'], then: [push]",
            "numbers",
            [
                "rule `R1` of table `action`: growth >= 0.10 → >= 0.12",
                "rule `R1` of table `action`: action display → push",
            ],
        ),
        (
            "      - {id: R3, when: ['< 0.10', -], then: [keep]}\n",
            (
                "      - {id: R3, when: ['[0..0.10)', -], then: [keep]}\n"
                "      - {id: R4, when: ['< 0', -], then: [stop]}\n"
            ),
            "numbers",
            [
                "rule `R3` of table `action`: growth < 0.10 → [0..0.10)",
                "rule `R4` of table `action` added: growth < 0 → stop",
            ],
        ),
        (
            "because: This year we buy share., review_by: 2018-01-31",
            "because: Now., review_by: 2019-01-31",
            "",
            [
                "`because` of trade-off `expansion and discipline` This year we buy share. → Now.",
                "`review_by` of trade-off `expansion and discipline` 2018-01-31 → 2019-01-31",
            ],
        ),
        (
            "owner: data-team",
            "owner: crew",
            "duties",
            ["`owner` of source `sales` data-team → crew"],
        ),
        (
            "cites: [finance close 2017-06]",
            "cites: [minutes]",
            "wording",
            ["`cites` of assumption `cost-share` [finance close 2017-06] → [minutes]"],
        ),
    ],
)
def test_a_change_is_said_in_words(old: str, new: str, touches: str, words: list[str]) -> None:
    """Each change is one sentence, in the group that says what it can touch."""
    found = compared((old, new))
    assert [change.words for change in found.changes] == words
    touched = {change.touches for change in found.changes}
    assert touched == ({touches} if touches else {"wording", "duties"})


def test_a_definition_comes_and_goes() -> None:
    """What is new and what is gone is one change each, not one for each of its fields."""
    new = "  lines: {formula: COUNT(*), source: sales, missing: {policy: block}}\n\nbands:"
    found = compared(("\nbands:", new))
    assert [(change.kind, change.words) for change in found.changes] == [
        ("added", "signal `lines` added")
    ]
    back = difference(found.after, found.before)
    assert [(change.kind, change.words) for change in back.changes] == [
        ("removed", "signal `lines` removed")
    ]


def test_rules_that_change_places_are_told() -> None:
    """Rules are known by their ids, so an order that matters is one change."""
    first = "      - {id: F1, when: ['\"display\"', '> PARAM(\"thin\")'], then: [more]}\n"
    second = "      - {id: F2, when: [-, -], then: [same]}\n"
    found = compared((first + second, second + first))
    assert [change.words for change in found.changes] == [
        "rules of table `facings` stand in another order: [F1, F2] → [F2, F1]"
    ]


def test_wording_alone_keeps_the_logic() -> None:
    """Every change that the logic hash does not see is called wording, and only that."""
    found = compared(("It grows because it is given away.", "Given away."))
    assert found.same_logic
    assert {change.touches for change in found.changes} == {"wording"}
    assert "no number can differ" in markdown(found, "a", "b")


def test_comments_are_no_change() -> None:
    """Two texts of one meaning have no changes and are still not the same text."""
    found = compared(("charter: 1", "# a comment\ncharter: 1"))
    assert (found.changes, found.same_logic, found.is_same) == ((), True, False)


def test_markdown_cannot_be_broken_by_a_charter() -> None:
    """Names and texts of a charter stay inside their line of the list."""
    found = compared(("owner: data-team", "owner: 'x</details>\\n\\n# <b>y'"))
    lines = markdown(found, "HEAD", "draft").splitlines()
    assert [line for line in lines if "details" in line] == [
        line for line in lines if line.startswith("- ~ ") and "\\<" in line
    ]


def test_what_was_added_begins_no_list_of_its_own() -> None:
    """`- + text` would be a list inside the list for whoever renders it."""
    found = compared(("\n    derive:\n", "\n    derive:\n      twice: sales_value * 2\n"))
    [line] = [line for line in markdown(found, "HEAD", "draft").splitlines() if "twice" in line]
    assert line.startswith("- \\+ ")


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=s@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_draft_is_compared_with_what_is_committed(tmp_path: Path) -> None:
    """`pmpo diff` compares with HEAD; its exit code tells logic from wording when asked."""
    charter_file = tmp_path / "programs" / "range-review" / "charter.yaml"
    charter_file.parent.mkdir(parents=True)
    charter_file.write_text(COMPLETE, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    assert "the same text" in pmpo("diff", "--exit-code", cwd=tmp_path).out
    wording = COMPLETE.replace("It grows because it is given away.", "Given away.")
    charter_file.write_text(wording, encoding="utf-8")
    said = pmpo("diff", "--exit-code", cwd=tmp_path)
    assert (said.code, "Given away." in said.out) == (0, True)
    charter_file.write_text(wording.replace("0.90]", "0.88]"), encoding="utf-8")
    assert pmpo("diff", cwd=tmp_path).code == 0
    assert pmpo("diff", "HEAD", str(charter_file), "--exit-code", cwd=tmp_path).code == 1
    rule = wording.replace("['< 0.10', -]", "['[0..0.10)', -]")
    charter_file.write_text(rule, encoding="utf-8")
    assert "growth < 0.10 → [0..0.10)" in pmpo("diff", cwd=tmp_path).out
    charter_file.write_text(wording.replace("0.90]", "0.88]"), encoding="utf-8")
    told = pmpo("diff", "--format", "json", cwd=tmp_path).json()
    assert [one["touches"] for one in told["changes"]] == ["numbers", "wording"]
    assert told["same_logic"] is False
    assert pmpo("diff", "no-such-revision", cwd=tmp_path).code == 2
