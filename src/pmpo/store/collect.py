"""Collecting what is not needed any more: first a plan, then the deletions in a safe order.

An evaluation stays when it is recorded, pinned, the latest of its program, young, among the newest
of its program, or named by one that stays for such a reason. A history, which can be measured
again, stays when it is young or among the newest of its program. An object stays when anything in
an evaluation or history that stays names it, or when it is a charter that somebody has signed.
Whoever calls holds the lock alone, so that no run is half-way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import Diagnostic, PmpoError, StoreError, in_order
from pmpo.store import _disk
from pmpo.store.inventory import Item, item
from pmpo.store.recorded import recorded, signed_charters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pmpo.store.histories import Cached
    from pmpo.store.layout import Store

KEEP_DAYS: Final = 90
KEEP_LAST: Final = 10
MOST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Retention:
    """What stays although nobody pinned it.

    Args:
        keep_days: evaluations made within so many days.
        keep_last: so many of the newest of each program.
    """

    keep_days: int = KEEP_DAYS
    keep_last: int = KEEP_LAST

    def __post_init__(self) -> None:
        if not 0 <= self.keep_days <= MOST_DAYS:
            raise ValueError(f"keep_days is {self.keep_days}, not 0 to {MOST_DAYS}")
        if self.keep_last < 0:
            raise ValueError(f"keep_last is {self.keep_last}, not 0 or more")


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go, and why the rest stays.

    Args:
        evaluations: the evaluations that go.
        objects: the objects that go, with their sizes in bytes.
        histories: the stored histories that go.
        temporary: what crashed processes left half-made, with its size in bytes.
        kept: for each evaluation that stays, why.
    """

    evaluations: tuple[Item, ...]
    objects: Mapping[str, int]
    temporary: Mapping[Path, int]
    kept: Mapping[str, str]
    histories: tuple[Cached, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes become free."""
        return (
            sum(one.size for one in self.evaluations)
            + sum(self.objects.values())
            + sum(one.size for one in self.histories)
            + sum(self.temporary.values())
        )


def plan(store: Store, retention: Retention, now: datetime) -> Plan:
    """Find what is not needed any more; nothing is changed.

    Raises:
        StoreError: with every evaluation that cannot be read, or with what is wrong with the
            ledger. What has to stay is not known then, so nothing is safe to delete.
    """
    items = _items(store)
    kept = _kept(store, items, retention, now)
    cached = store.histories.all()
    going = _old(cached, retention, now)
    staying = [one.names for one in items if one.id in kept]
    staying += [one.names for one in cached if one not in going]
    needed = signed_charters(store.root).union(*staying)
    with _disk.store_errors(store.root):
        sizes = {name: path.stat().st_size for name, path in store.objects.all()}
    return Plan(
        tuple(one for one in items if one.id not in kept),
        {name: size for name, size in sizes.items() if name not in needed},
        {folder: _size(folder) for folder in store.stale()},
        kept,
        going,
    )


def carry_out(store: Store, planned: Plan) -> None:
    """Delete what a plan names, in an order in which a crash at any point harms nothing.

    Evaluations go first and for good; only then the objects that nothing refers to any more.

    Raises: StoreError `store/not-writable`, `store/failed`; what went until then is gone.
    """
    for one in planned.evaluations:
        store.evaluations.remove(one.id)
    for history in planned.histories:
        store.histories.remove(history.key)
    for name in planned.objects:
        store.objects.remove(name)
    for folder in planned.temporary:
        _disk.remove_if_stale(folder)


def _items(store: Store) -> list[Item]:
    found: list[Item] = []
    findings: list[Diagnostic] = []
    for id in store.evaluations.ids():
        try:
            found.append(item(store.evaluations, id))
        except PmpoError as error:
            findings += error.findings
    if findings:
        raise StoreError(in_order([*findings, _nothing_deleted()]))
    return found


def _kept(
    store: Store, items: Sequence[Item], retention: Retention, now: datetime
) -> dict[str, str]:
    """Each evaluation that stays with the strongest reason for it."""
    pinned, latest = set(store.pins.ids()), latest_of_programs(store, items)
    in_ledger = {one.id for one in recorded(store.root)}
    oldest = now - timedelta(days=retention.keep_days)
    newest = {one.id for of in by_program(items).values() for one in of[: retention.keep_last]}
    kept: dict[str, str] = {}
    for one in items:
        if one.id in in_ledger:
            kept[one.id] = "recorded"
        elif one.id in pinned:
            kept[one.id] = "pinned"
        elif one.id in latest:
            kept[one.id] = f"latest of {one.program}"
        elif one.id in newest:
            kept[one.id] = f"among the last {retention.keep_last} of {one.program}"
        elif one.made >= oldest:
            kept[one.id] = f"made within {retention.keep_days} days"
    return kept | _rested_on(items, kept)


def _old(histories: Sequence[Cached], retention: Retention, now: datetime) -> tuple[Cached, ...]:
    """Histories that are neither young nor among the newest of their program, or are damaged."""
    oldest = now - timedelta(days=retention.keep_days)
    dated = [(one.made, one) for one in histories if one.made is not None]
    newest: dict[str, list[str]] = {}
    for _, one in sorted(dated, key=lambda pair: (pair[0], pair[1].key), reverse=True):
        newest.setdefault(one.program, []).append(one.key)
    last = {key for keys in newest.values() for key in keys[: retention.keep_last]}
    young = {one.key for made, one in dated if made >= oldest}
    return tuple(one for one in histories if one.key not in last | young)


def _rested_on(items: Sequence[Item], kept: Mapping[str, str]) -> dict[str, str]:
    """Prior states: their stored results are what a kept evaluation was computed from."""
    known = {one.id for one in items}
    return {
        name: f"{one.id} rests on it"
        for one in items
        if one.id in kept
        for name in sorted(one.names & known)
        if name not in kept
    }


def by_program(items: Sequence[Item]) -> dict[str, list[Item]]:
    """The evaluations of each program, the newest first."""
    found: dict[str, list[Item]] = {}
    for one in sorted(items, key=lambda one: (one.made, one.id), reverse=True):
        found.setdefault(one.program, []).append(one)
    return found


def latest_of_programs(store: Store, items: Sequence[Item]) -> set[str]:
    """The evaluation each program's pointer names; its newest where no pointer leads to one."""
    known = {one.id for one in items}
    found = {_pointed_at(store, name) for name in store.evaluations.programs()} & known
    with_latest = {one.program for one in items if one.id in found}
    return found | {
        of[0].id for program, of in by_program(items).items() if program not in with_latest
    }


def _pointed_at(store: Store, program: str) -> str:
    try:
        return store.evaluations.latest(program) or ""
    except (PmpoError, ValueError):
        return ""  # a damaged pointer names nothing; `doctor` reports it


def _size(folder: Path) -> int:
    with _disk.store_errors(folder):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _nothing_deleted() -> Diagnostic:
    return Diagnostic(
        "store/cannot-collect",
        "error",
        "nothing was deleted: what a damaged evaluation rests on is not known",
        help="`pmpo doctor` shows all damage; restore the evaluation from a backup, or move its "
        "folder away",
    )
