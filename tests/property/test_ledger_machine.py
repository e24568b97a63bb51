"""A ledger driven at random, beside a model of it that is a list and the RFC's own definition."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from pmpo.diagnostics import PmpoError
from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.backup import anchors_from, back_up
from pmpo.store.ledger.files import examine_file
from pmpo.store.ledger.office_ledger import open_ledger
from pmpo.store.ledger.receipt import Receipt, read_receipt, receipt_findings
from pmpo.store.ledger.tree import consistent, leaf_hash
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.rfc6962 import Reference
from tests.unit.store.ledger.support import database_of, entry, rotated

if TYPE_CHECKING:
    from pmpo.model.entry import Entry

_KINDS = st.sampled_from(["Noted", "Decided", "Waived"])
_PROGRAMS = st.sampled_from([None, "range-review", "stock"])


class Machine(RuleBasedStateMachine):
    """Appends, repeats, refusals, erasures, rotations, copies, proofs, and opening anew."""

    receipts = Bundle("receipts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="pmpo-ledger-"))
        self.ledger = open_ledger(self.folder, create=True)
        self.first = self.ledger.key
        self.model: list[Entry] = []
        self.kept: dict[str, Attachment] = {}
        self.anchors: list[Anchor] = []
        self.copies = 0

    def teardown(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.folder)

    def _new(self, count: int, kind: str, program: str | None) -> list[Entry]:
        first = len(self.model)
        return [entry(first + n, kind=kind, program=program) for n in range(count)]

    @rule(count=st.integers(1, 3) | st.just(130), kind=_KINDS, program=_PROGRAMS)
    def append(self, count: int, kind: str, program: str | None) -> None:
        """New entries come behind all others."""
        new = self._new(count, kind, program)
        placed = self.ledger.append(new)
        assert [one.position for one in placed] == [len(self.model) + n for n in range(count)]
        assert all(one.new for one in placed)
        self.model += new

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Entries that are there are not appended again, also beside new ones."""
        if not self.model:
            return
        positions = data.draw(st.lists(st.integers(0, len(self.model) - 1), min_size=1, max_size=4))
        new = self._new(1, "Noted", None)
        placed = self.ledger.append([*(self.model[at] for at in positions), *new])
        assert [one.position for one in placed] == [*positions, len(self.model)]
        self.model += new

    @rule(data=st.data())
    def contradict(self, data: st.DataObject) -> None:
        """An id with another content refuses the whole batch."""
        if not self.model:
            return
        at = data.draw(st.integers(0, len(self.model) - 1))
        other = replace(self.model[at], body={"another": at})
        with pytest.raises(PmpoError, match="ledger/conflict"):
            self.ledger.append([*self._new(2, "Noted", None), other])

    @rule(text=st.binary(max_size=40))
    def attach(self, text: bytes) -> None:
        """Data outside of the leaf comes back as it was."""
        one = Attachment(text)
        [new] = self._new(1, "Noted", None)
        new = replace(new, attached={"text": one.attached})
        self.ledger.append([new], [one])
        self.model.append(new)
        self.kept[one.attached.hash] = one
        assert self.ledger.attachment(one.attached) == text

    @rule()
    def erase(self) -> None:
        """What is erased is gone, and recorded."""
        if not self.kept:
            return
        hash, one = self.kept.popitem()
        [new] = self._new(1, "Erased", None)
        new = replace(new, body={"hash": hash})
        self.ledger.erase(hash, new)
        self.model.append(new)
        with pytest.raises(PmpoError, match="ledger/erased"):
            self.ledger.attachment(one.attached)

    @rule()
    def rotate(self) -> None:
        """Another key signs from here on, for everybody who has the log open."""
        key, handover = self.ledger.next_key()
        new = rotated(len(self.model), handover)
        self.ledger.rotate([new], key, expected_size=len(self.model))
        self.model.append(new)
        assert open_ledger(self.folder).key == self.ledger.key == key.verifier

    @rule(target=receipts, data=st.data())
    def receipt(self, data: st.DataObject) -> Receipt | None:
        """A receipt is of its entry."""
        if not self.model:
            return None
        at = data.draw(st.integers(0, len(self.model) - 1))
        receipt = read_receipt(str(self.ledger.receipt(self.model[at].id)))
        assert (receipt.entry, receipt.position) == (self.model[at], at)
        return receipt

    @rule(receipt=receipts)
    def check_receipt(self, receipt: Receipt | None) -> None:
        """A receipt stays true for who knows the first key, whatever happens later."""
        assert receipt is None or receipt_findings(receipt, [self.first]) == ()

    @rule()
    def anchor(self) -> None:
        """A checkpoint is kept elsewhere."""
        self.anchors.append(Anchor("kept", self.ledger.checkpoint()))

    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        """The log of any size begins with that of any smaller one."""
        second = data.draw(st.integers(0, len(self.model)))
        first = data.draw(st.integers(0, second))
        old, new = self.ledger.root(first), self.ledger.root(second)
        assert consistent(first, second, old, new, self.ledger.consistency(first, second))

    @rule()
    def copy(self) -> None:
        """A copy is the log of this moment, and an anchor from then on."""
        self.copies += 1
        path = self.folder / f"{self.copies}.db"
        back_up(database_of(self.folder), path)
        found = examine_file(path).verified
        assert found is not None
        assert (found.size, found.sound) == (len(self.model), True)
        self.anchors += anchors_from(path)

    @rule()
    def open_again(self) -> None:
        """Another process sees the same."""
        self.ledger = open_ledger(self.folder)

    @rule(kind=_KINDS, program=_PROGRAMS)
    def choose(self, kind: str, program: str | None) -> None:
        """Searching gives what a list would give."""
        chosen: dict[str, Any] = {"kind": kind, "program": program}
        wanted = [one for one in self.model if one.kind == kind and program in (None, one.program)]
        assert [one.entry for one in self.ledger.entries(**chosen)] == wanted

    @invariant()
    def is_the_model(self) -> None:
        """Size and root are those of the list."""
        leaves = [leaf_hash(one.leaf()) for one in self.model]
        assert self.ledger.size == len(self.model)
        assert self.ledger.root() == Reference(leaves).root(len(leaves))
        assert self.ledger.checkpoint().size == len(self.model)

    @rule()
    def verify(self) -> None:
        """Everything agrees, with all that was kept elsewhere."""
        found = verify(self.ledger, self.anchors)
        assert [finding.code for finding in found.findings] in ([], ["ledger/clock"])


TestLedger = Machine.TestCase
TestLedger.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
