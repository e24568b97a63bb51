"""Charters that can be read, and what `check` says about them, word for word."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pmpo.assure.check import check
from pmpo.charter.load import load
from pmpo.cli.render_findings import render

GOLDEN = Path(__file__).parents[2] / "golden" / "check"
CASES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))
SCHEMAS = {
    "items": {"sku": "integer", "department": "text", "launched": "date", "listed": "boolean"},
    "sales": {"sku": "integer", "sold_at": "timestamp", "amount": "decimal(12,2)"},
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_explained(case: str, rewrite: bool) -> None:
    """Each charter gives exactly the findings that were reviewed when they were written."""
    name = f"{case}.yaml"
    loaded = load(GOLDEN / name, shown_as=name)
    assert loaded.charter is not None, loaded.findings
    about = [one for one in loaded.findings if one.code != "charter/not-acted-on"]
    found = check(loaded.charter, SCHEMAS, about, today=date(2025, 6, 30))
    said = render(found, {name: loaded.text}) + "\n"
    expected = GOLDEN / f"{case}.txt"
    if rewrite:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8"), "see pytest --rewrite"
