"""What became of waivers is read from the ledger: who, when, why, until when."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from pmpo.cli.waiver_views import waivers
from pmpo.decide.waive import waiver_of
from pmpo.loop.due import answered_by
from tests.decided import ANNA, BEN, CHARTER, NOW, trial

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.waiver import Waiver
    from tests.decided import Trial


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An office in which nobody has asked for a waiver yet."""
    return trial(tmp_path_factory.mktemp("waived"))


def shown(made: Trial) -> list[str]:
    """The lines of the list of waivers."""
    found = [("shelves", one) for one in made.desk.waiver_stories()]
    text = StringIO()
    Console(file=text, width=200).print(*waivers(found, made.desk.today), sep="\n")
    return [line.strip() for line in text.getvalue().splitlines()]


def ask(made: Trial, because: str, until: date) -> Waiver:
    """Anna asks for a waiver."""
    return made.desk.waive(waiver_of("sold", "worst", because=because, expires=until), ANNA).waiver


def test_every_waiver_is_told_with_what_became_of_it(made: Trial) -> None:
    """Those that wait come first, then those that hold by their ends, then the rest."""
    assert list(made.desk.waiver_stories()) == []
    soon, later = date(2024, 3, 1), date(2024, 4, 1)
    made.desk.grant(ask(made, "ends", soon).id, BEN)
    made.desk.grant(ask(made, "holds longer", date(2024, 5, 1)).id, BEN)
    made.desk.grant(ask(made, "holds", later).id, BEN)
    ask(made, "too late", soon)
    made.desk.withdraw_waiver(ask(made, "taken back", later).id, ANNA, "")
    made.desk.withdraw_waiver(ask(made, "not so", later).id, BEN, "the bills are here")
    made.desk.withdraw_waiver(ask(made, "again", later).id, BEN, "no")
    ask(made, "again", later)
    made.clock.now = NOW.replace(month=3)
    found = made.desk.waiver_stories()
    assert [(one.waiver.because, one.status(made.desk.today)) for one in found] == [
        ("again", "asked"),
        ("holds", "in-force"),
        ("holds longer", "in-force"),
        ("not so", "turned-down"),
        ("taken back", "withdrawn"),
        ("too late", "lapsed"),
        ("ends", "ended"),
    ]
    granted = [one for one in found if one.granted is not None]
    assert [one.waiver.because for one in granted] == ["holds", "holds longer", "ends"]
    assert {one.waiver.id for one in granted[:2]} == {one.id for one in made.desk.waivers()}
    again, turned = found[0], found[3]
    assert (again.withdrawn, again.asked.actor) == (None, ANNA)
    assert turned.withdrawn is not None
    assert (turned.withdrawn.actor, turned.withdrawn.because) == (BEN, "the bills are here")
    assert granted[0].granted is not None
    assert granted[0].granted.actor == BEN
    assert abs(granted[0].granted.at - NOW) < timedelta(seconds=1)
    last, over = date(2024, 3, 31), date(2024, 4, 1)
    assert [granted[0].status(day) for day in (last, over)] == ["in-force", "ended"]
    assert [again.status(day) for day in (last, over)] == ["asked", "lapsed"]


def test_who_alone_may_grant_reads_what_to_change(tmp_path: Path) -> None:
    """The owner who asks for a waiver, and whom nobody else may grant it, is told so at once."""
    alone = CHARTER + "  waive: {roles: [finance]}\n"
    made = trial(tmp_path, charter=alone)
    waiver = waiver_of("sold", "worst", because="late", expires=date(2024, 3, 1))
    [unmet] = [one for one in made.desk.waive(waiver, ANNA).unmet if one.id == "waive/four-eyes"]
    assert unmet.meets.startswith("nobody else may: name others")
    [item] = made.desk.due()
    assert "waits for an approval that nobody may give" in item.reason
    ends = f"pmpo withdraw {waiver.id} --as NAME"
    assert answered_by(item) == (ends,)
    assert f"next: nobody may grant it; {ends}" in shown(made)
    other = waiver_of("sold", "worst", because="later", expires=date(2024, 3, 1))
    [unmet] = [one for one in made.desk.waive(other, BEN).unmet if one.id == "waive/not-allowed"]
    assert unmet.meets == "let finance do it"
    mine = waiver_of("sold", "worst", because="mine", expires=date(2024, 3, 1))
    many = CHARTER + "  waive: {roles: [finance, lead]}\n"
    made.office.charter_path("shelves").write_text(many, encoding="utf-8")
    [unmet] = made.desk.waive(mine, ANNA).unmet
    assert (unmet.id, unmet.meets) == ("waive/four-eyes", "let ben approve it")
    assert f"next: pmpo approve {mine.id} --as NAME" in shown(made)
    keyed = many.replace("[finance, lead]}", "[finance, lead], needs: [key]}")
    made.office.charter_path("shelves").write_text(keyed, encoding="utf-8")
    typed = f"pmpo approve {mine.id} --as NAME --key FILE"
    assert f"next: {typed}" in shown(made)
    [due] = [one for one in made.desk.due() if one.waits == mine.id]
    assert answered_by(due)[0] == typed
