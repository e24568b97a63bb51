"""Times of two clocks in one formula: their difference would be off by the zones' offset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pmpo.compile.atoms import Atoms
from pmpo.compile.formula import Formula, Report
from pmpo.compile.lineage import Compiled
from pmpo.compile.rows import Rows
from pmpo.compile.worktime import OWN_CLOCK, WORKTIME, is_call
from pmpo.model.table import SIGNAL
from pmpo.sql import exp

_TIMES = ("timestamp", "date")


def check_clocks(
    value: exp.Expr, tree: exp.Expr, atoms: Atoms, default: Rows | None, at: Formula, report: Report
) -> None:
    """Report a formula that mixes times of sources in different zones.

    Args:
        value: the compiled formula, whose columns name atoms.
        tree: the formula as it was parsed.
        default: the signal's own source, on whose clock `AS_OF()` is.
    """
    by_name = {atom.name: atom for atom in atoms.by_identity.values()}
    used = [by_name[c.name] for c in _outside(value) if c.name in by_name]
    clocks = {a.rows.source.tz or "UTC": a.rows.source.name for a in used if a.type.kind in _TIMES}
    calls = {
        str(call.this).upper()
        for call in tree.walk(prune=lambda node: is_call(node, WORKTIME))
        if isinstance(call, exp.Anonymous)
    }
    if default is not None and clocks and "AS_OF" in calls:
        clocks.setdefault(default.source.tz or "UTC", default.source.name)
    if len(clocks) > 1:
        told = " and ".join(f"`{name}` on {zone}" for zone, name in sorted(clocks.items()))
        report.add(
            "formula/two-clocks",
            f"the formula mixes times of two clocks: {told}",
            at,
            tree,
            note="their difference would be off by as many hours as the zones differ",
            help="give each source its own signal with `AS_OF() - …`, and combine the lengths",
        )


def _outside(value: exp.Expr) -> Iterator[exp.Column]:
    """The columns that stand in no WORKTIME, which brings both of its times to one clock."""
    for node in value.walk(prune=lambda part: OWN_CLOCK in part.meta):
        if isinstance(node, exp.Column):
            yield node


def argument_clocks(
    tree: exp.Expr,
    value: exp.Expr,
    own: Rows | None,
    atoms: tuple[Atoms, Atoms],
    done: Mapping[str, Compiled],
) -> set[str]:
    """The zones of the clocks on which the times in an argument of WORKTIME are.

    Args:
        value: the argument compiled; its AS_OF and literals are on the clock of `own`.
        atoms: those that its columns name, and those of the signals in `done`.
    """
    found = _clocks_of(value, atoms[0], atoms[1], done)
    as_of = any(is_call(call, "AS_OF") for call in tree.find_all(exp.Anonymous))
    return found | {own.own_clock} if own is not None and (as_of or not found) else found


def _clocks_of(
    value: exp.Expr, atoms: Atoms, of_signals: Atoms, done: Mapping[str, Compiled]
) -> set[str]:
    by_name = {atom.name: atom for atom in atoms.by_identity.values()}
    found: set[str] = set()
    for column in value.find_all(exp.Column):
        other = done.get(column.name.removeprefix(SIGNAL))
        atom = by_name.get(column.name)
        if atom is not None and atom.argument is not None:
            found |= atom.rows.clocks(atom.argument)
        elif column.name.startswith(SIGNAL) and other is not None:
            found |= _clocks_of(other.value.sql, of_signals, of_signals, done)
    return found
