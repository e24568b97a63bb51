"""`pmpo plan`: a draft against the charter that it would replace, on the demo's data."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from pmpo.office import Office
from tests.scenarios.terminal import pmpo
from tests.scenarios.trial import AS_OF, CHARTER, Trial

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def drafted(own_demo: Path) -> Path:
    """The demo office after one weight and one threshold were changed."""
    charter = own_demo / "programs" / "range-review" / "charter.yaml"
    text = charter.read_text(encoding="utf-8")
    for old, new in (
        ("expansion: {weight: 60", "expansion: {weight: 45"),
        ("discipline: {weight: 40", "discipline: {weight: 55"),
        ("edges: [PARAM('thin'), 0.90]", "edges: [PARAM('thin'), 0.88]"),
    ):
        assert old in text
        text = text.replace(old, new)
    charter.write_text(text, encoding="utf-8")
    return own_demo


def test_a_draft_tells_who_moves(drafted: Path) -> None:
    """Names, ranks and bands before and after; the counts are those of two runs."""
    before = Office(drafted).latest()
    said = pmpo("plan", cwd=drafted)
    assert said.code == 0, said.said
    told = pmpo("plan", "--format", "json", cwd=drafted).json()
    after = Office(drafted).run()
    assert (told["before"], told["after"]) == (before.evaluation.id, after.evaluation.id)
    ranks = [{row.unit: row.rank for row in run.rows()} for run in (before, after)]
    moved = {unit for unit in ranks[0] if ranks[0][unit] != ranks[1][unit]}
    assert {one["unit"] for one in told["moved"] if one["rank_from"] != one["rank_to"]} == moved
    assert f"{len(moved):,} of 2,884" in said.out
    entered = {u for u, rank in ranks[1].items() if rank <= 20 and ranks[0][u] > 20}
    assert set(told["entered"]) == entered
    bands = [{row.unit: row.bands["price"] for row in run.rows()} for run in (before, after)]
    matrix = next(one for one in told["matrices"] if one["name"] == "price")
    changed = [unit for unit in bands[0] if bands[0][unit] != bands[1][unit]]
    assert matrix["changed"] == len(changed) > 0
    assert sum(cell["units"] for cell in matrix["cells"]) == len(bands[0])
    assert {unit for cell in matrix["who"] for unit in cell["units"]} == set(changed)


def test_a_plan_stores_nothing(drafted: Path) -> None:
    """The draft's evaluation is nobody's until it is run."""
    stored = len(Office(drafted).evaluations())
    assert pmpo("plan", cwd=drafted).code == 0
    assert len(Office(drafted).evaluations()) == stored


def test_a_plan_for_a_pull_request(drafted: Path) -> None:
    """Markdown whose tables have as many cells in every line, and fits a comment."""
    said = pmpo("plan", "--format", "md", cwd=drafted)
    assert said.code == 0, said.said
    assert len(said.out.encode()) < 65_536
    rows = [line for line in said.out.splitlines() if line.startswith("|")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_a_revision_of_the_repository_can_be_compared_with(drafted: Path) -> None:
    """`--against HEAD` reads the charter that was committed; an unknown one is told apart."""
    git = ["git", "-C", str(drafted), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "programs"], ["commit", "-qm", "as it stands"]):
        subprocess.run([*git, *words], check=True)
    said = pmpo("plan", "--against", "HEAD", cwd=drafted)
    assert "Only wording differs" in said.out
    for unknown in ("no-such-revision", "--help", "ev-000000000000"):
        said = pmpo("plan", f"--against={unknown}", cwd=drafted)
        assert said.code == 2
        assert said.codes[0] in ("charter/no-revision", "store/not-found")


def test_a_file_can_be_the_draft(own_demo: Path, tmp_path: Path) -> None:
    """A draft need not stand in the office; one with mistakes says which."""
    draft = tmp_path / "draft.yaml"
    text = (own_demo / "programs" / "range-review" / "charter.yaml").read_text(encoding="utf-8")
    draft.write_text(text.replace("0) < 160", "0) < 200"), encoding="utf-8")
    said = pmpo("plan", "--draft", draft, cwd=own_demo)
    assert "Who is ranked at all" in said.out
    draft.write_text(text.replace("weight: 60", "weight: 61"), encoding="utf-8")
    assert pmpo("plan", "--draft", draft, cwd=own_demo).errors == ["charter/bad-weights"]


def test_what_the_outcome_tells_is_told_once(tmp_path: Path) -> None:
    """The first output of the outcome's table is the outcome; its other outputs are told too."""
    rules = "tables: {act: {inputs: [downtime], outputs: [do, hours], rules: ["
    rules += (
        "{id: R1, when: ['>= 5'], then: [go, 8]}, {id: R2, when: ['< 5'], then: [wait, 0]}]}}\n"
    )
    trial = Trial(tmp_path).build(charter=CHARTER + rules)
    assert trial.pmpo("run", "--as-of", AS_OF).code == 0
    trial.edit((">= 5", ">= 15"), ("< 5", "< 15"))
    for format, mark in (("text", ""), ("md", "**")):
        done = trial.pmpo("plan", "--as-of", AS_OF, "--format", format)
        assert done.code == 0, done.said
        said = done.out
        titles = [line for line in said.splitlines() if re.match(r"\W*(Outcome|Output|Rule)", line)]
        told = [re.split(r"  |\*\*:", line.removeprefix(mark))[0] for line in titles]
        assert told == ["Outcome", "Rule of table act", "Output act.hours"]
