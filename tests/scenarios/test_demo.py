from __future__ import annotations

import csv
import io
import json
import re
import shlex
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pmpo.cli.rounding import shown, shown_parts
from pmpo.office import Office
from tests.scenarios import shapes
from tests.scenarios.terminal import below, half_written, pmpo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.scenarios.terminal import Done

OCTOBER = "2017-10-02"
FIRST = "GROCERY/CAKE DECORS & ICING"
CHARTER = "programs/range-review/charter.yaml"


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def markdown_rows(text: str) -> list[list[str]]:
    """The cells of a Markdown table: its header, its rule and its rows."""
    cut = re.compile(r"(?<!\\)\|")
    return [[cell.strip() for cell in cut.split(line)[1:-1]] for line in text.splitlines()]


def total(parts: Iterable[str]) -> Decimal:
    """The exact sum of decimals written as text."""
    return sum(map(Decimal, parts), Decimal(0))


# Building ---------------------------------------------------------------------------------


def test_the_demo_builds_runs_and_explains(demo_said: tuple[Path, Done]) -> None:
    """One command builds the office, shows 10 of 340 ranks, and explains the first."""
    _, said = demo_said
    assert said.err == ""
    assert "10 of 340 ranked product types; 2,884 in all." in said.out
    assert "assumes: Unit cost is 71 % of list price" in said.out
    assert f"rank 1 of 340, score 94.9  {FIRST}" in said.out
    assert f'pmpo why "{FIRST}"' in said.out


def test_the_commands_that_the_demo_suggests_work(demo_said: tuple[Path, Done]) -> None:
    """Each command under `Next` can be typed as it stands there."""
    place, said = demo_said
    lines = [line for line in said.out.split("\nNext\n")[1].splitlines() if line]
    commands = [shlex.split(line.strip().split("   ")[0].split("  ")[0]) for line in lines]
    assert commands[0] == ["cd", "pmpo-demo"]
    assert [words[:2] for words in commands[1:]] == [
        ["pmpo", "why"],
        ["pmpo", "compile"],
        ["pmpo", "board"],
        ["pmpo", "run"],
        ["pmpo", "decide"],
    ]
    for words in commands[1:-2]:
        done = pmpo(*words[1:], cwd=place / "pmpo-demo")
        assert done.code == 0, done.said
    lacking = pmpo(*commands[-1][1:], cwd=place / "pmpo-demo")
    assert lacking.code == 1
    assert "unmet [expectation/missing]" in lacking.out


def test_building_twice_is_harmless(own_demo: Path) -> None:
    """The second time nothing is written, and the same evaluation comes out."""
    before = below(own_demo)
    again = pmpo("demo", own_demo.name, cwd=own_demo.parent)
    assert again.code == 0
    assert "already there, left as it is" in again.out
    assert below(own_demo) == before


def test_building_never_overwrites_an_edit(own_demo: Path) -> None:
    """A charter that somebody changed stays, and what is missing is built again."""
    charter = own_demo / CHARTER
    edited = charter.read_text().replace("expansion: {weight: 60", "expansion: {weight: 70")
    edited = edited.replace("discipline: {weight: 40", "discipline: {weight: 30")
    charter.write_text(edited)
    (own_demo / "data" / "products.parquet").unlink()
    again = pmpo("demo", own_demo)
    assert again.code == 0, again.said
    assert "1 file written" in " ".join(again.out.split())
    assert charter.read_text() == edited
    assert "70.0 %" in again.out


def test_the_demo_cannot_be_built_on_a_file(tmp_path: Path) -> None:
    """Where a file stands in the way the reason is given, and the file stays."""
    (tmp_path / "taken").write_text("mine")
    done = pmpo("demo", "taken", cwd=tmp_path)
    assert (done.code, done.errors) == (2, ["demo/not-writable"])
    assert below(tmp_path) == {"taken": b"mine"}


# Shapes -----------------------------------------------------------------------------------

COMMANDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "check": (["check"], shapes.CHECK),
    "run": (["run"], shapes.RUN),
    "board": (["board"], shapes.BOARD),
    "why a ranked unit": (["why", FIRST], shapes.WHY),
    "why a unit out of scope": (["why", "GROCERY/ICE - CRUSHED\\/CUBED"], shapes.WHY),
    "why a unit by its key as people read it": (["why", "GROCERY/ICE - CRUSHED/CUBED"], shapes.WHY),
    "lineage": (["compile", "--lineage"], shapes.LINEAGE),
}


@pytest.mark.parametrize(("words", "schema"), COMMANDS.values(), ids=COMMANDS.keys())
def test_json_has_the_promised_shape(demo: Path, words: list[str], schema: dict[str, Any]) -> None:
    """Each command's JSON is one value of the shape that other programs may rely on."""
    done = pmpo(*words, "--format", "json", cwd=demo)
    value = done.json()
    jsonschema.validate(value, schema)
    assert value
    assert done.err == ""


def test_csv_and_markdown_say_what_json_says(demo: Path) -> None:
    """The three formats of the board hold the same rows and values."""
    told = pmpo("board", "--format", "json", cwd=demo).json()
    as_csv = rows_of(pmpo("board", "--format", "csv", cwd=demo).out)
    header, rule, *cells = markdown_rows(pmpo("board", "--format", "md", cwd=demo).out)
    assert len(told) == len(as_csv) == len(cells) == 340
    assert list(as_csv[0]) == header
    assert rule[header.index("score")] == "---:"
    for row, line, written in zip(told, as_csv, cells, strict=True):
        assert line["unit"] == row["unit"]
        assert written[header.index("unit")].replace("\\\\", "\\") == row["unit"]
        for name in ("rank", "label", "score", "quality"):
            assert line[name] == written[header.index(name)] == str(row[name])
        assert line["axes.expansion"] == row["axes"]["expansion"]
        assert line["bands.price"] == row["bands"]["price"]
        assert line["settled_rank"] == ""


@pytest.mark.parametrize("words", [["run"], ["why", FIRST], ["compile", "--lineage"]], ids=str)
def test_other_commands_have_rows_too(demo: Path, words: list[str]) -> None:
    """CSV and Markdown of the other commands have the same header and as many rows."""
    as_csv = list(csv.reader(io.StringIO(pmpo(*words, "--format", "csv", cwd=demo).out)))
    header, _, *cells = markdown_rows(pmpo(*words, "--format", "md", cwd=demo).out)
    assert as_csv[0] == header
    assert len(as_csv) - 1 == len(cells) > 0


def test_top_cuts_the_board(demo: Path) -> None:
    """`--top` shows the first ranks, and beyond the end it shows all."""
    whole = pmpo("board", "--format", "json", cwd=demo).json()
    assert pmpo("board", "--top", "3", "--format", "json", cwd=demo).json() == whole[:3]
    assert pmpo("board", "--top", "9999", "--format", "json", cwd=demo).json() == whole


# Exactness --------------------------------------------------------------------------------


def test_parts_add_up_to_the_score_of_every_unit(demo: Path) -> None:
    """Points and axes add up to the score exactly; so do the shown ones to the shown score."""
    run = Office(demo).latest()
    board = run.rows()
    assert len(board) == 340
    for row in board:
        why = run.why(row.unit)
        points = [part.points for part in why.contributions if part.points is not None]
        assert len(points) == 2
        assert total(points) == total(row.axes.values()) == Decimal(row.score)
        for part in why.contributions:
            assert Decimal(part.points or 0) == Decimal(part.utility or 0) * Decimal(part.weight)
        for parts, digits in ((list(row.axes.values()), 1), (points, 2)):
            exact = [Decimal(part) for part in parts]
            assert sum(shown_parts(exact, digits)) == shown(Decimal(row.score), digits)


def test_the_board_is_in_order(demo: Path) -> None:
    """Ranks count from 1 without a gap, by falling score and then by key."""
    board = Office(demo).latest().rows()
    assert [row.rank for row in board] == list(range(1, 341))
    assert board == sorted(board, key=lambda row: (-Decimal(row.score), row.unit))


def test_threads_do_not_change_anything(own_demo: Path) -> None:
    """One and two threads give the same evaluation, table and result."""
    told = [
        pmpo("run", "--format", "json", cwd=own_demo, env={"PMPO_THREADS": threads}).json()
        for threads in ("1", "2")
    ]
    assert told[0] == told[1]


# Moments ----------------------------------------------------------------------------------


def test_october_is_another_evaluation(own_demo: Path) -> None:
    """`--as-of` asks the same question earlier; both answers stay and can be named."""
    latest = Office(own_demo).latest().evaluation.id
    october = pmpo("run", "--as-of", OCTOBER, "--format", "json", cwd=own_demo).json()
    assert october["as_of"].startswith(OCTOBER)
    assert october["known_by"] == october["as_of"]
    assert october["evaluation"] != latest
    board = pmpo("board", "--top", "1", "--format", "json", cwd=own_demo).json()
    assert board[0]["unit"] == "GROCERY/BROTH"
    older = pmpo("board", "-e", latest, "--top", "1", "-f", "json", cwd=own_demo)
    assert older.json()[0]["unit"] == FIRST
    assert half_written(own_demo) == []


def test_what_was_known_later_is_another_evaluation(own_demo: Path) -> None:
    """Moving only `--known-by` by the day that data takes to arrive changes what was measured."""
    now, later = (
        pmpo("run", "--as-of", OCTOBER, "--known-by", known, "-f", "json", cwd=own_demo).json()
        for known in (OCTOBER, "2017-10-03")
    )
    assert now["as_of"] == later["as_of"]
    assert now["evaluation"] != later["evaluation"]
    assert later["known_by"].startswith("2017-10-03")
    assert "known by 2017-10-03" in pmpo("board", cwd=own_demo).out


# A changed charter ------------------------------------------------------------------------


def test_the_board_says_when_the_charter_has_changed(own_demo: Path) -> None:
    """After an edit the old board is still shown, and stderr says under what it was made."""
    charter = own_demo / CHARTER
    charter.write_text(charter.read_text().replace("0.00: 40, 0.30: 80", "0.00: 50, 0.30: 80"))
    board = pmpo("board", "--top", "1", cwd=own_demo)
    assert board.code == 0
    assert "note: the charter has changed since ev-" in board.err
    assert FIRST.split("/")[1][:10] in board.out


def test_a_broken_charter_does_not_hide_the_board(own_demo: Path) -> None:
    """While somebody edits the charter, the last board and its reasons can still be read."""
    charter = own_demo / CHARTER
    charter.write_text(charter.read_text() + "\n  broken: [")
    assert pmpo("run", cwd=own_demo).code == 1
    for words in (["board"], ["why", FIRST]):
        done = pmpo(*words, cwd=own_demo)
        assert done.code == 0, done.said
        assert "the charter has changed" in done.err


# Schema and SQL ---------------------------------------------------------------------------


def test_the_printed_schema_is_one() -> None:
    """`pmpo schema` prints a valid JSON Schema."""
    done = pmpo("schema")
    jsonschema.Draft202012Validator.check_schema(json.loads(done.out))
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_the_statement_parses_in_its_dialect(demo: Path, dialect: str) -> None:
    """`pmpo compile` prints one statement with a comment at each step, for each engine."""
    import sqlglot

    done = pmpo("compile", "--dialect", dialect, cwd=demo)
    assert done.code == 0, done.said
    assert len(sqlglot.parse(done.out, read=dialect)) == 1
    assert "--" in done.out or "/*" in done.out
    assert done.err == ""


def test_the_demo_charter_has_no_fault(demo: Path) -> None:
    """`check` finds nothing to change in the demo's charter."""
    done = pmpo("check", cwd=demo)
    assert (done.code, done.errors) == (0, [])
    assert "charter ok: 0 errors, 0 warnings" in done.out
