"""office.yaml: what it says, what is said about it, and that nothing in it can stop a check."""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.charter.findings import Findings
from pmpo.charter.json_schema import schema, schema_text
from pmpo.charter.language import objects
from pmpo.charter.office_file import LoadedOffice, load_office, loads_office
from pmpo.charter.office_language import OFFICE
from pmpo.charter.reference_docs import office_markdown
from pmpo.charter.shapes import BAD, At
from pmpo.charter.yaml import Mapping, parse
from pmpo.cli.render_findings import render
from pmpo.diagnostics import has_errors
from pmpo.model import calendars
from pmpo.model import office as model
from pmpo.model.charter import Gate
from pmpo.model.meta import Meta
from pmpo.model.time import Duration
from tests.unit.charter.corpus import GOLDEN, changed, instance

OFFICES = sorted((GOLDEN / "offices").glob("*.yaml"))
COMPLETE = (GOLDEN / "offices" / "complete.yaml").read_text(encoding="utf-8")
BAD_ONES = GOLDEN / "office_diagnostics"
VALIDATOR = jsonschema.Draft202012Validator(schema(OFFICE))


def office(text: str) -> model.OfficeFile:
    """The office that `text` says; fails with its findings when it has errors."""
    loaded = loads_office(text, "office.yaml")
    assert loaded.office is not None, loaded.findings
    return loaded.office


def codes(text: str) -> list[str]:
    """The codes of the errors in `text`."""
    found = loads_office(text, "office.yaml").findings
    return [finding.code for finding in found if finding.severity == "error"]


# --- what is read --------------------------------------------------------------------------------


def test_everything_is_read() -> None:
    """Each block of a complete file becomes the frozen value that it describes."""
    hours = timedelta(hours=1)
    assert office(COMPLETE) == model.OfficeFile(
        edition=1,
        tz="Asia/Tokyo",
        people={
            "k1": model.Person(
                name="First Last",
                roles=("category-lead", "finance"),
                email="first.last@example.org",
            ),
            "k2": model.Person(name="名 姓"),
        },
        roles={
            "category-lead": "Decides what stands on the shelves.",
            "finance": "Confirms costs and margins.",
            "調達": "納期を確認する",
        },
        calendars={
            "office": calendars.Calendar(
                name="office",
                working_days=("MO", "TU", "WE", "TH", "FR"),
                hours=(
                    calendars.Hours(9 * hours, 12 * hours),
                    calendars.Hours(13 * hours, 17.5 * hours),
                ),
                holidays=(
                    calendars.Holiday(date=date(2018, 1, 2)),
                    calendars.Holiday(date=date(2018, 1, 1), name="New Year"),
                ),
                fiscal=calendars.Fiscal(starts=(date(2018, 4, 1),)),
                meta=Meta(because="Head office and depots keep the same days."),
            ),
            "stores": calendars.Calendar(
                name="stores",
                tz="America/New_York",
                working_days=("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
                hours=(calendars.Hours(0 * hours, 24 * hours),),
                fiscal=calendars.Fiscal(
                    starts=(date(2017, 1, 29), date(2018, 2, 4), date(2019, 2, 3)),
                    pattern="4-5-4",
                ),
            ),
        },
        capacities={
            "resets": model.Capacity(
                name="resets",
                unit="shelf resets",
                per=Duration(1, "week"),
                amount=Decimal("12.5"),
                meta=Meta(because="Two teams travel."),
            )
        },
        gates={
            "approve": Gate(
                name="approve",
                roles=("category-lead", "k2"),
                four_eyes=True,
                needs=("trade_off",),
            )
        },
        keepers=("finance",),
        notify=(
            model.Notice(to="finance", by="file", target="notices/finance.md"),
            model.Notice(to="k1", by="mail", target="first.last@example.org"),
            model.Notice(
                to="category-lead", by="webhook", target="https://example.org/hooks/1?x=y"
            ),
        ),
        meta=Meta(names={"en": "Grocery office", "ja": "食品オフィス"}, status="reviewed"),
    )


def test_places_are_known() -> None:
    """Every value knows where it stands, so that other checks can point at it."""
    span = office(COMPLETE).places.value("calendars.stores.tz")
    assert COMPLETE.splitlines()[span.line - 1][span.column - 1 :] == "America/New_York"


def test_known_names_are_roles_and_people() -> None:
    """A charter may name a role or a person."""
    assert office(COMPLETE).known == ("category-lead", "finance", "調達", "k1", "k2")


def test_what_is_only_validated_is_said() -> None:
    """Nothing is accepted and ignored in silence: roles, calendars and gates have an effect."""
    found = loads_office(COMPLETE, "office.yaml").findings
    assert {finding.code for finding in found} == {"charter/not-acted-on"}
    said = {finding.path.split(".")[0] for finding in found}
    assert said == {"people", "capacities", "notify"}
    assert [finding.path for finding in found if finding.path[:6] == "people"] == [
        "people.k1.email"
    ]


def test_an_office_may_do_without(tmp_path: Path) -> None:
    """No office.yaml is no mistake."""
    assert load_office(tmp_path / "office.yaml") == LoadedOffice(None, (), "")


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """A folder in the file's place is said, and so is a name that no file can have."""
    for path in (tmp_path, tmp_path / "nul\0.yaml"):
        loaded = load_office(path, shown_as="office.yaml")
        assert loaded.office is None
        assert [finding.code for finding in loaded.findings] == ["charter/unreadable"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hours: 00:00-24:00", "hours: [00:00-06:00, 06:00-24:00]"),
        ("starts: 2018-04-01", "starts: [2018-04-01], pattern: months"),
        ("pattern: 4-5-4", "pattern: 5-4-4"),
        ("starts: [2017-01-29, 2018-02-04, 2019-02-03]", "starts: 2017-01-29"),
        ("https://example.org/hooks/1?x=y", "http://localhost:8080"),
    ],
)
def test_other_forms_are_accepted(old: str, new: str) -> None:
    """Each form a field may take is read, and is in the schema."""
    text = changed((old, new), text=COMPLETE)
    assert codes(text) == []
    assert list(VALIDATOR.iter_errors(instance(parse(text, "office.yaml")))) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("09:00-12:00, 13", "13:30-18:00, 08", "office/bad-calendar"),
        ("2018-02-04, 2019-02-03", "2018-02-04, 2018-02-04", "office/bad-calendar"),
        ("starts: 2018-04-01", "starts: 2018-04-29", "office/bad-calendar"),
        ("starts: 2018-04-01", "starts: []", "charter/empty"),
        ("{date: 2018-01-01, name", "{date: 2018-01-02, name", "charter/repeated"),
        ("by: file, target: notices/finance.md", "by: file, target: ''", "charter/empty"),
        ("to: k1", "to: k3", "charter/unknown-name"),
        ("keepers: [finance]", "keepers: [k9]", "charter/unknown-name"),
        ("keepers: [finance]", "keepers: []", "charter/empty"),
        ("  k2: ", "  finance: ", "charter/name-clash"),
    ],
)
def test_faults_are_found(old: str, new: str, code: str) -> None:
    """One slip in a complete file is found, whatever else is right."""
    assert code in codes(changed((old, new), text=COMPLETE))


# --- what is said about it -----------------------------------------------------------------------


@pytest.mark.parametrize("case", sorted(path.stem for path in BAD_ONES.glob("*.yaml")))
def test_bad_office_is_explained(case: str, rewrite: bool) -> None:
    """Each bad file gives exactly the findings that were reviewed when they were written."""
    loaded = load_office(BAD_ONES / f"{case}.yaml", shown_as="office.yaml")
    said = render(loaded.findings, {"office.yaml": loaded.text}) + "\n"
    expected = BAD_ONES / f"{case}.txt"
    if rewrite:
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8"), "see pytest --rewrite"
    assert loaded.office is None


# --- whatever it says, nothing breaks ------------------------------------------------------------

LINES = COMPLETE.splitlines(keepends=True)
BYTES = COMPLETE.encode()
PIECES = [
    "null", "true", "-1", "''", "[]", "{}", "[[]]", "{a: b}", "[x, x]", "2018-02-30", "25:00-26:00",
    "[09:00-08:00]", "&a [1]", "*a", "!!int 1", "0 weeks", "週", "- x", "|\n  x", "~", "9" * 50,
    "{starts: []}", "{starts: [2018-01-31, 2018-01-31]}", "[{date: x}]",
]  # fmt: skip


def check(loaded: LoadedOffice) -> None:
    """Assert what holds for every result of loading."""
    assert loaded.office is None or not has_errors(loaded.findings)
    assert loaded.office is not None or has_errors(loaded.findings)
    assert render(loaded.findings, {"o.yaml": loaded.text}) or not loaded.findings
    for finding in loaded.findings:
        assert finding.span is not None
        assert finding.message
        assert finding.help or finding.severity == "note"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200)))
def test_random_input(data: bytes | str) -> None:
    """Random bytes and texts always give an office or findings."""
    check(loads_office(data, "o.yaml"))


@settings(max_examples=200)
@given(st.integers(0, len(BYTES)), st.integers(0, 40), st.binary(max_size=6))
def test_mutated_bytes(start: int, length: int, put: bytes) -> None:
    """A file with a few bytes replaced is an office or has findings."""
    check(loads_office(BYTES[:start] + put + BYTES[start + length :], "o.yaml"))


@settings(max_examples=300)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(PIECES), st.randoms())
def test_mutated_values(line: int, piece: str, chance: random.Random) -> None:
    """A file in which one value is of another kind is an office or has findings."""
    head, _, value = LINES[line].rstrip("\n").partition(": ")
    parts = value.strip("{}").split(", ")
    if value.startswith("{"):
        index = chance.randrange(len(parts))
        parts[index] = parts[index].partition(": ")[0] + ": " + piece
        piece = "{" + ", ".join(parts) + "}"
    check(
        loads_office("".join([*LINES[:line], f"{head}: {piece}\n", *LINES[line + 1 :]]), "o.yaml")
    )


# --- the language, its schema and its page -------------------------------------------------------

MODELS = [one for one in objects(OFFICE).values() if one.builds.__module__ == model.__name__]


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record.title)
def test_language_and_model_have_the_same_fields(record: Any) -> None:
    """A field added to a model class needs its line in the language, and the other way round."""
    attributes = {field.name for field in dataclasses.fields(record.builds)}
    described = {field.target for field in record.fields if not field.meta}
    made = {"meta", "places"} | ({"name"} if record.named else set())
    assert attributes - made == described


def test_every_model_class_is_in_the_language() -> None:
    """No class of the model is left without a description; hours are written as one text."""
    classes = {
        name
        for name, one in vars(model).items()
        if dataclasses.is_dataclass(one) and getattr(one, "__module__", "") == model.__name__
    }
    assert classes - {"Hours"} == {one.builds.__name__ for one in MODELS}


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record.title)
def test_examples_can_be_typed_as_they_stand(record: Any) -> None:
    """What a help line tells people to type is accepted where it tells them to type it."""
    for field in record.fields:
        if field.example:
            root = parse(f"{field.name}: {field.example}", "office.yaml")
            assert isinstance(root, Mapping)
            ((key, value),) = root.entries
            to = Findings()
            assert field.shape.read(At(value, field.name, key), to) is not BAD
            assert not has_errors(to.all())


def test_schema_is_a_schema() -> None:
    """The schema keeps the rules of its draft, and describes every field of every object."""
    printed = json.loads(schema_text(OFFICE))
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed["title"] == "PMPO office file"
    assert set(printed["$defs"]) == {
        one.title.replace(" ", "-") for one in objects(OFFICE).values()
    }
    for definition in printed["$defs"].values():
        assert all(field["description"] for field in definition["properties"].values())


@pytest.mark.parametrize("path", OFFICES, ids=lambda path: path.stem)
def test_valid_offices_are_accepted(path: Path) -> None:
    """What loading accepts, the schema accepts."""
    text = path.read_text(encoding="utf-8")
    assert codes(text) == []
    assert list(VALIDATOR.iter_errors(instance(parse(text, "office.yaml")))) == []


@pytest.mark.parametrize("case", ["unknown_field", "missing_field", "wrong_type", "not_a_mapping"])
def test_plain_faults_are_rejected_by_the_schema(case: str) -> None:
    """An editor marks missing and unknown fields and wrong types while the file is typed."""
    text = (BAD_ONES / f"{case}.yaml").read_text(encoding="utf-8")
    assert list(VALIDATOR.iter_errors(instance(parse(text, "office.yaml")))) != []


def test_the_page_is_up_to_date(root: Path) -> None:
    """The committed page says what the code says; `python -m pmpo.charter.reference_docs`."""
    page = (root / "docs" / "reference" / "office.md").read_text(encoding="utf-8")
    assert page == office_markdown()
    for record in objects(OFFICE).values():
        section = page.split(f"\n## {record.title}\n", 1)[1].split("\n## ", 1)[0]
        for field in record.fields:
            assert field.meta or f"| `{field.name}` |" in section, (record.title, field.name)
