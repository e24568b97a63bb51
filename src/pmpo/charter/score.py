"""Reading and judging a `score`: the ratio that ranks in place of axes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.building import fields_written, place_of
from pmpo.charter.shapes import BAD, At, bad_value
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.model.ratio import TEMPLATES, RatioError, parse_ratio

if TYPE_CHECKING:
    from pmpo.charter.building import Values
    from pmpo.charter.cross import Cross
    from pmpo.charter.findings import Findings
    from pmpo.model.charter import Score, Signal

_CODE: Final = "charter/bad-score"
# What is divided gets the digits of what divides and twelve more; 24 of 38 leave room for numbers.
_ABOVE_MAX: Final = 24
_BELOW_MAX: Final = 12


def score_of(values: Values, at: At, to: Findings) -> Any:
    """Make the ratio of a score from `formula`, or from `template` with its `factors`."""
    written = fields_written(at, ("template", "formula"))
    if len(written) != 1:
        said = "both `template` and `formula`" if written else "neither `template` nor `formula`"
        return bad_value(
            _CODE,
            at,
            to,
            f"`{at.path}` says {said}",
            note="a score is one ratio",
            help="write `score: {template: wsjf}`, or `score: {formula: (value + time) / size}`",
        )
    read = {"template": "template", "factors": "factors", "formula": "ratio"}
    if any(read[name] not in values for name in fields_written(at, tuple(read))):
        return BAD
    return _from_template(values, at, to) if "template" in values else _own(values, at, to)


def _own(values: Values, at: At, to: Findings) -> Any:
    """A ratio that the charter writes out."""
    if "factors" in values:
        return bad_value(
            _CODE,
            place_of(at, "factors"),
            to,
            f"`{at.path}` has `factors` beside a `formula`",
            note="a formula names its signals itself",
            help="delete `factors`",
        )
    try:
        return {**values, "ratio": parse_ratio(values["ratio"])}
    except RatioError as error:
        spot = place_of(at, "formula")
        fact = f"`{spot.path}` is not a ratio of signals: {error}"
        return bad_value(_CODE, spot, to, fact, help=error.help)


def _from_template(values: Values, at: At, to: Findings) -> Any:
    """A template with signals for its roles."""
    name = values["template"]
    template, spot = TEMPLATES[name], place_of(at, "factors")
    factors = dict(values.get("factors") or {role: role for role in template.names})
    is_it = f"`{name}` is {template.written()}"
    strange = [role for role in factors if role not in template.names]
    for role in strange:
        near = did_you_mean(role, template.names)
        bad_value(
            _CODE,
            place_of(spot, role),
            to,
            f"`{name}` has no factor `{role}`",
            note=is_it,
            help=f"write `{near}`" if near else f"use {listing(template.names)}",
        )
    lacking = [role for role in template.names if role not in fields_written(spot, (role,))]
    if "factors" in values and lacking and not strange:
        bad_value(
            _CODE,
            spot,
            to,
            f"`{spot.path}` names no signal for {listing(lacking)}",
            note=is_it,
            help="add " + listing(f"{role}: <signal>" for role in lacking),
        )
    if strange or ("factors" in values and len(factors) < len(template.names)):
        return BAD
    twice = [s for s in dict.fromkeys(factors.values()) if list(factors.values()).count(s) > 1]
    for signal in twice:
        bad_value(
            _CODE,
            spot,
            to,
            f"signal `{signal}` stands for two factors",
            note="it would be counted twice",
            help="use each signal once",
        )
    if twice:
        return BAD
    ratio = template.with_names(factors)
    return {**values, "factors": MappingProxyType(factors), "ratio": ratio}


# With the rest of the charter -------------------------------------------------------------


def check_score(cross: Cross) -> None:
    """Report what the signals of a ratio contradict."""
    score = cross.charter.score
    if score is None:
        return
    if cross.block("axes") is not None:
        cross.at_key(
            _CODE,
            "the charter has both `axes` and a `score`",
            "score",
            note="units are ranked by the weighted sum of axes or by a ratio; two scores would be "
            "two orders",
            help="delete one of them",
        )
    for name in score.ratio.names:
        path = factor_path(score, name)
        cross.known(path, name, "signal", "signals")
        signal = cross.charter.signals.get(name)
        if signal is not None:
            _direction(cross, score, signal, path)
            _policy(cross, score, signal)
            _without_value(cross, signal)
    _digits(cross, score)


def factor_path(score: Score, name: str) -> str:
    """Where the charter makes a signal a factor."""
    for role, signal in score.factors.items():
        if signal == name:
            return f"score.factors.{role}"
    return "score.formula"


def _direction(cross: Cross, score: Score, signal: Signal, path: str) -> None:
    wanted = "lower" if signal.name in score.ratio.dividing else "higher"
    if signal.better is None or signal.better == wanted:
        return
    does = "divides" if wanted == "lower" else "raises the score"
    cross.at_value(
        _CODE,
        f"signal `{signal.name}` {does}, and the charter says that {signal.better} is better",
        path,
        note="what divides is better when it is lower; everything else when it is higher",
        help=f"correct the score, or write `better: {wanted}`",
    )


def _policy(cross: Cross, score: Score, signal: Signal) -> None:
    """Policies that need anchors or weights mean nothing in a ratio, and so do some constants."""
    missing = signal.missing
    policy = missing.then if missing.policy == "hold" else missing.policy
    path = f"signals.{signal.name}.missing"
    if policy in ("worst", "range", "redistribute"):
        cross.at_key(
            "charter/bad-policy",
            f"signal `{signal.name}` is a factor of the score, where `{policy}` has no meaning",
            path,
            note="a ratio has no weights to share out, and its factors have no least or most "
            "favourable value",
            help="use `exclude`, `block`, or `impute` with a cautious `value`",
        )
    divides = signal.name in score.ratio.dividing
    if missing.value is not None and (missing.value < 0 or (divides and missing.value == 0)):
        cross.at_key(
            "charter/bad-policy",
            f"signal `{signal.name}` {'divides' if divides else 'is a factor of'} the score, and "
            f"`{missing.value}` is put in where it is missing",
            f"{path}.value",
            note="factors are zero or more" + (", and nothing divides by zero" if divides else ""),
            help="write a number above zero",
        )


def _without_value(cross: Cross, signal: Signal) -> None:
    if cross.written("signals", signal.name, "value"):
        cross.warn(
            "charter/unused",
            f"the value function of signal `{signal.name}` changes nothing",
            f"signals.{signal.name}.value",
            note="the score is a ratio of values as they are",
            help="delete `value`, or rank by `axes`",
        )


def _digits(cross: Cross, score: Score) -> None:
    """Refuse precisions that together leave no room for whole numbers."""
    precisions = {name: signal.precision for name, signal in cross.charter.signals.items()}
    for part, limit in ((score.ratio.above, _ABOVE_MAX), (score.ratio.below, _BELOW_MAX)):
        digits = sum(max(precisions.get(name, 0) for name in names) for names in part)
        if digits > limit:
            names = listing(name for one in part for name in one)
            cross.at_key(
                _CODE,
                f"the product of {names} has {digits} digits after the point",
                "score",
                note=f"exact arithmetic has 38 digits in all, of which {limit} may be these",
                help="give the signals a smaller `precision`, such as `precision: 3`",
            )
