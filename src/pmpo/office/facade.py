"""The facade: open an office, check its charters, run its programs, ask why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pmpo.assure.check import check as check_charter
from pmpo.assure.diff import Difference, difference
from pmpo.charter.case_file import load_cases
from pmpo.charter.contracts import files_in, stored
from pmpo.charter.load import Loaded, load, loads, with_calendars
from pmpo.charter.office_file import LoadedOffice, load_office
from pmpo.compile.plan import Plan, compile_plan
from pmpo.diagnostics import (
    CharterError,
    Diagnostic,
    PmpoError,
    StoreError,
    in_order,
    stop,
)
from pmpo.evaluate.backtest import Backtest
from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.measure import compiled, measure_inspected
from pmpo.evaluate.moments import moments_from
from pmpo.evaluate.record import Record, read_record
from pmpo.model.charter import Charter
from pmpo.model.entry import Actor
from pmpo.model.evaluation import Evaluation
from pmpo.model.history import History
from pmpo.model.time import utc_text
from pmpo.office.backtesting import backtest, needed, subject_of, trial
from pmpo.office.desk import Desk
from pmpo.office.do_again import Again
from pmpo.office.in_force import in_force, signed_text, waiting
from pmpo.office.kept import Housekeeping, holder, now
from pmpo.office.past import Past, past_of
from pmpo.office.planning import Planned, plan
from pmpo.office.programs import chosen, shown
from pmpo.office.recording import prior_of
from pmpo.office.reviewing import Held, Tests, hold, hold_against_data
from pmpo.office.revisions import charter_hashed, charter_named, is_hash
from pmpo.office.run import Run, manifest_of
from pmpo.office.sources import (
    ANY_MOMENT,
    all_relations,
    moments_of,
    schemas_of,
    snapshot_of,
    visible_schemas,
)
from pmpo.office.taking import telling
from pmpo.office.testing import CharterTest, tested
from pmpo.sql import Dialect
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.layout import open_store, prepare
from pmpo.store.recorded import RecordedEvaluation

if TYPE_CHECKING:
    import pyarrow as pa

    from pmpo.draft.propose import Ask, Asked, Proposal
    from pmpo.office.audit import Pack
    from pmpo.office.proofs import VerifiedLog
    from pmpo.office.rotating import Rotated
    from pmpo.store.ledger.checkpoint import Checkpoint
    from pmpo.store.ledger.log import Ledger, Recorded
    from pmpo.store.ledger.note import SigningKey
    from pmpo.store.ledger.verify import Verified

CHARTER_FILE: Final = "charter.yaml"
OFFICE_FILE: Final = "office.yaml"
TESTS_FILE: Final = "tests.yaml"
PROGRAMS: Final = "programs"


class Office(Housekeeping):
    """A folder with charters, data and the store `.pmpo`.

    Args:
        folder: the folder that holds `programs`.
        tell: is called with a sentence whenever something takes a while, such as waiting for
            another process.

    Example:
        >>> office = Office("pmpo-demo")
        >>> run = office.run("range-review", as_of="2017-10-02")
        >>> run.board(1).select(["rank", "unit"]).to_pylist()
        [{'rank': 1, 'unit': 'GROCERY/BROTH'}]
        >>> [part.points for part in run.why("GROCERY/BROTH").contributions]
        ['60.000000000000', '36.352000000000']
    """

    def __init__(
        self, folder: str | Path = ".", *, tell: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(Path(folder), tell)
        self.signing: dict[str, SigningKey] = {}
        if not (self.folder / PROGRAMS).is_dir():
            raise stop(
                "office/not-found",
                f"{self.folder.absolute()} is not an office: it has no folder `{PROGRAMS}`",
                note=f"an office holds {PROGRAMS}/<program>/{CHARTER_FILE}",
                help="go to the office's folder or name it with `--office DIR`; "
                "`pmpo demo` builds one to look at",
                error=StoreError,
            )

    @staticmethod
    def propose(
        asked: Asked, *, tell: Callable[[str], None] | None = None, ask: Ask | None = None
    ) -> Proposal:
        """Write an office with a charter for a file; what `pmpo init` does.

        Raises: CharterError, DataError, StoreError; nothing is written then.
        """
        from pmpo.draft.propose import propose

        return propose(asked, tell=tell, ask=ask)

    # Programs -----------------------------------------------------------------------------

    def programs(self) -> list[str]:
        """The names of the office's programs: the folders that hold a charter."""
        return sorted(path.parent.name for path in self.folder.glob(f"{PROGRAMS}/*/{CHARTER_FILE}"))

    def program(self, name: str | None = None) -> str:
        """The program called `name`; the only one when no name is given."""
        return chosen(self.programs(), name)

    def charter_path(self, program: str) -> Path:
        return self.folder / PROGRAMS / program / CHARTER_FILE

    def load(self, program: str | None = None) -> Loaded:
        """Read a program's charter with all that was found; the office lends it its calendars."""
        path = self.charter_path(self.program(program))
        files = files_in(self.folder, shown)
        return self.lent(load(path, shown_as=shown(path), contracts=files))

    def signed(self, name: str) -> Loaded:
        """A charter by the hash of the bytes that people signed, with the calendars of now.

        Raises: StoreError `store/not-found`, `store/damaged`.
        """
        return self.lent(signed_text(self.folder, name))

    def counting(self, program: str | None = None) -> Loaded:
        """The charter that a run goes by: that in the file, unless it is signed and has not begun.

        A draft is evaluated as a draft. What is signed for later waits, and the charter before it
        counts until then.
        """
        written, desk = self.load(program), self.desk(program)
        if written.charter is None:
            return written
        state, now = desk.state(), desk.now()
        later = waiting(written, state, now)
        if later is None:
            return written
        if self.tell is not None:
            self.tell(
                f"the charter counts from {utc_text(later.effective)}; until then the one before"
            )
        return in_force(written, state, now, self.signed)

    def lent(self, loaded: Loaded) -> Loaded:
        """A charter that was read, with the calendars that this office lends it."""
        return with_calendars(loaded, self.shared().office)

    def charter(self, program: str | None = None) -> Charter:
        """A program's charter; raises CharterError with every finding when it has errors."""
        loaded = self.load(program)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        return loaded.charter

    def charter_named(self, named: str, program: str | None = None) -> Charter:
        """A charter as it stood: in a file, in a git revision, or behind a stored evaluation.

        `sha256:…` names one by the beginning of the hash of its text or logic.

        Raises: CharterError, StoreError `charter/no-revision`, `store/not-found`.
        """
        name = self.program(program)

        def read(one: str) -> Loaded:
            return charter_named(one, self.charter_path(name), self.folder, self.record)

        if is_hash(named):
            whole = (one for one in self.evaluations() if one.program == name and one.made)
            found = charter_hashed(named, (one.id for one in whole), read)
        else:
            found = read(named)
        loaded = self.lent(found)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        return loaded.charter

    def shared(self) -> LoadedOffice:
        """What holds for all programs, with everything that was found; no file is no mistake."""
        path = self.folder / OFFICE_FILE
        return load_office(path, shown_as=shown(path))

    # Check and compile --------------------------------------------------------------------

    def check(
        self, program: str | None = None, *, today: date | None = None
    ) -> tuple[Diagnostic, ...]:
        """Everything that can be said about a charter and its office without running it.

        Args:
            today: the day by which dates have passed; by default the clock's.
        """
        loaded, shared = self.load(program), self.shared()
        if loaded.charter is None:
            return in_order([*loaded.findings, *shared.findings])
        schemas, unseen = visible_schemas(loaded.charter, self.folder)
        found = check_charter(
            loaded.charter, schemas, loaded.findings, shared.office, today or _today()
        )
        return in_order([*found, *shared.findings, *unseen])

    def compile(
        self,
        program: str | None = None,
        *,
        dialect: Dialect = "duckdb",
        as_of: str | None = None,
        known_by: str | None = None,
    ) -> Plan:
        """The plan of a program: steps, statement and lineage.

        Raises: CharterError, DataError.
        """
        charter = self.charter(program)
        relations = all_relations(charter, self.folder)
        schemas = schemas_of(relations)
        compiled(charter, schemas, ANY_MOMENT)
        moments = moments_of(charter, relations, as_of, known_by)
        return compile_plan(charter, schemas, moments, dialect)

    def diff(
        self, before: str = "HEAD", after: str | None = None, program: str | None = None
    ) -> Difference:
        """What differs between two charters, in words.

        Args:
            before, after: a file, a git revision, a stored evaluation, or the hash of a stored
                charter; without `after`, the charter as it stands.
        Raises: CharterError, StoreError `charter/no-revision`, `store/not-found`.
        """
        name = self.program(program)
        new = self.charter(name) if after is None else self.charter_named(after, name)
        return difference(self.charter_named(before, name), new)

    def test(self, program: str | None = None, *, threads: int | None = None) -> CharterTest:
        """Test a charter by its `tests.yaml`: cases, boundaries, coverage of rules, mutation.

        Raises: CharterError: with findings about the charter or the cases; StoreError
            `tests/none`.
        """
        name = self.program(program)
        charter, path = self.charter(name), self.charter_path(name).with_name(TESTS_FILE)
        loaded = load_cases(path, charter, shown_as=shown(path))
        plan = compile_plan(charter, visible_schemas(charter, self.folder)[0], ANY_MOMENT)
        return tested(charter, loaded, path, self._last_results(charter), plan, threads=threads)

    def _last_results(self, charter: Charter) -> pa.Table | None:
        """The results of the latest evaluation, where it was made under the same logic."""
        try:
            evaluation = self.latest(charter.program).evaluation
        except PmpoError:
            return None  # nothing was evaluated yet, or it cannot be read: tests need no data
        return evaluation.results if evaluation.identity["charter"] == charter.logic_hash else None

    def plan(
        self,
        program: str | None = None,
        *,
        draft: str | None = None,
        against: str | None = None,
        as_of: str | None = None,
        known_by: str | None = None,
        threads: int | None = None,
    ) -> Planned:
        """What a draft of a charter would change on the data as it is; nothing is stored.

        Args:
            draft: a file or a git revision; by default the charter as it stands.
            against: a file, a git revision or a stored evaluation whose charter the draft would
                replace; by default the ratified charter that counts now, else the latest
                evaluation's.
        Raises: CharterError, DataError, StoreError `charter/no-revision`, `office/no-evaluation`.
        """
        name = self.program(program)
        new = self.charter(name) if draft is None else self.charter_named(draft, name)
        named, old = self._replaced(name, against)
        return plan(
            self.folder,
            old,
            new,
            against=named,
            as_of=as_of,
            known_by=known_by,
            waivers=self.desk(name).waivers(),
            state=self.desk(name).state(),
            threads=threads,
        )

    def _replaced(self, name: str, against: str | None) -> tuple[str, Charter]:
        """The charter that a draft would replace, and what it is called."""
        desk = self.desk(name)
        counts = desk.state().ratified(desk.now()) if against is None else None
        if counts is not None:
            return counts.charter_text[:19], desk.charter
        named = against if against is not None else self.latest(name).evaluation.id
        return named, self.charter_named(named, name)

    # Run ----------------------------------------------------------------------------------

    def run(
        self,
        program: str | None = None,
        *,
        as_of: str | None = None,
        known_by: str | None = None,
        threads: int | None = None,
        memory_limit: str | None = None,
        record_as: str | None = None,
        key: Path | None = None,
    ) -> Run:
        """Measure and evaluate a program, and store the evaluation.

        Args:
            as_of: what had happened; by default the last refresh boundary the data has reached.
            known_by: what was known; by default as of the same moment.
            threads: default `PMPO_THREADS`, else all cores; never changes the result.
            memory_limit: such as `512MB`, for the engine.
            record_as: who records the evaluation in the ledger, so that later ones build on it;
                None records nothing.
            key: the file of their personal key, with which they sign that.
        Raises: CharterError, DataError, StoreError; nothing is stored then.
        """
        loaded = self.counting(program)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        charter = loaded.charter
        desk = self.desk(program)
        recorder = desk.recorder(record_as, key) if record_as is not None else None
        relations = all_relations(charter, self.folder)
        plan = compiled(charter, schemas_of(relations), ANY_MOMENT)
        store = prepare(self.folder)
        with store.lock.shared(holder("pmpo run"), tell=self.tell):
            snapshot = snapshot_of(charter, plan, relations, store, self.folder)
            schemas = schemas_of(snapshot.relations)
            with DuckDB(
                snapshot.relations,
                threads=threads,
                memory_limit=memory_limit,
                aggregates=plan.atoms,
            ) as engine:
                moments = moments_from(charter, plan, engine, as_of, known_by)
                table, inspection = measure_inspected(charter, schemas, engine, moments)
            snapshot.verify_unchanged()
            prior = prior_of(store, charter, table.as_of)
            waivers = desk.waivers()
            evaluation = evaluate(charter, table, prior, waivers, threads=threads)
            manifest = manifest_of(charter, evaluation, inspection, snapshot, now())
            record = Record(evaluation, loaded.data, manifest, loaded.contracts)
            store.evaluations.save(evaluation.id, record.files(), manifest)
            store.evaluations.set_latest(evaluation.program, evaluation.id)
            recorded = _recorded(desk, evaluation, recorder) if recorder is not None else None
            draft = not desk.state().is_ratified(charter.logic_hash, desk.now())
        return Run(charter, record, recorded, draft, telling(self.folder, charter.program))

    def keep_charter(self, data: bytes) -> str:
        """Store the bytes of a charter that somebody signs, and name them."""
        store = prepare(self.folder)
        with store.lock.shared(holder("pmpo ratify"), tell=self.tell):
            return store.objects.put_bytes(data)

    def history(
        self,
        program: str | None = None,
        *,
        periods: int = 13,
        of: str | None = None,
        as_of: str | None = None,
        known_by: str | None = None,
        threads: int | None = None,
        memory_limit: str | None = None,
    ) -> History:
        """Every signal of every unit as a run at each of many past boundaries would have found it.

        Each period is under its own cuts: what came late counts from when it was known. The answer
        is kept in the store, and found there when the same is asked of the same data again.

        Args:
            periods: how many, 1 to 520; the newest ends at the last boundary not after `as_of`.
            of: the length of a period, such as `4 weeks`; by default the charter's refresh.
            as_of, known_by, threads, memory_limit: as in `run`.
        Raises: CharterError, DataError, StoreError.
        """
        charter = self.charter(program)
        asked = Past(periods, of, as_of, known_by)
        with prepare(self.folder).lock.shared(holder("pmpo history"), tell=self.tell):
            return past_of(
                charter,
                self.folder,
                asked,
                tell=self.tell,
                threads=threads,
                memory_limit=memory_limit,
            )

    def backtest(
        self,
        name: str,
        program: str | None = None,
        *,
        periods: int = 13,
        of: str | None = None,
        as_of: str | None = None,
        known_by: str | None = None,
        hysteresis: str | None = None,
        dwell: str | None = None,
        threads: int | None = None,
    ) -> Backtest:
        """How a band or decision table of the charter would have behaved over past periods.

        Args:
            name: of the band or table.
            periods, of, as_of, known_by: as in `history`.
            hysteresis, dwell: try a band with these instead of what the charter says.
        Raises: CharterError, DataError `backtest/unknown`, `history/periods`, StoreError.
        """
        charter = trial(self.charter(program), name, hysteresis, dwell)
        subject = subject_of(charter, name)
        length = Past(periods, of).length(charter)
        history = self.history(
            program,
            periods=needed(charter, periods, length),
            of=str(length),
            as_of=as_of,
            known_by=known_by,
            threads=threads,
        )
        return backtest(charter, history, subject, periods, threads)

    # Look back ----------------------------------------------------------------------------

    def record(self, id: str) -> Record:
        """What was stored of an evaluation, as it was stored.

        Raises: StoreError `store/not-found`, `store/damaged`, `store/newer-schema`.
        """
        store = open_store(self.folder)
        with store.lock.shared(tell=self.tell):
            return read_record(store.evaluations.load(id))

    def evaluation(self, id: str) -> Run:
        """A stored evaluation, under the charter text it was made with."""
        record = self.record(id)
        contracts = stored(record.contracts, id)
        loaded = loads(record.charter_text, f"{id}/{CHARTER_FILE}", contracts)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        return Run(loaded.charter, record, decided=telling(self.folder, loaded.charter.program))

    def latest(self, program: str | None = None) -> Run:
        """The evaluation that the last run of a program stored.

        A charter that has errors by now does not hide what was evaluated before.

        Raises: StoreError `office/no-evaluation` before the first run.
        """
        name = self.program(program)
        loaded = self.load(name)
        declared = loaded.charter.program if loaded.charter is not None else name
        store = open_store(self.folder)
        with store.lock.shared(tell=self.tell):
            id = store.evaluations.latest(declared)
            if id is not None:
                return self.evaluation(id)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        raise stop(
            "office/no-evaluation",
            f"program `{name}` has not been run yet",
            help="type `pmpo run`",
            error=StoreError,
        )

    def changed_since(self, run: Run) -> bool:
        """Whether the program's charter has other logic now than the one `run` was made under."""
        charters = [self.load(name).charter for name in self.programs()]
        now = {(one.program, one.logic_hash) for one in charters if one is not None}
        return (run.charter.program, run.charter.logic_hash) not in now

    def folder_of(self, declared: str) -> str:
        """The folder of the program whose charter declares a name; the name where none does."""
        charters = {name: self.load(name).charter for name in self.programs()}
        found = [n for n, one in charters.items() if one is not None and one.program == declared]
        return found[0] if found else declared

    # Decide -------------------------------------------------------------------------------

    def desk(self, program: str | None = None) -> Desk:
        """Where a program's people decide, sign, waive, and answer for what comes back."""
        return Desk(self, self.program(program), self.now)

    def test_assumptions(self, program: str | None, actor: Actor) -> Tests:
        """Hold every assumption that has a check against the data, and record what broke.

        Raises: CharterError, DataError, StoreError.
        """
        name = self.program(program)
        return hold_against_data(self.desk(name), self.latest(name), self.folder, actor)

    def review(
        self,
        program: str | None,
        actor: Actor,
        *,
        present: Sequence[str] = (),
        notes: str = "",
    ) -> Held:
        """Hold a review: test assumptions, write the minutes, and record that it was held.

        Args:
            present: who else takes part.
            notes: what the chair adds to the minutes, as Markdown.
        Raises: CharterError, DataError, StoreError `review/not-allowed`.
        """
        name = self.program(program)
        self.test_assumptions(name, actor)
        desk, run = self.desk(name), self.latest(name)
        return hold(desk, run, self.folder, actor, present=present, notes=notes)

    @property
    def again(self) -> Again:
        """Stored evaluations done again, as they were or otherwise."""
        return Again(self)

    # The ledger ---------------------------------------------------------------------------

    def ledger(self, *, create: bool = False) -> Ledger:
        """What was recorded in this office: append to it, read it, prove what is in it.

        Args:
            create: begin the ledger where there is none, because something is to be recorded.
        Raises:
            StoreError: `ledger/none` where nothing was recorded yet, `ledger/missing`,
                `ledger/newer-schema`, `ledger/damaged`, `ledger/locked`.
        """
        from pmpo.assure.ledger import ledger_of

        return ledger_of(self.folder, create=create)

    def rotate(
        self, who: str, because: str, *, key: Path | None = None, lost: bool = False
    ) -> Rotated:
        """Give the ledger another key, which signs from here on; recorded with who and why.

        Args:
            key: the file of the acting person's own key, with which they sign.
            lost: the ledger's key is gone for good, so that it cannot vouch for the next one.
        Raises: DataError `actor/…`, `rotate/…`; StoreError `ledger/…`.
        """
        from pmpo.office.rotating import rotate

        return rotate(self, who, key, because, lambda: datetime.now(UTC), lost=lost)

    def correct_clock(self, who: str, because: str, *, key: Path | None = None) -> Recorded:
        """Go on from now where the last entry was dated by a clock that ran ahead.

        Raises: DataError `actor/…`, `clock/…`, `decision/because`; StoreError `ledger/…`.
        """
        from pmpo.office.clock import correct_clock

        return correct_clock(self, who, key, because, self.now)

    def verify(self, anchors: Sequence[Path] = (), keys: Sequence[str] = ()) -> VerifiedLog:
        """Check the whole ledger: every entry, the tree, signatures, anchors, evaluations.

        Args:
            anchors: texts with checkpoints, or copies of the log, beside the office's own
                `anchors.txt`.
            keys: verifier keys known from elsewhere, which the log must be signed by.
        Raises: StoreError `ledger/none`, `ledger/anchor-unreadable`, `ledger/key-text`.
        """
        from pmpo.office.proofs import verify_office

        store = open_store(self.folder, tidy=False)
        with store.lock.shared(tell=self.tell):
            return verify_office(self.folder, store, anchors, keys)

    def anchor(self, file: Path | None = None) -> tuple[Path, Checkpoint, bool]:
        """Add the ledger's newest checkpoint to a text file, by default to `anchors.txt`.

        Returns: the file, the checkpoint, and whether it was added or there already.
        """
        from pmpo.store.ledger.anchors import ANCHORS_FILE, add_anchor

        path = self.folder / ANCHORS_FILE if file is None else file
        checkpoint = self.ledger().checkpoint()
        return path, checkpoint, add_anchor(path, checkpoint)

    def audit(self, folder: Path) -> Pack:
        """Write an auditor's pack into a new folder: everything recorded, and what proves it.

        Raises: StoreError.
        """
        from pmpo.office.audit import export_pack

        store = open_store(self.folder, tidy=False)
        with store.lock.shared(tell=self.tell):
            return export_pack(self.folder, store, folder)

    def back_up_ledger(self, file: Path) -> Verified:
        """Copy the ledger to a new file, also while others append, and verify the copy.

        Raises: StoreError `ledger/file-exists`, `ledger/none`, `store/no-space` and others.
        """
        from pmpo.office.proofs import back_up

        return back_up(open_store(self.folder, tidy=False), file)


def _recorded(desk: Desk, evaluation: Evaluation, by: Actor) -> RecordedEvaluation:
    """Write a stored evaluation into the ledger."""
    charter, state, now = str(evaluation.identity["charter"]), desk.state(), desk.now()
    draft = not state.is_ratified(charter, now)
    kept = desk.keep(evaluation, by, draft=draft)
    return replace(kept, begins=state.begins(charter, now) if draft else None)


def _today() -> date:
    return datetime.now(UTC).date()
