"""The log: append entries, read them, and prove that they are in it.

    ledger = office.ledger()
    [recorded] = ledger.append([Entry(new_id(), "Noted", None, now, Actor("anna"), {"text": "…"})])
    for one in ledger.entries(kind="Noted"):
        print(one.position, one.entry.body)

What `append` has returned is durable, at its position for ever. Appending an entry again, by its
id, returns where it already is. Entries are never updated or deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.model.entry import Entry, read_entry
from pmpo.store.ledger.attachments import (
    ERASED,
    erase_attachment,
    load_attachment,
    save_attachments,
)
from pmpo.store.ledger.checkpoint import Checkpoint, make_checkpoint, read_checkpoint
from pmpo.store.ledger.note import NoteError, SigningKey, VerifierKey, read_verifier
from pmpo.store.ledger.receipt import Receipt
from pmpo.store.ledger.tables import checkpoints, entries, ledger, tiles
from pmpo.store.ledger.terms import (
    KEY_ROTATED,
    Handover,
    Term,
    hand_over,
    next_term,
    terms_of,
    vouched_for,
)
from pmpo.store.ledger.tree import Edge, Tile, leaf_hash
from pmpo.store.ledger.tree_rows import load_edge, stored_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from pmpo.diagnostics import Diagnostic
    from pmpo.model.entry import Attached
    from pmpo.store.ledger.attachments import Attachment
    from pmpo.store.ledger.database import Database
    from pmpo.store.ledger.key_file import KeyFile

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry at its place.

    Args:
        position: counts from 0, without gaps, in the order of the log.
        entry: what was recorded.
        new: False when it was there before this append.
    """

    position: int
    entry: Entry
    new: bool = field(default=True, compare=False)


class Ledger:
    """One append-only log.

    Args:
        database: where it is kept, with tables of the newest version. Write to it by `append` only.
        key_file: where the log's secret key lies; it is read when something is appended.

    Raises: StoreError `ledger/damaged` where the database does not say which log it is.
    """

    def __init__(self, database: Database, key_file: KeyFile) -> None:
        self.database = database
        self._key_file = key_file
        with database.reading() as connection:
            found = connection.execute(select(ledger.c.origin, ledger.c.key)).all()
        if len(found) != 1:
            raise damaged(database.place, f"{len(found)} rows say which log it is, not one")
        self.origin: str = found[0].origin
        try:
            self._first: VerifierKey = read_verifier(found[0].key)
        except NoteError as error:
            raise damaged(database.place, f"the verifier key: {error}") from error

    @property
    def place(self) -> str:
        """Where the log is kept, for messages."""
        return self.database.place

    # Keys ---------------------------------------------------------------------------------

    @property
    def key(self) -> VerifierKey:
        """The public half of the key that signs the log now."""
        return self.terms()[0][-1].key

    def terms(self) -> tuple[tuple[Term, ...], tuple[Diagnostic, ...]]:
        """The log's keys, one after another, and findings about entries that give it none."""
        with self.database.reading() as connection:
            return self._terms(connection)

    def _terms(self, connection: Connection) -> tuple[tuple[Term, ...], tuple[Diagnostic, ...]]:
        query = select(entries.c.position, entries.c.leaf).order_by(entries.c.position)
        rows = connection.execute(query.where(entries.c.kind == KEY_ROTATED)).all()
        return terms_of(self.origin, self._first, [(row.position, row.leaf) for row in rows])

    def next_key(self, *, lost: bool = False) -> tuple[SigningKey, Handover]:
        """A new key for the log, and the note by which it takes over; `rotate` records it.

        Args:
            lost: the secret key of now is gone for good, and does not vouch for the next.
        Raises: StoreError `ledger/key-…`, `ledger/file-exists`.
        """
        key, new = self.key, SigningKey.new(self.origin)
        while True:
            try:
                return new, self._handover(key, new, lost=lost)
            except PmpoError:
                known, key = key, self.key
                if key == known:  # else somebody has rotated between the two looks: look again
                    raise

    def _handover(self, key: VerifierKey, new: SigningKey, *, lost: bool) -> Handover:
        if not lost:
            return hand_over(self.origin, self._key_file.find(key), new)
        self._key_file.check_lost(key)
        return hand_over(self.origin, key, new)

    def rotate(
        self, new: Iterable[Entry], key: SigningKey, *, expected_size: int
    ) -> tuple[Recorded, ...]:
        """Append entries, the last of which gives the log another key: it signs from there on.

        A process that is killed leaves a log of one key or the other, with that key beside it; the
        next append moves the key into its place.

        Raises: as `append`; `ledger/bad-entry`: the last entry does not hand the log over to `key`;
            `ledger/key-moving`: it does, and the disk failed when the key was moved.
        """
        placed = self._append(list(new), (), expected_size, key)
        try:
            with self.database.writing() as connection:
                _lock(connection)
                self._key_file.settled(self._terms(connection)[0][-1].key)
        except PmpoError as error:
            raise _not_moved(placed[-1], error) from error
        return placed

    # Append -------------------------------------------------------------------------------

    def append(
        self,
        new: Iterable[Entry],
        attachments: Iterable[Attachment] = (),
        *,
        expected_size: int | None = None,
    ) -> tuple[Recorded, ...]:
        """Append entries in one transaction; all of them are durable when this returns.

        An entry whose id is in the log is not appended again: it says where it is. Give many
        entries at once, since each call waits for the disk.

        Args:
            attachments: the data that the entries say is attached to them.
            expected_size: how long the log was when whoever appends last read it. New entries are
                appended only where it still is so long: what they rest on is then all there is.
        Returns: one per entry, in the order given.
        Raises:
            StoreError: `ledger/grown`: the log is longer than expected;
                `ledger/conflict`: an id is in the log with another content;
                `ledger/key-…`: the log's secret key is missing or not the log's;
                `ledger/tail-changed`: what is stored is not what was signed last;
                `ledger/locked`, `ledger/no-space`, `ledger/not-writable`: nothing was appended;
                `ledger/failed`: the disk failed, perhaps at the very end: whether the entries are
                there is not known, and appending them again never doubles them.
        """
        given = list(new)
        if not given:
            return ()
        return self._append(given, attachments, expected_size)

    def _append(
        self,
        given: Sequence[Entry],
        attachments: Iterable[Attachment],
        expected_size: int | None,
        next: SigningKey | None = None,
    ) -> tuple[Recorded, ...]:
        """Append entries, and sign with the log's key or with the next one, if there is one."""
        leaves = [entry.leaf() for entry in given]
        with self.database.writing() as connection:
            _lock(connection)
            current = self._terms(connection)[0][-1].key
            key = self._key_file.settled(current) if next is None else next
            known = _known(connection, [entry.id for entry in given])
            size = _size(connection)
            if expected_size not in (None, size) and len(known) < len({one.id for one in given}):
                raise _grown(expected_size, size)
            edge = load_edge(connection, size)
            self._check_tail(connection, edge, current)
            placed, fresh = _place(given, leaves, known, size)
            if fresh:
                self._check_handovers(current, fresh, next)
                if next is not None:
                    self._key_file.write_next(next, current)
                save_attachments(connection, [entry for _, entry, _ in fresh], attachments)
                _insert(connection, fresh, edge)
                signed = make_checkpoint(self.origin, edge.size, edge.root(), key)
                connection.execute(insert(checkpoints), {"size": signed.size, "note": str(signed)})
        return tuple(placed)

    def _check_handovers(
        self, current: VerifierKey, fresh: Sequence[Fresh], key: SigningKey | None
    ) -> None:
        """The last entry hands the log over to the next key, where there is one; no other does."""
        for _, entry, _ in fresh if key is None else fresh[:-1]:
            if entry.kind == KEY_ROTATED:
                raise _no_handover(entry, "only the last entry of `rotate` does")
        if key is None:
            return
        position, entry, leaf = fresh[-1]
        try:
            named = next_term(self.origin, current, position, leaf).key
        except NoteError as error:
            raise _no_handover(entry, str(error)) from error
        if named != key.verifier:
            raise _no_handover(entry, f"it names {named}, and the next key is {key.verifier}")

    def _check_tail(self, connection: Connection, edge: Edge, key: VerifierKey) -> None:
        """Sign nothing on top of what is not as it was signed last."""
        last = _last_checkpoint(connection, self.place)
        if (last.size, last.root) != (edge.size, edge.root()) or not last.note.signed_by(key):
            raise stop(
                "ledger/tail-changed",
                f"{self.place}: the last entries are not what the last checkpoint signs",
                note="something else than PMPO has written to the ledger; nothing was appended",
                help="run `pmpo verify` and `pmpo doctor`",
                error=StoreError,
            )

    def erase(self, hash: str, entry: Entry) -> Recorded:
        """Delete data that is attached to entries, and record that.

        The entry is appended first: a crash in between leaves data that `verify` names as not
        erased yet, and erasing again finishes it.

        Args:
            hash: `sha256:…` as entries say it.
            entry: of kind `Erased`, with the hash in its body and the reason beside it.
        Raises: StoreError `ledger/bad-entry`, and as `append`.
        """
        if entry.kind != ERASED or hash not in entry.leaf().decode():
            raise stop(
                "ledger/bad-entry",
                f"entry `{entry.id}` does not say that {hash} is erased",
                help=f"its kind is `{ERASED}`, and its body names the hash and the reason",
                error=StoreError,
            )
        [recorded] = self.append([entry])
        with self.database.writing() as connection:
            erase_attachment(connection, hash)
        return recorded

    # Read ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many entries the log has."""
        with self.database.reading() as connection:
            return _size(connection)

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree, now or when the log had `size` entries."""
        with self.database.reading() as connection:
            return stored_tree(connection, _size(connection)).root(size)

    def checkpoint(self) -> Checkpoint:
        """The newest signed checkpoint."""
        with self.database.reading() as connection:
            return _last_checkpoint(connection, self.place)

    def consistency(self, first: int, second: int | None = None) -> tuple[bytes, ...]:
        """The proof that the log of `second` entries begins with the log of `first`."""
        with self.database.reading() as connection:
            return stored_tree(connection, _size(connection)).consistency(first, second)

    def inclusion(self, position: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that the entry at `position` is in the log of `size` entries."""
        with self.database.reading() as connection:
            return stored_tree(connection, _size(connection)).inclusion(position, size)

    def entry(self, id: str) -> Recorded:
        """The entry of that id.

        Raises: StoreError `ledger/not-found`.
        """
        with self.database.reading() as connection:
            found = _known(connection, [id])
        if id not in found:
            raise stop(
                "ledger/not-found",
                f"the ledger has no entry `{id}`",
                help="`pmpo export entries` lists them",
                error=StoreError,
            )
        return found[id]

    def attachment(self, promised: Attached) -> bytes:
        """The data that an entry says is attached to it.

        Raises: StoreError `ledger/erased`, `ledger/attachment-changed`.
        """
        with self.database.reading() as connection:
            return load_attachment(connection, promised)

    def receipt(self, id: str) -> Receipt:
        """The proof that the entry of that id is in the log: a text that a stranger can check.

        Raises: StoreError `ledger/not-found`.
        """
        [made] = self.receipts([id])
        return made

    def receipts(self, ids: Sequence[str]) -> tuple[Receipt, ...]:
        """The proofs of several entries against one checkpoint.

        Raises: StoreError `ledger/not-found`.
        """
        found = [self.entry(id) for id in ids]
        with self.database.reading() as connection:
            terms, _ = self._terms(connection)
            checkpoint = _last_checkpoint(connection, self.place)
            tree = stored_tree(connection, checkpoint.size)
            proofs = [tree.inclusion(one.position) for one in found]
        keys = terms[-1].key, vouched_for(terms)
        return tuple(
            Receipt(one.entry, one.entry.leaf(), one.position, proof, checkpoint, *keys)
            for one, proof in zip(found, proofs, strict=True)
        )

    def entries(
        self,
        *,
        kind: str | Collection[str] | None = None,
        program: str | None = None,
        start: int = 0,
        upto: int | None = None,
    ) -> Iterator[Recorded]:
        """Entries in their order, read piece by piece so that nobody who appends has to wait.

        Args:
            kind: one kind or several; all where None.
            program: of this program only.
            start: from this position on.
            upto: below this position, which makes a reading repeatable; by default the size of
                the log when the reading begins.
        """
        upto = self.size if upto is None else upto
        query = select(entries.c.position, entries.c.leaf).order_by(entries.c.position)
        if kind is not None:
            kinds = [kind] if isinstance(kind, str) else sorted(kind)
            query = query.where(entries.c.kind.in_(kinds))
        if program is not None:
            query = query.where(entries.c.program == program)
        while True:
            part = query.where(entries.c.position >= start, entries.c.position < upto)
            with self.database.reading() as connection:
                rows = connection.execute(part.limit(_CHUNK)).all()
            yield from map(_recorded, rows)
            if len(rows) < _CHUNK:
                return
            start = rows[-1].position + 1


def found_log(connection: Connection, key: SigningKey, origin: str) -> None:
    """Begin a log in tables that are empty: its identity, and its signed empty checkpoint."""
    connection.execute(insert(ledger), {"one": 1, "origin": origin, "key": str(key.verifier)})
    empty = Edge()
    first = make_checkpoint(origin, empty.size, empty.root(), key)
    connection.execute(insert(checkpoints), {"size": 0, "note": str(first)})


def _lock(connection: Connection) -> None:
    """Let nobody else append until the transaction ends; SQLite does so when it begins."""
    connection.execute(select(ledger.c.one).with_for_update())


def _no_handover(entry: Entry, why: str) -> PmpoError:
    return stop(
        "ledger/bad-entry",
        f"entry `{entry.id}` gives the log no other key: {why}",
        note="nothing was appended, and the log's key is as it was",
        help="use `pmpo rotate`",
        error=StoreError,
    )


def _not_moved(handover: Recorded, error: PmpoError) -> PmpoError:
    return stop(
        "ledger/key-moving",
        f"entry {handover.position} has given the log another key, which could not be moved into "
        f"its place: {error.findings[0].message}",
        note="that key signs from there on; whoever appends next moves it",
        help="check the disk, and run `pmpo doctor`; rotating again would give yet another key",
        error=StoreError,
    )


def _grown(expected: int | None, size: int) -> PmpoError:
    return stop(
        "ledger/grown",
        f"the ledger has {size:,} entries by now, and this rests on the first {expected:,}",
        note="somebody else has recorded something meanwhile; nothing was appended",
        help="look again and repeat it",
        error=StoreError,
    )


def _size(connection: Connection) -> int:
    last: int | None = connection.execute(select(func.max(entries.c.position))).scalar_one()
    return 0 if last is None else last + 1


def _last_checkpoint(connection: Connection, place: str) -> Checkpoint:
    query = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    note = connection.execute(query).scalar_one_or_none()
    if note is None:
        raise damaged(place, "it has no checkpoint")
    try:
        return read_checkpoint(note)
    except NoteError as error:
        raise damaged(place, f"the last checkpoint: {error}") from error


def _recorded(row: Row[Any, Any]) -> Recorded:
    return Recorded(row.position, read_entry(row.leaf), new=False)


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Recorded]:
    """Which of these ids are in the log, and where."""
    found: dict[str, Recorded] = {}
    for at in range(0, len(ids), _CHUNK):
        part = entries.c.id.in_(ids[at : at + _CHUNK])
        for row in connection.execute(select(entries.c.position, entries.c.leaf).where(part)):
            recorded = _recorded(row)
            found[recorded.entry.id] = recorded
    return found


Fresh = tuple[int, Entry, bytes]


def _place(
    given: Sequence[Entry], leaves: Sequence[bytes], known: Mapping[str, Recorded], size: int
) -> tuple[list[Recorded], list[Fresh]]:
    """Where each entry is or will be, and what has to be written for that."""
    placed: list[Recorded] = []
    fresh: list[Fresh] = []
    there = dict(known)
    for entry, leaf in zip(given, leaves, strict=True):
        if entry.id not in there:
            position = size + len(fresh)
            fresh.append((position, entry, leaf))
            there[entry.id] = Recorded(position, entry, new=False)
            placed.append(Recorded(position, entry))
        elif there[entry.id].entry.same_as(entry):
            placed.append(there[entry.id])
        else:
            raise stop(
                "ledger/conflict",
                f"entry `{entry.id}` is in the ledger at {there[entry.id].position} and says "
                "something else",
                note="an entry is never changed; nothing was appended",
                help="give the new entry an id of its own",
                error=StoreError,
            )
    return placed, fresh


def _insert(connection: Connection, fresh: Sequence[Fresh], edge: Edge) -> None:
    full: list[Tile] = []
    for _, _, leaf in fresh:
        full += edge.add(leaf_hash(leaf))
    connection.execute(
        insert(entries),
        [
            {
                "position": position,
                "id": entry.id,
                "kind": entry.kind,
                "program": entry.program,
                "leaf": leaf,
            }
            for position, entry, leaf in fresh
        ],
    )
    if full:
        rows = [
            {"level": t.level, "position": t.position, "hashes": t.hashes, "root": t.root}
            for t in full
        ]
        connection.execute(insert(tiles), rows)


def damaged(place: str, why: str) -> PmpoError:
    """The error about a database that cannot be read as a ledger."""
    return stop(
        "ledger/damaged",
        f"{place}: {why}",
        help="restore the ledger from a backup; `pmpo doctor` tells what else is wrong",
        error=StoreError,
    )
