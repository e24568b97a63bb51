from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pmpo.charter import loads
from pmpo.charter.json_schema import schema
from pmpo.charter.language import objects
from pmpo.charter.yaml import parse, read
from tests.unit.charter.corpus import CHARTERS, COMPLETE, GOLDEN, MINIMAL, changed, instance

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = jsonschema.Draft202012Validator(schema())


def errors(text: str) -> list[str]:
    """What the schema finds wrong with a charter."""
    return [error.message for error in VALIDATOR.iter_errors(instance(parse(text, "c.yaml")))]


def test_schema_is_a_schema() -> None:
    """The schema itself keeps the rules of its draft, and can be written as JSON."""
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(schema())))


@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_valid_charters_are_accepted(path: Path) -> None:
    """What `load` accepts, the schema accepts."""
    assert errors(path.read_text(encoding="utf-8")) == []


FORMS = [
    ("join: {items: sku}", "join: {items: {article: sku}}"),
    ("join: {items: sku}", "join: {unit: sku, items: [sku]}"),
    ("from: data/items.parquet", "from: {database: shop.sqlite, table: items}"),
    ("value: {0: 0, 1000: 100}", "value: {-0.5: 0, PARAM('low'): 50, 1e3: 100}"),
    ("lag: 1 day", "known_at: none\n    checks: [{rows: [1, null]}, {values: {a: ['', x]}}]"),
    ("lag: 1 day", "lag: 12 hours\n    columns: {b: {null: ['']}}\n    derive: {c: b}"),
]


@pytest.mark.parametrize(("old", "new"), FORMS)
def test_other_forms_are_accepted(old: str, new: str) -> None:
    """Each form a field may take is in the schema, not only the one in the examples."""
    text = changed((old, new), ("    columns: {amount: 'decimal(12,2)'}\n", ""))
    text += "parameters:\n  low: {by: [a, b], values: {'*/*': 500, 'x/*': {2017-01-01: 400}}}\n"
    assert loads(text, "c.yaml").charter is not None, loads(text, "c.yaml").findings
    assert errors(text) == []


def test_unknown_fields_are_rejected_in_every_object() -> None:
    """Each object of the language that the complete charter uses refuses an unknown field."""
    tree = instance(parse(COMPLETE, "c.yaml"))
    assert list(VALIDATOR.iter_errors(tree)) == []
    paths = list(_objects(tree, schema()["$defs"]["charter"], ()))
    assert len(paths) > 30
    for path in paths:
        spoilt = json.loads(json.dumps(tree))
        target = spoilt
        for step in path:
            target = target[step]
        target["no_such_field"] = 1
        assert list(VALIDATOR.iter_errors(spoilt)) != [], path


def _objects(value: Any, definition: dict[str, Any], path: tuple[Any, ...]) -> Any:
    """Paths of all values that the schema describes as objects with fixed fields."""
    definition = _resolved(definition, value)
    if isinstance(value, dict):
        if definition.get("additionalProperties") is False:
            yield path
        for key, below in value.items():
            inner = definition.get("properties", {}).get(key)
            inner = inner or definition.get("additionalProperties") or {}
            yield from _objects(below, inner if isinstance(inner, dict) else {}, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, definition.get("items", {}), (*path, index))


def _resolved(definition: dict[str, Any], value: Any) -> dict[str, Any]:
    if "anyOf" in definition:
        kind = "object" if isinstance(value, dict) else "array"
        options = (_resolved(option, value) for option in definition["anyOf"])
        return next((one for one in options if one.get("type") == kind), {})
    if "$ref" in definition:
        found = schema()["$defs"][definition["$ref"].removeprefix("#/$defs/")]
        assert isinstance(found, dict)
        return found
    return definition


@pytest.mark.parametrize(
    "case", ["missing_field", "unknown_field", "wrong_type", "not_a_mapping"]
)  # fmt: skip
def test_plain_faults_are_rejected(case: str) -> None:
    """An editor marks missing and unknown fields and wrong types while the charter is typed."""
    text = (GOLDEN / "diagnostics" / f"{case}.yaml").read_text(encoding="utf-8")
    root = read(text, "c.yaml").root
    assert root is not None
    assert list(VALIDATOR.iter_errors(instance(root))) != []


def test_every_object_is_described() -> None:
    """Editors show what each object and field is."""
    definitions = schema()["$defs"]
    assert len(definitions) == len(objects())
    for definition in definitions.values():
        assert definition["description"]
        for name, field in definition["properties"].items():
            assert field["description"], name


def test_minimal_charter_needs_all_it_has() -> None:
    """Leaving out any required top-level field is refused."""
    tree = instance(parse(MINIMAL, "c.yaml"))
    for name in schema()["$defs"]["charter"]["required"]:
        less = {key: value for key, value in tree.items() if key != name}
        assert list(VALIDATOR.iter_errors(less)) != [], name
