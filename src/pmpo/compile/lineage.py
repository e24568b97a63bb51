"""What a compiled signal is, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from pmpo.compile.types import Typed
from pmpo.model.charter import Signal


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a signal is made of, in order of first use.

    `across` are the signals of which it looks at all units, itself or through other signals.
    """

    columns: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    across: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiled:
    """One signal, ready to be placed in a step.

    `level` is 1 for a signal of atoms only, else one more than the signals it refers to; `atoms`
    names those it refers to itself; `each` tells whether it looks at periods of its own.
    """

    signal: Signal
    value: Typed
    level: int
    lineage: Lineage
    atoms: tuple[str, ...] = ()
    each: bool = False
