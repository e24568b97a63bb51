from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import StoreError
from pmpo.office import Office
from tests.scenarios.trial import AS_OF, Trial

if TYPE_CHECKING:
    from pathlib import Path


def test_a_charter_is_named_by_what_was_evaluated_under_it(tmp_path: Path) -> None:
    """An evaluation, the hash of its charter's text or logic, or a beginning of it, name one."""
    trial = Trial(tmp_path).build()
    office = Office(trial.folder)
    run = office.run(as_of=AS_OF)
    path = office.charter_path(office.program(None))
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("charter: 1", "charter: 1\nnames: {en: Another}"), encoding="utf-8"
    )
    charter = run.charter
    for named in (run.evaluation.id, charter.text_hash, charter.logic_hash, charter.text_hash[:19]):
        [change] = office.diff(named).changes
        assert (change.touches, change.words) == ("wording", "`names` added: {en: Another}")
    with pytest.raises(StoreError, match="charter/no-revision"):
        office.diff("sha256:0000000000000000")
