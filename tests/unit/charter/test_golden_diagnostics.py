"""Bad charters and what is said about them, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmpo.charter.load import load
from pmpo.cli.render_findings import render

GOLDEN = Path(__file__).parents[2] / "golden" / "diagnostics"
CASES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))


@pytest.mark.parametrize("case", CASES)
def test_bad_charter_is_explained(case: str, rewrite: bool) -> None:
    """Each bad charter gives exactly the findings that were reviewed when they were written."""
    name = f"{case}.yaml"
    loaded = load(GOLDEN / name, shown_as=name)
    said = render(loaded.findings, {name: loaded.text}) + "\n"
    expected = GOLDEN / f"{case}.txt"
    if rewrite:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8"), "see pytest --rewrite"
    assert loaded.charter is None
