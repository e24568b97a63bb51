"""What one part of a charter says about another: names, weights, value functions, bands.

Each check reports on its own and skips what could not be read, so that one mistake gives one
finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping as MappingType
from decimal import Decimal
from fractions import Fraction

from pmpo.charter.findings import Findings
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Mapping, Node
from pmpo.model.charter import (
    Axis,
    Band,
    Charter,
    DecisionTable,
    Number,
    ParamRef,
    Setting,
    Signal,
    Source,
)


def check_references(charter: Charter, root: Node, to: Findings) -> None:
    """Report everything about `charter` that only shows when its parts are put together.

    Args:
        charter: what could be read; parts that could not are left out.
        root: the tree it was read from, which still names those parts.
    """
    _References(charter, root, to).check()


class _References:
    """One charter under examination."""

    def __init__(self, charter: Charter, root: Node, to: Findings) -> None:
        self.charter = charter
        self.places = charter.places
        self.root = root
        self.to = to

    def check(self) -> None:
        """Run every check."""
        self._names()
        self._unit_and_purpose()
        for source in self.charter.sources.values():
            self._source(source)
        for signal in self.charter.signals.values():
            self._signal(signal)
        for band in self.charter.bands.values():
            self._band(band)
        for table in self.charter.tables.values():
            self._table(table)
        self._axes()
        self._settings()
        for index, trade in enumerate(self.charter.trade_offs):
            self._known_all(f"trade_offs.{index}.between", trade.between, "axis", "axes")

    # --- names ---------------------------------------------------------------------------------

    def _defined(self, *blocks: str) -> dict[str, str]:
        """Names written under `blocks`, readable or not, each with its block."""
        found: dict[str, str] = {}
        for block in blocks:
            node = self.root.get(block) if isinstance(self.root, Mapping) else None
            if isinstance(node, Mapping):
                found |= {key.text: block for key, _ in node.entries}
        return found

    def _known(self, path: str, name: str, what: str, *blocks: str) -> bool:
        """Report `name` at `path` unless one of `blocks` defines it; empty names are skipped."""
        defined = self._defined(*blocks)
        if not name or name in defined:
            return True
        near = did_you_mean(name, defined)
        self.to.error(
            "charter/unknown-name",
            f"there is no {what} `{name[:60]}`",
            self.places.value(path),
            path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"{' and '.join(blocks)}: {listing(defined)}" if defined else "",
            help=f"write `{near}`" if near else f"define `{name[:60]}` under `{blocks[0]}`",
        )
        return False

    def _known_all(self, path: str, names: Iterable[str], what: str, *blocks: str) -> None:
        for index, name in enumerate(names):
            self._known(f"{path}.{index}", name, what, *blocks)

    def _names(self) -> None:
        signals = self._defined("signals")
        for block, what in (("axes", "axis"), ("bands", "band")):
            for name in self._defined(block):
                if name in signals:
                    self.to.error(
                        "charter/name-clash",
                        f"`{name}` is the name of a signal and of {_article(what)}",
                        self.places.key(f"{block}.{name}"),
                        f"{block}.{name}",
                        note="where the name is used, nobody could tell which one is meant",
                        help=f"rename the {what}",
                    )
        if "unit" in self._defined("sources"):
            self.to.error(
                "charter/name-clash",
                "a source cannot be called `unit`",
                self.places.key("sources.unit"),
                "sources.unit",
                note="in `join`, the word `unit` means the decision unit",
                help="rename the source",
            )

    # --- unit, sources, signals ----------------------------------------------------------------

    def _unit_and_purpose(self) -> None:
        charter = self.charter
        self._known("unit.source", charter.unit.source, "source", "sources")
        self._known_all("purpose.measured_by", charter.purpose.measured_by, "signal", "signals")
        for name, assumption in charter.assumptions.items():
            if assumption.check is not None:
                path = f"assumptions.{name}.check.source"
                self._known(path, assumption.check.source, "source", "sources")

    def _source(self, source: Source) -> None:
        path = f"sources.{source.name}"
        for target in source.join:
            spot = f"{path}.join.{target}"
            if target == source.name:
                self.to.error(
                    "charter/bad-join",
                    f"source `{target}` joins itself",
                    self.places.key(spot),
                    spot,
                    help="join another source or the `unit`",
                )
            elif target != "unit":
                self._join_target(spot, target)
        self._source_time(source, path)

    def _join_target(self, path: str, target: str) -> None:
        defined = self._defined("sources")
        if target in defined:
            return
        near = did_you_mean(target, [*defined, "unit"])
        self.to.error(
            "charter/unknown-name",
            f"there is no source `{target[:60]}` to join",
            self.places.key(path),
            path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"sources: {listing(defined)}; `unit` is the decision unit",
            help=f"write `{near}`" if near else "name a source, or `unit`",
        )

    def _source_time(self, source: Source, path: str) -> None:
        """Say which of the two cuts in time a source does not allow."""
        if source.mode == "append" and not source.time:
            self._no_time(
                path,
                f"source `{source.name}` does not say when its rows happened",
                "without it, rows after the date of an evaluation would count",
                "add `time: <column>`; for a table that is overwritten, write `mode: snapshot`",
            )
        if source.mode in ("versions", "scd2") and not source.key:
            self._no_time(
                path,
                f"source `{source.name}` has `mode: {source.mode}` and no `key`",
                "without it nobody can tell which row replaces which",
                "add `key: [<columns>]`",
            )
        if source.mode == "scd2" and not (source.valid_from and source.valid_to):
            self._no_time(
                path,
                f"source `{source.name}` has `mode: scd2` without `valid_from` and `valid_to`",
                "they say which row held when",
                "add `valid_from: <column>` and `valid_to: <column>`",
            )
        if source.mode in ("append", "versions") and not (source.known_at or source.lag):
            self._no_time(
                path,
                f"source `{source.name}` does not say when its rows became known",
                "without it, a replay would use data that nobody had yet",
                "add `known_at: <column>`, or `lag: 1 day`, or `known_at: none` if nobody knows",
            )
        if source.known_at and source.lag:
            self.to.error(
                "charter/source-time",
                f"source `{source.name}` says both `known_at` and `lag`",
                self.places.key(f"{path}.lag"),
                f"{path}.lag",
                note="`lag` stands for a column that is not there",
                help="delete one of the two",
            )
        if (source.time or source.known_at) and not source.tz and not self.charter.tz:
            self.to.warning(
                "charter/no-zone",
                f"source `{source.name}` does not say in which zone its times are",
                self.places.key(path),
                path,
                note="times without an offset are read as UTC",
                help="add `tz: UTC`, or the zone of the clocks that wrote them",
            )

    def _no_time(self, path: str, fact: str, note: str, help: str) -> None:
        self.to.error(
            "charter/source-time", fact, self.places.key(path), path, note=note, help=help
        )

    def _signal(self, signal: Signal) -> None:
        path = f"signals.{signal.name}"
        self._known(f"{path}.source", signal.source, "source", "sources")
        self._known(f"{path}.cadence", signal.cadence, "cadence", "cadence")
        for anchor in signal.value:
            self._parameter(f"{path}.value", anchor.at)
        if f"{path}.value" in self.places.values:
            self._value_function(signal, f"{path}.value")
        if f"{path}.missing" not in self.places.values:
            self.to.warning(
                "charter/no-policy",
                f"signal `{signal.name}` does not say what happens when it was not measured",
                self.places.key(path),
                path,
                note="missing is never zero: without a policy the unit gets no recommendation",
                help="add `missing: {policy: block}`, or `exclude`, or `hold` with a `max_age`",
            )

    def _parameter(self, path: str, number: Number) -> None:
        if isinstance(number, ParamRef):
            spot = f"{path}.PARAM('{number.id}')"
            known = spot if spot in self.places.values else path
            self._known(known, number.id, "parameter", "parameters")

    def _value_function(self, signal: Signal, path: str) -> None:
        plain = [(one.at, one.worth) for one in signal.value if isinstance(one.at, Decimal)]
        if len(signal.value) < 2:
            self._curve(path, f"`{path}` has fewer than two anchors",
                        "a line needs two points", "add an anchor, such as `{0: 0, 0.3: 100}`")
        elif not _increasing([at for at, _ in plain]):
            self._curve(path, f"the anchors of `{path}` do not increase",
                        "they are read from the lowest value of the signal to the highest",
                        "write each value once, the lowest first")
        elif signal.better is not None and not self._rewards(signal):
            self._curve(path, f"`{path}` rewards the direction that is declared as worse",
                        f"the charter says that {signal.better} is better",
                        f"let the worth {_rise(signal.better)} as the signal rises, "
                        "or change `better`")

    def _rewards(self, signal: Signal) -> bool:
        worths = [anchor.worth for anchor in signal.value]
        ordered = worths if signal.better == "higher" else worths[::-1]
        return all(low <= high for low, high in zip(ordered, ordered[1:], strict=False))

    def _curve(self, path: str, fact: str, note: str, help: str) -> None:
        self.to.error(
            "charter/bad-value-function", fact, self.places.key(path), path, note=note, help=help
        )

    # --- bands and tables ----------------------------------------------------------------------

    def _band(self, band: Band) -> None:
        path = f"bands.{band.name}"
        self._known(f"{path}.signal", band.signal, "signal", "signals")
        for index, edge in enumerate(band.edges):
            self._parameter(f"{path}.edges.{index}", edge)
        if not _increasing([edge for edge in band.edges if isinstance(edge, Decimal)]):
            self.to.error(
                "charter/bad-band",
                f"the edges of band `{band.name}` do not increase",
                self.places.value(f"{path}.edges"),
                f"{path}.edges",
                note="a band between equal or falling edges is empty",
                help="write each edge once, the lowest first",
            )
        if len(band.labels) != len(band.edges) + 1:
            self.to.error(
                "charter/bad-band",
                f"band `{band.name}` has {_count(len(band.edges), 'edge')} and "
                f"{_count(len(band.labels), 'label')}",
                self.places.value(f"{path}.labels"),
                f"{path}.labels",
                note="there is one band below each edge, and one above the last",
                help=f"write {len(band.edges) + 1} labels, from low to high",
            )
        if band.missing in band.labels:
            self.to.error(
                "charter/bad-band",
                f"`{band.missing}` is a band and the label of missing values",
                self.places.value(f"{path}.missing"),
                f"{path}.missing",
                note="missing must not look like measured",
                help="choose another label for missing values",
            )

    def _table(self, table: DecisionTable) -> None:
        path = f"tables.{table.name}"
        self._known_all(f"{path}.inputs", table.inputs, "signal or band", "signals", "bands")
        for index, rule in enumerate(table.rules):
            spot = f"{path}.rules.{index}"
            self._width(f"{spot}.when", rule.id, len(rule.when), len(table.inputs), "input")
            self._width(f"{spot}.then", rule.id, len(rule.then), len(table.outputs), "output")

    def _width(self, path: str, rule: str, cells: int, columns: int, what: str) -> None:
        if cells == columns:
            return
        self.to.error(
            "charter/bad-table",
            f"rule `{rule}` has {_count(cells, 'cell')} for {_count(columns, what)}",
            self.places.value(path),
            path,
            note=f"cells belong to {what}s by position",
            help=f"write {_count(columns, 'cell')}" + (", `-` for any" if what == "input" else ""),
        )

    # --- axes ----------------------------------------------------------------------------------

    def _axes(self) -> None:
        axes = self.charter.axes
        if axes and len(axes) == len(self._defined("axes")):
            weights = {name: axis.weight for name, axis in axes.items()}
            self._add_up("axes", "the weights of the axes", weights)
        taken: dict[str, str] = {}
        for axis in axes.values():
            self._axis(axis, taken)

    def _axis(self, axis: Axis, taken: dict[str, str]) -> None:
        path = f"axes.{axis.name}.signals"
        node = self.places.values
        if axis.signals and all(f"{path}.{name}" in node for name in axis.signals):
            self._add_up(path, f"the weights of the signals of axis `{axis.name}`", axis.signals)
        for name in axis.signals:
            spot = f"{path}.{name}"
            if name in taken:
                self._axis_signal(
                    spot,
                    f"signal `{name}` is on the axes `{taken[name]}` and `{axis.name}`",
                    "a signal on two sides of a trade-off would be traded against itself",
                    "keep it on one axis",
                )
                continue
            taken[name] = axis.name
            if self._axis_names_signal(spot, name):
                self._can_be_scored(spot, name)

    def _axis_names_signal(self, path: str, name: str) -> bool:
        defined = self._defined("signals")
        if name in defined:
            return True
        near = did_you_mean(name, defined)
        self.to.error(
            "charter/unknown-name",
            f"there is no signal `{name}`",
            self.places.key(path),
            path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"signals: {listing(defined)}" if defined else "",
            help=f"write `{near}`" if near else f"define `{name}` under `signals`",
        )
        return False

    def _can_be_scored(self, path: str, name: str) -> None:
        signal = self.charter.signals.get(name)
        if signal is None:
            return
        lacking = [
            field
            for field in ("value", "better")
            if f"signals.{name}.{field}" not in self.places.values
        ]
        if lacking:
            example = {"value": "`value: {0: 0, 0.3: 100}`", "better": "`better: higher`"}
            self._axis_signal(
                path,
                f"signal `{name}` is on an axis and has no {listing(lacking)}",
                "an axis adds up what values are worth, and must know which direction is better",
                f"add {' and '.join(example[field] for field in lacking)} to signal `{name}`",
            )

    def _axis_signal(self, path: str, fact: str, note: str, help: str) -> None:
        self.to.error(
            "charter/axis-signal", fact, self.places.key(path), path, note=note, help=help
        )

    def _add_up(self, path: str, what: str, weights: MappingType[str, Decimal]) -> None:
        total = sum((Fraction(weight) for weight in weights.values()), Fraction(0))
        if total == 100:
            return
        shown = f"{Decimal(total.numerator) / Decimal(total.denominator):f}"
        self.to.error(
            "charter/bad-weights",
            f"{what} add up to {shown}, not to 100",
            self.places.key(path),
            path,
            note="weights are shares in per cent, so that each can be read on its own",
            help="change " + listing(f"{name}: {weight}" for name, weight in weights.items()),
        )

    # --- settings ------------------------------------------------------------------------------

    def _settings(self) -> None:
        for name, parameter in self.charter.parameters.items():
            self._default(f"parameters.{name}.values", parameter.setting)
        for name, assumption in self.charter.assumptions.items():
            if assumption.setting is not None:
                self._default(f"assumptions.{name}.values", assumption.setting)

    def _default(self, path: str, setting: Setting) -> None:
        anything = ("*",) * len(setting.by)
        if anything in setting.values:
            return
        self.to.error(
            "charter/no-default",
            f"`{path}` has no value for all other segments",
            self.places.key(path),
            path,
            note="a new segment would have no number",
            help=f"add `'{'/'.join(anything)}': <number>`",
        )


def _increasing(numbers: list[Decimal]) -> bool:
    return all(low < high for low, high in zip(numbers, numbers[1:], strict=False))


def _rise(better: str) -> str:
    return "rise" if better == "higher" else "fall"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _article(what: str) -> str:
    return ("an " if what[0] in "aeiou" else "a ") + what
