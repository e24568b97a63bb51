from __future__ import annotations

import csv
import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from pmpo.cli import main
from pmpo.cli.store_views import size
from tests import stored


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """An office's folder with the ids of its older and its latest evaluation."""
    folder: Path = tmp_path_factory.mktemp("cli") / "office"
    made = stored.office(folder)
    return folder, stored.run(made, 0), stored.run(made, 1)


def pmpo(folder: Path, *words: str, status: int = 0) -> str:
    """What a command prints on stdout; it must leave with `status`."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(errors):
        patch.setattr(sys, "argv", ["pmpo", *words, "--office", str(folder)])
        with pytest.raises(SystemExit) as left:
            main()
    assert (left.value.code or 0) == status, errors.getvalue()
    return out.getvalue() if status != 2 else errors.getvalue()


def test_evaluations_are_listed_the_newest_first(office: tuple[Path, str, str]) -> None:
    """The table says what is stored, and which is the latest."""
    folder, old, new = office
    lines = pmpo(folder, "evaluations").splitlines()
    assert lines[0].split() == ["evaluation", "program", "as", "of", "made", "ranked", "size"]
    row = r"trial {2,}2024-03-\d\d {2,}\d{4}-\d\d-\d\d \d\d:\d\d {2,}2 {2,}[\d.]+ kB"
    assert re.fullmatch(f"{new} {{2,}}{row} {{2,}}latest", lines[1])
    assert re.fullmatch(f"{old} {{2,}}{row}", lines[2])
    assert len(lines) == 3


@pytest.mark.parametrize("format", ["json", "csv", "md"])
def test_every_format_has_the_same_columns(office: tuple[Path, str, str], format: str) -> None:
    """JSON, CSV and Markdown tell the same of each evaluation."""
    folder, old, new = office
    told = pmpo(folder, "evaluations", "--format", format)
    names = [
        "evaluation", "program", "as_of", "made", "ranked", "latest", "recorded", "draft", "pinned",
        "because", "size", "damaged",
    ]  # fmt: skip
    if format == "json":
        rows = json.loads(told)
    elif format == "csv":
        rows = list(csv.DictReader(io.StringIO(told)))
    else:
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines()]
        rows = [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
    assert [list(row) for row in rows] == [names, names]
    assert [row["evaluation"] for row in rows] == [new, old]
    assert [str(row["ranked"]) for row in rows] == ["2", "2"]
    assert [str(row["latest"]) for row in rows] == ["True", "False"]


def test_a_pin_is_shown_and_taken_away(office: tuple[Path, str, str]) -> None:
    """What is pinned is listed with its reason, until it is unpinned."""
    folder, old, _ = office
    assert pmpo(folder, "pin", old, "--because", "decided in March") == (
        f"pinned {old}: decided in March; it is never deleted, nor what it rests on\n"
    )
    assert "pinned: decided in March" in pmpo(folder, "evaluations")
    told = json.loads(pmpo(folder, "gc", "--keep-days", "0", "--keep-last", "0", "-f", "json"))
    assert {"evaluation": old, "because": "pinned"} in told["kept"]
    pmpo(folder, "unpin", old)
    assert "pinned" not in pmpo(folder, "evaluations")
    assert "store/not-pinned" in pmpo(folder, "unpin", old, status=2)
    assert "store/not-found" in pmpo(folder, "pin", "ev-nothing", status=2)


def test_collecting_is_a_dry_run_until_told(tmp_path: Path) -> None:
    """Without --delete everything stays; with it exactly what was announced goes."""
    made = stored.office(tmp_path / "office")
    old, new = stored.run(made, 0), stored.run(made, 1)
    words = ("gc", "--keep-days", "0", "--keep-last", "0")
    told = pmpo(made.folder, *words)
    assert re.match(r"would go: [\d.]+ kB\n", told)
    assert told.endswith("stays: 1 latest\nnothing was deleted: add --delete to do it\n")
    assert old in told
    assert len(made.evaluations()) == 2
    announced = json.loads(pmpo(made.folder, *words, "-f", "json"))
    assert not announced["deleted"]
    deleted = json.loads(pmpo(made.folder, *words, "-f", "json", "--delete"))
    assert deleted == announced | {"deleted": True}
    assert [one.id for one in made.evaluations()] == [new]
    assert pmpo(made.folder, *words).startswith("nothing would go\n")


def test_doctor_leaves_with_one_when_something_is_wrong(tmp_path: Path) -> None:
    """Facts, findings and a verdict are printed, and the status tells scripts."""
    made = stored.office(tmp_path / "office")
    stored.run(made)
    told = pmpo(made.folder, "doctor")
    assert told.endswith("store ok: 0 errors, 0 warnings, 0 notes\n")
    assert "sqlite" in told
    (made.folder / "sales.parquet").unlink()
    told = pmpo(made.folder, "doctor", status=1)
    assert "warning[doctor/source-gone]: sales.parquet is gone since it was measured" in told
    assert told.endswith("store examined: 0 errors, 1 warning, 0 notes\n")
    told = pmpo(made.folder, "doctor", "--format", "json", status=1)
    assert [finding["code"] for finding in json.loads(told)["findings"]] == ["doctor/source-gone"]


def test_doctor_repairs_what_it_may(tmp_path: Path) -> None:
    """--fix says what it did."""
    made = stored.office(tmp_path / "office")
    id = stored.run(made)
    (made.folder / ".pmpo" / "evaluations" / "latest" / "trial").write_text("ev-gone\n")
    assert "doctor/latest-dangling" in pmpo(made.folder, "doctor", status=1)
    assert f"repaired: the latest evaluation of trial is now {id}" in pmpo(
        made.folder, "doctor", "--fix"
    )


def test_a_damaged_evaluation_is_listed_as_such(tmp_path: Path) -> None:
    """One damaged evaluation does not hide the others."""
    made = stored.office(tmp_path / "office")
    old, new = stored.run(made, 0), stored.run(made, 1)
    manifest = made.folder / ".pmpo" / "evaluations" / old / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{")
    told = pmpo(made.folder, "evaluations")
    assert new in told
    assert f"{old}  damaged: see `pmpo doctor`" in told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_500_000_000, "2.5 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_sizes_are_short(count: int, told: str) -> None:
    """At most three digits and a unit, rounded up to the next unit where three are not enough."""
    assert size(count) == told
