"""Small dirty files beside the charters that are proposed for them, reviewed as text."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pmpo.draft.propose import Asked, propose
from pmpo.office import Office

FOLDER = Path(__file__).parent / "drafts"
CASES = sorted(path.stem for path in FOLDER.glob("*.csv"))
WRITTEN = datetime(2025, 7, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("case", CASES)
def test_a_file_has_its_charter(case: str, tmp_path: Path, rewrite: bool) -> None:
    """Each file gives exactly the charter that was reviewed, which checks and runs as it is."""
    file = Path(shutil.copy(FOLDER / f"{case}.csv", tmp_path))
    os.utime(file, (WRITTEN, WRITTEN))
    propose(Asked(file, tmp_path / "office"))
    office = Office(tmp_path / "office")
    text = office.charter_path(office.program()).read_text(encoding="utf-8")
    expected = FOLDER / f"{case}.yaml"
    if rewrite:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8"), f"see pytest {__file__} --rewrite"
    assert [finding.code for finding in office.check() if finding.severity != "note"] == []
    run = office.run()
    assert run.rows(3)
    assert run.why(run.rows(1)[0].unit).contributions


def test_no_charter_is_left_over() -> None:
    """Every charter belongs to a file that is still there."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(CASES)
