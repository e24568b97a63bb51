"""Turns the fields of an object into the attributes of the model where the two differ."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.shapes import BAD, At, bad_value
from pmpo.charter.suggest import listing
from pmpo.charter.yaml import Mapping
from pmpo.model.charter import Setting
from pmpo.model.formats import FormatError, count_format, number_format, time_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from pmpo.charter.findings import Findings

Values = dict[str, Any]
EDITIONS: Final = (1,)
_PERCENT: Final = re.compile(r"decimal\(([0-9]+),([0-9]+)\)")
_PERCENT_DIGITS_MAX: Final = 35
_CHECK_KINDS: Final = ("not_null", "unique", "range", "values", "holds", "rows")


def fields_written(at: At, fields: tuple[str, ...]) -> list[str]:
    """Those of `fields` that the author wrote, readable or not."""
    node = at.node
    return [name for name in fields if isinstance(node, Mapping) and node.get(name) is not None]


def place_of(at: At, name: str) -> At:
    """The place of one field, or of the object when it has no such field."""
    if isinstance(at.node, Mapping):
        for key, value in at.node.entries:
            if key.text == name:
                return at.field(key, value)
    return at


def edition_of(field: str) -> Callable[[Values, At, Findings], Values]:
    """Refuse editions of the semantics that this version does not have, named by `field`."""

    def finish(values: Values, at: At, to: Findings) -> Values:
        edition = values.get("edition", EDITIONS[-1])
        if edition not in EDITIONS:
            known = listing(map(str, EDITIONS))
            bad_value(
                "charter/edition",
                place_of(at, field),
                to,
                f"this version does not know edition {edition} of the semantics",
                note=f"it knows {known}; another edition computes other numbers",
                help=f"write `{field}: {EDITIONS[-1]}`, or use a newer version",
            )
        return values

    return finish


def setting_of(values: Values, at: At, to: Findings) -> Any:
    """Make the setting of a parameter or assumption from `value`, or from `by` and `values`."""
    written = fields_written(at, ("value", "by", "values"))
    dated, by, segments = (values.pop(name, None) for name in ("dated", "by", "values"))
    if not written:
        return values
    if "value" in written and len(written) > 1:
        return bad_value(
            "charter/bad-setting",
            place_of(at, "value"),
            to,
            f"`{at.path}` says both `value` and `{written[1]}`",
            note="a number either is the same everywhere or varies by segment",
            help="move the value into `values` as `'*'`, or delete `by` and `values`",
        )
    if written in (["by"], ["values"]):
        other = "values" if written == ["by"] else "by"
        return bad_value(
            "charter/bad-setting",
            at,
            to,
            f"`{at.path}` says `{written[0]}` without `{other}`",
            help="write `by: column` and `values: {A: 0.8, '*': 0.75}`, or `value: 0.75`",
        )
    if dated is not None:
        values["setting"] = Setting(values=MappingProxyType({(): dated}))
    elif by is not None and segments is not None:
        return _by_segment(values, by, segments, at, to)
    return values if "setting" in values else BAD


def _by_segment(values: Values, by: tuple[str, ...], segments: Any, at: At, to: Findings) -> Any:
    spot = place_of(at, "values")
    found: dict[tuple[str, ...], Any] = {}
    for key, dated in segments.items():
        segment = tuple(key.split("/")) if len(by) > 1 else (key,)
        if len(segment) != len(by):
            bad_value(
                "charter/bad-setting",
                place_of(spot, key),
                to,
                f"the segment `{key[:60]}` has {len(segment)} parts, `by` has {len(by)} columns",
                note="a segment has one value per column of `by`, joined by `/`; `*` is any",
                help=f"write for example `{'/'.join('*' * len(by))}`",
            )
        else:
            found[segment] = dated
    values["setting"] = Setting(by=by, values=MappingProxyType(found))
    return values


def setting_required(values: Values, at: At, to: Findings) -> Any:
    """Make the setting of a parameter, which is nothing without one."""
    if not fields_written(at, ("value", "by", "values")):
        to.error(
            "charter/missing-field",
            f"parameter `{at.name}` has no `value`",
            at.key.span if at.key is not None else at.node.span,
            at.path,
            label="`value` is missing",
            note="a parameter is a number",
            help="add `value: 0.75`, or `by: column` and `values: {A: 0.8, '*': 0.75}`",
        )
        return BAD
    return setting_of(values, at, to)


def column_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse formats that do not fit the column's type, or would have to be guessed at."""
    if "format" not in values or ("type" not in values and fields_written(at, ("type",))):
        return values
    kind = values.get("type")
    spot = place_of(at, "format")
    if kind in (None, "text", "boolean"):
        return bad_value(
            "charter/bad-format",
            spot,
            to,
            f"`{at.path}` has a `format` and "
            + ("no `type`" if kind is None else f"`type: {kind}`"),
            note="a format says how the text of a number, date or time is written",
            help="add `type: date`, `timestamp`, `integer` or `decimal(12,2)`"
            if kind is None
            else "delete `format`, or correct `type`",
        )
    try:
        if kind in ("date", "timestamp"):
            if count_format(values["format"]) is None:
                time_format(values["format"])
        elif number_format(values["format"]).percent:
            _percent_fits(kind)
    except FormatError as error:
        return bad_value("charter/bad-format", spot, to, str(error), help=error.help)
    return values


def _percent_fits(kind: str) -> None:
    """Refuse types in which a share such as 0.12 has no place."""
    digits = _PERCENT.fullmatch(kind)
    if digits is None or int(digits[2]) < 2:
        raise FormatError(
            f"12 % is 0.12, which `{kind}` cannot hold", "write for example `type: 'decimal(9,4)'`"
        )
    if int(digits[1]) > _PERCENT_DIGITS_MAX:
        raise FormatError(
            f"`{kind}` has too many digits for a percentage",
            f"write at most {_PERCENT_DIGITS_MAX} digits",
        )


def check_of(values: Values, at: At, to: Findings) -> Any:
    """Make a check from the one field that says what kind it is."""
    kinds = fields_written(at, _CHECK_KINDS)
    if len(kinds) != 1:
        said = f"says {listing(kinds)}" if kinds else "says nothing to check"
        return bad_value(
            "charter/bad-check",
            at,
            to,
            f"`{at.path}` {said}",
            note=f"a check is exactly one of {listing(_CHECK_KINDS)}",
            help="write one list item per check",
        )
    kind = kinds[0]
    if kind not in values:
        return BAD
    looked_at = values.pop(kind)
    spot = place_of(at, kind)
    if isinstance(spot.node, Mapping) and len(spot.node.entries) != 1:
        return bad_value(
            "charter/bad-check",
            spot,
            to,
            f"`{spot.path}` names {len(spot.node.entries)} columns",
            note="one check looks at one column, so that its result names it",
            help="write one list item per column",
        )
    if isinstance(spot.node, Mapping) and not looked_at:
        return BAD
    return values | {"kind": kind} | _check_attributes(kind, looked_at)


def _check_attributes(kind: str, looked_at: Any) -> Values:
    if kind == "range":
        [(column, (low, high))] = looked_at.items()
        return {"columns": (column,), "low": low, "high": high}
    if kind == "values":
        [(column, texts)] = looked_at.items()
        return {"columns": (column,), "values": texts}
    if kind == "rows":
        return {"low": looked_at[0], "high": looked_at[1]}
    return {"holds": looked_at} if kind == "holds" else {"columns": looked_at}


def missing_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse policies that lack what they need, and fields that another policy would use."""
    policy = values.get("policy")
    if policy == "hold" and not fields_written(at, ("max_age",)):
        bad_value(
            "charter/bad-policy",
            place_of(at, "policy"),
            to,
            f"`{at.path}` holds earlier values without a `max_age`",
            note="a value held for ever is an invented one",
            help="add `max_age: 2 weeks`",
        )
    imputes = "impute" in (policy, values.get("then"))
    if imputes and not fields_written(at, ("value",)):
        bad_value(
            "charter/bad-policy",
            place_of(at, "policy"),
            to,
            f"`{at.path}` imputes without a `value`",
            note="a number that stands for a missing one is somebody's decision",
            help="add `value: 0.05`, in the signal's own unit",
        )
    for name, owner in (("max_age", "hold"), ("then", "hold"), ("value", "impute")):
        allowed = name == "value" and imputes
        if policy not in (None, owner) and not allowed and fields_written(at, (name,)):
            bad_value(
                "charter/bad-policy",
                place_of(at, name),
                to,
                f"`{name}` has no meaning with `policy: {policy}`",
                note=f"only `policy: {owner}` uses it",
                help=f"delete `{name}`",
            )
    return values


def missing_input_of(values: Values, at: At, to: Findings) -> Values:
    """What a table does in the end, and how long it carries the last value before that."""
    carries = bool(fields_written(at, ("policy",)))
    then = values.pop("then", None)
    if carries and not fields_written(at, ("max_age",)):
        bad_value(
            "charter/bad-policy",
            place_of(at, "policy"),
            to,
            f"`{at.path}` carries the last value without a `max_age`",
            note="a value carried for ever is an invented one",
            help="add `max_age: 4 weeks`",
        )
    for name in fields_written(at, ("max_age", "then")) if not carries else ():
        bad_value(
            "charter/bad-policy",
            place_of(at, name),
            to,
            f"`{name}` has no meaning without `policy: last`",
            help=f"add `policy: last`, or delete `{name}`",
        )
    if len(fields_written(at, ("then", "default"))) > 1:
        bad_value(
            "charter/bad-policy",
            place_of(at, "then"),
            to,
            f"`{at.path}` says twice what happens where no value can be carried",
            help="keep `then` or `default`",
        )
    if then is not None:
        return values | {"policy": then.policy, "value": then.value}
    if "value" in values:
        return values | {"policy": "default"}
    return values | ({"policy": "block"} if carries else {})


def unpivot_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse texts that stand for two columns, and two new columns with one name."""
    labels = [label for _, label in values.get("columns", ())]
    for label in dict.fromkeys(one for one in labels if labels.count(one) > 1):
        bad_value(
            "charter/repeated",
            place_of(at, "columns"),
            to,
            f"`{label}` stands for two columns",
            note="nobody could tell their values apart",
            help="give each column a text of its own",
        )
    if "name" in values and values["name"] == values.get("value"):
        bad_value(
            "charter/name-clash",
            place_of(at, "value"),
            to,
            f"both new columns are called `{values['name']}`",
            help="write for example `name: month` and `value: amount`",
        )
    return values


def gate_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse waivers that several people would have to grant, and needs that waivers have not."""
    others = [need for need in values.get("needs", ()) if need != "key"]
    if at.path.endswith("waive") and others:
        bad_value(
            "charter/bad-gate",
            place_of(at, "needs"),
            to,
            f"gate `waive` asks for `{others[0]}`, which a waiver does not have",
            note="a waiver says why and until when in any case; its gate can ask for `key`",
            help="leave it out, or write it under `approve`",
        )
    if at.path.endswith("waive") and fields_written(at, ("any",)):
        bad_value(
            "charter/bad-gate",
            at,
            to,
            "gate `waive` asks for several approvals, and a waiver is granted by one person",
            note="a waiver ends by itself, and its effect is shown wherever it counts",
            help="leave `any` out, or write it under `approve`",
        )
    return values


def trigger_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse triggers with no cause, or with two."""
    causes = fields_written(at, ("when", "event"))
    both, neither = "both `when` and `event`", "neither `when` nor `event`"
    if len(causes) != 1:
        bad_value(
            "charter/bad-trigger",
            at,
            to,
            f"`{at.path}` says {both if causes else neither}",
            note="a trigger has one cause, so that its effect can be explained",
            help="write two triggers" if causes else "add `when: <condition>` or `event: <name>`",
        )
    return values
