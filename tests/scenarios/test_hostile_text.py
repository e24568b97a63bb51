"""Texts that look like markup: every view shows them letter by letter, and none stops it."""

from __future__ import annotations

import io
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from pmpo.cli import main
from pmpo.cli.output import show
from tests.decided import CHARTER, OFFICE, trial

if TYPE_CHECKING:
    from pathlib import Path

MARKED = "[b]zq[/b]"
CLOSED = "[/i]"
SMILE = ":warning:"
HOSTILE = f"{CLOSED}{MARKED}{SMILE}"
TABLE = f"""\
tables:
  act:
    inputs: [sold]
    outputs: [{{name: action, values: [{HOSTILE!r}, wait]}}]
    rules:
      - {{id: R1, when: ['>= 70'], then: [{HOSTILE!r}], because: {HOSTILE!r}}}
      - {{id: R2, when: ['< 70'], then: [wait], because: {HOSTILE!r}}}
outcome: act
"""
CASES = (
    f"tests: 1\ncases: [{{name: {HOSTILE!r}, signals: {{sold: 80}}, expect: {{outcome: wait}}}}]\n"
)
VIEWS = (
    "plan --as-of 2024-01-30", "run --as-of 2024-01-30", "board", "why a",
    "run --as-of 2024-01-30 --record --as anna", "check", "compile --lineage",
    "backtest act --as-of 2024-02-12 --periods 2",
    "decisions", "decisions {id}", "decisions {waits}", "due", "doctor", "verify", "test", "replay",
    "pin {ev} --because {text}", "evaluations", "ratify --as anna --dry-run",
    "waive earned --policy block --until 2099-01-01 --as anna --because {text}",
    "approve {waits} --as anna", "withdraw {waits} --as anna --because {text}", "why {text}",
    "reopen {id} --as ben --because {text}", "review --as ben --present {text}", "{text}",
    "board --office {text}",
)  # fmt: skip


def typed(folder: Path, *words: str) -> tuple[int, str]:
    """A command in this process: how it leaves, and what a person reads of it."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(errors):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["pmpo", *words])
        with pytest.raises(SystemExit) as left:
            main()
    return int(left.value.code or 0), out.getvalue() + errors.getvalue()


def decided(folder: Path, unit: str, *more: str) -> str:
    """Reject a unit; the id of the decision."""
    code, said = typed(
        folder, "decide", unit, "--as", "anna", "-v", "reject", "--conflict", "none",
        "--because", HOSTILE, "--todo", f"{HOSTILE}; anna; 2099-01-01; {HOSTILE}",
        *more,
    )  # fmt: skip
    assert code == 0, said
    assert HOSTILE in said
    found = re.search(r"de-[0-9a-f]{12}", said)
    assert found is not None
    return found[0]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An office in which everything that people write looks like markup, and what it knows."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    charter = CHARTER.replace("Cost is at most three quarters of the price.", repr(HOSTILE))
    charter = charter.replace("Show what sells and earns.", repr(HOSTILE)) + TABLE
    made = trial(folder, charter=charter, office=OFFICE.replace("Anna", repr(HOSTILE)))
    names = {"sku": list("abcd"), "name": [f"{HOSTILE}{n}" for n in range(4)]}
    pq.write_table(pa.table(names), folder / "items.parquet")
    ran = made.office.run("shelves", as_of="2024-01-30")
    known = {"ev": ran.evaluation.id, "text": HOSTILE}
    known["id"] = decided(folder, "a")
    assert typed(folder, "approve", known["id"], "--as", "ben")[0] == 0
    known["waits"] = decided(folder, "c")
    return folder, known


def test_every_view_shows_every_letter(office: tuple[Path, dict[str, str]]) -> None:
    """Brackets and colons stay, wherever a text is shown, and no command stops on them."""
    folder, known = office
    program = folder / "programs" / "shelves"
    program.joinpath("tests.yaml").write_text(CASES, encoding="utf-8")
    draft = program.joinpath("charter.yaml").read_text("utf-8").replace(" 70", " 95")
    program.joinpath("charter.yaml").write_text(draft, encoding="utf-8")
    seen = 0
    for view in VIEWS:
        code, said = typed(folder, *(word.format(**known) for word in view.split()))
        assert code in (0, 1, 2), (view, said)
        assert "bug:" not in said, (view, said)
        packed = "".join(said.split())
        # a name that does not fit is cut at its end, behind the letters that markup would eat
        assert packed.count("zq") == packed.count("[b]zq"), (view, said)
        assert "\N{WARNING SIGN}" not in said, (view, said)
        seen += packed.count(MARKED)
    assert seen >= 40


@given(st.text(st.sampled_from("[]/:=ab \\bu#@"), max_size=30))
@example("see [/b]")
@example("[link=http://evil]click[/link] [red]x[/red]")
@example(":warning: [@click=x]y[/]")
def test_no_text_is_markup(text: str) -> None:
    """Alone, in a cell, as a header or as a title, a text is printed as it is."""
    table = Table(title=f"<{text}>", width=90)
    table.add_column(f"<{text}>", no_wrap=True)
    table.add_row(f"<{text}>")
    table.add_row(Text(f"<{text}>"))
    out = io.StringIO()
    with redirect_stdout(out):
        show(f"<{text}>", Text(f"<{text}>"), table)
    assert out.getvalue().count(f"<{text}>") == 6
