"""Prior state: what the last recorded evaluation leaves behind for this one.

A band with `hysteresis` or `dwell` remembers, per unit, the last band its value was in (`last_…`)
and when it was entered (`since_…`). What is remembered belongs to a definition: the hash of all
that the charter says about the band. Under another definition the memory begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo import sql
from pmpo.diagnostics import DataError, stop
from pmpo.model.canonical import hash_json
from pmpo.model.charter import Band, Charter, Number, ParamRef, Setting
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import KEY, Table
from pmpo.model.time import to_wall, utc_text, zone

if TYPE_CHECKING:
    import pyarrow as pa

LAST: Final = "last_"
SINCE: Final = "since_"
PLAIN: Final = "plain_"
BEFORE: Final = "before_"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a prior evaluation says about the units of this one.

    Args:
        bands: those whose definition has not changed since.
        data: `key_…` and per such band `before_last_…` and `before_since_…`; None without any.
    """

    bands: tuple[str, ...] = ()
    data: pa.Table | None = field(default=None, compare=False)


def remembering(charter: Charter) -> list[Band]:
    """The bands that depend on the one a unit was in before, in charter order."""
    return [b for b in charter.bands.values() if b.hysteresis is not None or b.dwell is not None]


def uses_prior(charter: Charter) -> bool:
    """Whether anything in a charter reads the prior evaluation."""
    return bool(remembering(charter))


def remembered(charter: Charter, table: Table, prior: Evaluation | None) -> Remembered:
    """What of `prior` this evaluation may build on.

    Raises: DataError `evaluation/prior`: it is of another program or not earlier.
    """
    if prior is None:
        return Remembered()
    _check(charter, table, prior)
    now = definitions(charter)
    bands = tuple(name for name, hash in now.items() if prior.states.get(name) == hash)
    if not bands:
        return Remembered()
    columns = [KEY + name for name in charter.unit.key]
    kept = [prefix + name for name in bands for prefix in (LAST, SINCE)]
    data = prior.results.select([*columns, *kept])
    return Remembered(bands, data.rename_columns([*columns, *(BEFORE + name for name in kept)]))


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


def definitions(charter: Charter) -> dict[str, str]:
    """The hash of the definition of each band that remembers."""
    return {band.name: hash_json(_definition(charter, band)) for band in remembering(charter)}


def _definition(charter: Charter, band: Band) -> dict[str, Any]:
    """All that the charter says about a band: its own fields, and what its signal is made of.

    Sources are left out: they say how data arrives, and new data is no new definition.
    """
    settings = {edge.id for edge in band.edges if isinstance(edge, ParamRef)}
    signals: dict[str, Any] = {}
    for name in _made_of(charter, band.signal):
        signal = charter.signals[name]
        words = names_in(signal.formula)
        settings |= words & (charter.parameters.keys() | charter.assumptions.keys())
        signals[name] = {
            "formula": " ".join(signal.formula.split()),
            "source": signal.source,
            "align": signal.align,
            "calendar": signal.calendar,
            "precision": signal.precision,
        }
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
