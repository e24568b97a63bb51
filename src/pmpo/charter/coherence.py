"""Whether the numbers of a charter fit together: cuts in time, value functions, bands, weights.

What could not be read is skipped, so that one mistake gives one finding.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from pmpo.charter.order import LARGEST, crossing
from pmpo.charter.score import check_score
from pmpo.charter.suggest import listing
from pmpo.charter.tables import check_tables
from pmpo.charter.yaml import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from pmpo.charter.cross import Cross
    from pmpo.model.charter import Axis, Band, Charter, Setting, Signal, Source


def check_coherence(cross: Cross) -> None:
    """Report what fits no plan of measuring and scoring."""
    charter = cross.charter
    for source in charter.sources.values():
        _source_time(cross, source)
    for signal in charter.signals.values():
        _signal(cross, signal)
    for band in charter.bands.values():
        _band(cross, band)
    check_tables(cross)
    _axes(cross)
    check_score(cross)
    for signal in charter.signals.values():
        _substitute(cross, signal)
    for parameter in charter.parameters.values():
        _default(cross, "parameters", parameter.name, parameter.setting)
    for assumption in charter.assumptions.values():
        if assumption.setting is not None:
            _default(cross, "assumptions", assumption.name, assumption.setting)


def _source_time(cross: Cross, source: Source) -> None:
    """Say which of the two cuts in time a source does not allow."""
    path = f"sources.{source.name}"
    said = {key.text for key, _ in cross.fields("sources", source.name)}
    mode = cross.block("sources", source.name, "mode")
    if mode is not None and not (isinstance(mode, Scalar) and mode.text == source.mode):
        return
    for fact, note, remedy in _lacking(source, said):
        cross.at_key("charter/source-time", fact, path, note=note, help=remedy)
    if {"known_at", "lag"} <= said:
        cross.at_key(
            "charter/source-time",
            f"source `{source.name}` says both `known_at` and `lag`",
            f"{path}.lag",
            note="`lag` stands for a column that is not there",
            help="delete one of the two",
        )
    if source.captured is not None and source.mode != "snapshot":
        cross.at_key(
            "charter/source-time",
            f"source `{source.name}` has `mode: {source.mode}` and says when it was captured",
            f"{path}.captured",
            note="only a table that is overwritten shows the state of one day",
            help="delete `captured`, or write `mode: snapshot`",
        )
    _late_columns(cross, source)
    timed = {"time", "known_at", "valid_from"} & said
    timed |= {name for name, column in source.columns.items() if column.known_at}
    if timed and "tz" not in said and cross.block("tz") is None:
        cross.warn(
            "charter/no-zone",
            f"source `{source.name}` does not say in which zone its times are",
            path,
            note="times without an offset are read as UTC",
            help="add `tz: UTC`, or the zone of the clocks that wrote them",
        )


def _late_columns(cross: Cross, source: Source) -> None:
    """A row whose key or time is not known is not known itself."""
    roles = dict.fromkeys(source.key, "key")
    for role in ("valid_to", "valid_from", "known_at", "time"):
        roles[getattr(source, role)] = role
    for name, column in source.columns.items():
        for said in dict.fromkeys((name, column.known_at)) if column.known_at else ():
            if said in roles:
                cross.at_value(
                    "charter/source-time",
                    f"`{said}` is the `{roles[said]}` of source `{source.name}`, and cannot be "
                    "known later than its rows",
                    f"sources.{source.name}.columns.{name}.known_at",
                    note="a column with `known_at` is missing until then, and so is the column "
                    "that says when",
                    help="delete it here; `known_at` of the source says when its rows were known",
                )


def _lacking(source: Source, said: set[str]) -> list[tuple[str, str, str]]:
    """Fact, note and help for each thing the source's mode needs and does not have."""
    found = []
    if source.mode == "append" and "time" not in said:
        found.append(
            (
                f"source `{source.name}` does not say when its rows happened",
                "without it, rows after the date of an evaluation would count",
                "add `time: <column>`; for a table that is overwritten, write `mode: snapshot`",
            )
        )
    if source.mode in ("versions", "scd2") and "key" not in said:
        found.append(
            (
                f"source `{source.name}` has `mode: {source.mode}` and no `key`",
                "without it nobody can tell which row replaces which",
                "add `key: [<columns>]`",
            )
        )
    if source.mode == "scd2" and not {"valid_from", "valid_to"} <= said:
        found.append(
            (
                f"source `{source.name}` has `mode: scd2` without `valid_from` and `valid_to`",
                "they say which row held when",
                "add `valid_from: <column>` and `valid_to: <column>`",
            )
        )
    if source.mode == "plan" and ("known_at" not in said or "lag" in said):
        found.append(
            (
                f"source `{source.name}` is a plan that "
                + ("has a `lag`" if "lag" in said else "does not say when it became known"),
                "a plan is known before what it is for, and is cut by the time it was known alone",
                "add `known_at: <column>`, or `known_at: none` if nobody knows"
                + ("; delete `lag`" if "lag" in said else ""),
            )
        )
    if source.mode in ("append", "versions") and not {"known_at", "lag"} & said:
        found.append(
            (
                f"source `{source.name}` does not say when its rows became known",
                "without it, a replay would use data that nobody had yet",
                "add `known_at: <column>`, or `lag: 1 day`, or `known_at: none` if nobody knows",
            )
        )
    return found


def _signal(cross: Cross, signal: Signal) -> None:
    path = f"signals.{signal.name}"
    if cross.all_read(len(signal.value), *path.split("."), "value"):
        _value_function(cross, signal, f"{path}.value")
    written = cross.written("signals", signal.name, "missing")
    if not written and not _tables_say(cross.charter, signal.name):
        cross.warn(
            "charter/no-policy",
            f"signal `{signal.name}` does not say what happens when it was not measured",
            path,
            note="missing is never zero: without a policy the unit gets no recommendation",
            help="add `missing: {policy: block}`, or `exclude`, or `hold` with a `max_age`",
        )


def _tables_say(charter: Charter, signal: str) -> bool:
    """Whether only tables look at a signal, and each says what a missing value does."""
    looking = [table for table in charter.tables.values() if signal in table.inputs]
    scored = any(signal in axis.signals for axis in charter.axes.values())
    banded = any(band.signal == signal for band in charter.bands.values())
    in_ratio = charter.score is not None and signal in charter.score.ratio.names
    said = bool(looking) and all(signal in table.missing for table in looking)
    return said and not (scored or banded or in_ratio)


def _value_function(cross: Cross, signal: Signal, path: str) -> None:
    code = "charter/bad-value-function"
    if len(signal.value) < 2:
        cross.at_key(
            code,
            f"`{path}` has fewer than two anchors",
            path,
            note="a line needs two points",
            help="add an anchor, such as `{0: 0, 0.3: 100}`",
        )
    elif not _increasing([one.at for one in signal.value if isinstance(one.at, Decimal)]):
        cross.at_key(
            code,
            f"the anchors of `{path}` do not increase",
            path,
            note="they are read from the lowest value of the signal to the highest",
            help="write each value once, the lowest first",
        )
    elif witness := crossing([one.at for one in signal.value], cross.charter.parameters):
        cross.at_key(
            code,
            f"the anchors of `{path}` do not increase: {witness}",
            path,
            note="they are read from the lowest value of the signal to the highest",
            help="change the number or the parameter, so that every unit has them in order",
        )
    elif any(isinstance(a.at, Decimal) and abs(a.at) > LARGEST for a in signal.value):
        cross.at_key(
            code,
            f"an anchor of `{path}` is beyond {LARGEST:,f}",
            path,
            note="utilities are computed in millionths of the signal's unit, in 64 bits",
            help="count in a larger unit, such as thousands",
        )
    elif signal.better is not None and not _rewards(signal):
        rise = "rise" if signal.better == "higher" else "fall"
        cross.at_key(
            code,
            f"`{path}` rewards the direction that is declared as worse",
            path,
            note=f"the charter says that {signal.better} is better",
            help=f"let the worth {rise} as the signal rises, or change `better`",
        )


def _rewards(signal: Signal) -> bool:
    worths = [anchor.worth for anchor in signal.value]
    ordered = worths if signal.better == "higher" else worths[::-1]
    return all(low <= high for low, high in pairwise(ordered))


def _band(cross: Cross, band: Band) -> None:
    path = f"bands.{band.name}"
    if not _increasing([edge for edge in band.edges if isinstance(edge, Decimal)]):
        cross.at_value(
            "charter/bad-band",
            f"the edges of band `{band.name}` do not increase",
            f"{path}.edges",
            note="a band between equal or falling edges is empty",
            help="write each edge once, the lowest first",
        )
    elif witness := crossing(band.edges, cross.charter.parameters):
        cross.at_value(
            "charter/bad-band",
            f"the edges of band `{band.name}` do not increase: {witness}",
            f"{path}.edges",
            note="a band between equal or falling edges is empty",
            help="change the number or the parameter, so that every unit has them in order",
        )
    if len(band.labels) != len(band.edges) + 1:
        cross.at_value(
            "charter/bad-band",
            f"band `{band.name}` has {_count(len(band.edges), 'edge')} and "
            f"{_count(len(band.labels), 'label')}",
            f"{path}.labels",
            note="there is one band below each edge, and one above the last",
            help=f"write {len(band.edges) + 1} labels, from low to high",
        )
    if band.missing in band.labels:
        cross.at_value(
            "charter/bad-band",
            f"`{band.missing}` is a band and the label of missing values",
            f"{path}.missing",
            note="missing must not look like measured",
            help="choose another label for missing values",
        )


def _axes(cross: Cross) -> None:
    axes = cross.charter.axes
    if axes and cross.all_read(len(axes), "axes"):
        weights = {name: axis.weight for name, axis in axes.items()}
        _add_up(cross, "axes", "the weights of the axes", weights)
    taken: dict[str, str] = {}
    for axis in axes.values():
        _axis(cross, axis, taken)


def _axis(cross: Cross, axis: Axis, taken: dict[str, str]) -> None:
    path = f"axes.{axis.name}.signals"
    if cross.all_read(len(axis.signals), *path.split(".")):
        what = f"the weights of the signals of axis `{axis.name}`"
        _add_up(cross, path, what, axis.signals)
    for name in axis.signals:
        if name in taken:
            cross.at_key(
                "charter/axis-signal",
                f"signal `{name}` is on the axes `{taken[name]}` and `{axis.name}`",
                f"{path}.{name}",
                note="a signal on two sides of a trade-off would be traded against itself",
                help="keep it on one axis",
            )
            continue
        taken[name] = axis.name
        if name in cross.charter.signals:
            _can_be_scored(cross, f"{path}.{name}", name)


def _substitute(cross: Cross, signal: Signal) -> None:
    """Policies that act on points mean nothing for a signal that has none."""
    policy = signal.missing.then if signal.missing.policy == "hold" else signal.missing.policy
    on_axis = any(signal.name in axis.signals for axis in cross.charter.axes.values())
    score = cross.charter.score
    if score is not None and signal.name in score.ratio.names:
        return
    if policy in ("worst", "range", "redistribute") and not on_axis:
        cross.at_key(
            "charter/bad-policy",
            f"signal `{signal.name}` is on no axis, where `{policy}` has no meaning",
            f"signals.{signal.name}.missing",
            note=f"`{policy}` says what a missing value does to points, and only axes have points",
            help="use `exclude`, `block` or `impute`, or put the signal on an axis",
        )


def _can_be_scored(cross: Cross, path: str, name: str) -> None:
    examples = {"value": "`value: {0: 0, 0.3: 100}`", "better": "`better: higher`"}
    lacking = [field for field in examples if not cross.written("signals", name, field)]
    if lacking:
        cross.at_key(
            "charter/axis-signal",
            f"signal `{name}` is on an axis and has no {listing(lacking)}",
            path,
            note="an axis adds up what values are worth, and must know which direction is better",
            help=f"add {' and '.join(examples[field] for field in lacking)} to signal `{name}`",
        )


def _add_up(cross: Cross, path: str, what: str, weights: MappingType[str, Decimal]) -> None:
    total = sum((Fraction(weight) for weight in weights.values()), Fraction(0))
    if total == 100:
        return
    shown = f"{Decimal(total.numerator) / Decimal(total.denominator):f}"
    cross.at_key(
        "charter/bad-weights",
        f"{what} add up to {shown}, not to 100",
        path,
        note="weights are shares in per cent, so that each can be read on its own",
        help="change "
        + listing(f"{name}: {weight}" for name, weight in weights.items())
        + " so that they add up to 100",
    )


def _default(cross: Cross, block: str, name: str, setting: Setting) -> None:
    """Demand a number for segments that are not named."""
    anything = "/".join("*" * len(setting.by))
    written = cross.block(block, name, "values")
    if isinstance(written, Mapping) and written.get(anything) is None:
        path = f"{block}.{name}.values"
        cross.at_key(
            "charter/no-default",
            f"`{path}` has no value for all other segments",
            path,
            note="a new segment would have no number",
            help=f"add `'{anything}': <number>`",
        )


def _increasing(numbers: list[Decimal]) -> bool:
    return all(low < high for low, high in pairwise(numbers))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
