"""Whatever a charter says, loading it gives a charter or findings, never another exception."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.charter import loads
from pmpo.charter.findings import FINDINGS_MAX
from pmpo.charter.load import Loaded
from pmpo.cli.render_findings import render
from pmpo.diagnostics import has_errors
from tests.unit.charter.corpus import COMPLETE, MINIMAL

BYTES = COMPLETE.encode()
LINES = COMPLETE.splitlines(keepends=True)
PIECES = [
    "null", "true", "-1", "1e400", "''", "[]", "{}", "[[]]", "{a: b}", ".nan", "2017-02-30",
    "PARAM('x')", "PARAM(", "'*'", "&a [1]", "*a", "!!int 1", "decimal(99,99)", "0 weeks",
    "FREQ=", "週", "- x", "|\n  x", "unit", "~", "?", "9" * 50, "0.00",
]  # fmt: skip


def check(loaded: Loaded) -> None:
    """Assert what holds for every result of loading."""
    assert (loaded.charter is None) == has_errors(loaded.findings)
    assert render(loaded.findings, {"c.yaml": loaded.text}) or not loaded.findings
    for finding in loaded.findings:
        assert finding.span is None or finding.span.file == "c.yaml"
        assert finding.message
        assert finding.help or finding.severity == "note"


@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    """Random bytes are never a charter, and always say why."""
    loaded = loads(data, "c.yaml")
    check(loaded)
    assert loaded.charter is None


@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    """Random text is never a charter, lone surrogates included."""
    check(loads(text, "c.yaml"))


@settings(max_examples=200)
@given(st.integers(0, len(BYTES)), st.integers(0, 40), st.binary(max_size=6))
def test_mutated_bytes(start: int, length: int, put: bytes) -> None:
    """A charter with a few bytes replaced is a charter or has findings."""
    check(loads(BYTES[:start] + put + BYTES[start + length :], "c.yaml"))


@settings(max_examples=300)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(PIECES), st.randoms())
def test_mutated_values(line: int, piece: str, chance: random.Random) -> None:
    """A charter in which one value is of another kind is a charter or has findings."""
    text = LINES[line].rstrip("\n")
    head, colon, value = text.partition(": ")
    if colon and value.startswith("{"):
        parts = value.strip("{}").split(", ")
        index = chance.randrange(len(parts))
        parts[index] = parts[index].partition(": ")[0] + ": " + piece
        value = "{" + ", ".join(parts) + "}"
    else:
        value = piece
    changed = [*LINES[:line], f"{head}: {value}\n", *LINES[line + 1 :]]
    check(loads("".join(changed), "c.yaml"))


@given(st.lists(st.integers(0, len(LINES) - 1), max_size=6, unique=True))
def test_left_out_lines(gone: list[int]) -> None:
    """A charter without some of its lines is a charter or has findings."""
    check(loads("".join(line for n, line in enumerate(LINES) if n not in gone), "c.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL + "".join(f"field{n}: 1\n" for n in range(20_000)),
        MINIMAL + "owner: other\n" * 20_000,
        MINIMAL + "parameters:\n" + "".join(f"  P{n}: 1\n" for n in range(20_000)),
        MINIMAL.replace("[sku]", f"[{', '.join(['sku'] * 50_000)}]"),
    ],
    ids=["unknown", "repeated", "misnamed", "listed"],
)
def test_more_findings_than_anybody_reads_are_counted(text: str) -> None:
    """A file made to be wrong gets a bounded report that says how much it leaves out."""
    loaded = loads(text, "c.yaml")
    check(loaded)
    assert len(loaded.findings) <= FINDINGS_MAX + 2
    assert loaded.findings[-1].code == "charter/too-many"


def test_the_valid_charters_pass_the_same_check() -> None:
    """The assertions of this module hold for valid charters too."""
    for text in (MINIMAL, COMPLETE):
        loaded = loads(text, "c.yaml")
        check(loaded)
        assert loaded.charter is not None
