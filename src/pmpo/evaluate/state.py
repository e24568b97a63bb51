"""Prior state: what the last recorded evaluation leaves behind for this one.

A band with `hysteresis` or `dwell` remembers, per unit, the last band its value was in (`last_…`)
and when it was entered (`since_…`). An input of a decision table that carries its last value
remembers that one (`known_…`) and of which moment it is (`dated_…`). What is remembered belongs to
a definition: the hash of all that the charter says about the band or input. Under another
definition the memory begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo import sql
from pmpo.compile.types import Type
from pmpo.diagnostics import DataError, stop
from pmpo.evaluate.tables import attribute_column
from pmpo.model.canonical import hash_json
from pmpo.model.charter import Band, Charter, DecisionTable, Number, ParamRef, Setting
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import KEY, SIGNAL, Table
from pmpo.model.time import to_wall, utc_text, zone

if TYPE_CHECKING:
    import pyarrow as pa

LAST: Final = "last_"
SINCE: Final = "since_"
PLAIN: Final = "plain_"
KNOWN: Final = "known_"
DATED: Final = "dated_"
BEFORE: Final = "before_"
INPUT: Final = "inputs."
"""Before the name of a table's input among the states; no band is called so."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a prior evaluation says about the units of this one.

    Args:
        bands: those whose definition has not changed since.
        inputs: those inputs of tables that carry their last value, and are what they were.
        data: `key_…` and per such band `before_last_…` and `before_since_…`, per such input
            `before_known_…` and `before_dated_…`; None without any.
    """

    bands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    data: pa.Table | None = field(default=None, compare=False)

    @property
    def columns(self) -> list[str]:
        """What is read from the prior's results besides keys, as it is called there."""
        found = [prefix + name for name in self.bands for prefix in (LAST, SINCE)]
        return found + [prefix + name for name in self.inputs for prefix in (KNOWN, DATED)]


NOTHING: Final = Remembered()


def remembering(charter: Charter) -> list[Band]:
    """The bands that depend on the one a unit was in before, in charter order."""
    return [b for b in charter.bands.values() if b.hysteresis is not None or b.dwell is not None]


def uses_prior(charter: Charter) -> bool:
    """Whether anything in a charter reads the prior evaluation."""
    return bool(remembering(charter) or carrying(charter))


def carrying(charter: Charter) -> list[str]:
    """The inputs whose last value some table carries, in the order of tables."""
    return list(
        dict.fromkeys(
            name
            for table in charter.tables.values()
            for name in table.inputs
            if name in table.missing and table.missing[name].max_age is not None
        )
    )


def remembered(
    charter: Charter, table: Table, columns: Mapping[str, Type], prior: Evaluation | None
) -> Remembered:
    """What of `prior` this evaluation may build on.

    Args:
        columns: the types of the table's columns.

    Raises: DataError `evaluation/prior`: it is of another program or not earlier.
    """
    if prior is None:
        return NOTHING
    _check(charter, table, prior)
    now = definitions(charter, columns)
    same = {name for name, hash in now.items() if prior.states.get(name) == hash}
    found = Remembered(
        tuple(band.name for band in remembering(charter) if band.name in same),
        tuple(name for name in carrying(charter) if INPUT + name in same),
    )
    if not found.columns:
        return found
    keys = [KEY + name for name in charter.unit.key]
    data = prior.results.select([*keys, *found.columns])
    before = data.rename_columns([*keys, *(BEFORE + name for name in found.columns)])
    return replace(found, data=before)


def _check(charter: Charter, table: Table, prior: Evaluation) -> None:
    if prior.program == charter.program and prior.as_of < table.as_of:
        return
    raise stop(
        "evaluation/prior",
        f"{prior.id} of {prior.program} as of {utc_text(prior.as_of)} cannot come before an "
        f"evaluation of {charter.program} as of {utc_text(table.as_of)}",
        note="what was decided later, or elsewhere, must not reach into an evaluation",
        help="give the last evaluation of the program with an earlier moment, or none",
        error=DataError,
    )


def young_after(charter: Charter, band: Band, as_of: datetime) -> datetime | None:
    """Bands entered after this moment, in UTC, have not lasted their `dwell` by `as_of`.

    The length is counted back on the charter's clock, as windows are.
    """
    if band.dwell is None:
        return None
    return to_wall(band.dwell.before(as_of.astimezone(zone(charter.zone_name))), UTC)


# Definitions ------------------------------------------------------------------------------


def definitions(charter: Charter, columns: Mapping[str, Type]) -> dict[str, str]:
    """The hash of the definition of each band, and each input of a table, that remembers.

    Args:
        columns: the types of the measured table's columns. A band has a signal that is a number; an
            input can be anything, and begins anew where it becomes something else.
    """
    bands = {band.name: hash_json(_definition(charter, band)) for band in remembering(charter)}
    inputs = {
        INPUT + name: hash_json(
            {"unit": list(charter.unit.key), "input": _input(charter, columns, name)}
        )
        for name in carrying(charter)
    }
    return bands | inputs


def _definition(charter: Charter, band: Band) -> dict[str, Any]:
    """All that the charter says about a band: its own fields, and what its signal is made of.

    Sources are left out: they say how data arrives, and new data is no new definition.
    """
    signals, settings = _signals(charter, band.signal)
    settings |= {edge.id for edge in band.edges if isinstance(edge, ParamRef)}
    return {
        "unit": list(charter.unit.key),
        "signal": band.signal,
        "edges": [_number(edge) for edge in band.edges],
        "labels": list(band.labels),
        "closed": band.closed,
        "hysteresis": _number(band.hysteresis) if band.hysteresis is not None else None,
        "dwell": str(band.dwell) if band.dwell is not None else None,
        "missing": band.missing,
        "signals": signals,
        "settings": {name: list(_settings(charter, name)) for name in sorted(settings)},
    }


def _signals(charter: Charter, name: str) -> tuple[dict[str, Any], set[str]]:
    """A signal and those it is made of, and the numbers of the charter that their formulas name."""
    signals: dict[str, Any] = {}
    settings: set[str] = set()
    for one in _made_of(charter, name):
        signal = charter.signals[one]
        settings |= names_in(signal.formula) & {*charter.parameters, *charter.assumptions}
        signals[one] = {
            "formula": " ".join(signal.formula.split()),
            "source": signal.source,
            "align": signal.align,
            "calendar": signal.calendar,
            "precision": signal.precision,
        }
    return signals, settings


def _input(charter: Charter, columns: Mapping[str, Type], name: str) -> dict[str, Any]:
    """All that the charter says about what an input is; how long it is carried is left out."""
    if name in charter.signals:
        signals, settings = _signals(charter, name)
        numbers = {one: list(_settings(charter, one)) for one in sorted(settings)}
        kind = _kind(columns.get(SIGNAL + name))
        return {"signal": name, "signals": signals, "settings": numbers, "type": kind}
    if name in charter.bands:
        return {"band": _definition(charter, charter.bands[name])}
    other, dot, output = name.partition(".")
    if dot and other in charter.tables:
        table = charter.tables[other]
        of = {one: _input(charter, columns, one) for one in table.inputs}
        return {"output": output, "table": _table(charter, table), "of": of}
    kind = _kind(columns.get(attribute_column(charter, name)))
    return {"column": name, "source": charter.unit.source, "type": kind}


def _kind(of: Type | None) -> list[Any]:
    """A type in short; digits of a number change nothing about what it is compared as."""
    return [] if of is None else ["number" if of.numeric else of.kind]


def _table(charter: Charter, table: DecisionTable) -> dict[str, Any]:
    """All that decides what a table gives, in the order in which it stands there."""
    cells = [cell for rule in table.rules for cell in (*rule.when, *rule.then)]
    cells += [cell for gap in table.accepted_gaps for cell in gap.where.values()]
    named = {name for name in charter.parameters if any(name in cell for cell in cells)}
    return {
        "hit": table.hit,
        "aggregate": table.aggregate,
        "inputs": list(table.inputs),
        "missing": {
            name: [one.policy, one.value, one.max_age and str(one.max_age)]
            for name, one in table.missing.items()
        },
        "outputs": [[one.name, list(one.values)] for one in table.outputs],
        "rules": [[list(rule.when), list(rule.then)] for rule in table.rules],
        "accepted": [dict(gap.where) for gap in table.accepted_gaps],
        "settings": {name: list(_settings(charter, name)) for name in sorted(named)},
    }


def _made_of(charter: Charter, signal: str) -> list[str]:
    """A signal and all others that its formula needs, directly or not."""
    found = [signal]
    for name in found:
        words = names_in(charter.signals[name].formula)
        found += [other for other in charter.signals if other in words and other not in found]
    return found


def names_in(formula: str) -> set[str]:
    """The names and quoted texts of a formula. Too many only mean that more is a definition."""
    return {token.text for token in sql.tokens(formula)}


def _settings(charter: Charter, name: str) -> Iterator[Any]:
    """The numbers called `name`; a parameter and an assumption may share a name."""
    if name in charter.parameters:
        yield _setting(charter.parameters[name].setting)
    assumption = charter.assumptions.get(name)
    if assumption is not None and assumption.setting is not None:
        yield _setting(assumption.setting)


def _setting(setting: Setting) -> dict[str, Any]:
    values: Mapping[tuple[str, ...], Any] = setting.values
    return {
        "by": list(setting.by),
        "values": [
            [list(segment), [[day and day.isoformat(), _number(value)] for day, value in dated]]
            for segment, dated in sorted(values.items())
        ],
    }


def _number(value: Number) -> str | dict[str, str]:
    """A number as text; 0.90 and 0.9 are one definition."""
    if isinstance(value, ParamRef):
        return {"param": value.id}
    return f"{value.normalize():f}" if value else str(Decimal(0))
