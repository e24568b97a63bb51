"""The book of a program: what was recorded of it, and how more is written.

Everything is written to the ledger and read from it. Whoever writes has read all of it first: when
somebody else was faster, it is read again and judged again, so that two people at once never
make a decision that neither could have made alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pmpo.charter.load import Loaded
from pmpo.charter.office_file import LoadedOffice
from pmpo.decide.access import Act, Allowed, allow, may_withdraw
from pmpo.decide.reading import read_state
from pmpo.decide.state import Decision, DueItem, State
from pmpo.diagnostics import CharterError, DataError, Diagnostic, PmpoError, StoreError, stop
from pmpo.evaluate import find
from pmpo.loop.due import unanswered
from pmpo.model.charter import Charter
from pmpo.model.decision import Mode
from pmpo.model.entry import Actor, Entry
from pmpo.model.evaluation import OUT_OF_SCOPE, Evaluation
from pmpo.model.office import OfficeFile
from pmpo.office.identity import actor_of, is_theirs, key_changes, not_theirs, people_of
from pmpo.office.in_force import in_force
from pmpo.office.run import Run
from pmpo.store.layout import FOLDER
from pmpo.store.recorded import RecordedEvaluation, entry_of, recorded

if TYPE_CHECKING:
    from pmpo.assure.housekeeping import Listed
    from pmpo.store.ledger.log import Ledger, Recorded
    from pmpo.store.ledger.note import SigningKey

_TRIES: Final = 20
_CLOCK_SLACK_S: Final = 120
_CLOCK_HELP: Final = (
    "set this machine's clock; or, where it is right and the other one ran ahead, "
    "`pmpo clock --as NAME --because TEXT` goes on from now"
)


class OfficeAccess(Protocol):
    """What a desk needs of its office.

    Args:
        signing: the secret keys of those who act with one, by the public half: whoever acts at one
            desk of an office signs what its other desks write in the same act, and somebody who has
            another key by now signs with that of the act.
    """

    folder: Path
    tell: Callable[[str], None] | None
    signing: dict[str, SigningKey]

    def shared(self) -> LoadedOffice: ...
    def load(self, program: str | None = None) -> Loaded: ...
    def check(self, program: str | None = None) -> tuple[Diagnostic, ...]: ...
    def latest(self, program: str | None = None) -> Run: ...
    def evaluation(self, id: str) -> Run: ...
    def evaluations(self) -> tuple[Listed, ...]: ...
    def ledger(self, *, create: bool = False) -> Ledger: ...
    def keep_charter(self, data: bytes) -> str: ...
    def signed(self, name: str) -> Loaded: ...


class Book:
    """What was recorded of a program, and how more is written: base of the parts of a desk.

    Args:
        office: the office around it.
        program: the folder of its charter.
        now: gives the moment that entries are dated with; the clock by default.
    """

    def __init__(
        self,
        office: OfficeAccess,
        program: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.office = office
        self.program = program
        self.now = now

    # What there is ------------------------------------------------------------------------

    @cached_property
    def declared(self) -> str:
        """The name by which the ledger knows the program, as its charter says."""
        return self.written.program

    @property
    def written(self) -> Charter:
        """The program's charter as it stands in its file."""
        return _sound(self.office.load(self.program))

    @property
    def charter(self) -> Charter:
        """The charter that counts now: its gates hold for whoever decides, not those of a draft."""
        written = self.office.load(self.program)
        return _sound(in_force(written, self.state(), self.now(), self.office.signed))

    @property
    def people(self) -> OfficeFile:
        """What office.yaml says; an office without one knows everybody."""
        return people_of(self.office.shared())

    @property
    def mode(self) -> Mode:
        """`team` or `solo`, as office.yaml says or whom it names."""
        return self.people.works_as

    @property
    def today(self) -> date:
        """The day by the clock, in UTC."""
        return self.now().astimezone(UTC).date()

    def state(self) -> State:
        """Everything that was recorded of the program, as it stands."""
        found, size = self.recorded()
        return read_state(self.declared, ((one.position, one.entry) for one in found), size)

    def recorded(self) -> tuple[Iterable[Recorded], int]:
        """The entries of the program, and how many entries the ledger has in all."""
        try:
            ledger = self.office.ledger()
        except PmpoError as error:
            if error.findings[0].code not in ("ledger/none", "store/not-found"):
                raise
            return (), 0
        size = ledger.size
        return ledger.entries(program=self.declared, upto=size), size

    def unanswered(self, state: State) -> tuple[DueItem, ...]:
        """What is due and nobody has answered yet, what is put aside included."""
        return unanswered(state, self.charter, self.today, self.people, self.written)

    def decision(self, id: str) -> Decision:
        """One decision.

        Raises: StoreError `decision/unknown`.
        """
        return decision_of(self.state(), id)

    def actor(self, name: str, key: Path | None = None) -> Actor:
        """Who acts, and how that is known: asserted, or with a personal key.

        Args:
            key: the file of the person's secret key; entries are signed with it.
        Raises: DataError `actor/…`, StoreError `ledger/key-…`.
        """
        actor, signing = actor_of(name, key, self.people)
        if signing is not None:
            self.office.signing[actor.key] = signing
        return actor

    def let(self, actor: Actor, act: Act) -> None:
        """Let somebody act; raises DataError `decision/not-allowed` where they may not."""
        let(allow(actor.name, act, self.charter, self.people))

    def let_withdraw(self, actor: Actor, asker: str, gate: Literal["approve", "waive"]) -> None:
        """Let somebody end what waits at a gate; raises DataError `decision/not-allowed`."""
        let(may_withdraw(actor.name, asker, gate, self.charter, self.people))

    def recorder(self, name: str, key: Path | None = None) -> Actor:
        """Who records an evaluation: anybody whom the office knows.

        Raises: DataError `actor/…`, `decision/not-allowed`, StoreError `ledger/key-…`.
        """
        actor = self.actor(name, key)
        self.let(actor, "propose")
        return actor

    def checkpoint(self) -> str:
        """The ledger's newest signed checkpoint; empty before anything was recorded."""
        try:
            return str(self.office.ledger().checkpoint())
        except PmpoError:
            return ""

    # Write ----------------------------------------------------------------------------------

    def entry(self, id: str, kind: str, actor: Actor, body: dict[str, Any]) -> Entry:
        """An entry of this program, signed where its author signs.

        Raises: StoreError `ledger/entry-too-large`: a reason is too long, before anything is
            written.
        """
        made = self.sign(Entry(id, kind, self.declared, self.now(), actor, body))
        made.leaf()
        return made

    def sign(self, entry: Entry) -> Entry:
        """The entry, signed with the key of its author where they act by one."""
        if entry.actor.how != "key":
            return entry
        from pmpo.store.ledger.signatures import sign_entry

        return sign_entry(entry, self.office.signing[entry.actor.key])

    def keep(self, evaluation: Evaluation, actor: Actor, *, draft: bool) -> RecordedEvaluation:
        """Record a stored evaluation; whoever comes second is told what the first one recorded.

        Args:
            draft: its charter was not ratified.
        """
        made = entry_of(evaluation, actor, self.now(), draft=draft)
        kept: RecordedEvaluation | None = None

        def entries(_: State) -> list[Entry]:
            nonlocal kept
            kept = self._kept(evaluation)
            return [] if kept is not None else [self.sign(made)]

        self.append(entries)
        if kept is not None:
            return kept
        found = self._kept(evaluation)
        assert found is not None
        return replace(found, new=True)

    def _kept(self, evaluation: Evaluation) -> RecordedEvaluation | None:
        known = recorded(self.office.folder / FOLDER, evaluation.program)
        same = (evaluation.id, evaluation.result_hash)
        return next((one for one in known if (one.id, one.result) == same), None)

    def append(self, entries: Callable[[State], list[Entry]]) -> int:
        """Write what follows from everything that is there; judge again when that has grown.

        What office.yaml says of people's keys is written first, where it has changed.

        Returns: how many entries were written, not counting those about keys.
        Raises: StoreError `ledger/grown`: others write without pause.
        """
        for left in reversed(range(_TRIES)):
            state = self.state()
            made = entries(state)
            if not made:
                return 0
            ledger = self.office.ledger(create=True)
            check_clock(ledger, self.now())
            about_keys = self._about_keys(ledger, made[0], state.size)
            try:
                placed: Sequence[Recorded] = ledger.append(
                    [*about_keys, *made], expected_size=state.size
                )
            except PmpoError as error:
                # somebody was faster: they have written other things, or the same in other words
                faster = error.findings[0].code in {"ledger/grown", "ledger/conflict"}
                if not faster or ledger.size == state.size or not left:
                    raise
                continue
            return sum(one.new for one in placed[len(about_keys) :])
        raise AssertionError("the last try returns or raises")

    def _about_keys(self, ledger: Ledger, before: Entry, size: int) -> list[Entry]:
        people, actor = self.people, replace(before.actor, signature="")
        if not is_theirs(actor, people):
            raise not_theirs(actor, actor.key, people)
        changes = key_changes(ledger, people, actor, before.recorded_at, size)
        return [self.sign(one) for one in changes]


def let(answer: Allowed) -> None:
    """Go on where somebody may; raises DataError `decision/not-allowed` where they may not."""
    if not answer:
        raise stop("decision/not-allowed", answer.because, help=answer.meets, error=DataError)


def because_given(because: str, what: str) -> None:
    """Refuse to do without a reason what others have to live with: `decision/because`."""
    if not because.strip():
        raise stop(
            "decision/because",
            f"nobody said why {what}",
            help="add `--because TEXT`",
            error=DataError,
        )


def ahead_of(ledger: Ledger, now: datetime) -> Recorded | None:
    """The last entry, where it is dated later than a moment, beyond what clocks differ by."""
    size = ledger.size
    last = next(iter(ledger.entries(start=size - 1, upto=size)), None) if size else None
    if last is None or (last.entry.recorded_at - now).total_seconds() <= _CLOCK_SLACK_S:
        return None
    return last


def clock_findings(ledger: Ledger, now: datetime) -> Iterator[Diagnostic]:
    """What `doctor` says where nothing can be recorded because of the clock."""
    last = ahead_of(ledger, now)
    if last is not None:
        ahead = told_length((last.entry.recorded_at - now).total_seconds())
        yield Diagnostic(
            "ledger/clock",
            "warning",
            f"the last entry, {last.position}, by {last.entry.actor.name}, is dated {ahead} ahead "
            "of this machine's clock",
            note="nothing is recorded until then: expiry and review dates would run backwards",
            help=_CLOCK_HELP,
        )


def check_clock(ledger: Ledger, now: datetime) -> None:
    """Refuse to date entries before those that are there: days decide what is due."""
    last = ahead_of(ledger, now)
    if last is not None:
        behind = told_length((last.entry.recorded_at - now).total_seconds())
        raise stop(
            "ledger/clock",
            f"this machine's clock is {behind} behind the last entry",
            note=f"entry {last.position}, by {last.entry.actor.name}, is dated "
            f"{last.entry.recorded_at:%Y-%m-%d %H:%M} UTC; expiry and review dates would run "
            "backwards, so nothing was recorded",
            help=_CLOCK_HELP,
            error=StoreError,
        )


def told_length(seconds: float) -> str:
    """How long that is, in the largest unit of which it has two."""
    for unit, length in (("days", 86_400), ("hours", 3_600)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds / 60:,.0f} minutes"


def _sound(loaded: Loaded) -> Charter:
    if loaded.charter is None:
        raise CharterError(loaded.findings)
    return loaded.charter


def ranks_of(run: Run) -> dict[str, int | None]:
    """The units that a program decides about, with their ranks."""
    import pyarrow.compute as pc

    results = run.evaluation.results
    decided = results.filter(pc.not_equal(results["status"], OUT_OF_SCOPE))
    return dict(zip(find.units_of(run.charter, decided), decided["rank"].to_pylist(), strict=True))


def key_of(run: Run, named: str) -> str:
    """The key of a unit that somebody names by it, or by its label.

    Raises: DataError `unit/unknown`, `unit/ambiguous`.
    """
    index = find.find(run.charter, run.evaluation, named)
    return find.unit_of(run.charter, run.evaluation.results.slice(index, 1).to_pylist()[0])


def decision_of(state: State, id: str) -> Decision:
    """A decision by its id; raises StoreError `decision/unknown`."""
    if id not in state.decisions:
        raise unknown("decision/unknown", id, "decision", "pmpo decisions", state.decisions)
    return state.decisions[id]


def unknown(code: str, id: str, what: str, lists: str, known: Collection[str] = ()) -> PmpoError:
    """The error about an id that names nothing.

    Args:
        what: what there is none of; lists: the command that shows which there are.
        known: the ids of those; the ones that begin so, or look alike, are named.
    """
    near = [one for one in known if id and one.startswith(id)] or get_close_matches(id, known)
    meant = f"did you mean {' or '.join(f'`{one}`' for one in near[:3])}? " if near else ""
    fact, help = f"there is no {what} `{id}`", f"{meant}`{lists}` lists them"
    return stop(code, fact, help=help, error=StoreError)


def is_open(decision: Decision, statuses: Collection[str]) -> bool:
    """Whether a decision has one of some statuses; raises StoreError `decision/not-open`."""
    if decision.status not in statuses:
        raise not_open(decision)
    return True


def not_open(decision: Decision) -> PmpoError:
    """The error about a decision to which this cannot happen any more: `decision/not-open`."""
    told = {
        "proposed": "it waits for approval",
        "decided": "it was decided",
        "withdrawn": "it was withdrawn",
        "superseded": f"{decision.superseded_by} took its place",
        "reopened": "it is open again",
        "lapsed": "it has lapsed",
    }[decision.status]
    return stop(
        "decision/not-open",
        f"{decision.id} cannot be changed like this: {told}",
        note="decisions are superseded, reopened or withdrawn, and never edited",
        help="`pmpo decisions` shows where each stands",
        error=StoreError,
    )


def lapsed_already(decision: Decision) -> PmpoError:
    """The error about opening again what holds no more: `decision/not-open`."""
    return stop(
        "decision/not-open",
        f"{decision.id} has lapsed, and holds no more: there is nothing to open again",
        note="it was provisional, and its charter was not ratified by the second review",
        help=f"`pmpo ratify --as NAME` lets it hold again; `pmpo decide UNIT --supersedes "
        f"{decision.id} --as NAME …` decides anew",
        error=StoreError,
    )
