"""The parts of a draft: what `guess` decides and `write` writes down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from pmpo import sql
from pmpo.draft.profile import Profile
from pmpo.draft.roles import Time, Unit
from pmpo.sql import exp

Better = Literal["higher", "lower"]
_SIMPLE: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Noted:
    """A piece of YAML and the comments that stand above it."""

    text: str
    notes: tuple[str, ...] = ()


def noted(text: str, *notes: str) -> Noted:
    """A piece of YAML under its comments."""
    return Noted(text, notes)


@dataclass(frozen=True, slots=True)
class Unpivoted:
    """Columns that become rows.

    Args:
        columns: each with the text that stands for it: a date, or the number of a month.
        dated: whether those texts are dates.
        every: the length of one period.
    """

    columns: Mapping[str, str]
    name: str
    value: str
    dated: bool
    every: str


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """One source; `columns` and `checks` are lines of YAML with their reasons."""

    name: str
    mode: str
    notes: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    time: str = ""
    known: Noted | None = None
    captured: Noted | None = None
    columns: tuple[Noted, ...] = ()
    derive: Mapping[str, str] = field(default_factory=dict)
    where: Noted | None = None
    unpivot: Unpivoted | None = None
    join: Noted | None = None
    checks: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalDraft:
    """One signal; without an axis it is there for the scope.

    Args:
        anchors: values and what they are worth; empty until they were measured.
    """

    name: str
    title: str
    formula: str
    source: str
    axis: str = ""
    unit: str = ""
    precision: int = 2
    better: Better = "higher"
    missing: str = ""
    notes: tuple[str, ...] = ()
    anchors: tuple[tuple[Decimal, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole charter before it is text.

    Args:
        axes: weights in per cent.
        exits: conditions that leave units out, each with its reason and notes.
        band: signal, edges and labels of the one band; None without.
        as_of: the moment that has to be named when it is run; empty where the default does.
        why_as_of: why that moment.
        measured_as_of: the moment at which the anchors were measured.
    """

    program: str
    purpose: str
    owner: str
    refresh: Noted
    profile: Profile
    unit: Unit
    time: Time
    unit_source: str
    label: str
    sources: tuple[SourceDraft, ...]
    signals: tuple[SignalDraft, ...]
    axes: Mapping[str, int]
    exits: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    scope_notes: tuple[str, ...] = ()
    as_of: str = ""
    why_as_of: str = ""
    measured_as_of: str = ""
    band: BandDraft | None = None


@dataclass(frozen=True, slots=True)
class BandDraft:
    """The one band that is proposed."""

    name: str
    signal: str
    edges: tuple[Decimal, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def column(name: str, source: str = "") -> str:
    """A column as formulas name it: in quotes unless it is a plain word that SQL leaves alone.

    Example:
        >>> column("amount"), column("UnitPrice"), column("case"), column("on hand", "stock")
        ('amount', '"UnitPrice"', '"case"', 'stock."on hand"')
    """
    own = name if _plain_word(name) else '"' + name.replace('"', '""') + '"'
    return f"{source}.{own}" if source else own


def _plain_word(name: str) -> bool:
    if not _SIMPLE.fullmatch(name):
        return False
    try:
        node = sql.parse(f"SUM({name})")
    except sql.SqlError:
        return False
    return isinstance(node, exp.Sum) and isinstance(node.this, exp.Column)


def times(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    Example:
        >>> times(1, "row"), times(1200, "row"), times(2, "entry", "entries")
        ('1 row', '1,200 rows', '2 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names for a comment, the first few of many."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")
