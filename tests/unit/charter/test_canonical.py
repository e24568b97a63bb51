from __future__ import annotations

import pytest

from pmpo.charter import loads
from tests.unit.charter.corpus import COMPLETE, MINIMAL, changed


def logic(text: str) -> str:
    """The logic hash of the charter in `text`."""
    loaded = loads(text, "c.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter.logic_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("names: {en: Growth, ja: 伸び}", "names: {en: Other}"),
        (", because: New lines have no history.", ""),
        ("because: Growing and earning.", "because: Other."),
        ("because: Seasonal lines belong to the event calendar.", "because: Other."),
        ("    cites: [finance close 2017-06]\n", ""),
        ("charter: 1\n", "# a remark\n\ncharter: 1\n"),
        ("program: range-review\n", "program:   'range-review'\n"),
        ("{every: 1 day, late_after: 36 hours}", "{late_after: 36 hours, every: 1 day}"),
    ],
)
def test_documentation_and_layout_change_no_logic(old: str, new: str) -> None:
    """Names, reasons, citations, remarks, quotes and the order of fields are not logic."""
    assert logic(changed((old, new), text=COMPLETE)) == logic(COMPLETE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight: 60", "weight: 60.0"),
        ("- 1\n", "- 1.0\n"),
        ("status: reviewed\n", "status: draft\n"),
        ("owner: data-team", "owner: other"),
        ("  kind: durable\n", ""),
        ("capacity: 20", "capacity: 21"),
        ("retail_disc: {type: 'decimal(12,2)'", "retail_disc: {type: 'decimal(12,3)'"),
    ],
)  # fmt: skip
def test_everything_else_is_logic_as_written(old: str, new: str) -> None:
    """Unset differs from set to the default, and decimals and formulas keep their text."""
    assert logic(changed((old, new), text=COMPLETE)) != logic(COMPLETE)


def test_order_of_axes_and_their_signals_is_logic() -> None:
    """Ties between weights go to the first, so the order of axes and their signals counts."""
    axes = MINIMAL[MINIMAL.index("axes:\n") + len("axes:\n") :]
    first, second = axes.splitlines(keepends=True)
    swapped = MINIMAL.replace(axes, second + first)
    assert logic(swapped) != logic(MINIMAL)

    both = "axes:\n  all: {weight: 100, signals: {revenue: 50, returns: 50}}\n"
    turned = "axes:\n  all: {weight: 100, signals: {returns: 50, revenue: 50}}\n"
    head = MINIMAL[: MINIMAL.index("axes:\n")]
    assert logic(head + both) != logic(head + turned)


def test_order_elsewhere_is_not_logic() -> None:
    """The order of sources or of fields cannot change a number."""
    start, end = MINIMAL.index("  items:"), MINIMAL.index("  sales:")
    items = MINIMAL[start:end]
    moved = (MINIMAL[:start] + MINIMAL[end:]).replace("\nsignals:", items + "\nsignals:")
    assert logic(moved) == logic(MINIMAL)


def test_definitions_called_like_documentation_stay() -> None:
    """Only fields are left out: a signal that happens to be called `names` is logic."""
    text = changed(("  returns:\n", "  names:\n"), ("{returns: 100}", "{names: 100}"))
    other = changed(("value: {0: 100, 50: 0}", "value: {0: 100, 51: 0}"), text=text)
    assert logic(text) != logic(other)


def test_hash_is_stable() -> None:
    """The name of a charter is the same in every release: it stands in ledgers."""
    assert (
        logic(MINIMAL) == "sha256:6d8dd7b8211f141ae2561da447509118321559b1712d0968c639964d9367914e"
    )
