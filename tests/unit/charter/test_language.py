from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pmpo.charter.findings import Findings
from pmpo.charter.language import objects
from pmpo.charter.records import Record
from pmpo.charter.reference_docs import diagnostics_markdown, markdown
from pmpo.charter.shapes import BAD, At
from pmpo.charter.suggest import did_you_mean
from pmpo.charter.yaml import Mapping, parse
from pmpo.model import charter as model

# Filled by reading itself, or made of several fields; tested in test_load.py.
MADE = {
    "charter": {"meta", "places", "text_hash", "logic_hash", "calendars"},
    "missing value of an input": {"meta", "policy"},
    "check": {"meta", "kind", "columns", "low", "high"},
    "source": {"meta", "name", "database", "table"},
    "signal": {"meta", "name", "ask"},
    "parameter": {"meta", "name", "setting"},
    "assumption": {"meta", "name", "setting"},
}
READ_INTO_OTHERS = {
    "missing value of an input": {"then"},
    "check": {"not_null", "unique", "range", "rows"},
    "parameter": {"dated", "by", "values"},
    "assumption": {"dated", "by", "values"},
}
MODELS = [one for one in objects().values() if dataclasses.is_dataclass(one.builds)]


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record.title)
def test_language_and_model_have_the_same_fields(record: Any) -> None:
    """A field added to a model class needs its line in the language, and the other way round."""
    attributes = {field.name for field in dataclasses.fields(record.builds)}
    described = {field.target for field in record.fields if not field.meta}
    made = MADE.get(record.title, {"meta", "name"} if record.named else {"meta"})
    assert attributes - made == described - READ_INTO_OTHERS.get(record.title, set()) - made


def test_every_model_class_is_in_the_language() -> None:
    """No class of the charter model is left without a description."""
    values = {"Meta", "ParamRef", "Setting", "Anchor", "Places"}
    classes = {
        name
        for name, one in vars(model).items()
        if dataclasses.is_dataclass(one) and getattr(one, "__module__", "") == model.__name__
    }
    assert classes - values == {one.builds.__name__ for one in MODELS}


def test_docs_are_up_to_date(pytestconfig: pytest.Config) -> None:
    """The committed pages say what the code says; `python -m pmpo.charter.reference_docs`."""
    folder = pytestconfig.rootpath / "docs" / "reference"
    assert (folder / "charter.md").read_text(encoding="utf-8") == markdown()
    assert (folder / "diagnostics.md").read_text(encoding="utf-8") == diagnostics_markdown()


@pytest.mark.parametrize("record", objects().values(), ids=lambda record: record.title)
def test_examples_can_be_typed_as_they_stand(record: Record) -> None:
    """What a help line tells people to type is accepted where it tells them to type it."""
    for field in record.fields:
        if field.example:
            root = parse(f"{field.name}: {field.example}", "c.yaml")
            assert isinstance(root, Mapping)
            ((key, value),) = root.entries
            to = Findings()
            assert field.shape.read(At(value, field.name, key), to) is not BAD
            assert [f for f in to.all() if f.severity == "error"] == []


def test_every_field_is_documented() -> None:
    """The reference has a line for each field of each object."""
    page = markdown()
    for record in objects().values():
        section = page.split(f"\n## {record.title}\n", 1)[1].split("\n## ", 1)[0]
        for field in record.fields:
            assert field.meta or f"| `{field.name}` |" in section, (record.title, field.name)


@pytest.mark.parametrize(
    ("written", "known", "near"),
    [
        ("ownr", ["formula", "owner"], "owner"),
        ("late-after", ["every", "late_after"], "late_after"),
        ("OWNER", ["owner"], "owner"),
        ("zzz", ["owner"], ""),
        ("owner" * 10_000, ["owner"], ""),
        ("x", [], ""),
    ],
)
def test_did_you_mean(written: str, known: list[str], near: str) -> None:
    """A slip of the pen finds its word; nothing near gives no guess."""
    assert did_you_mean(written, known) == near
