"""One change of a charter as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Path = tuple[str, ...]
Tree = Mapping[str, Any]

_ONE: Final = {
    "sources": "source",
    "parameters": "parameter",
    "assumptions": "assumption",
    "signals": "signal",
    "bands": "band",
    "tables": "table",
    "axes": "axis",
    "trade_offs": "trade-off",
    "not_decided_here": "handover",
    "triggers": "trigger",
    "cadence": "cadence",
    "gates": "gate",
}
_LONGEST: Final = 160


def words(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:
    """A change in a sentence without a full stop.

    Args:
        old, new: what stands at the path, as plain values; None where nothing does.
        before, after: the whole charters, for the words around it.
    """
    told = _scope if path[0] == "scope" else _TOLD.get((path[0], path[2] if len(path) > 2 else ""))
    said = told(path, old, new, before, after) if told is not None else ""
    return said or _usual(path, old, new)


def shown(value: Any) -> str:
    """A value as it could be written in one line, cut where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(shown, value)) + "]"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _arrow(old: Any, new: Any) -> str:
    """`old → new`; numbers that are the same are called so."""
    same = _number(old) is not None and _number(old) == _number(new)
    return f"{shown(old)} → {shown(new)}" + (" (the same number)" if same else "")


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def _usual(path: Path, old: Any, new: Any) -> str:
    """A change of which nothing better is known."""
    one = _ONE.get(path[0])
    if one is not None and path[-1] == "order":
        return f"{path[0]} stand in another order: {_arrow(old, new)}"
    if one is not None and len(path) == 2:
        subject = f"{one} `{path[1]}`"
        if old is None or new is None:
            return f"{subject} {'added' if old is None else 'removed'}"
    elif one is not None and len(path) > 2:
        subject = f"`{'.'.join(path[2:])}` of {one} `{path[1]}`"
    else:
        subject = f"`{'.'.join(path)}`"
    if old is None:
        return f"{subject} added: {shown(new)}"
    return (
        f"{subject} removed, was {shown(old)}" if new is None else f"{subject} {_arrow(old, new)}"
    )


# Fields with words of their own -------------------------------------------------------------


def _weight(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:
    if old is None or new is None:
        return ""
    axis = path[1]
    return f"weight of `{axis}` {_arrow(old, new)}" + "".join(_exchange(axis, before, after))


def _exchange(axis: str, before: Tree, after: Tree) -> Iterator[str]:
    """What one point of an axis is worth on the heaviest other one, now and before."""
    weights = [
        {name: _number(one.get("weight")) for name, one in tree.get("axes", {}).items()}
        for tree in (before, after)
    ]
    others = {n: w for n, w in weights[1].items() if n != axis and w and weights[0].get(n)}
    if not others:
        return
    other = max(others, key=lambda name: others[name] or 0)
    axes = list(after["axes"])
    if axes.index(other) < axes.index(axis) and weights[0][other] != weights[1][other]:
        return  # said there
    worth = []
    for one in weights:
        own, against = one.get(axis), one.get(other)
        if own is None or not against:
            return
        worth.append(f"{(own / against).quantize(Decimal('0.01')):f}")
    yield f": 1 point of `{axis}` is now worth {worth[1]} of `{other}`, before {worth[0]}"


def _share(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001 - as all
    if len(path) != 4:
        return ""
    return f"share of `{path[3]}` in `{path[1]}` {_arrow(old or '0', new or '0')}"


def _edges(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:
    """Edge by edge, between the labels it parts."""
    if not _same_length(old, new):
        return ""
    labels = after["bands"][path[1]].get("labels", [])
    if len(labels) != len(new) + 1 or labels != before["bands"][path[1]].get("labels", []):
        return ""
    moved = [
        f"edge between `{labels[n]}` and `{labels[n + 1]}` {_arrow(low, high)}"
        for n, (low, high) in enumerate(zip(old, new, strict=True))
        if low != high
    ]
    return f"band `{path[1]}`: " + ", ".join(moved)


def _formula(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001
    if old is None or new is None:
        return ""
    return f"`{path[1]}` is measured anew: {shown(old)} → {shown(new)}"


def _value(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001
    """Anchor by anchor."""
    if len(path) != 4:
        return ""
    subject = f"`{path[1]}` at {path[3]}"
    if old is None:
        return f"{subject} is worth {shown(new)}, a new anchor"
    if new is None:
        return f"{subject} has no anchor any more, was worth {shown(old)}"
    return f"{subject} is worth {_arrow(old, new)}"


def _number_of(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001
    """A parameter or assumption, for whom and from when."""
    where = [part for part in path[3:] if part != "*"]
    if path[2] == "values" and len(path) > 3 and not where:
        where = ["all others"]
    told = f"{_ONE[path[0]]} `{path[1]}`" + (f" for {', '.join(where)}" if where else "")
    if old is None or new is None:
        return f"{told} {'added: ' + shown(new) if old is None else 'removed, was ' + shown(old)}"
    return f"{told} {_arrow(old, new)}"


def _rules(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:
    table = path[1]
    if path[3:] == ("order",):
        return f"rules of table `{table}` stand in another order: {shown(old)} → {shown(new)}"
    if len(path) < 4:
        return ""
    rule = f"rule `{path[3]}` of table `{table}`"
    if len(path) == 4:
        if old is not None and new is not None:
            return ""
        tree, one = (after, new) if old is None else (before, old)
        return f"{rule} {'added' if old is None else 'removed'}: {_sentence(tree, table, one)}"
    columns = {"when": "inputs", "then": "outputs"}.get(path[4], "")
    if not columns or not _same_length(old, new):
        return ""
    names = _names(after, table, columns)
    cells = [
        f"{name} {_arrow(low, high)}"
        for name, low, high in zip(names, old, new, strict=False)
        if low != high
    ]
    return f"{rule}: {', '.join(cells)}"


def _sentence(tree: Tree, table: str, rule: Mapping[str, Any]) -> str:
    """A rule as it is read aloud."""
    cells = zip(_names(tree, table, "inputs"), rule.get("when", []), strict=False)
    said = ", ".join(f"{name} {cell}" for name, cell in cells if cell != "-") or "anything"
    return f"{said} → {', '.join(map(shown, rule.get('then', [])))}"


def _names(tree: Tree, table: str, columns: str) -> list[str]:
    found = tree["tables"][table].get(columns, [])
    return [str(one.get("name")) if isinstance(one, dict) else str(one) for one in found]


def _gap(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001
    if len(path) != 4 or (old is not None and new is not None):
        return ""
    gap = old if new is None else new
    where = shown(gap.get("where")) if isinstance(gap, dict) else path[3]
    verb = "is no longer accepted" if new is None else "is accepted"
    return f"a gap of table `{path[1]}` {verb}: {where}"


def _scope(path: Path, old: Any, new: Any, before: Tree, after: Tree) -> str:  # noqa: ARG001
    if len(path) != 3:
        return ""
    if old is None:
        return f"left out from now on: {path[2]}"
    return f"no longer left out: {path[2]}" if new is None else ""


def _same_length(old: Any, new: Any) -> bool:
    return isinstance(old, list) and isinstance(new, list) and len(old) == len(new)


_Teller = Callable[[Path, Any, Any, Tree, Tree], str]
_TOLD: Final[Mapping[tuple[str, str], _Teller]] = {
    ("axes", "weight"): _weight,
    ("axes", "signals"): _share,
    ("bands", "edges"): _edges,
    ("signals", "formula"): _formula,
    ("signals", "value"): _value,
    ("parameters", "value"): _number_of,
    ("parameters", "values"): _number_of,
    ("assumptions", "value"): _number_of,
    ("assumptions", "values"): _number_of,
    ("tables", "rules"): _rules,
    ("tables", "accepted_gaps"): _gap,
}
