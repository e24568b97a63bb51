"""Who is taken, at a terminal: the board, why, what people hold, the rest, and a draft."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.decided import CHARTER, trial
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.terminal import Done

TAKE = "ranking: {take: {capacity: 2}}"
FINE = ("--conflict", "none", "--expect", "sold >= 1", "--by", "2099-06-01", "--as", "anna")
OUT = ("--as", "anna", "--because", "It is in the way.", "--conflict", "none", "--expect",
       "sold >= 1", "--by", "2099-06-01")  # fmt: skip

PLAN = ("plan", "--as-of", "2024-01-30", "--draft")


def typed(office: Path, *words: str, code: int = 0) -> Done:
    """Type a command in the office."""
    done = pmpo(*words, cwd=office)
    assert done.code == code, done.said
    return done


def seats(office: Path) -> list[str]:
    """The seats of Apple, Bread, Cheese and Dill, which is their order by rank."""
    rows = list(csv.DictReader(io.StringIO(typed(office, "board", "--format", "csv").out)))
    assert [row["label"] for row in rows] == ["Apple", "Bread", "Cheese", "Dill"]
    taken = {"taken", "must"}
    assert all((row["taken"] == "True") == (row["seat"] in taken) for row in rows)
    return [row["seat"] for row in rows]


def below(office: Path) -> str:
    """The line under the board."""
    lines = typed(office, "board").out.splitlines()
    return next(line for line in lines if line.startswith("takes "))


def test_the_rest_is_who_is_taken_and_is_not_taken_twice(tmp_path: Path) -> None:
    """What waits for approval and what is decided holds its seats; what is rejected frees them."""
    office = trial(tmp_path).office.folder
    evaluation = typed(office, "run", "--as-of", "2024-01-30", "--format", "json").json()
    assert evaluation["take"]["taken"] == 2
    assert seats(office) == ["taken", "taken", "beyond capacity", "beyond capacity"]

    rest = typed(office, "decide", "--rest", *FINE, "--format", "json").json()
    assert rest["units"] == ["a", "b"]
    assert seats(office) == ["proposed", "proposed", "beyond capacity", "beyond capacity"]
    again = typed(office, "decide", "--rest", *FINE, code=1)
    assert "units/nothing-left" in again.out

    typed(office, "approve", rest["decision"], "--as", "ben")
    typed(office, "progress", rest["decision"], "executing", "--unit", "b", "--as", "anna")
    assert seats(office)[:2] == ["committed", "executing"]
    assert below(office) == "takes 2: 1 executing, 1 committed, 0 taken now, 0 free"
    told = typed(office, "why", "Bread").out
    assert "not taken now: it is being done, and it holds a seat" in told

    typed(office, "progress", rest["decision"], "done", "--unit", "b", "--as", "anna")
    assert seats(office) == ["committed", "decided", "taken", "beyond capacity"]
    turned = typed(office, "decide", "Cheese", "--verdict", "reject", *OUT, "--format", "json")
    typed(office, "approve", turned.json()["decision"], "--as", "ben")
    assert seats(office) == ["committed", "decided", "decided", "taken"]

    same = typed(office, "run", "--as-of", "2024-01-30", "--format", "json").json()
    assert (same["evaluation"], same["result"]) == (evaluation["evaluation"], evaluation["result"])
    assert ": same; " in typed(office, "replay", same["evaluation"]).out


def test_why_says_what_keeps_a_unit_out(tmp_path: Path) -> None:
    """Names with brackets, other scripts and cents: the values stand beside the condition."""
    charter = CHARTER.replace(
        TAKE,
        "parameters: {least: {value: 15.25}}\n"
        "ranking:\n  take:\n    capacity: 1\n    must: [Dill]\n    must_not: [a]\n"
        "    requires: [\"earned >= PARAM('least')\", name <> 'Cheese']\n",
    )
    office = trial(tmp_path, charter=charter).office.folder
    assert seats(office) == ["must not", "beyond capacity", "requires 1", "must"]
    assert below(office) == (
        "takes 1: 1 taken now, 0 free; kept out: 1 by `requires`, 1 by `must_not`"
    )
    why = {name: typed(office, "why", name).out for name in ("Apple", "Bread", "Cheese", "Dill")}
    assert "not taken now: `must_not` names it" in why["Apple"]
    assert "not taken now: none of 1 seat goes to a rank" in why["Bread"]
    assert "`requires` asks that earned >= PARAM('least'); earned is 10" in why["Cheese"]
    assert "taken now: `must` names it" in why["Dill"]
    seat = typed(office, "why", "Cheese", "--format", "json").json()["seat"]
    assert (seat["taken"], seat["seat"], seat["values"]) == (False, "requires 1", {"earned": 10.0})


def test_a_draft_says_whom_it_would_take(tmp_path: Path) -> None:
    """A seat more and a condition: who comes in, who goes out, which decision that touches."""
    office = trial(tmp_path).office.folder
    said = ("--gains", "margin", "--gives-up", "growth", "--format", "json")
    rest = typed(office, "decide", "Bread", *FINE, *said).json()
    typed(office, "approve", rest["decision"], "--as", "ben")
    draft = tmp_path / "draft.yaml"
    new = CHARTER.replace(TAKE, "ranking: {take: {capacity: 3, requires: [sold < 60]}}")
    draft.write_text(new, encoding="utf-8")
    planned = typed(office, *PLAN, str(draft), "--format", "json").json()
    assert planned["by_take"] is True
    assert (planned["entered"], planned["left"]) == (["d"], ["a"])
    assert planned["reopens"] == [{"decision": rest["decision"], "units": ["b"]}]
    story = typed(office, *PLAN, str(draft)).out
    assert "taken, and were not  1: Dill" in story
    assert "not taken any more   1: Apple" in story
    page = typed(office, *PLAN, str(draft), "--format", "md").out
    assert "- taken, and were not: Dill (4 → 4)" in page
    draft.write_text(CHARTER, encoding="utf-8")
    assert "Only wording differs" in typed(office, *PLAN, str(draft)).out


@pytest.mark.parametrize("words", [("board",), ("why", "Apple"), ("run", "--as-of", "2024-01-30")])
def test_names_that_name_nobody_are_told_and_stop_nothing(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A misspelled `must` is a note with the name that may be meant."""
    charter = CHARTER.replace(TAKE, "ranking: {take: {must: ['Aple [gâteau]']}}")
    office = trial(tmp_path, charter=charter).office.folder
    said = " ".join(typed(office, *words).out.split())
    if words[0] != "why":
        assert "takes all that may be: 4 taken now" in said
        assert "`must` names nobody: there is no item `Aple [gâteau]` in this evaluation" in said


def test_a_ledger_that_cannot_be_read_hides_who_is_taken_and_nothing_else(tmp_path: Path) -> None:
    """Without what people decided, nobody knows who is taken: the board says so, and stays."""
    office = trial(tmp_path).office.folder
    typed(office, "decide", "--rest", *FINE)
    for file in (office / ".pmpo" / "ledger").glob("ledger*"):
        file.write_bytes(b"not a ledger")
    done = typed(office, "board")
    assert "takes: nobody knows whom, as the ledger cannot be read" in done.out
    assert "Apple" in done.out
    assert typed(office, "board", "--format", "json").json()[0]["taken"] is None
