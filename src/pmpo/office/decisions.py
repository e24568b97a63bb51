"""Proposals and approvals: from what somebody wants to a decision that everybody can look up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pmpo.decide import state as kinds
from pmpo.decide.approvals import (
    Waiting,
    unmet_by_approval,
    unmet_by_approvals,
    waiting_for,
)
from pmpo.decide.differs import Said, said_of
from pmpo.decide.fence import fenced_until
from pmpo.decide.gate import (
    Facts,
    Unmet,
    nothing_left,
    partly_superseded,
    said_before,
    unmet_by_proposal,
)
from pmpo.decide.propose import recommended, stated, trade_off
from pmpo.decide.standing import decided_of
from pmpo.decide.state import STANDING, Approval, Decision, State
from pmpo.diagnostics import DataError, PmpoError, StoreError, stop
from pmpo.evaluate.seatless import seatless
from pmpo.evaluate.selection import Ranking, selected
from pmpo.model.charter import Charter
from pmpo.model.decision import (
    TAKING,
    Basis,
    Grounds,
    Proposal,
    Stage,
    TradeOffStatement,
    besides,
)
from pmpo.model.effect import next_review
from pmpo.model.entry import Actor, Entry, part_of_id
from pmpo.model.time import told_moment
from pmpo.office.book import (
    Book,
    because_given,
    decision_of,
    is_open,
    key_of,
    lapsed_already,
    not_open,
    ranks_of,
)
from pmpo.office.fencing import check_fence, inside_fence
from pmpo.office.run import Run
from pmpo.office.stages import goes_on, speaks_of
from pmpo.office.wish import NEXT_REVIEW, Wish, trimmed

if TYPE_CHECKING:
    from pmpo.assure.housekeeping import Listed


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a wish.

    Args:
        unmet: what it still lacks; nothing was recorded where this keeps it from being proposed.
        numbers: the statement that the numbers make, where something is left out to compare with.
        recorded: how many entries were written.
        waiting: how far the approvals of what was proposed are; None where it is decided.
        again: exactly this was proposed before.
    """

    decision: Decision
    unmet: tuple[Unmet, ...]
    numbers: TradeOffStatement | None = None
    recorded: int = 0
    waiting: Waiting | None = None
    again: bool = False


class Decisions(Book):
    """The part of a desk at which people decide."""

    def propose(self, wish: Wish, actor: Actor, *, dry_run: bool = False) -> Answer:
        """Propose a verdict, and decide it at once where the proposer may do so alone.

        Returns: the proposal with everything it lacks; recorded unless something keeps it from
            being proposed, or `dry_run`.
        Raises: DataError `unit/…`, StoreError.
        """
        wish = trimmed(wish)
        run = self._grounds_of(wish)
        answer: Answer | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal answer
            proposal, numbers = self._proposal(wish, actor, run, state)
            decision = self._seen(state, proposal, actor)
            if decision.position >= 0:
                answer = self._again(decision, numbers)
                return []
            facts = self._facts(state, run, proposal)
            asked = replace(facts, open_due=self._open_due(state))
            unmet = unmet_by_proposal(proposal, actor, asked)
            if wish.rest and not proposal.units:
                unmet = (nothing_left(wish.basis),)
            answer = Answer(decision, unmet, numbers)
            if unmet or dry_run:
                return []
            made = [
                self.entry(decision.id, kinds.PROPOSED, actor, {"proposal": proposal.as_json()})
            ]
            alone = replace(decision, approvals=(Approval(actor, self.now()),))
            if not unmet_by_approvals(alone, facts.charter, facts.office):
                made += self._approved(alone, actor, facts)
            return made

        entries(self.state())
        assert answer is not None
        if answer.unmet or answer.again or dry_run:
            return answer
        if run is not None and wish.basis == "data":
            draft = not self.state().is_ratified(run.charter.logic_hash, self.now())
            self.keep(run.evaluation, actor, draft=draft)
        recorded = self.append(entries)
        done = answer.unmet or answer.again
        return answer if done else self._answered(answer, recorded)

    def _again(self, decision: Decision, numbers: TradeOffStatement | None) -> Answer:
        """What comes of saying what was said before: nothing, unless that has ended."""
        lasts = decision.status in ("proposed", "decided")
        unmet = () if lasts else (said_before(decision.status, decision.id),)
        if lasts and decision.replaced:
            unmet = (partly_superseded(decision),)
        return Answer(decision, unmet, numbers, waiting=self.waiting(decision), again=True)

    def _answered(self, answer: Answer, recorded: int) -> Answer:
        state = self.state()
        decision = decision_of(state, answer.decision.id)
        unmet: tuple[Unmet, ...] = ()
        if decision.decided_at is None:
            unmet = unmet_by_approvals(decision, self.charter, self.people)
        waiting = self.waiting(decision)
        return replace(answer, decision=decision, unmet=unmet, recorded=recorded, waiting=waiting)

    def approve(self, id: str, actor: Actor) -> Answer:
        """Approve a proposal; it is decided by the approval after which nothing is lacking.

        An approval that does not count is not recorded; one given twice counts once.
        """
        answer: Answer | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal answer
            decision = decision_of(state, id)
            if decision.status != "proposed":
                raise not_open(decision)
            run = self._run_of(decision.proposal)
            facts = self._facts(state, run, decision.proposal)
            given = Approval(actor, self.now())
            lacking = (
                *unmet_by_proposal(decision.proposal, decision.proposed_by, facts),
                *unmet_by_approval(decision, given, facts.charter, facts.office),
            )
            answer = Answer(decision, lacking)
            if lacking:
                return []
            approved = replace(decision, approvals=(*decision.approvals, given))
            return self._approved(approved, actor, facts)

        recorded = self.append(entries)
        assert answer is not None
        return answer if answer.unmet else self._answered(answer, recorded)

    def _approved(self, decision: Decision, actor: Actor, facts: Facts) -> list[Entry]:
        """The entries of an approval that counts, and of the decision where it is the last one.

        Args:
            decision: with that approval, the last of its list.
        """
        id, before = decision.id, decision.approvals[:-1]
        mine = [one for one in before if one.actor.name == actor.name]
        made = []
        if all(one.actor.how != actor.how for one in mine):
            again = f":{len(mine)}" if mine else ""
            name = f"{id}:approved:{part_of_id(actor.name)}{again}"
            made.append(self.entry(name, kinds.APPROVED, actor, {"decision": id}))
        waiting = waiting_for(decision, facts.charter, facts.office)
        if waiting.is_over:
            body = {
                "decision": id,
                "mode": decision.proposal.mode,
                "provisional": decision.proposal.grounds.draft,
                "approvals": list(waiting.counted),
                "any": waiting.wanted,
            }
            made.append(self.entry(f"{id}:decided", kinds.DECIDED, actor, body))
        return made

    def waiting(self, decision: Decision) -> Waiting | None:
        """How many approvals a proposal has and needs, and who may still; None once it is none."""
        if decision.status != "proposed":
            return None
        return waiting_for(decision, self.charter, self.people)

    def withdraw(self, id: str, actor: Actor, because: str) -> Decision:
        """Take back a proposal that was not decided yet, or turn it down with a reason.

        Its proposer may, the owner, and who could approve it.
        """

        def fits(one: Decision) -> bool:
            self.let_withdraw(actor, one.proposed_by.name, "approve")
            is_open(one, ("proposed",))
            if actor.name != one.proposed_by.name:
                because_given(because, f"{id} of `{one.proposed_by.name}` is turned down")
            return True

        return self._note(id, actor, kinds.WITHDRAWN, {"because": because}, fits)

    def reopen(self, id: str, actor: Actor, because: str) -> Decision:
        """Open a decision again, with a reason: it holds no more until another takes its place."""

        def fits(one: Decision) -> bool:
            self.let(actor, "reopen")
            if one.status == "lapsed":
                raise lapsed_already(one)
            return is_open(one, ("decided",))

        because_given(because, f"{id} is opened again")
        return self._note(id, actor, kinds.REOPENED, {"because": because, "due": ""}, fits)

    def progress(self, id: str, stage: Stage, actor: Actor, units: Sequence[str] = ()) -> Decision:
        """Note that what was decided is being done, is done, or was stopped.

        It goes back, from done to executing, only while it is open again. The stage at which it is
        already is not noted twice.

        Args:
            units: keys or labels of those that have come there; by default all of the decision.
        Raises: DataError `decision/not-allowed`, `unit/…`; StoreError `decision/…`.
        """
        named = self._units_of(self.decision(id), units) if units else ()

        def fits(one: Decision) -> bool:
            self.let(actor, "progress")
            is_open(one, STANDING)
            for unit in named:
                speaks_of(one, unit)
            if not goes_on(one, stage, named):
                return False
            if stage == "stopped":
                check_fence(one, named or one.units, self.state(), self.charter, self.now())
            return True

        body: dict[str, Any] = {"stage": stage, **({"units": list(named)} if named else {})}
        return self._note(id, actor, kinds.PROGRESSED, body, fits)

    def fence(self, decision: Decision) -> datetime | None:
        """Until when the fence of what a decision committed to lasts; None once it is over."""
        return fenced_until(decision, self.state(), self.charter, self.now())

    def _units_of(self, decision: Decision, named: Sequence[str]) -> tuple[str, ...]:
        """Units of a decision by their keys, or by the labels that its evaluation knows."""
        strange = [one for one in named if one not in decision.proposal.units]
        run = self._run_of(decision.proposal) if strange else None
        found = (key_of(run, one) if one in strange and run is not None else one for one in named)
        return tuple(dict.fromkeys(found))

    def _note(
        self,
        id: str,
        actor: Actor,
        kind: str,
        body: dict[str, Any],
        fits: Callable[[Decision], bool],
    ) -> Decision:
        """Note what happened to a decision, unless it is so already; `fits` refuses what cannot."""

        def entries(state: State) -> list[Entry]:
            if not fits(decision_of(state, id)):
                return []
            name = f"{id}:{kind.lower()}:{state.size}"
            return [self.entry(name, kind, actor, {"decision": id, **body})]

        self.append(entries)
        return self.decision(id)

    def charter_of(self, decision: Decision) -> Charter | None:
        """The charter under which something was decided; as it stands now for a judgement.

        None where the evaluation that has it is lost: what was recorded can still be read.
        """
        try:
            run = self._run_of(decision.proposal)
        except StoreError:
            return None  # `doctor` names it
        return run.charter if run is not None else self.charter

    # What a proposal rests on ---------------------------------------------------------------

    def _grounds_of(self, wish: Wish) -> Run | None:
        if wish.evaluation:
            run = self.office.evaluation(wish.evaluation)
            if run.evaluation.program != self.charter.program:
                raise stop(
                    "decision/other-program",
                    f"{wish.evaluation} is of program `{run.evaluation.program}`",
                    help="name an evaluation of this program, or add `--program`",
                    error=DataError,
                )
            return run
        if wish.basis == "judgement":
            try:
                return self.office.latest(self.program)
            except PmpoError:
                return None  # judgement needs no evaluation
        newest, last = self._newest(), self.office.latest(self.program).evaluation
        if newest.evaluation.id != last.id and self.office.tell is not None:
            self.office.tell(
                f"deciding on {newest.evaluation.id}, as of {told_moment(newest.evaluation.as_of)};"
                f" the last run looked back to {told_moment(last.as_of)}"
            )
        return newest

    def _newest(self) -> Run:
        """The evaluation of the latest moment; of several the last run, else what was made last.

        A run that looked back to an earlier moment does not become what people decide on.
        """
        last = self.office.latest(self.program)
        whole = [
            one
            for one in self.office.evaluations()
            if one.program == last.evaluation.program and one.made is not None and one.as_of
        ]
        newest = max(whole, key=_newer, default=None)
        return self.office.evaluation(newest.id) if newest is not None else last

    def _run_of(self, proposal: Proposal) -> Run | None:
        grounds = proposal.grounds.evaluation
        try:
            return self.office.evaluation(grounds) if grounds else None
        except StoreError as error:
            if error.findings[0].code != "store/not-found":
                raise
            raise stop(
                "decision/grounds-lost",
                f"{grounds}, on which it was proposed, is recorded and not stored any more",
                help="restore `.pmpo/evaluations` from a backup; `pmpo doctor` says how to make it "
                "again",
                error=StoreError,
            ) from error

    def _facts(self, state: State, run: Run | None, proposal: Proposal) -> Facts:
        """What the gate looks at: gates as they count now, what is measured as it was then."""
        charter = self.charter
        units: dict[str, int | None] = {}
        superseded = ""
        expired: tuple[str, ...] = ()
        said = Said()
        if run is not None:
            was = run.charter
            charter = replace(
                charter, axes=was.axes, signals=was.signals, assumptions=was.assumptions
            )
            units = ranks_of(run)
            waivers = run.evaluation.waivers
            expired = tuple(one.id for one in waivers if one.expires <= self.today)
            newest = self._newest().evaluation
            said = said_of(was, run.evaluation, proposal.units)
            if proposal.basis == "data" and newest.as_of > run.evaluation.as_of:
                superseded = newest.id
        return Facts(
            charter=charter,
            office=self.people,
            state=state,
            today=self.today,
            superseded=superseded,
            expired=expired,
            units=frozenset(units),
            ranked=frozenset(unit for unit, rank in units.items() if rank is not None),
            said=said,
            fenced=inside_fence(proposal, state, self.charter, self.now(), run, self._run_of),
        )

    def _open_due(self, state: State) -> frozenset[str]:
        return frozenset(one.id for one in self.unanswered(state))

    def _proposal(
        self, wish: Wish, actor: Actor, run: Run | None, state: State
    ) -> tuple[Proposal, TradeOffStatement | None]:
        units = self._wanted(wish, run, state)
        decided = decided_of(state)
        numbers, said = None, None
        none: tuple[str, ...] = ()
        taking, against = wish.verdict in TAKING, ""
        if run is not None and taking and units:
            none = seatless(run.charter, run.evaluation, units, wish.action)
            against = key_of(run, wish.against) if wish.against else ""
            numbers = trade_off(
                run.charter,
                run.evaluation,
                tuple(besides(units, none)),
                decided.seatless(none),
                against=against,
            )
        if wish.gains is not None or wish.gives_up is not None or (numbers is None and against):
            said = stated(numbers, wish.gains or (), wish.gives_up or (), against)
        elif wish.rest and taking:
            said = numbers if numbers is not None else TradeOffStatement(gains=(), gives_up=())
        machine = recommended(run.charter, run.evaluation, units) if run is not None else ()
        return (
            Proposal(
                program=self.charter.program,
                units=units,
                verdict=wish.verdict,
                basis=wish.basis,
                mode=self.mode,
                proposer=actor.name,
                because=wish.because,
                action=wish.action,
                option=wish.option,
                quantity=wish.quantity,
                options=wish.options,
                grounds=self._grounds(run, state, wish.basis),
                recommended=machine,
                trade_off=said,
                expectation=wish.expectation,
                assumptions=wish.assumptions,
                actions=wish.actions,
                conflict=wish.conflict,
                reason_code=wish.reason_code,
                next_look=self._look(wish),
                supersedes=wish.supersedes,
                resolves=wish.resolves,
                switching_cost=wish.switching_cost,
                seatless=none,
            ),
            numbers,
        )

    def _grounds(self, run: Run | None, state: State, basis: Basis) -> Grounds:
        charter = run.charter if run is not None else self.charter
        return Grounds(
            evaluation=run.evaluation.id if run is not None and basis == "data" else "",
            result=run.evaluation.result_hash if run is not None and basis == "data" else "",
            charter_text=charter.text_hash,
            charter_logic=charter.logic_hash,
            draft=not state.is_ratified(charter.logic_hash, self.now()),
            as_of=run.evaluation.as_of.isoformat() if run is not None and basis == "data" else "",
        )

    def _wanted(self, wish: Wish, run: Run | None, state: State) -> tuple[str, ...]:
        """The units of a wish by their keys; `rest` is what is taken and not decided yet.

        By judgement people decide also about what is no unit, and call it as they like.
        """
        if not wish.rest:
            if run is None:
                return tuple(dict.fromkeys(one.strip() for one in wish.units))
            free = wish.basis == "judgement"
            return tuple(dict.fromkeys(_named(run, one, free=free) for one in wish.units))
        if run is None or wish.basis == "judgement":
            return ()
        found = selected(run.charter, run.evaluation, decided_of(state))
        if found is not None:
            return tuple(found.units())
        ranking, settled = Ranking(run.charter, run.evaluation), state.settled()
        return tuple(one for one in ranking.units(range(1, len(ranking) + 1)) if one not in settled)

    def _look(self, wish: Wish) -> date | None:
        """The day of the next look; `next review` is the day of it, on the clock of its zone."""
        if wish.next_look != NEXT_REVIEW:
            return wish.next_look
        charter, day = self.charter, timedelta(days=1)
        found = next_review(charter, self.now() + day)
        if found is None:
            raise stop(
                "decision/no-review",
                f"no review of `{charter.program}` comes after today",
                help="name a day with `--look`, or add a `cadence` to the charter",
                error=DataError,
            )
        return max(found.date(), self.today + day)

    def _seen(self, state: State, proposal: Proposal, actor: Actor) -> Decision:
        """The decision that says exactly this, or one that is not recorded yet (position -1)."""
        known = state.decisions.get(proposal.id)
        return known or Decision(proposal.id, proposal, actor, self.now(), -1)


def _named(run: Run, said: str, *, free: bool) -> str:
    """A unit by its key; with `free` also what is none, as it was said.

    Raises: DataError `unit/ambiguous`, and unless `free` `unit/unknown`.
    """
    try:
        return key_of(run, said)
    except DataError as error:
        if not free or error.findings[0].code != "unit/unknown":
            raise
        return said.strip()


def _newer(one: Listed) -> tuple[datetime, bool, str, bool]:
    made = one.made.isoformat() if one.made is not None else ""
    return datetime.fromisoformat(one.as_of), one.latest, made, one.recorded
