"""Reading an evaluation: the board, and why a unit stands where it stands."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pmpo.diagnostics import DataError, stop
from pmpo.evaluate.moments import earlier_boundary
from pmpo.evaluate.score import signal_weights, used_signals
from pmpo.model.charter import Charter
from pmpo.model.evaluation import OUT_OF_SCOPE, RANKED, SCORE_DIGITS, Evaluation
from pmpo.model.keys import encode
from pmpo.model.table import ABOUT, HELD, KEY, SIGNAL
from pmpo.rules.values import MICRO
from pmpo.rules.weights import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

_SIMILAR_AMONG = 50_000


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One ranked unit. What this version does not decide yet is None.

    Args:
        score: exact decimal text, 0 to 100; `axes` holds its parts by axis.
        bands: the unit's label in each band.
        quality: A (recorded, fresh) to D (missing).
    """

    rank: int
    settled_rank: int | None
    unit: str
    label: str
    score: str
    axes: Mapping[str, str]
    outcome: str | None
    taken: bool | None
    bands: Mapping[str, str]
    quality: str
    p_top: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to the score: points = weight × utility, exactly.

    Args:
        value: in the signal's own unit; None when missing.
        held: how many refresh periods old the value is, 0 when fresh.
        utility: 0 to 100; weight: share of the whole score, 0 to 1.
    """

    axis: str
    signal: str
    value: float | None
    utility: str | None
    weight: str
    points: str | None
    held: int | None
    quality: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Everything behind one unit's place."""

    unit: str
    label: str
    status: str
    rank: int | None
    score: str | None
    contributions: tuple[Contribution, ...]
    bands: Mapping[str, str]
    rules: tuple[Mapping[str, str], ...]
    quality: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many units one rule leaves out of the ranking."""

    status: str
    rule: str
    because: str
    units: int


def board(charter: Charter, evaluation: Evaluation, top: int | None = None) -> list[BoardRow]:
    """The ranked units, best first; the first `top` of them."""
    results = _ranked(evaluation, top)
    return [_row(charter, result) for result in results]


def board_table(charter: Charter, rows: Sequence[BoardRow]) -> pa.Table:
    """Rows of the board as an Arrow table whose columns do not depend on the rows."""
    import pyarrow as pa

    exact = pa.decimal128(18, SCORE_DIGITS)
    schema = pa.schema(
        {
            "rank": pa.int64(),
            "settled_rank": pa.int64(),
            "unit": pa.string(),
            "label": pa.string(),
            "score": exact,
            "axes": pa.struct(dict.fromkeys(charter.axes, exact)),
            "outcome": pa.string(),
            "taken": pa.bool_(),
            "bands": pa.struct({name: pa.string() for name in charter.bands}),
            "quality": pa.string(),
            "p_top": exact,
        }
    )
    return pa.Table.from_pylist([_exactly(row) for row in rows], schema)


def _exactly(row: BoardRow) -> dict[str, Any]:
    axes = {name: Decimal(points) for name, points in row.axes.items()}
    return {**row.as_json(), "score": Decimal(row.score), "axes": axes}


def board_columns(charter: Charter) -> list[str]:
    """The columns of the board with `axes` and `bands` spread into one each."""
    spread = {"axes": charter.axes, "bands": charter.bands}
    names = [field.name for field in fields(BoardRow)]
    return [
        column
        for name in names
        for column in ([f"{name}.{inner}" for inner in spread[name]] if name in spread else [name])
    ]


def _ranked(evaluation: Evaluation, top: int | None) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    data = with_attributes(evaluation)
    mask = pc.is_valid(data["rank"])
    if top is not None:
        mask = pc.and_kleene(mask, pc.less_equal(data["rank"], top))
    rows: list[dict[str, Any]] = data.filter(mask).sort_by("rank").to_pylist()
    return rows


def with_attributes(evaluation: Evaluation) -> pa.Table:
    """The results with the unit's attributes beside them; rows are in the same order."""
    data = evaluation.results
    for name in evaluation.table.attributes:
        data = data.append_column(ABOUT + name, evaluation.table.data[ABOUT + name])
    return data


def _row(charter: Charter, result: Mapping[str, Any]) -> BoardRow:
    return BoardRow(
        rank=result["rank"],
        settled_rank=None,
        unit=_unit(charter, result),
        label=label_of(charter, result),
        score=_text(result["score"]),
        axes={name: _text(result[_axis(name)]) for name in charter.axes},
        outcome=None,
        taken=None,
        bands={name: result[f"band_{name}"] for name in charter.bands},
        quality=result["quality"],
        p_top=None,
    )


def _axis(name: str) -> str:
    return f"axis_{name.replace('-', '_')}"


def _text(value: Decimal) -> str:
    return f"{value:f}"


def _unit(charter: Charter, result: Mapping[str, Any]) -> str:
    return encode([result[KEY + name] for name in charter.unit.key])


def label_of(charter: Charter, result: Mapping[str, Any]) -> str:
    """What people call the unit: its label column, else its key."""
    name = charter.unit.label
    if not name:
        return _unit(charter, result)
    value = result[KEY + name] if name in charter.unit.key else result.get(ABOUT + name)
    return str(value) if value is not None else _unit(charter, result)


def left_out(charter: Charter, evaluation: Evaluation) -> list[LeftOut]:
    """Which rules keep units out of the ranking, and how many each; charter order."""
    results = evaluation.results
    pairs = Counter(zip(results["status"].to_pylist(), results["reason"].to_pylist(), strict=True))
    found = [
        LeftOut(status, rule, because_of(charter, rule), units)
        for (status, rule), units in pairs.items()
        if status != RANKED
    ]
    order = {path: i for i, path in enumerate(_rule_paths(charter))}
    return sorted(found, key=lambda item: (item.status != OUT_OF_SCOPE, order[item.rule]))


def _rule_paths(charter: Charter) -> Iterator[str]:
    yield "scope.in"
    for i in range(len(charter.scope.out)):
        yield f"scope.out.{i}"
    for name in charter.signals:
        yield f"signals.{name}.missing"


def because_of(charter: Charter, rule: str) -> str:
    """The reason that the charter gives for a rule, else the rule itself."""
    area, _, rest = rule.partition(".")
    if rule == "scope.in":
        return charter.scope.meta.because or f"not in scope: {charter.scope.in_}"
    if area == "scope":
        leave = charter.scope.out[int(rest.rpartition(".")[2])]
        return leave.because or leave.where
    name = rest.rpartition(".")[0]
    missing = charter.signals[name].missing
    policy = missing.policy
    if policy == "hold":
        policy_text = f"not measured within {missing.max_age}, then {missing.then}"
    else:
        policy_text = f"not measured: {policy}"
    return f"{name} {policy_text}" + (f" ({missing.meta.because})" if missing.meta.because else "")


# Why --------------------------------------------------------------------------------------


def why(charter: Charter, evaluation: Evaluation, unit: str) -> Why:
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
    return Why(
        unit=_unit(charter, result),
        label=label_of(charter, result),
        status=result["status"],
        rank=result["rank"],
        score=_text(result["score"]) if result["score"] is not None else None,
        contributions=contributions,
        bands={name: result[f"band_{name}"] for name in charter.bands},
        rules=({"id": rule, "because": because_of(charter, rule)},) if rule else (),
        quality=_quality(charter, evaluation, measured, result["quality"]),
    )


def _contributions(
    charter: Charter,
    evaluation: Evaluation,
    result: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> Iterator[Contribution]:
    weights = signal_weights(charter)
    for axis in charter.axes.values():
        for name in axis.signals:
            utility, points = result[f"utility_{name}"], result[f"points_{name}"]
            grade = evaluation.table.grades[name]
            held = measured[HELD + name]
            yield Contribution(
                axis=axis.name,
                signal=name,
                value=measured[SIGNAL + name],
                utility=_text(Decimal(utility) / MICRO) if utility is not None else None,
                weight=_text(Decimal(weights[name]) / TOTAL),
                points=_text(points) if points is not None else None,
                held=held,
                quality=_letter(held, grade.grade),
                reasons=_reasons(charter, evaluation.as_of, held, grade.reasons),
            )


def _letter(held: int | None, best: str) -> str:
    if held is None:
        return "D"
    return max("C", best) if held else best


def _reasons(
    charter: Charter, as_of: datetime, held: int | None, reasons: Sequence[str]
) -> tuple[str, ...]:
    if held is None:
        return ("not measured", *reasons)
    if held:
        then = earlier_boundary(charter, as_of, held).date()
        return (f"held: measured as of {then}, not since", *reasons)
    return tuple(reasons)


def _quality(
    charter: Charter, evaluation: Evaluation, measured: Mapping[str, Any], grade: str
) -> dict[str, Any]:
    """The unit's grade, how many of its signals are fresh, and every reason."""
    used = used_signals(charter)
    ages = {name: measured[HELD + name] for name in used}
    reasons = {
        name: list(
            _reasons(charter, evaluation.as_of, ages[name], evaluation.table.grades[name].reasons)
        )
        for name in used
    }
    return {
        "grade": grade,
        "fresh": sum(age == 0 for age in ages.values()),
        "held": sum(bool(age) for age in ages.values()),
        "missing": sum(age is None for age in ages.values()),
        "signals": len(used),
        "reasons": {name: told for name, told in reasons.items() if told},
    }


# Finding a unit ---------------------------------------------------------------------------


def find(charter: Charter, evaluation: Evaluation, unit: str) -> int:
    """The row of a unit in the results."""
    data = with_attributes(evaluation)
    columns = [data[KEY + name].to_pylist() for name in charter.unit.key]
    keys = [encode(parts) for parts in zip(*columns, strict=True)]
    exact = [i for i, key in enumerate(keys) if key == unit]
    if exact:
        return exact[0]
    labels = _labels(charter, data, keys)
    for wanted, names in (
        (unit, labels),
        (unit.casefold(), [x.casefold() for x in labels]),
        (unit.casefold(), [x.casefold() for x in keys]),
    ):
        found = [i for i, name in enumerate(names) if name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(unit, [keys[i] for i in found])
    raise _unknown(charter, unit, keys, labels)


def _labels(charter: Charter, data: pa.Table, keys: list[str]) -> list[str]:
    name = charter.unit.label
    if not name:
        return keys
    column = data[(KEY if name in charter.unit.key else ABOUT) + name].to_pylist()
    return [str(x) if x is not None else key for x, key in zip(column, keys, strict=True)]


def _ambiguous(unit: str, keys: Sequence[str]) -> Exception:
    listed = ", ".join(f"`{key}`" for key in keys[:5])
    return stop(
        "unit/ambiguous",
        f"{len(keys)} units are called `{unit}`: {listed}",
        help=f"write the whole key: `{keys[0]}`",
        error=DataError,
    )


def _unknown(charter: Charter, unit: str, keys: Sequence[str], labels: Sequence[str]) -> Exception:
    folded: dict[str, str] = {}
    for key, label in zip(keys[:_SIMILAR_AMONG], labels, strict=False):
        folded.setdefault(label.casefold(), key)
        folded.setdefault(key.casefold(), key)
    near = difflib.get_close_matches(unit.casefold(), folded, n=3, cutoff=0.5)
    help = "did you mean " + " or ".join(f"`{folded[name]}`" for name in near) + "?" if near else ""
    return stop(
        "unit/unknown",
        f"there is no {charter.unit.name} `{unit}` in this evaluation",
        help=help or "`pmpo board` lists the ranked units",
        error=DataError,
    )
