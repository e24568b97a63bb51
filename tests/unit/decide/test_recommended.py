"""What was recommended is accepted as it is; what differs from it says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.decide.madr import madr
from pmpo.decide.propose import decimal_of, expectation
from pmpo.diagnostics import PmpoError
from pmpo.loop.review import since_last
from tests.decided import ANNA, BEN, CHARTER, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial

TABLE = """\
tables:
  action:
    hit: UNIQUE
    inputs: [earned]
    outputs: [action, facings]
    rules:
      - {id: R1, when: ['>= 20'], then: [display, 4], because: It earns.}
      - {id: R2, when: ['< 20'], then: [keep, 1], because: It earns little.}
"""
OVERRIDE = {"verdict": "override", "reason_code": "strategy", "because": "a holiday"}


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office whose table recommends `display` and four facings for `a`."""
    precise = CHARTER.replace("source: bills\n", "source: bills\n    precision: 2\n")
    return trial(tmp_path, charter=precise + TABLE)


@pytest.mark.parametrize(
    ("typed", "lacking"),
    [
        ({"quantity": Decimal(4)}, []),
        ({"quantity": Decimal("4.00"), "option": "display"}, []),
        ({"quantity": Decimal(9)}, ["accept/differs"]),
        ({"option": "keep"}, ["accept/differs"]),
        ({"action": "keep"}, ["accept/differs"]),
        ({"verdict": "hold", "quantity": Decimal(-3)}, ["quantity/negative"]),
        ({**OVERRIDE, "action": "keep"}, []),
        ({**OVERRIDE, "action": "display", "quantity": Decimal(9)}, []),
        ({**OVERRIDE, "action": "dance"}, ["override/unknown-action"]),
    ],
)
def test_what_differs_is_an_override(
    made: Trial, typed: dict[str, Any], lacking: list[str]
) -> None:
    """Accepting takes the recommended numbers; an override is one of the outcomes of the table."""
    answer = made.desk.propose(wish(**typed), ANNA, dry_run=True)
    assert [one.id for one in answer.unmet] == lacking
    for one in answer.unmet:
        if one.id == "accept/differs":
            assert "`a`: outcome display, action.facings 4" in one.reason
            assert "--verdict override" in one.meets
        if one.id == "override/unknown-action":
            assert one.meets.endswith(": display, keep")


def test_a_decision_names_every_rule_that_was_collected(tmp_path: Path) -> None:
    """Where several rules hold together, the record has each of them with its reason."""
    collecting = """\
  care:
    hit: COLLECT
    aggregate: SUM
    inputs: [earned]
    outputs: [minutes]
    rules:
      - {id: C1, when: ['>= 0'], then: [5], because: Look at it.}
      - {id: C2, when: ['>= 1'], then: [5], because: Look again.}
outcome: action
"""
    precise = CHARTER.replace("source: bills\n", "source: bills\n    precision: 2\n")
    made = trial(tmp_path, charter=precise + TABLE + collecting)
    answer = made.desk.propose(wish(), ANNA, dry_run=True)
    rules = answer.decision.proposal.recommended[0].rules
    assert [(one["table"], one["id"]) for one in rules] == [
        ("action", "R1"),
        ("care", "C1"),
        ("care", "C2"),
    ]


def test_without_a_table_quantities_are_free(tmp_path: Path) -> None:
    """A charter that recommends no number says nothing against one."""
    made = trial(tmp_path)
    answer = made.desk.propose(wish(quantity=Decimal(9), option="big"), ANNA, dry_run=True)
    assert answer.unmet == ()


def test_saying_it_twice_is_told(made: Trial) -> None:
    """The second time it is the same proposal, and nothing lacks; what was withdrawn is refused."""
    first = made.desk.propose(wish(), ANNA)
    again = made.desk.propose(wish(), ANNA)
    assert (first.again, again.again, again.unmet, again.recorded) == (False, True, (), 0)
    assert again.waiting is not None
    made.desk.withdraw(first.decision.id, ANNA, "not now")
    third = made.desk.propose(wish(), ANNA)
    assert [one.id for one in third.unmet] == ["propose/again"]
    assert "withdrawn" in third.unmet[0].reason


def test_when_nothing_is_left_it_says_so(made: Trial) -> None:
    """The rest is accepted once; then nothing is left to decide."""
    rest = {"units": (), "rest": True, "gains": None, "gives_up": None, "because": "as it says"}
    made.desk.propose(wish(**rest), ANNA)
    made.desk.approve(next(iter(made.desk.state().decisions)), BEN)
    none = made.desk.propose(wish(**rest), ANNA)
    assert [one.id for one in none.unmet] == ["units/nothing-left"]


def test_a_unit_out_of_scope_is_told_with_its_reason(tmp_path: Path) -> None:
    """Whoever decides about it reads why the evaluation does not rank it."""
    out = "scope: {out: [{where: sku = 'd', because: Dill is sold elsewhere.}]}\n"
    made = trial(tmp_path, charter=CHARTER + out)
    answer = made.desk.propose(wish(units=("d",)), ANNA, dry_run=True)
    [told] = [one for one in answer.unmet if one.id == "units/unknown"]
    id = made.office.latest().evaluation.id
    assert told.reason == f"`d` is not ranked in {id} (out of scope: Dill is sold elsewhere.)"


def test_what_is_typed_instead_exists(made: Trial) -> None:
    """An approval that comes after another decision says which command replaces that one."""
    late = made.desk.propose(wish(because="slower"), ANNA).decision.id
    first = made.desk.propose(wish(), ANNA).decision.id
    made.desk.approve(first, BEN)
    refused = made.desk.approve(late, BEN)
    [told] = refused.unmet
    assert told.id == "supersedes/missing"
    assert f"`pmpo decide a --supersedes {first} --as NAME …`" in told.meets


def test_units_of_one_name_are_told_apart(made: Trial) -> None:
    """Every record names the key beside a label: two units may be called the same."""
    items = {"sku": ["a", "b", "c", "d"], "name": ["Fruit", "Fruit", "Cheese", "Dill"]}
    pq.write_table(pa.table(items), made.office.folder / "items.parquet")
    made.office.run("shelves", as_of="2024-01-31")
    one = made.desk.propose(wish(quantity=Decimal(4)), ANNA).decision
    [item] = made.desk.due()
    assert item.reason.startswith("Fruit (a): accept")
    made.desk.approve(one.id, BEN)
    one = made.desk.decision(one.id)
    page = madr(one, made.desk.charter)
    assert page.startswith("---\nstatus: provisional\n")
    assert "# Fruit (a): accepted as recommended, display (4)\n" in page
    assert "\nFruit (a): accepted as recommended, display (4).\n" in page
    assert "| Fruit (a) |" in page
    assert [one.told_status for one in since_last(made.desk.state())] == ["provisional"]


def test_a_page_without_follow_up_has_no_heading_for_it(tmp_path: Path) -> None:
    """Nothing to confirm leaves no empty part."""
    text = CHARTER.replace(", needs: [expectation, conflict]", "")
    made = trial(tmp_path, charter=text)
    one = made.desk.propose(wish(expectation=None, conflict=""), ANNA).decision
    assert "### Confirmation" not in madr(one, made.desk.charter)
    full = made.desk.propose(wish(because="x"), ANNA).decision
    assert "### Confirmation\n\n- Expected: sold" in madr(full, made.desk.charter)


def test_a_number_that_nobody_recommended_is_no_acceptance(tmp_path: Path) -> None:
    """Where the table gives words only, a quantity is something else than what it says."""
    words = TABLE.replace("[action, facings]", "[action]").replace("display, 4", "display")
    precise = CHARTER.replace("source: bills\n", "source: bills\n    precision: 2\n")
    made = trial(tmp_path, charter=precise + words.replace("keep, 1", "keep"))
    answer = made.desk.propose(wish(quantity=Decimal(9)), ANNA, dry_run=True)
    [told] = answer.unmet
    assert told.reason == "quantity 9 is not what is recommended for `a`: outcome display"


def test_another_unit_to_compare_with_is_told_as_such(made: Trial) -> None:
    """Whoever picks a weak opponent cannot call it the best one left out."""
    answer = made.desk.propose(wish(against="d"), ANNA)
    said = answer.decision.proposal.trade_off
    assert said is not None
    assert (said.against, said.best) == ("d", "c")
    page = madr(answer.decision, None)
    assert "- taking d instead, which was named to compare with\n" in page
    assert "- taking c instead, the best unit left out\n" in page
    kept = made.desk.decision(answer.decision.id)
    assert kept.proposal == answer.decision.proposal
    own = made.desk.propose(wish(because="x", against="c"), ANNA).decision
    assert "best" not in (own.proposal.as_json()["trade_off"] or {})
    assert "- taking c instead, the best unit left out\n" in madr(own, None)


@pytest.mark.parametrize("against", ["a", "d"])
def test_what_cannot_be_compared_with_is_refused(tmp_path: Path, against: str) -> None:
    """Neither the unit itself nor one without a rank is an alternative."""
    out = "scope: {out: [{where: sku = 'd', because: Dill is sold elsewhere.}]}\n"
    made = trial(tmp_path, charter=CHARTER + out)
    answer = made.desk.propose(wish(against=against), ANNA, dry_run=True)
    assert [one.id for one in answer.unmet] == ["trade_off/against"]


@pytest.mark.parametrize("typed", ["1e31", "1e-31", "1e500000", "nan", "-inf", "x"])
def test_a_number_is_one_that_people_can_read(typed: str) -> None:
    """What would fill pages with noughts is refused like what is no number."""
    with pytest.raises(ValueError, match=typed):
        decimal_of(typed)
    with pytest.raises(PmpoError, match="decision/expectation"):
        expectation(f"sold >= {typed}", date(2024, 6, 1))
    assert decimal_of("1e29") == Decimal(10) ** 29
