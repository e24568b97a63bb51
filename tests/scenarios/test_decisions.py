"""Deciding from the command line: refused, proposed, approved, waived, broken, reviewed."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.cli.below_views import DRAFT
from tests.decided import CHARTER, trial
from tests.scenarios.terminal import pmpo, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.terminal import Done

FINE = ("--gains", "growth", "--gains", "margin", "--gives-up", "nothing", "--conflict", "none",
        "--expect", "sold >= 90", "--by", "2099-06-01")  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Three people, two axes, one evaluation."""
    return trial(tmp_path).office.folder


def typed(office: Path, *words: str, code: int = 0) -> Done:
    """Type a command in the office."""
    done = pmpo(*words, cwd=office)
    assert done.code == code, done.said
    return done


def proposed(office: Path, *more: str) -> str:
    """Propose to take one unit; the id of the decision."""
    words = ("decide", "Apple", "--as", "anna", *FINE, *more, "--format", "json")
    return str(typed(office, *words).json()["decision"])


def unmet(done: Done) -> list[str]:
    """The ids of the conditions that are said to be unmet."""
    return re.findall(r"unmet \[(\S+)\]", done.out)


def test_from_a_refusal_to_a_decision(office: Path) -> None:
    """Each refusal says what to type, and typing it leads to a decision that two people made."""
    bare = typed(office, "decide", "Apple", "--as", "anna", code=1)
    assert unmet(bare) == ["trade_off/missing", "expectation/missing", "conflict/missing"]
    assert "+20.0" in bare.out
    stray = pmpo("decide", "Apple", "--as", "anna", "--gains", "growth", "margin", cwd=office)
    assert stray.codes == ["unit/unknown"]
    assert "`--gains margin`" in stray.err
    wrong = typed(office, "decide", "Apple", "--as", "anna", *FINE[:2], "--gives-up", "margin",
                  *FINE[6:], code=1)  # fmt: skip
    assert unmet(wrong) == ["trade_off/contradicted/margin"]
    proposed = typed(office, "decide", "Apple", "--as", "anna", *FINE, "--format", "json").json()
    assert proposed["status"] == "proposed"
    again = typed(office, "decide", "Apple", "--as", "anna", *FINE)
    assert again.out.startswith(f"already proposed as {proposed['decision']}")
    id = proposed["decision"]
    assert unmet(typed(office, "approve", id, "--as", "anna", code=1)) == ["approve/nobody"]
    assert "waits for approval" in typed(office, "due").out
    done = typed(office, "approve", id, "--as", "ben")
    assert "decided; provisional" in done.out
    [row] = typed(office, "decisions", "--format", "json").json()
    assert (row["status"], row["by"], row["approved_by"]) == ("decided", "anna", ["ben"])
    page = typed(office, "decisions", id, "--format", "md").out
    assert page.startswith("---\nstatus: provisional")
    assert "Good, because it gains margin (+20.0 points)" in page
    typed(office, "verify")


def test_a_refusal_rounds_as_its_table_does(tmp_path: Path) -> None:
    """31.25 points are 31.3 in the sentence and in the table below it."""
    charter = CHARTER.replace("{0: 0, 50: 100}", "{0: 0, 32: 100}")
    folder = trial(tmp_path, charter=charter).office.folder
    words = ("decide", "Apple", "--as", "anna", *FINE[:2], "--gives-up", "margin", *FINE[6:])
    said = typed(folder, *words, code=1)
    assert "the numbers say +31.3 points" in " ".join(said.out.split())
    assert re.search(r"^margin +\+31\.3$", said.out, re.MULTILINE)


def test_a_charter_is_signed_by_two(office: Path) -> None:
    """The first signature says what is missing, the second ratifies."""
    first = typed(office, "ratify", "--as", "anna")
    assert "1 of 2 signatures" in first.out
    assert "ratified" in typed(office, "ratify", "--as", "ben").out
    again = typed(office, "ratify", "--as", "cleo", code=1)
    assert unmet(again) == ["ratify/already"]
    assert unmet(typed(office, "ratify", "--as", "mallory", code=1))[0] == "ratify/not-allowed"


def test_a_run_says_when_its_charter_begins_to_count(office: Path) -> None:
    """A charter that two have ratified for later is a draft until then, not one without names."""
    run = ("run", "--as-of", "2024-01-30", "--record", "--as", "anna")
    assert "a draft, as it is not ratified" in typed(office, *run).out
    for who in ("anna", "ben"):
        typed(office, "ratify", "--as", who, "--effective", "2999-01-01")
    said = " ".join(typed(office, *run).out.split())
    assert "its charter is a draft until it counts, from Tue 2999-01-01 00:00 UTC" in said


def test_board_and_why_say_what_is_a_draft(office: Path) -> None:
    """Whoever looks before deciding sees what `run` said, until enough people have signed."""
    for words in (("board",), ("why", "Apple")):
        assert f"draft: {DRAFT}" in " ".join(typed(office, *words).out.split())
    for who in ("anna", "ben"):
        typed(office, "ratify", "--as", who)
    for words in (("board",), ("why", "Apple")):
        assert "draft" not in typed(office, *words).out


def test_what_counted_when_it_was_recorded_is_no_draft_later(office: Path) -> None:
    """A charter that took its place makes no draft of what was evaluated before."""
    for who in ("anna", "ben"):
        typed(office, "ratify", "--as", who)
    run = ("run", "--as-of", "2024-01-30", "--format", "json")
    kept = typed(office, *run, "--record", "--as", "anna").json()["evaluation"]
    charter = office / "programs/shelves/charter.yaml"
    charter.write_text(charter.read_text("utf-8").replace("{0: 0, 50: 100}", "{0: 0, 60: 100}"))
    draft = typed(office, *run).json()["evaluation"]
    for who in ("anna", "ben"):
        typed(office, "ratify", "--as", who)
    assert "draft" not in typed(office, "board", "-e", kept).out
    assert "draft" not in typed(office, "board", "-e", draft).out
    charter.write_text(charter.read_text("utf-8").replace("{0: 0, 60: 100}", "{0: 0, 70: 100}"))
    draft = typed(office, *run).json()["evaluation"]
    assert f"draft: {DRAFT}" in typed(office, "board", "-e", draft).out


def test_a_waiver_changes_the_next_run_and_no_other(office: Path) -> None:
    """It is asked for by one, granted by another, and seen in the evaluation that used it."""
    words = ("waive", "earned", "--policy", "block", "--until", "2099-01-01", "--as", "anna")
    assert unmet(typed(office, *words, code=1)) == ["waive/because"]
    asked = typed(office, *words, "--because", "bills are late", "--format", "json").json()
    id = asked["waiver"]["id"]
    before = typed(office, "run", "--as-of", "2024-01-30", "--format", "json").json()
    assert unmet(typed(office, "approve", id, "--as", "anna", code=1))[0] == "waive/not-allowed"
    typed(office, "approve", id, "--as", "ben")
    twice = typed(office, "approve", id, "--as", "ben", code=1)
    assert unmet(twice) == ["waive/already"]
    after = typed(office, "run", "--as-of", "2024-01-30", "--format", "json").json()
    assert before["table"] == after["table"]
    assert before["evaluation"] != after["evaluation"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("decide", "Apple"), "actor/nobody"),
        (("decide", "Apple", "--as", "anna", "--by", "soon", "--expect", "x >= 1"), "decision/day"),
        (("decide", "Apple", "--as", "anna", "--expect", "x >= 1"), "decision/expectation"),
        (("decide", "Apple", "--as", "anna", "--expect", "good", "--by", "2099-01-01"),
         "decision/expectation"),
        (("decide", "Apple", "--as", "anna", "--quantity", "many"), "decision/number"),
        (("decide", "Apple", "--as", "anna", "--rest"), "decision/rest"),
        (("decide", "Apple", "--as", "anna", "--todo", "something"), "decision/action"),
        (("decide", "Apple", "--as", "anna", "--evaluation", "ev-000000000000"), "store/not-found"),
        (("approve", "de-000000000000", "--as", "ben"), "decision/unknown"),
        (("approve", "wa-000000000000", "--as", "ben"), "waiver/unknown"),
        (("stands", "due-000000000000", "--as", "ben"), "due/unknown"),
        (("snooze", "due-000000000000", "--until", "2001-01-01", "--as", "ben"), "due/until"),
        (("review", "--as", "anna"), "review/not-allowed"),
        (("review", "--as", "ben", "--notes", "none.md"), "review/notes"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(office: Path, words: tuple[str, ...], code: str) -> None:
    """Bad input says what to type, and writes nothing."""
    before = typed(office, "decisions", "--format", "json").json()
    done = pmpo(*words, cwd=office, env={"PMPO_AS": ""})
    assert done.code == 2, done.said
    assert done.codes[0] == code
    assert typed(office, "decisions", "--format", "json").json() == before


def test_two_approvals_at_once_make_one_decision(office: Path) -> None:
    """A retry by the same person is the same approval; the ledger holds one of it, one decision."""
    id = proposed(office)
    running = [started("approve", id, "--as", "ben", cwd=office) for _ in range(4)]
    said = [one.communicate()[1].decode() for one in running]
    ends = [one.returncode for one in running]
    assert set(ends) <= {0, 2}, said
    assert 0 in ends, said
    assert all("decision/not-open" in text for end, text in zip(ends, said, strict=True) if end)
    from pmpo.office import Office

    kinds = [one.entry.kind for one in Office(office).ledger().entries()]
    assert kinds.count("Decided") == kinds.count("Approved") == 1


def test_once_around_the_loop(office: Path) -> None:
    """An assumption breaks, `due` says whose it is, a new verdict answers, minutes are written."""
    id = proposed(office, "--rests-on", "cost-share")
    typed(office, "approve", id, "--as", "ben")
    assert "nothing is due" in typed(office, "due", "--check", "--as", "anna").out
    from pmpo.office import Office
    from tests.decided import Clock, Trial

    Trial(Office(office), Clock()).bills(("a", 10, 300))
    found: list[dict[str, Any]] = typed(
        office, "due", "--check", "--as", "anna", "--format", "json"
    ).json()
    [item] = found
    assert (item["kind"], item["owner"], item["decisions"]) == (
        "assumption-broken", "finance", [id],
    )  # fmt: skip
    held = typed(
        office, "decide", "Apple", "--verdict", "hold", "--as", "anna", "--conflict", "none",
        "--because", "until costs fall", "--supersedes", id, "--resolves", item["id"],
        "--format", "json",
    ).json()  # fmt: skip
    typed(office, "approve", held["decision"], "--as", "ben")
    assert "nothing is due" in typed(office, "due").out
    said = typed(office, "review", "--as", "ben", "--present", "anna")
    [minutes] = list((office / "reviews" / "shelves").iterdir())
    assert minutes.name in said.out
    text = minutes.read_text(encoding="utf-8")
    assert f"`{held['decision']}` hold Apple" in text
    assert f"answers {item['id']}" in text


def test_a_plan_names_the_decisions_it_would_reopen(office: Path) -> None:
    """A draft that leaves a decided unit out of scope says which decision rests on it."""
    words = ("plan", "--as-of", "2024-01-30")
    id = proposed(office)
    typed(office, "approve", id, "--as", "ben")
    charter = office / "programs" / "shelves" / "charter.yaml"
    draft = charter.read_text(encoding="utf-8") + "scope: {in: sold < 85}\n"
    charter.write_text(draft, encoding="utf-8")
    said = typed(office, *words, "--format", "json").json()
    assert said["reopens"] == [{"decision": id, "units": ["a"]}]
    out = typed(office, *words).out
    assert id in out.partition("Who is ranked at all")[0]
    assert "Who is ranked at all" in out
    assert id in typed(office, *words, "--format", "md").out
    charter.write_text(draft.replace("sold < 85", "sold < 1000"), encoding="utf-8")
    assert typed(office, *words, "--format", "json").json()["reopens"] == []


def test_drafts_are_marked(office: Path) -> None:
    """A run under a charter that nobody has ratified says so, and so does the list."""
    run = ("run", "--as-of", "2024-01-31")
    assert "draft " in typed(office, *run).out
    assert "draft" not in typed(office, "evaluations").out
    recorded = typed(office, *run, "--record", "--as", "anna").out
    assert "its charter is a draft, as it is not ratified" in recorded
    assert "recorded, draft" in typed(office, "evaluations").out
    for who in ("anna", "ben"):
        typed(office, "ratify", "--as", who)
    assert "draft" not in typed(office, *run).out


def test_what_was_decided_is_read_without_its_evaluation(office: Path) -> None:
    """The record of a decision comes from the ledger, also where the evaluation is lost."""
    id = proposed(office)
    for folder in (office / ".pmpo" / "evaluations").glob("ev-*"):
        shutil.rmtree(folder)
    assert "# Apple (a): accepted" in typed(office, "decisions", id, "--format", "md").out
    assert "decision/grounds-lost" in typed(office, "approve", id, "--as", "ben", code=2).err


def test_a_ledger_that_cannot_be_read_has_not_no_entries(office: Path) -> None:
    """`doctor` does not say that nothing was recorded where it cannot know."""
    assert "no entries" in typed(office, "doctor").out
    proposed(office)
    (office / ".pmpo" / "ledger" / "ledger.db").write_bytes(b"")
    said = typed(office, "doctor", code=1).out
    assert "cannot be read: see below" in said
    assert "no entries" not in said


def test_who_may_not_approve_reads_that_it_was_not_approved(office: Path) -> None:
    """The first word of a refused approval is not that it waits."""
    id = proposed(office)
    said = typed(office, "approve", id, "--as", "anna", code=1).out
    assert said.startswith("not approved: accept Apple (a)")
    assert "next:" not in said


def test_what_is_put_aside_and_turned_down_is_told(office: Path) -> None:
    """The queue keeps in sight what is quiet; a waiver leaves it when it is turned down."""
    words = ("waive", "sold", "--policy", "impute", "--value", "2.50", "--until", "2099-01-01",
             "--unit", "Apple", "--because", "late [x]", "--as", "anna")  # fmt: skip
    said = typed(office, *words).out
    id = re.findall(r"wa-[0-9a-f]{12}", said)[0]
    assert "where `sold` is missing `impute` 2.5, for `a`, until 2099-01-01" in said
    [item] = typed(office, "due", "--format", "json").json()
    quiet = typed(office, "snooze", item["id"], "--as", "ben", "--until", "2098-01-01",
                  "--because", "after the move").out  # fmt: skip
    assert "nothing is due" in quiet
    told = " ".join(typed(office, "due").out.split())
    assert "put aside" in told
    assert "until 2098-01-01 by ben: after the move" in told
    typed(office, "withdraw", id, "--as", "ben", code=2)
    assert f"withdrawn: {id}" in typed(office, "withdraw", id, "--as", "ben", "--because", "no").out
    assert typed(office, "due").out.strip() == "nothing is due"


def test_a_program_reads_what_is_put_aside_when_it_asks(office: Path) -> None:
    """`due` keeps its rows; `--put-aside` gives the quiet ones, with who, why, until when."""
    proposed(office)
    [item] = typed(office, "due", "--format", "json").json()
    assert "nothing is put aside" in typed(office, "due", "--put-aside").out
    typed(
        office, "snooze", item["id"], "--as", "ben", "--until", "2098-01-01", "--because", "later"
    )
    assert typed(office, "due", "--format", "json").json() == []
    [quiet] = typed(office, "due", "--put-aside", "--format", "json").json()
    added = {"until": "2098-01-01", "put_aside_by": "ben", "because": "later"}
    assert quiet == {**item, **added}
    assert "| 2098-01-01 | ben | later |" in typed(office, "due", "--put-aside", "-f", "md").out
    told = typed(office, "due", "--put-aside").out
    assert "until 2098-01-01 by ben: later" in told
    assert "nothing is due" not in told


def test_waivers_are_listed_with_what_became_of_them(office: Path) -> None:
    """As a table, JSON, CSV and Markdown: who asked, who granted or turned it down, and why."""
    ids = []
    for because in ("late [x]", "later"):
        said = typed(office, "waive", "sold", "--policy", "impute", "--value", "2.5", "--unit",
                     "Apple", "--until", "2099-01-01", "--because", because, "--as", "anna",
                     "--format", "json").json()  # fmt: skip
        ids.append(said["waiver"]["id"])
    typed(office, "approve", ids[0], "--as", "ben")
    typed(office, "withdraw", ids[1], "--as", "ben", "--because", "no need")
    table = typed(office, "waivers").out
    assert f"{ids[0]}  in force" in table
    assert f"{ids[1]}  turned down" in table
    assert "where `sold` is missing `impute` 2.5, for `a`, until 2099-01-01" in table
    assert "because late [x]" in table
    assert re.search(r"asked for by anna on [0-9-]{10}, granted by ben on [0-9-]{10}\n", table)
    assert re.search(r"turned down by ben on [0-9-]{10}: no need\n", table)
    first, second = typed(office, "waivers", "--format", "json").json()
    known = ("status", "policy", "value", "units", "until", "asked_by", "granted_by", "program")
    assert [first[name] for name in known] == [
        "in-force", "impute", "2.5", ["a"], "2099-01-01", "anna", "ben", "shelves",
    ]  # fmt: skip
    assert (second["withdrawn_by"], second["withdrawn_because"]) == ("ben", "no need")
    assert typed(office, "waivers", "-f", "csv").out.startswith("waiver,status,signal,policy,value")
    assert typed(office, "waivers", "-f", "md").out.count("\n") == 4
    wrong = typed(office, "approve", ids[0][:-1], "--as", "ben", code=2).said
    assert "`pmpo waivers` lists them" in " ".join(wrong.split())


def test_decisions_are_found_by_unit_and_by_where_they_stand(office: Path) -> None:
    """Nothing found is said as such; one decision is not filtered."""
    id = proposed(office)
    words = ("decisions", "--status", "proposed", "--unit", "Dill", "--unit")
    [row] = typed(office, *words, "Apple", "--format", "json").json()
    assert row["decision"] == id
    none = typed(office, *words, "Bread").out
    assert "there is no decision about `Dill` or `Bread` that is proposed" in none
    assert "leave out --unit" in typed(office, "decisions", id, "--unit", "Dill", code=2).said


def test_from_a_commitment_to_its_early_end(tmp_path: Path) -> None:
    """Typing what each refusal asks for ends one unit of two inside its fence, and no other."""
    charter = CHARTER.replace("capacity: 2", "capacity: 2, fence: 4 weeks")
    office = trial(tmp_path, charter=charter).office.folder
    both = ("decide", "Apple", "Bread", "--as", "anna", "--conflict", "none", *FINE[-4:])
    numbers = typed(office, *both, "--gains", "nothing", code=1).out
    sides = re.findall(r"say `(--gains|--gives-up) (\w+)`", numbers)
    sides = [word for side in sides for word in side] or ["--gains", "nothing"]
    id = str(typed(office, *both, *sides, "--format", "json").json()["decision"])
    assert "fence" not in typed(office, "decisions", id).out
    typed(office, "approve", id, "--as", "ben")
    assert re.search(
        r"fence +until 20\d\d-\d\d-\d\d \d\d:\d\d UTC", typed(office, "decisions", id).out
    )
    begun = typed(office, "progress", id, "executing", "--unit", "Bread", "--as", "cleo").out
    assert "1 committed, 1 executing" in " ".join(begun.split())
    assert "decision/fenced" in typed(office, "progress", id, "stopped", "--as", "cleo", code=2).err
    end = ("decide", "Bread", "--verdict", "stop", "--supersedes", id, "--because", "recalled",
           "--conflict", "none", "--as", "cleo")  # fmt: skip
    assert unmet(typed(office, *end, code=1)) == ["fence/reason-code", "fence/switching-cost"]
    paid = (*end, "--reason-code", "ethics", "--switching-cost", "[300 labels]")
    new = str(typed(office, *paid, "--format", "json").json()["decision"])
    assert "switching cost  [300 labels]" in typed(office, "approve", new, "--as", "ben").out
    told = typed(office, "decisions", id, "--format", "json").json()
    assert (told["status"], told["replaced"], told["stages"]["a"]) == (
        "decided", {"b": new}, "committed",
    )  # fmt: skip
    assert told["fenced_until"] is not None
    typed(office, "verify")
