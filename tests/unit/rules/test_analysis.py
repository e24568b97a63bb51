from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.rules.analysis import GAPS_MAX, Gap
from pmpo.rules.boxes import Box, Budget, covered_exactly, uncovered, volume, without
from pmpo.rules.cells import Compare, Constant, parse_cell, quoted
from pmpo.rules.decision import Decision, DecisionRule, Hit, Input, Output
from pmpo.rules.decision_sets import Banding, Case, analyse_decision, idle_tests
from pmpo.rules.domains import Domain, fit
from pmpo.rules.interpret import holds
from pmpo.rules.orders import Days, Labels, Numbers, Texts
from pmpo.rules.regions import between, region

if TYPE_CHECKING:
    from collections.abc import Mapping

PRICE = Domain("label", labels=("thin", "fair", "full"), missing="needs_data")
GROWTH = Domain("number", precision=2)
COVER = Domain("number", precision=0)


def decision(inputs: Mapping[str, Domain], *rows: tuple[str, ...], hit: Hit = "UNIQUE") -> Decision:
    """A table whose rules R1, R2, … have these cells and, last, this output."""
    columns = tuple(Input(name, domain) for name, domain in inputs.items())
    rules = tuple(
        DecisionRule(
            f"R{n}",
            tuple(fit(parse_cell(t), c.domain)[0] for t, c in zip(row[:-1], columns, strict=True)),
            (row[-1],),
        )
        for n, row in enumerate(rows, 1)
    )
    return Decision("action", hit, None, columns, (Output("do", "text"),), rules)


def test_a_gap_has_an_example_and_the_cells_that_would_fill_it() -> None:
    """The example reads like a unit, and the cells like the rule that somebody forgot."""
    table = decision(
        {"growth": GROWTH, "price": PRICE, "cover": COVER},
        (">= 0.10", "-", "-", "display"),
        ("< 0", "-", "-", "stop"),
        ("[0..0.10)", 'not("thin")', "-", "keep"),
        ("[0..0.10)", '"thin"', "> 3", "keep"),
    )
    found = analyse_decision(table)
    assert found.gaps == (Gap(("0.05", "thin", "3"), ("[0..0.1)", '"thin"', "<= 3")),)
    assert found.more_gaps is False


def test_enumerating_gaps_stops_and_says_that_there_are_more() -> None:
    """A table with many holes shows a few of them, and knows that it did not show all."""
    rows = [(str(n), "x") for n in range(0, 40, 2)]
    found = analyse_decision(decision({"cover": COVER}, *rows))
    assert len(found.gaps) == GAPS_MAX
    assert found.more_gaps is True


def test_a_band_and_its_signal_are_one() -> None:
    """What cannot be, a full price at a low realisation, is no gap; with memory it can be."""
    table = decision(
        {"realisation": GROWTH, "price": PRICE},
        ("< 0.75", '"thin"', "a"),
        ("[0.75..0.90)", "-", "b"),
        (">= 0.90", '"full"', "c"),
    )
    edges = ("0.75", "0.90")
    case = Case(bandings={"price": banding("realisation", *edges)})
    assert analyse_decision(table, case).gaps == ()
    assert analyse_decision(table).gaps != ()


def test_two_bands_of_one_signal_are_one() -> None:
    """Bands that cut one signal at different places leave out only what some number reaches."""
    wide = Domain("label", labels=("low", "high"))
    fine = Domain("label", labels=("down", "flat", "up"))
    table = decision(
        {"wide": wide, "fine": fine},
        ('"low"', '"down"', "a"),
        ('"high"', '"up"', "b"),
    )
    bands = {"wide": banding("growth", "0"), "fine": banding("growth", "-0.10", "0.10")}
    found = analyse_decision(table, Case(bandings=bands))
    assert found.gaps == (Gap(("low", "flat"), ("-", '"flat"')),)


def banding(signal: str, *edges: str) -> Banding:
    """A band of a signal with two digits."""
    return Banding(signal, 2, tuple(map(number, edges)), "left")


def number(text: str) -> Decimal:
    """A number as the charter has it."""
    return Decimal(text)


def test_parameters_are_numbers_of_a_case() -> None:
    """The same cells have a gap for one segment and an overlap for another."""
    table = decision({"growth": GROWTH}, ("< PARAM('low')", "a"), (">= 0.10", "b"))
    gap = analyse_decision(table, Case(numbers={"low": number("0.05")}))
    assert [one.point for one in gap.gaps] == [("0.07",)]
    assert [one.cells for one in gap.gaps] == [('[PARAM("low")..0.1)',)]
    both = analyse_decision(table, Case(numbers={"low": number("0.20")}))
    assert [(one.one, one.other) for one in both.overlaps] == [(0, 1)]


def test_a_rule_behind_several_others_is_dead() -> None:
    """Rules that together leave nothing to a later one are named; the default stays alive."""
    table = decision(
        {"growth": GROWTH, "price": PRICE},
        (">= 0.10", "-", "a"),
        ("< 0.10", "-", "b"),
        ("-", '"thin"', "c"),
        ("0.50", "-", "d"),
        ("-", "-", "e"),
        hit="FIRST",
    )
    dead = {one.rule: one.by for one in analyse_decision(table).dead}
    assert dead == {2: (0, 1), 3: (0,), 4: (0, 1)}


def test_five_hundred_rules_and_eight_inputs_are_searched() -> None:
    """Boxes that share out a large space are proved to, and the one that is taken out is found."""
    boxes = shared_out(Random(7), rules=300, inputs=8, width=40)
    space = tuple([(1 << 40) - 1] * 8)
    assert covered_exactly(space, boxes)
    gap = uncovered(space, boxes[1:], Budget())
    assert gap is not None
    assert all(not part & ~whole for part, whole in zip(gap, boxes[0], strict=True))


def test_a_search_that_takes_too_long_says_so() -> None:
    """Without budget nothing is proved, and nothing is claimed."""
    boxes = shared_out(Random(7), rules=50, inputs=8, width=30)
    budget = Budget(3)
    assert uncovered(tuple([(1 << 30) - 1] * 8), boxes, budget) is None
    assert budget.spent


def shared_out(rng: Random, *, rules: int, inputs: int, width: int) -> list[Box]:
    """Boxes that cover everything once."""
    found: list[Box] = [tuple([(1 << width) - 1] * inputs)]
    while len(found) < rules:
        box = found.pop(rng.randrange(len(found)))
        side = rng.randrange(inputs)
        part = box[side] & rng.getrandbits(width)
        taken = (*box[:side], part, *box[side + 1 :])
        found += [taken, *without(box, taken)] if part else [box]
    assert sum(map(volume, found)) == (1 << 0) * width**inputs
    return found


def test_sets_are_written_as_cells() -> None:
    """Open ends where they are shorter, names where there are few, `not` where most belong."""
    tenths, days = Numbers(2), Days()
    assert tenths.cell(between(0, 9), None) == "[0..0.1)"
    assert tenths.cell(region([(-100, -51), (7, 7), (25, float("inf"))]), None) == (
        "[-1..-0.5), 0.07, >= 0.25"
    )
    assert tenths.cell(tenths.whole, "unknown") == 'not("unknown")'
    labels = Labels(("thin", "fair", "full"))
    assert labels.cell(region([(0, 0), (2, 2)], missing=True), "n/a") == '"thin", "full", "n/a"'
    texts = Texts(["A", "B"])
    assert texts.cell(region([(1, 2)]), None) == 'not("A")'
    assert texts.cell(region([(0, 0)]), None) == '"A"'
    assert (
        days.cell(between(days.ends[0], date(2023, 12, 31).toordinal()), None)
        == '<= date("2023-12-31")'
    )


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=4, unique=True))
def test_cells_of_a_gap_can_be_typed_whatever_labels_are_called(labels: list[str]) -> None:
    """Quotes and backslashes in labels are escaped, so that the cell means these labels again."""
    first, *rest = labels
    band = Domain("label", labels=tuple(labels))
    table = decision({"band": band}, (quoted(first), "x"))
    [gap] = analyse_decision(table).gaps
    told = [test.operand for test in parse_cell(gap.cells[0]).tests if isinstance(test, Compare)]
    assert [one.value for one in told if isinstance(one, Constant)] == rest


def test_examples_read_easily() -> None:
    """An example is round and near the middle, or the end that a cell names."""
    numbers = Numbers(4)
    assert numbers.shown(numbers.example(between(1, 999))) == "0.05"
    assert numbers.shown(numbers.example(between(1000, float("inf")))) == "0.1"
    assert numbers.shown(numbers.example(between(-700, -301))) == "-0.05"
    assert numbers.shown(numbers.example(numbers.whole)) == "0"


PARTS = ("< 3", "5", "5", "[2..6)", "(4..8]", "> 7", "0.5", "[0..1]", ">= 9")


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5), st.booleans())
def test_an_alternative_is_idle_when_the_cell_is_the_same_without_it(
    parts: list[str], negated: bool
) -> None:
    """Without those that are told the cell is the same, and without one more it is another."""
    text = ", ".join(parts)
    table = decision({"cover": COVER}, (f"not({text})" if negated else text, "x"))
    idle = {test for _, _, test in idle_tests(table)}

    def held(left_out: set[int]) -> set[int]:
        tests = [part for n, part in enumerate(parts) if n not in left_out]
        return {x for x in range(-2, 12) if any(holds(parse_cell(t), x, {}) for t in tests)}

    assert held(idle) == held(set())
    if len(parts) > 1:
        assert all(held({*idle, n}) != held(set()) for n in range(len(parts)) if n not in idle)


WORDS, AMOUNTS = ("rush", "order", "wait"), (Decimal(0), Decimal(5), Decimal(10))
WORD_CELLS = {
    "-": set(WORDS),
    '"rush"': {"rush"},
    '"order","wait"': {"order", "wait"},
    'not("wait")': {"rush", "order"},
}
AMOUNT_CELLS = {
    "-": set(AMOUNTS),
    "0": {Decimal(0)},
    ">= 5": {Decimal(5), Decimal(10)},
    "(0..10)": {Decimal(5)},
    "< 5,10": {Decimal(0), Decimal(10)},
}


@settings(max_examples=150)
@given(
    st.sets(st.sampled_from([*product(WORDS, AMOUNTS)]), min_size=1),
    st.lists(
        st.tuples(st.sampled_from([*WORD_CELLS]), st.sampled_from([*AMOUNT_CELLS])), min_size=1
    ),
)
def test_only_what_comes_together_needs_a_rule(
    together: set[tuple[str, Decimal]], cells: list[tuple[str, str]]
) -> None:
    """Gaps and overlaps are those of the pairs that there are, as counting them one by one says."""
    inputs = {
        "word": Domain("label", labels=WORDS),
        "amount": Domain("number", precision=0, numbers=AMOUNTS),
    }
    table = decision(inputs, *((*pair, "x") for pair in cells))
    never = [pair for pair in product(WORDS, AMOUNTS) if pair not in together]
    case = Case(never_met=tuple({"word": w, "amount": a} for w, a in never))
    found = analyse_decision(table, case)
    holding = {
        pair: sum(pair[0] in WORD_CELLS[w] and pair[1] in AMOUNT_CELLS[a] for w, a in cells)
        for pair in together
    }
    assert bool(found.gaps) == (0 in holding.values())
    assert bool(found.overlapping) == any(count > 1 for count in holding.values())
    shown = {gap.point for gap in found.gaps}
    assert shown <= {(word, f"{amount:f}") for word, amount in together}
    first = analyse_decision(decision(inputs, *((*pair, "x") for pair in cells), hit="FIRST"), case)
    meant = [{(w, a) for w, a in together if w in WORD_CELLS[x] and a in AMOUNT_CELLS[y]}
             for x, y in cells]  # fmt: skip
    assert {one.rule for one in found.dead} == {n for n, own in enumerate(meant) if not own}
    assert {one.rule for one in first.dead} == {
        n for n, own in enumerate(meant) if own <= set().union(*meant[:n])
    }
    assert {one.rule for one in first.dead if not one.by} == {one.rule for one in found.dead}
    assert not found.gave_up
