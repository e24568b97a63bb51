"""Reading an evaluation: the board, and why a unit stands where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, Literal

from pmpo.compile.shares import set_dependent
from pmpo.evaluate.applied import Tables, TableWhy
from pmpo.evaluate.carried import carried_by
from pmpo.evaluate.factors import (
    Factor,
    RatioTold,
    factor_digits,
    factor_texts,
    ratio_told,
    score_digits,
)
from pmpo.evaluate.find import find, label_of, unit_of, with_attributes
from pmpo.evaluate.missing import Policies
from pmpo.evaluate.moments import earlier_boundary
from pmpo.evaluate.outcomes import OUTCOME, further_columns
from pmpo.evaluate.ratio import FACTOR
from pmpo.evaluate.reasons import because_of
from pmpo.evaluate.score import AXIS, judged_signals, signal_weights, used_signals
from pmpo.evaluate.seat_why import SeatWhy, seat_why
from pmpo.evaluate.selection import Seat, Selection
from pmpo.evaluate.state import LAST, PLAIN, SINCE, remembering, young_after
from pmpo.evaluate.waived import by_unit, waived
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import HELD, SIGNAL
from pmpo.model.time import zone
from pmpo.rules.values import MICRO
from pmpo.rules.weights import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

_PIECE: Final = 10_000


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One ranked unit. What this version does not decide yet is None.

    Args:
        score: exact decimal text; with axes 0 to 100, and `axes` holds its parts by axis; as a
            ratio zero or more, and `factors` holds what it is made of by signal.
        interval: the lowest and highest score that a missing signal under `range` leaves
            possible; None where the score is one number.
        outcome: what is to be done with the unit; None in a charter without tables.
        outputs: what else the tables give, by `table.output`, numbers as exact decimal text.
        taken: whether it is recommended to be taken now; None where the charter does not say who
            is, or nobody knows what was decided.
        seat: why it is taken or not: `taken`, `must`, `committed`, `executing`, `proposed`,
            `decided`, `beyond capacity`, `must not`, or `requires 1` and `requires 1 unknown` for
            the first condition that does not hold.
        bands: the unit's label in each band.
        quality: A (recorded, fresh) to D (missing).
        waived: the waivers that were applied to the unit: the signal, and until when.
    """

    rank: int
    settled_rank: int | None
    unit: str
    label: str
    score: str
    interval: tuple[str, str] | None
    axes: Mapping[str, str]
    factors: Mapping[str, str]
    outcome: str | None
    outputs: Mapping[str, str | None]
    taken: bool | None
    seat: str | None
    bands: Mapping[str, str]
    quality: str
    waived: tuple[str, ...]
    p_top: str | None

    def as_json(self) -> dict[str, Any]:
        # not `asdict`, which copies every value of a million rows
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to the score: points = weight × utility, exactly.

    Args:
        value: in the signal's own unit; None when missing.
        held: how many refresh periods old the value is, 0 when fresh.
        utility: 0 to 100; weight: share of the whole score, 0 to 1.
        interval: the lowest and highest points under `range`; None where points are one number.
        set_dependent: whether the value compares the unit with all others.
    """

    axis: str
    signal: str
    value: float | None
    utility: str | None
    weight: str
    points: str | None
    interval: tuple[str, str] | None
    held: int | None
    quality: str
    reasons: tuple[str, ...]
    set_dependent: bool


@dataclass(frozen=True, slots=True)
class BandMemory:
    """What a band with `hysteresis` or `dwell` remembers of a unit.

    Args:
        by_value: the band by the value alone; the label of missing values where there is none.
        last: the band that is remembered; None when the unit never had a value.
        since: when it entered that one, on the charter's clock.
        kept_by: what keeps the unit in a band that its value has left; None when nothing does.
    """

    by_value: str
    last: str | None
    since: str | None
    kept_by: Literal["hysteresis", "dwell"] | None


@dataclass(frozen=True, slots=True)
class Why:
    """Everything behind one unit's place: `contributions` of axes, or a `ratio`.

    Args:
        memory: the bands that remember.
        rules: those that decided: what keeps the unit from its rank, or each table's rules.
        tables: what each decision table says, with the values and every rule.
        seat: why it is taken or not; None where that is no question.
    """

    unit: str
    label: str
    status: str
    rank: int | None
    score: str | None
    interval: tuple[str, str] | None
    contributions: tuple[Contribution, ...]
    ratio: RatioTold | None
    bands: Mapping[str, str]
    memory: Mapping[str, BandMemory]
    rules: tuple[Mapping[str, str], ...]
    tables: tuple[TableWhy, ...]
    quality: Mapping[str, Any]
    seat: SeatWhy | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def board(
    charter: Charter,
    evaluation: Evaluation,
    top: int | None = None,
    selection: Selection | None = None,
) -> Iterator[BoardRow]:
    """The ranked units, best first; the first `top` of them."""
    applied = by_unit(waived(charter, evaluation)) if evaluation.waivers else {}
    seats: Iterator[Seat | None] = selection.each() if selection is not None else repeat(None)
    for result, seat in zip(_ranked(evaluation, top), seats, strict=False):
        yield _row(charter, result, applied, seat)


def board_table(charter: Charter, rows: Sequence[BoardRow]) -> pa.Table:
    """Rows of the board as an Arrow table whose columns do not depend on the rows."""
    import pyarrow as pa

    exact = pa.decimal128(*score_digits(charter))
    schema = pa.schema(
        {
            "rank": pa.int64(),
            "settled_rank": pa.int64(),
            "unit": pa.string(),
            "label": pa.string(),
            "score": exact,
            "axes": pa.struct(dict.fromkeys(charter.axes, exact)),
            "factors": pa.struct(
                {name: pa.decimal128(18, digits) for name, digits in factor_digits(charter).items()}
            ),
            "outcome": pa.string(),
            "outputs": pa.struct({name: pa.string() for name in further_columns(charter)}),
            "taken": pa.bool_(),
            "seat": pa.string(),
            "bands": pa.struct({name: pa.string() for name in charter.bands}),
            "quality": pa.string(),
            "waived": pa.list_(pa.string()),
            "p_top": exact,
        }
    )
    return pa.Table.from_pylist([_exactly(row) for row in rows], schema)


def _exactly(row: BoardRow) -> dict[str, Any]:
    axes = {name: Decimal(points) for name, points in row.axes.items()}
    factors = {name: Decimal(value) for name, value in row.factors.items()}
    return {**row.as_json(), "score": Decimal(row.score), "axes": axes, "factors": factors}


def board_columns(charter: Charter) -> list[str]:
    """The columns of the board, with what has several values spread into one each."""
    spread = {
        "axes": list(charter.axes),
        "factors": list(factor_digits(charter)),
        "outputs": list(further_columns(charter)),
        "bands": list(charter.bands),
    }
    names = [field.name for field in fields(BoardRow)]
    return [
        column
        for name in names
        for column in ([f"{name}.{inner}" for inner in spread[name]] if name in spread else [name])
    ]


def _ranked(evaluation: Evaluation, top: int | None) -> Iterator[dict[str, Any]]:
    """The rows of ranked units, made piece by piece: there may be millions."""
    import pyarrow.compute as pc

    data = with_attributes(evaluation)
    mask = pc.is_valid(data["rank"])
    if top is not None:
        mask = pc.and_kleene(mask, pc.less_equal(data["rank"], top))
    for piece in data.filter(mask).sort_by("rank").to_batches(max_chunksize=_PIECE):
        yield from piece.to_pylist()


def _row(
    charter: Charter,
    result: Mapping[str, Any],
    applied: Mapping[str, tuple[str, ...]],
    seat: Seat | None,
) -> BoardRow:
    return BoardRow(
        rank=result["rank"],
        settled_rank=None,
        unit=unit_of(charter, result),
        label=label_of(charter, result),
        score=_text(result["score"]),
        interval=_score_interval(result),
        axes={name: _text(result[AXIS + name]) for name in charter.axes},
        factors=factor_texts(charter, result),
        outcome=result.get(OUTCOME),
        outputs=further_outputs(charter, result),
        taken=seat.is_taken if seat is not None else None,
        seat=str(seat) if seat is not None else None,
        bands={name: result[f"band_{name}"] for name in charter.bands},
        quality=result["quality"],
        waived=applied.get(unit_of(charter, result), ()),
        p_top=None,
    )


def _score_interval(result: Mapping[str, Any]) -> tuple[str, str] | None:
    low, high = result.get("score_low"), result.get("score_high")
    if low is None or high is None or low == high:
        return None
    return (_text(low), _text(high))


def further_outputs(charter: Charter, result: Mapping[str, Any]) -> dict[str, str | None]:
    """What the tables give a unit besides the outcome, by `table.output`."""
    found = {name: result[column] for name, column in further_columns(charter).items()}
    return {name: None if value is None else _plain(value) for name, value in found.items()}


def _plain(value: Any) -> str:
    return _text(value) if isinstance(value, Decimal) else str(value)


def _text(value: Decimal) -> str:
    return f"{value:f}"


# Why --------------------------------------------------------------------------------------


def why(
    charter: Charter, evaluation: Evaluation, unit: str, selection: Selection | None = None
) -> Why:
    """Why a unit stands where it stands.

    Args:
        unit: its key as the board shows it, or its label where only one unit has it.
    Raises: DataError `unit/unknown`, `unit/ambiguous`.
    """
    index = find(charter, evaluation, unit)
    result = with_attributes(evaluation).slice(index, 1).to_pylist()[0]
    measured = evaluation.table.data.slice(index, 1).to_pylist()[0]
    contributions = tuple(_contributions(charter, evaluation, result, measured))
    rule = result["reason"]
    tables = Tables(charter, evaluation).applied(index) if _decided(rule) else ()
    key, rank = unit_of(charter, result), result["rank"]
    return Why(
        unit=key,
        label=label_of(charter, result),
        status=result["status"],
        rank=rank,
        score=_text(result["score"]) if result["score"] is not None else None,
        interval=_score_interval(result),
        contributions=contributions,
        ratio=_ratio(charter, evaluation, result, measured),
        bands={name: result[f"band_{name}"] for name in charter.bands},
        memory=_memory(charter, evaluation, result),
        rules=tuple(_rules(charter, rule, tables)),
        tables=tables,
        quality=_quality(charter, evaluation, result, measured),
        seat=seat_why(selection, key, rank) if selection is not None else None,
    )


def _decided(reason: str) -> bool:
    """Whether the tables were asked about a unit: nothing else keeps it from its rank."""
    return reason == "" or reason.startswith(("tables.", "parameters."))


def _rules(
    charter: Charter, reason: str, tables: Sequence[TableWhy]
) -> Iterator[Mapping[str, str]]:
    if reason:
        yield {"id": reason, "because": because_of(charter, reason)}
        return
    for table in tables:
        for rule in table.deciding:
            gives = {f"{table.table}.{name}": value for name, value in table.gives.items()}
            yield {"id": rule.id, "because": rule.because, "table": table.table, **gives}


def _memory(
    charter: Charter, evaluation: Evaluation, result: Mapping[str, Any]
) -> dict[str, BandMemory]:
    found = {}
    tz = zone(charter.zone_name)
    for band in remembering(charter):
        plain, last = result[PLAIN + band.name], result[LAST + band.name]
        since = result[SINCE + band.name]
        kept_by: Literal["hysteresis", "dwell"] | None = None
        if last is not None and plain not in (last, band.missing):
            young = young_after(charter, band, evaluation.as_of)
            kept_by = "dwell" if young is not None and since > young else "hysteresis"
        told = since and since.replace(tzinfo=UTC).astimezone(tz).isoformat()
        found[band.name] = BandMemory(plain, last, told, kept_by)
    return found


def _contributions(
    charter: Charter,
    evaluation: Evaluation,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> Iterator[Contribution]:
    reasons, compared = _all_reasons(charter, evaluation, result, measured), set_dependent(charter)
    for name, weight in signal_weights(charter).items():
        axis = next(axis for axis in charter.axes.values() if name in axis.signals)
        utility, points = result[f"utility_{name}"], result[f"points_{name}"]
        own_weight = result.get(f"weight_{name}", weight)
        held = measured[HELD + name]
        yield Contribution(
            axis=axis.name,
            signal=name,
            value=measured[SIGNAL + name],
            utility=_text(Decimal(utility) / MICRO) if utility is not None else None,
            weight=_text(Decimal(own_weight) / TOTAL),
            points=_text(points) if points is not None else None,
            interval=_points_interval(result, name, own_weight),
            held=held,
            quality=_letter(held, evaluation.table.grades[name].grade),
            reasons=reasons[name],
            set_dependent=name in compared,
        )


def _ratio(
    charter: Charter,
    evaluation: Evaluation,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> RatioTold | None:
    if charter.score is None:
        return None
    reasons, compared = _all_reasons(charter, evaluation, result, measured), set_dependent(charter)

    def factor(name: str, divides: bool, role: str) -> Factor:
        held, value = measured[HELD + name], result[FACTOR + name]
        return Factor(
            signal=name,
            role=role,
            divides=divides,
            value=_text(value) if value is not None else None,
            held=held,
            quality=_letter(held, evaluation.table.grades[name].grade),
            reasons=reasons[name],
            set_dependent=name in compared,
        )

    return ratio_told(charter.score, result, factor)


def _points_interval(result: Mapping[str, Any], name: str, weight: int) -> tuple[str, str] | None:
    low, high = result.get(f"low_{name}"), result.get(f"high_{name}")
    if low is None or high is None or low == high:
        return None
    whole = Decimal(MICRO * TOTAL)
    return (_text(Decimal(weight * low) / whole), _text(Decimal(weight * high) / whole))


def _letter(held: int | None, best: str) -> str:
    if held is None:
        return "D"
    return max("C", best) if held else best


def _all_reasons(
    charter: Charter,
    evaluation: Evaluation,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> dict[str, tuple[str, ...]]:
    """Per used signal why its grade is what it is, and what its absence did."""
    policies = Policies(charter, evaluation.waivers)
    unit = unit_of(charter, measured)
    found = {}
    for name in used_signals(charter):
        held, told = measured[HELD + name], evaluation.table.grades[name].reasons
        if held is None:
            told = (*_absent(charter, policies, name, unit, result), *told)
        elif held:
            then = earlier_boundary(charter, evaluation.as_of, held).date()
            told = (f"held: measured as of {then}, not since", *told)
        found[name] = tuple(told)
    return found


def _absent(
    charter: Charter, policies: Policies, name: str, unit: str, result: Mapping[str, Any]
) -> Iterator[str]:
    """What the absence of a signal did: what its policy says, or what the tables say instead."""
    carried = carried_by(charter, name, result)
    if name in judged_signals(charter):
        yield policies.told(name, unit)
    elif not carried:
        yield "not measured: the tables say what that means"
    for table, day in carried:
        yield f"not measured: table {table} carries the value as of {day}"


def _quality(
    charter: Charter,
    evaluation: Evaluation,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> dict[str, Any]:
    """The unit's grade, how many of its signals are fresh, and every reason."""
    ages = {name: measured[HELD + name] for name in used_signals(charter)}
    reasons = _all_reasons(charter, evaluation, result, measured)
    return {
        "grade": result["quality"],
        "fresh": sum(age == 0 for age in ages.values()),
        "held": sum(bool(age) for age in ages.values()),
        "missing": sum(age is None for age in ages.values()),
        "signals": len(ages),
        "reasons": {name: list(told) for name, told in reasons.items() if told},
    }
