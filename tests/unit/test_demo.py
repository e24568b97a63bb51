"""The demo office as it is built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from pmpo.charter.yaml import parse
from pmpo.cli.commands import schema as print_schema
from pmpo.demo import PROGRAM, build
from pmpo.office import Office
from tests.unit.charter.corpus import instance

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo office."""
    folder = tmp_path_factory.mktemp("demo")
    build(folder)
    return folder


def test_it_holds_what_its_files_name(demo: Path) -> None:
    """Every file is in its place, and none is left half-made."""
    found = sorted(str(path.relative_to(demo)) for path in demo.rglob("*") if path.is_file())
    assert found == [
        "charter.schema.json",
        "data/products.parquet",
        "data/transactions.parquet",
        "office.schema.json",
        "office.yaml",
        f"programs/{PROGRAM}/charter.yaml",
        f"programs/{PROGRAM}/tests.yaml",
    ]


@pytest.mark.parametrize("name", [f"programs/{PROGRAM}/charter.yaml", "office.yaml"])
def test_first_lines_name_the_schema(demo: Path, name: str) -> None:
    """The first line leads an editor to a schema that is there and that the file fits."""
    text = (demo / name).read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = (demo / name).parent / first.partition("=")[2]
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert list(validator.iter_errors(instance(parse(text, name)))) == []


@pytest.mark.parametrize(
    ("office", "name"), [(False, "charter.schema.json"), (True, "office.schema.json")]
)
def test_the_schemas_are_those_that_are_printed(
    demo: Path, office: bool, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pmpo schema` prints, byte for byte, what the demo puts beside its files."""
    print_schema(office)
    assert capsys.readouterr().out == (demo / name).read_text(encoding="utf-8")


def test_it_is_without_faults(demo: Path) -> None:
    """The demo's charter and office give no error and no warning: everybody is known."""
    assert [f for f in Office(demo).check(PROGRAM) if f.severity != "note"] == []
    shared = Office(demo).shared().office
    assert shared is not None
    assert "category-lead" in shared.known


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    """A file that somebody has changed is never overwritten; only what is gone comes back."""
    build(tmp_path)
    (tmp_path / "office.yaml").write_text("office: 1\n", encoding="utf-8")
    (tmp_path / "charter.schema.json").unlink()
    assert build(tmp_path) == [tmp_path / "charter.schema.json"]
    assert (tmp_path / "office.yaml").read_text(encoding="utf-8") == "office: 1\n"
