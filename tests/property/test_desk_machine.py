"""People at a desk, at random, beside a small model of who may do what and what then stands.

`PMPO_DESK_RUNS=300 pytest tests/property/test_desk_machine.py` runs it for longer.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor
from pmpo.office import Office
from pmpo.office.desk import Desk
from pmpo.office.reviewing import hold
from pmpo.store.ledger.verify import verify
from tests.decided import CHARTER, NOW, OFFICE, Clock, trial, wish

if TYPE_CHECKING:
    from pmpo.model.entry import Entry

RUNS = int(os.environ.get("PMPO_DESK_RUNS", "8"))
ROLES = {"anna": "finance", "ben": "lead", "cleo": "supply", "dora": "lead"}
MAY_APPROVE = ("lead", "supply")
PEOPLE = (*ROLES, "mallory")
PERSON = st.sampled_from(PEOPLE) | st.sampled_from(("ben", "cleo", "dora"))
FENCE = timedelta(hours=240.5)  # people here act on full hours, so that none acts as it ends
TEXT = CHARTER.replace("capacity: 2", "capacity: 2, fence: 14430 minutes").replace(
    "approve: {roles: [lead], four_eyes: true,", "approve: {roles: [lead, supply], any: WANTED,"
).replace("gates:", "effective: after next review\ngates:") + (
    "cadence: {review: {rule: FREQ=WEEKLY;BYDAY=MO;BYHOUR=9, tz: Asia/Tokyo, chair: lead}}\n"
)


@cache
def office(wanted: int) -> Path:
    """An office that was evaluated once; examples work in copies."""
    folder = Path(tempfile.mkdtemp(prefix="pmpo-desk-"))
    four = OFFICE.replace("roles: {", "  dora: {name: Dora, roles: [lead]}\nroles: {", 1)
    gate = TEXT.replace("any: WANTED", f"any: {wanted}" + (", four_eyes: true" * (wanted == 1)))
    trial(folder / "office", charter=gate, office=four)
    return folder / "office"


# The model ----------------------------------------------------------------------------------


@dataclass
class Case:
    """What became of a proposal, told by what people did to it."""

    unit: str
    by: str
    verdict: str
    draft: bool
    supersedes: str = ""
    look: date | None = None
    paid: bool = False
    decided: datetime | None = None
    approved: list[str] = field(default_factory=list)
    fate: str = "proposed"
    reviews: int = 0
    stage: str | None = None


@dataclass
class Model:
    """The office as its people understand it: no log, only what holds now."""

    wanted: int
    now: datetime = NOW
    cases: dict[str, Case] = field(default_factory=dict)
    signers: list[str] = field(default_factory=list)
    counts_from: datetime | None = None
    waivers: dict[str, tuple[str, date, bool]] = field(default_factory=dict)
    stood: set[tuple[str, str]] = field(default_factory=set)
    quiet: dict[tuple[str, str], date] = field(default_factory=dict)
    evaluated: bool = False
    begun: datetime | None = None
    reviewed: datetime | None = None

    @property
    def today(self) -> date:
        """The day."""
        return self.now.date()

    def status(self, id: str) -> str:
        """Where something stands: a pilot ends at the second review without a signed charter."""
        case = self.cases[id]
        pilot = case.draft and self.counts_from is None and case.reviews >= 2
        return "lapsed" if case.fate in ("decided", "reopened") and pilot else case.fate

    def standing(self, unit: str) -> list[str]:
        """What holds for a unit, or is open again."""
        return [
            id
            for id, case in self.cases.items()
            if case.unit == unit and self.status(id) in ("decided", "reopened")
        ]

    def blocked(self, unit: str, supersedes: str) -> bool:
        """Whether a verdict on a unit has nothing to replace, or does not say what it replaces."""
        if supersedes and self.status(supersedes) not in ("decided", "reopened", "lapsed"):
            return True
        return any(id != supersedes for id in self.standing(unit))

    def back(self, lapsed: set[str]) -> None:
        """What had lapsed holds again, unless people decided anew about its unit since then."""
        for id in lapsed:
            case = self.cases[id]
            others = [self.cases[one] for one in self.standing(case.unit) if one != id]
            if any(one.decided > case.decided for one in others if one.decided and case.decided):
                case.fate = "superseded"

    def fenced(self, id: str) -> bool:
        """Whether what was taken has to stay."""
        case = self.cases.get(id)
        if case is None or case.decided is None or self.status(id) not in ("decided", "reopened"):
            return False
        return case.stage in ("committed", "executing") and self.now < case.decided + FENCE

    def kept(self, case: Case) -> bool:
        """Whether a proposal would end what has to stay, and does not pay for it."""
        ends = case.verdict in ("hold", "reject")
        return ends and not case.paid and self.fenced(case.supersedes)

    def draft(self) -> bool:
        """Whether no charter counts."""
        return self.counts_from is None or self.now < self.counts_from

    def next_stages(self, id: str) -> tuple[str, ...]:
        """What can become of something: forward only, and back as well while it is open again."""
        onward = {"committed": ("executing", "done", "stopped"), "executing": ("done", "stopped")}
        case = self.cases[id]
        found = onward.get(case.stage or "", ())
        if case.stage in ("done", "stopped") and self.status(id) == "reopened":
            found = ("executing", "done") if case.stage == "stopped" else ("executing",)
        return found

    def may_answer(self, who: str, kind: str, about: str) -> bool:
        """Whether somebody may answer: who leads, whose it is, and who may still approve it."""
        role = ROLES.get(who)
        if kind == "signature-waiting":
            return role == "lead" or (role is not None and who not in self.signers)
        if role == "lead" or role is None or kind == "review-missed":
            return role == "lead"
        if about in self.waivers:
            return kind == "approval-waiting" and self.waivers[about][0] == who
        case = self.cases[about]
        if kind == "approval-waiting" and role in MAY_APPROVE and who not in case.approved:
            return True
        return kind != "provisional-lapsed" and case.by == who

    def missed(self) -> list[date]:
        """The last Monday before today after the last review, or after the first decision."""
        begun = [one for one in (self.begun, self.counts_from) if one is not None]
        since = self.reviewed or min(begun, default=None)
        if since is None:
            return []
        there = (since + timedelta(hours=9)).date()
        days = (self.today - timedelta(days=back) for back in range(1, 400))
        return [day for day in days if day.weekday() == 0 and day > there][:1]

    def due(self) -> set[tuple[str, str]]:
        """What waits: proposals, waivers, days that have come, pilots that ended."""
        found = set()
        for id, case in self.cases.items():
            status = self.status(id)
            if status == "proposed":
                found.add(("approval-waiting", id))
            if status == "reopened":
                found.add(("decision-reopened", id))
            if status == "lapsed":
                found.add(("provisional-lapsed", id))
            if status == "decided" and case.look is not None and case.look <= self.today:
                found.add(("review-date", id))
        for id, (_, until, granted) in self.waivers.items():
            if not granted:
                found.add(("approval-waiting", id))
            elif until <= self.today:
                found.add(("waiver-expired", id))
        if self.signers and self.counts_from is None:
            found.add(("signature-waiting", ""))
        found |= {("review-missed", str(day)) for day in self.missed()}
        return {
            key
            for key in found - self.stood
            if key not in self.quiet or self.quiet[key] <= self.today
        }


# The machine --------------------------------------------------------------------------------


class Machine(RuleBasedStateMachine):
    """Whatever people do, the log says what the model says, and nothing that was said changes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="pmpo-desk-"))
        self.clock = Clock()
        self.seen: list[bytes] = []
        self.said = 0
        self.raised: set[str] = set()

    @initialize(wanted=st.sampled_from([1, 2]))
    def begin(self, wanted: int) -> None:
        """A fresh copy of an office whose gate asks for one other person, or for two."""
        shutil.copytree(office(wanted), self.folder, dirs_exist_ok=True)
        self.office = Office(self.folder)
        self.desk = Desk(self.office, "shelves", self.clock)
        self.model = Model(wanted)

    def teardown(self) -> None:
        """At the end the log verifies, and every decision in it went through its gate."""
        if hasattr(self, "model"):
            self._gates_were_passed()
        shutil.rmtree(self.folder)

    def added(self) -> list[str]:
        """The kinds of the entries that are new; the older ones are byte by byte what they were."""
        try:
            entries = [one.entry for one in self.office.ledger().entries()]
        except PmpoError:
            entries = []
        leaves = [one.leaf() for one in entries]
        assert leaves[: len(self.seen)] == self.seen
        new = [one.kind for one in entries[len(self.seen) :]]
        self.seen = leaves
        return new

    def pick(self, data: st.DataObject, *fates: str) -> str:
        """One of the proposals, more often one of some fates; empty where there is none."""
        likely = [id for id in self.model.cases if self.model.status(id) in fates]
        every = list(self.model.cases)
        if not every:
            return ""
        return data.draw(st.sampled_from(likely or every) | st.sampled_from(every))

    # Deciding

    @rule(
        who=PERSON,
        unit=st.sampled_from("abcd"),
        verdict=st.sampled_from(["hold", "reject", "accept", "accept"]),
        look=st.none() | st.integers(1, 20),
        approvers=st.lists(PERSON, max_size=3),
        paid=st.booleans(),
        data=st.data(),
    )
    def propose(
        self,
        who: str,
        unit: str,
        verdict: str,
        look: int | None,
        approvers: list[str],
        paid: bool,
        data: st.DataObject,
    ) -> None:
        """Whoever the office knows proposes; what holds already is named to be replaced."""
        old = ""
        if data.draw(st.booleans()):
            old = self.pick(data, "decided", "reopened", "lapsed")
        unit = self.model.cases[old].unit if old else unit
        self.said += 1
        day = self.model.today + timedelta(days=look) if look is not None else None
        said: dict[str, Any] = {
            "units": (unit,), "verdict": verdict, "because": f"Reason {self.said}.",
            "supersedes": old, "next_look": day, "gains": None, "gives_up": None,
        }  # fmt: skip
        if paid:
            said |= {"reason_code": "strategy", "switching_cost": "Two days."}
        if verdict == "accept":
            said |= self._statement(said, who)
        answer = self.desk.propose(wish(**said), Actor(who))
        case = Case(unit, who, verdict, self.model.draft(), old, day, paid)
        if who not in ROLES or self.model.blocked(unit, old) or self.model.kept(case):
            assert (bool(answer.unmet), answer.recorded) == (True, 0)
            assert self.added() == []
            return
        first = [] if self.model.evaluated else ["Evaluated"]
        self.model.evaluated = True
        id = answer.decision.id
        self.model.cases[id] = case
        assert self.added() == [*first, "Proposed"]  # nobody decides alone
        again = self.desk.propose(wish(**said), Actor(who))
        assert (again.decision.id, again.recorded, self.added()) == (id, 0, [])
        for one in approvers:
            self._approves(one, id)

    def _statement(self, said: dict[str, Any], who: str) -> dict[str, Any]:
        """What the numbers say of taking a unit, as somebody reads it off a dry run."""
        asked = wish(**{**said, "gains": (), "gives_up": ()})
        numbers = self.desk.propose(asked, Actor(who), dry_run=True).numbers
        found = numbers.differences if numbers is not None else {}
        return {
            "gains": tuple(axis for axis, points in found.items() if points > 0),
            "gives_up": tuple(axis for axis, points in found.items() if points < 0),
        }

    @rule(who=PERSON, data=st.data())
    def approve(self, who: str, data: st.DataObject) -> None:
        """Others who may approve, each once; the last one that is needed decides."""
        id = self.pick(data, "proposed")
        if id:
            self._approves(who, id)

    def _approves(self, who: str, id: str) -> None:
        case = self.model.cases[id]
        if case.fate != "proposed":
            self.refused(lambda: self.desk.approve(id, Actor(who)), "decision/not-open")
            return
        answer = self.desk.approve(id, Actor(who))
        allowed = ROLES.get(who) in MAY_APPROVE and who != case.by
        late = case.look is not None and case.look <= self.model.today
        blocked = self.model.blocked(case.unit, case.supersedes) or self.model.kept(case)
        if not allowed or late or blocked:
            assert (bool(answer.unmet), answer.recorded) == (True, 0)
            assert self.added() == []
            return
        new = [] if who in case.approved else ["Approved"]
        case.approved += [who] * len(new)
        if len(case.approved) >= self.model.wanted:
            new.append("Decided")
            case.fate, case.decided = "decided", self.model.now
            self.model.begun = self.model.begun or self.model.now
            case.stage = "committed" if case.verdict == "accept" else None
            if case.supersedes:
                self.model.cases[case.supersedes].fate = "superseded"
        assert self.added() == new

    @rule(
        who=PERSON,
        data=st.data(),
        what=st.sampled_from(["withdraw", "reopen", "progress"]),
        stage=st.sampled_from(["executing", "done", "stopped"]),
    )
    def note(self, who: str, what: str, stage: Any, data: st.DataObject) -> None:
        """Anybody reopens and carries on; whose it is or who may approve it ends a proposal."""
        open_in = {
            "withdraw": ("proposed",),
            "reopen": ("decided",),
            "progress": ("decided", "reopened"),
        }[what]
        id = self.pick(data, *open_in)
        if not id:
            return
        actor = Actor(who)

        def do() -> object:
            if what == "progress":
                return self.desk.progress(id, stage, actor)
            return getattr(self.desk, what)(id, actor, "changed my mind")

        case = self.model.cases[id]
        theirs = what != "withdraw" or case.by == who or ROLES.get(who) in MAY_APPROVE
        if who not in ROLES or not theirs:
            self.refused(do, "decision/not-allowed")
        elif self.model.status(id) not in open_in:
            self.refused(do, "decision/not-open")
        elif what == "progress" and case.stage == stage:
            do()
            assert self.added() == []
        elif what == "progress" and stage not in self.model.next_stages(id):
            self.refused(do, "decision/stage")
        elif what == "progress" and stage == "stopped" and self.model.fenced(id):
            self.refused(do, "decision/fenced")
        else:
            do()
            if what == "progress":
                case.stage = stage
            else:
                case.fate = {"withdraw": "withdrawn", "reopen": "reopened"}[what]
                self.model.quiet.pop(("decision-reopened", id), None)
            past = {"withdraw": "Withdrawn", "reopen": "Reopened", "progress": "Progressed"}
            assert self.added() == [past[what]]

    def refused(self, do: Any, code: str) -> None:
        """Something is refused with a code, and leaves nothing in the log."""
        with pytest.raises(PmpoError) as stopped:
            do()
        assert stopped.value.findings[0].code == code
        assert self.added() == []

    # Charters, waivers, reviews, time

    @rule(who=PERSON)
    def ratify(self, who: str) -> None:
        """Two of different roles sign; the charter counts after the Monday that follows."""
        signed = self.desk.ratify(Actor(who), findings=())
        model = self.model
        if model.counts_from is not None or who not in ROLES:
            assert (signed.signable, self.added()) == (False, [])
            return
        new = [] if who in model.signers else ["Signed"]
        model.signers += [who] * len(new)
        if len({ROLES[one] for one in model.signers}) >= 2:
            new.append("Ratified")
            midnight = datetime.combine(model.today, datetime.min.time(), UTC)
            monday = midnight + timedelta(days=7 - model.now.weekday())
            lapsed = {id for id in model.cases if model.status(id) == "lapsed"}
            model.counts_from = monday  # 9:00 in Tokyo is midnight in UTC
            model.back(lapsed)
        assert (signed.signable, self.added()) == (True, new)
        if model.counts_from is not None:
            assert signed.effect.at == model.counts_from

    @rule(who=PERSON, until=st.integers(-1, 12))
    def waive(self, who: str, until: int) -> None:
        """A waiver is asked for by anybody who is known, until a later day."""
        day = self.model.today + timedelta(days=until)
        asked = waiver_of("sold", "worst", because="Late.", expires=day)
        if who not in ROLES:
            self.refused(lambda: self.desk.waive(asked, Actor(who)), "decision/not-allowed")
            return
        granted = self.desk.waive(asked, Actor(who))
        if until <= 0 or asked.id in self.model.waivers:
            assert self.added() == []
            return
        self.model.waivers[asked.id] = (who, day, False)
        assert (granted.granted, self.added()) == (False, ["WaiverAsked"])

    @rule(who=PERSON, data=st.data())
    def grant(self, who: str, data: st.DataObject) -> None:
        """Somebody else who owns the program grants it, as long as it has not ended."""
        if not self.model.waivers:
            return
        id = data.draw(st.sampled_from(sorted(self.model.waivers)))
        by, until, granted = self.model.waivers[id]
        found = self.desk.grant(id, Actor(who))
        fine = ROLES.get(who) == "lead" and who != by and until > self.model.today
        assert self.added() == (["Waived"] if fine and not granted else [])
        assert found.granted is (granted or fine)
        self.model.waivers[id] = (by, until, found.granted)

    @rule(who=st.sampled_from(["ben", "anna"]))
    def review(self, who: str) -> None:
        """The chair holds a review; each counts for what was decided under a draft."""
        run = self.office.latest("shelves")

        def do() -> object:
            return hold(self.desk, run, self.folder, Actor(who), present=(), notes="")

        if ROLES[who] != "lead":
            self.refused(do, "review/not-allowed")
            return
        do()
        self.model.reviewed = self.model.now
        for case in self.model.cases.values():
            if case.fate not in ("proposed", "withdrawn") and case.draft:
                case.reviews += 1
        assert self.added() == ["Reviewed"]

    @rule(days=st.integers(1, 9), hours=st.integers(0, 23))
    def wait(self, days: int, hours: int) -> None:
        """Time passes."""
        self.model.now += timedelta(days=days, hours=hours)
        self.clock.now = self.model.now

    @rule(who=PERSON, data=st.data(), days=st.integers(0, 6), snooze=st.booleans())
    def answer(self, who: str, data: st.DataObject, days: int, snooze: bool) -> None:
        """What is due is put aside until a later day, or stands for good."""
        items = self.desk.due()
        if not items:
            return
        item = data.draw(st.sampled_from(items))
        until = self.model.today + timedelta(days=days)

        def do() -> None:
            if snooze:
                self.desk.snooze(item.id, Actor(who), until, "later")
            else:
                self.desk.stands(item.id, Actor(who), "it is fine")

        if snooze and days == 0:
            self.refused(do, "due/until")
        elif not self.model.may_answer(who, *key_of(item)):
            self.refused(do, "decision/not-allowed")
        elif item.kind in ("approval-waiting", "decision-reopened") and not snooze:
            self.refused(do, "due/not-answered-so")
        else:
            do()
            new = self.added()
            first = [] if item.id in self.raised else ["Raised"]
            assert new == [*first, "Snoozed" if snooze else "Stands"]
            self.raised.add(item.id)
            if snooze:
                self.model.quiet[key_of(item)] = until
            else:
                self.model.stood.add(key_of(item))

    # What always holds

    @invariant()
    def the_log_says_what_the_model_says(self) -> None:
        """Everything folded from the log is what people would say."""
        if not hasattr(self, "model"):
            return
        state, model = self.desk.state(), self.model
        assert set(state.decisions) == set(model.cases)
        for id, case in model.cases.items():
            one = state.decisions[id]
            approved = [given.actor.name for given in one.approvals]
            assert (one.status, approved) == (model.status(id), case.approved)
            assert (one.stage, one.proposal.grounds.draft) == (case.stage, case.draft)
            assert one.holds is (one.status == "decided")
        assert set(state.asked) == {id for id, one in model.waivers.items() if not one[2]}
        assert set(state.waivers) == {id for id, one in model.waivers.items() if one[2]}
        counts = state.ratified(self.clock.now)
        assert (counts is None) is model.draft()
        assert {key_of(item) for item in self.desk.due()} == model.due()

    def _gates_were_passed(self) -> None:
        """Read from the bare entries: no decision without enough others who approved before it."""
        try:
            ledger = self.office.ledger()
        except PmpoError:
            return
        proposer: dict[str, str] = {}
        approved: dict[str, set[str]] = {}
        for one in ledger.entries():
            entry: Entry = one.entry
            id = entry.body.get("decision", entry.id)
            if entry.kind == "Proposed":
                proposer[id] = entry.actor.name
            if entry.kind == "Approved":
                approved.setdefault(id, set()).add(entry.actor.name)
            if entry.kind == "Decided":
                others = approved.get(id, set()) - {proposer[id]}
                assert len(others) >= self.model.wanted
                assert all(ROLES[name] in MAY_APPROVE for name in others)
        assert [found.code for found in verify(ledger, []).findings] == []


def key_of(item: Any) -> tuple[str, str]:
    """What is due, by its kind and what it is about."""
    waiver = re.search(r"wa-[0-9a-f]{12}", item.reason)
    other = str(item.since) if item.kind == "review-missed" else ""
    return item.kind, item.decisions[0] if item.decisions else waiver[0] if waiver else other


TestDesk = Machine.TestCase
TestDesk.settings = settings(
    max_examples=RUNS,
    stateful_step_count=22,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
