"""Plans of charters with very many rules and outcomes, and of units with very long names."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from pmpo import Office
from pmpo.cli.plan_markdown import COMMENT_MAX, markdown
from pmpo.cli.plan_views import grid_width, plan, told_matrices

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office.planning import Planned

CHARTER = """\
charter: 1
program: trial
purpose: {statement: Order what runs out.}
owner: lead
refresh: {every: 1 week}
unit: {name: class, source: items, key: [item]}
sources:
  items: {from: items.csv, mode: snapshot, captured: 2024-01-01, columns: {stock: integer}}
signals:
  stock:
    formula: MAX(stock)
    source: items
    precision: 0
    better: lower
    value: {0: 100, 10: 0}
    missing: {policy: exclude}
axes:
  need: {weight: 100, signals: {stock: 100}}
tables:
  many_rules:
    inputs: [stock]
    outputs: [action, boxes]
    rules:
"""
RULES = 50
NAME = "商品の名前がとても長い場合 | <b>" + "x" * 90


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """A draft that moves every unit to the next of fifty rules."""
    folder: Path = tmp_path_factory.mktemp("many")
    program = folder / "programs" / "trial"
    program.mkdir(parents=True)
    lines = [f"{NAME} {n},{n % RULES}" for n in range(40 * RULES)]
    (folder / "items.csv").write_text("\n".join(["item,stock", *lines]) + "\n", encoding="utf-8")
    rules = [
        f"      - {{id: RULE-{n}, when: ['{n or '<= 0'}'], then: [act-{n}, {n}.5]}}\n"
        for n in range(RULES)
    ]
    rules.append(f"      - {{id: LAST, when: ['> {RULES - 1}'], then: [last, 0]}}\n")
    charter = program / "charter.yaml"
    charter.write_text(CHARTER + "".join(rules), encoding="utf-8")
    Office(folder).run()
    charter.write_text(
        charter.read_text(encoding="utf-8").replace("MAX(stock)", "MAX(stock) + 1"),
        encoding="utf-8",
    )
    return Office(folder).plan()


def test_markdown_fits_a_comment_and_says_what_does_not(planned: Planned) -> None:
    """However many rules and however long the names: a bot's comment is not refused."""
    text = markdown(planned)
    assert len(text.encode()) <= COMMENT_MAX
    assert text.count("<details>") == text.count("</details>") >= 1
    assert "\\| \\<b\\>" in text
    told = [matrix.kind for matrix in told_matrices(planned)]
    assert told == ["outcome", "rule", "output"]
    assert [line.split(":")[0] for line in text.splitlines() if line.startswith("**O")] == [
        "**Outcome**",
        "**Output many\\_rules.boxes**",
    ]


def test_what_does_not_fit_a_comment_is_named(
    planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader learns that there is more, and where."""
    monkeypatch.setattr("pmpo.cli.plan_markdown.COMMENT_MAX", 30_000)
    text = markdown(planned)
    assert len(text.encode()) <= 30_000
    assert text.endswith(
        "Too long for a comment: Output many\\_rules.boxes. `pmpo plan` shows all.\n"
    )


def test_a_matrix_wider_than_the_terminal_is_told_as_a_list(planned: Planned) -> None:
    """Fifty columns of `…` would say nothing; who went where is listed, the largest first."""
    page = io.StringIO()
    console = Console(file=page, width=100)
    for one in plan(planned, 100):
        console.print(one)
    text = page.getvalue()
    matrix = next(one for one in told_matrices(planned) if one.kind == "outcome")
    assert grid_width(matrix) > 100
    assert "before ↓" not in text
    assert "act-0 → act-1" in text
    assert "40: " in text
    assert "38 more" in text
    assert "Output many_rules.boxes" in text
    assert "2,000 of 2,000 classs" not in text
