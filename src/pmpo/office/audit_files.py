"""Where an auditor's pack keeps what."""

from __future__ import annotations

from typing import Final

from pmpo.decide.proven import about
from pmpo.model.entry import Entry

LEDGER: Final = "ledger.db"
ENTRIES: Final = "entries.jsonl"
INDEX: Final = "index.html"
ABOUT: Final = "pack.json"
CHARTERS: Final = "charters"
DECISIONS: Final = "decisions"
EVALUATIONS: Final = "evaluations"
RECEIPTS: Final = "receipts"


def charter_file(name: str) -> str:
    """Where the charter of that hash lies."""
    return f"{CHARTERS}/{name.removeprefix('sha256:')}.yaml"


def decision_file(id: str) -> str:
    """Where the record of a decision lies."""
    return f"{DECISIONS}/{id}.md"


def evaluation_file(id: str) -> str:
    """Where what an evaluation is made of can be read."""
    return f"{EVALUATIONS}/{id}/evaluation.json"


def receipt_file(entry: Entry) -> str:
    """Where the receipt of a ratification lies, or that of a decision with all its entries."""
    return receipt_named(about(entry) or entry.id)


def receipt_named(id: str) -> str:
    """The same, by the id of the decision or the entry."""
    return f"{RECEIPTS}/{id.replace(':', '-')}.txt"
