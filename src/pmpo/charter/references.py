"""What one part of a charter says about another: every name that is used must be defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.charter.coherence import check_coherence
from pmpo.charter.cross import Cross
from pmpo.model.charter import ParamRef

if TYPE_CHECKING:
    from pmpo.charter.findings import Findings
    from pmpo.charter.yaml import Node
    from pmpo.model.charter import Charter, Number, Source


def check_references(charter: Charter, root: Node, to: Findings) -> None:
    """Report everything about `charter` that only shows when its parts are put together.

    Args:
        charter: what could be read; parts that could not are left out.
        root: the tree it was read from, which still names those parts.
        to: where findings go.
    """
    cross = Cross(charter, root, to)
    _clashes(cross)
    _unit_and_purpose(cross)
    for source in charter.sources.values():
        _joins(cross, source)
    _signals(cross)
    _bands(cross)
    for axis in charter.axes.values():
        for name in axis.signals:
            path = f"axes.{axis.name}.signals.{name}"
            cross.known(path, name, "signal", "signals", is_key=True)
    check_coherence(cross)


def _clashes(cross: Cross) -> None:
    signals = cross.named("signals")
    for block, article, what in (("axes", "an", "axis"), ("bands", "a", "band")):
        for name in cross.named(block):
            if name in signals:
                cross.at_key(
                    "charter/name-clash",
                    f"`{name}` is the name of a signal and of {article} {what}",
                    f"{block}.{name}",
                    note="where the name is used, nobody could tell which one is meant",
                    help=f"rename the {what}",
                )
    if "unit" in cross.named("sources"):
        cross.at_key(
            "charter/name-clash",
            "a source cannot be called `unit`",
            "sources.unit",
            note="in `join`, the word `unit` means the decision unit",
            help="rename the source",
        )


def _unit_and_purpose(cross: Cross) -> None:
    charter = cross.charter
    cross.known("unit.source", charter.unit.source, "source", "sources")
    cross.known_all("purpose.measured_by", charter.purpose.measured_by, "signal", "signals")
    for name, assumption in charter.assumptions.items():
        if assumption.check is not None:
            path = f"assumptions.{name}.check.source"
            cross.known(path, assumption.check.source, "source", "sources")
    for index, trade in enumerate(charter.trade_offs):
        cross.known_all(f"trade_offs.{index}.between", trade.between, "axis", "axes")


def _joins(cross: Cross, source: Source) -> None:
    for target in source.join:
        path = f"sources.{source.name}.join.{target}"
        if target == source.name:
            cross.at_key(
                "charter/bad-join",
                f"source `{target}` joins itself",
                path,
                help="join another source or the `unit`",
            )
        elif target != "unit":
            cross.known(path, target, "source", "sources", is_key=True)


def _signals(cross: Cross) -> None:
    for signal in cross.charter.signals.values():
        path = f"signals.{signal.name}"
        cross.known(f"{path}.source", signal.source, "source", "sources")
        cross.known(f"{path}.cadence", signal.cadence, "cadence", "cadence")
        for anchor in signal.value:
            if isinstance(anchor.at, ParamRef):
                spot = f"{path}.value.PARAM('{anchor.at.id}')"
                _parameter(cross, spot, anchor.at, is_key=True)


def _bands(cross: Cross) -> None:
    for band in cross.charter.bands.values():
        path = f"bands.{band.name}"
        cross.known(f"{path}.signal", band.signal, "signal", "signals")
        for index, edge in enumerate(band.edges):
            _parameter(cross, f"{path}.edges.{index}", edge)


def _parameter(cross: Cross, path: str, number: Number, *, is_key: bool = False) -> None:
    if isinstance(number, ParamRef):
        cross.known(path, number.id, "parameter", "parameters", is_key=is_key)
