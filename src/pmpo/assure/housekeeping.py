"""What an office's store holds, what was collected, and how its machine is equipped."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pmpo.assure.versions import versions
from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.store.collect import Plan, latest_of_programs
from pmpo.store.engine.duckdb import thread_count
from pmpo.store.inventory import Item, copies, item
from pmpo.store.layout import LAYOUT
from pmpo.store.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pmpo.store.examine import Examined
    from pmpo.store.layout import Store


# What is stored ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """One stored evaluation in a list.

    Args:
        as_of: the moment it was asked for; empty when its manifest does not say.
        made: when it was evaluated; None when it is damaged, and then little else is known.
        ranked: how many units it ranks.
        latest: whether it is what `board` shows for its program.
        recorded: whether the ledger names it.
        draft: whether its charter did not count when it was recorded; None where it was not.
        because: why it is pinned.
        size: bytes of its files and of the copies it rests on; a copy that several evaluations
            share counts in each.
    """

    id: str
    program: str = ""
    as_of: str = ""
    made: datetime | None = None
    ranked: int | None = None
    latest: bool = False
    recorded: bool = False
    draft: bool | None = None
    pinned: bool = False
    because: str = ""
    size: int = 0

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object that `evaluations --format json` prints."""
        return {
            "evaluation": self.id,
            "program": self.program,
            "as_of": self.as_of,
            "made": self.made.isoformat() if self.made else None,
            "ranked": self.ranked,
            "latest": self.latest,
            "recorded": self.recorded,
            "draft": self.draft,
            "pinned": self.pinned,
            "because": self.because,
            "size": self.size,
            "damaged": self.made is None,
        }


def listed(store: Store) -> tuple[Listed, ...]:
    """Every stored evaluation, the newest first; damaged ones come last and say so."""
    items: list[Item] = []
    damaged: list[str] = []
    for id in store.evaluations.ids():
        try:
            items.append(item(store.evaluations, id))
        except PmpoError:
            damaged.append(id)  # listed as such below; `doctor` says what is wrong with it
    pinned, drafts = set(store.pins.ids()), {one.id: one.draft for one in recorded(store.root)}
    items.sort(key=lambda one: (one.made, one.id), reverse=True)
    latest = latest_of_programs(store, items)
    rows = [
        replace(_listed(store, one, one.id in pinned), latest=one.id in latest) for one in items
    ]
    rows += [Listed(id, pinned=id in pinned) for id in damaged]
    return tuple(replace(row, recorded=row.id in drafts, draft=drafts.get(row.id)) for row in rows)


def _listed(store: Store, one: Item, pinned: bool) -> Listed:
    ranked = one.manifest.get("ranked")
    copied = {store.objects.path(name) for name in copies(one.manifest).values()}
    return Listed(
        one.id,
        one.program,
        _moment(one.manifest.get("as_of")),
        one.made,
        ranked if isinstance(ranked, int) else None,
        pinned=pinned,
        because=_because(store, one.id) if pinned else "",
        size=one.size + sum(path.stat().st_size for path in copied if path.is_file()),
    )


def _moment(said: object) -> str:
    """A moment as the manifest says it; empty when it is none."""
    try:
        return datetime.fromisoformat(str(said)).isoformat()
    except ValueError:
        return ""


def _because(store: Store, id: str) -> str:
    try:
        return store.pins.get(id).because
    except PmpoError:
        return "(the pin cannot be read)"


# What goes --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Collected:
    """What went, or in a dry run would go.

    Args:
        deleted: False in a dry run.
    """

    plan: Plan
    deleted: bool

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object that `gc --format json` prints."""
        return {
            "deleted": self.deleted,
            "evaluations": [
                {
                    "evaluation": one.id,
                    "program": one.program,
                    "made": one.made.isoformat(),
                    "size": one.size,
                }
                for one in self.plan.evaluations
            ],
            "objects": [{"object": name, "size": size} for name, size in self.plan.objects.items()],
            "histories": [
                {
                    "history": one.key,
                    "program": one.program,
                    "made": one.made.isoformat() if one.made else None,
                    "size": one.size,
                }
                for one in self.plan.histories
            ],
            "temporary": [
                {"path": str(path), "size": size} for path, size in self.plan.temporary.items()
            ],
            "size": self.plan.size,
            "kept": [
                {"evaluation": id, "because": why} for id, why in sorted(self.plan.kept.items())
            ],
        }


# How the office is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Examination:
    """How an office's store is.

    Args:
        findings: everything that is damaged, lost or left over; errors first.
        facts: versions, threads, disk and what is stored, as JSON values.
        repaired: what was repaired, in plain sentences.
    """

    findings: tuple[Diagnostic, ...]
    facts: Mapping[str, Any]
    repaired: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong; notes are not."""
        return all(finding.severity == "note" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object that `doctor --format json` prints."""
        return {
            "clean": self.clean,
            "findings": [finding.as_json() for finding in self.findings],
            "repaired": list(self.repaired),
            "facts": dict(self.facts),
        }


def examination(
    office: Path, findings: tuple[Diagnostic, ...], seen: Examined, repaired: tuple[str, ...]
) -> Examination:
    """What was found in a store, with the facts of the machine it is on."""
    threads, wrong = _threads()
    facts = {
        "office": str(office.resolve()),
        "git": _git(office.resolve()),
        "layout": LAYOUT if seen.store.root.exists() else None,
        "evaluations": len(seen.items),
        "pinned": seen.pins,
        "histories": seen.histories,
        "copies": seen.objects[0],
        "copies_size": seen.objects[1],
        "ledger": seen.ledger,
        "free": shutil.disk_usage(office).free,
        "threads": threads,
        "versions": versions(),
    }
    return Examination(in_order([*findings, *wrong]), facts, repaired)


def _threads() -> tuple[int | None, tuple[Diagnostic, ...]]:
    try:
        return thread_count(), ()
    except PmpoError as error:
        return None, error.findings


def _git(office: Path) -> str | None:
    """The git repository that an office lies in."""
    for folder in (office, *office.parents):
        if (folder / ".git").exists():
            return str(folder)
    return None
