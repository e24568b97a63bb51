from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pmpo.charter.canonical import canonical
from pmpo.charter.places import places_of
from pmpo.charter.yaml import BYTES_MAX, DEPTH_MAX, Mapping, Scalar, Sequence, parse, read
from pmpo.diagnostics import CharterError, Span
from tests.unit.charter.corpus import CHARTERS

if TYPE_CHECKING:
    from pathlib import Path


def only(text: str | bytes) -> tuple[str, Span | None]:
    """The code and place of the one finding about `text`."""
    with pytest.raises(CharterError) as caught:
        parse(text, "c.yaml")
    (finding,) = caught.value.findings
    return finding.code, finding.span


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("null", "null"),
        ("~", "null"),
        ("", "null"),
        ("true", "bool"),
        ("false", "bool"),
        ("0", "number"),
        ("-0.20", "number"),
        ("1e-3", "number"),
        ("12345678901234567890.10", "number"),
        ("no", "text"),
        ("on", "text"),
        ("Yes", "text"),
        ("True", "text"),
        ("NULL", "text"),
        ("12:30", "text"),
        ("010", "text"),
        ("0x1f", "text"),
        ("0o17", "text"),
        ("1_000", "text"),
        ("+1", "text"),
        (".5", "text"),
        ("1.", "text"),
        (".inf", "text"),
        (".nan", "text"),
        ("2017-12-31", "text"),
        ("'1'", "text"),
        ('"true"', "text"),
        ("''", "text"),
    ],
)
def test_plain_scalars_mean_what_they_say(written: str, kind: str) -> None:
    """Only null, true, false and JSON numbers are not text; quotes make anything text."""
    tree = parse(f"a: {written}", "c.yaml")
    assert isinstance(tree, Mapping)
    value = tree.get("a")
    assert isinstance(value, Scalar)
    assert value.kind == kind


def test_numbers_keep_their_text() -> None:
    """A number is not rounded or shortened by reading it."""
    tree = parse("a: 0.1000000000000000000000000001", "c.yaml")
    assert isinstance(tree, Mapping)
    value = tree.get("a")
    assert isinstance(value, Scalar)
    assert value.text == "0.1000000000000000000000000001"


def test_every_node_knows_its_place() -> None:
    """Keys and values carry line and column, counted from 1, the end exclusive."""
    tree = parse("a:\n  - x\n  - 'y z'\n", "c.yaml")
    assert isinstance(tree, Mapping)
    ((key, value),) = tree.entries
    assert key.span == Span("c.yaml", 1, 1, 1, 2)
    assert isinstance(value, Sequence)
    assert [item.span for item in value.items] == [
        Span("c.yaml", 2, 5, 2, 6),
        Span("c.yaml", 3, 5, 3, 10),
    ]


def test_columns_count_characters() -> None:
    """A place counts characters, not bytes, and a byte order mark is none."""
    for text in ("ja: 週次, x: {y: [}", "\ufeffja: 週次, x: {y: [}".encode()):
        code, span = only(text)
        assert code == "yaml/syntax"
        assert span == Span("c.yaml", 1, 10, 1, 11)


def test_anchors_and_aliases_share_a_value() -> None:
    """A value may be written once and used again; its place is where it is written."""
    tree = parse("a: &x {n: 1}\nb: *x\n", "c.yaml")
    assert isinstance(tree, Mapping)
    assert tree.get("a") is tree.get("b")


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "yaml/duplicate-key", 2, 1),
        ("a: 1\n'a': 2\n", "yaml/duplicate-key", 2, 1),
        ("b: &b {n: 1}\na:\n  <<: *b\n", "yaml/merge-key", 3, 3),
        ("a: !!str 1\n", "yaml/tag", 1, 4),
        ("a: !python/object:os.system x\n", "yaml/tag", 1, 4),
        ("a: !!binary aGk=\n", "yaml/tag", 1, 4),
        ("? [a]\n: 1\n", "yaml/key", 1, 3),
        ("~: 1\n", "yaml/key", 1, 1),
        ("a: *b\n", "yaml/alias", 1, 4),
        ("a: &a [*a]\n", "yaml/alias", 1, 8),
        ("a: 1\n---\nb: 2\n", "yaml/several-documents", 2, 1),
        ("", "yaml/empty", 1, 1),
        ("# only a remark\n", "yaml/empty", 1, 1),
        ("a:\n\tb: 1\n", "yaml/tab", 2, 1),
        ("a: 1\n\tb: 1\n", "yaml/tab", 2, 1),
        ("a: \x07\n", "yaml/character", 1, 4),
        ("a: x\x85y\n", "yaml/character", 1, 5),
        ("a: x\u2028y\n", "yaml/character", 1, 5),
        ("a: [1, 2\n", "yaml/syntax", 1, 9),
        ("a: 'x\n", "yaml/syntax", 1, 4),
        ("a: @x\n", "yaml/syntax", 1, 4),
        ("%YAML 9.9\n---\na: 1\n", "yaml/syntax", 1, 1),
    ],
)
def test_faults_have_a_code_and_a_place(text: str, code: str, line: int, column: int) -> None:
    """Each way to be wrong as YAML has its own code and points at the fault."""
    found, span = only(text)
    assert (found, span and (span.line, span.column)) == (code, (line, column))


def test_broken_bytes_are_named_by_offset() -> None:
    """A file in another encoding is refused at its first broken byte."""
    with pytest.raises(CharterError) as caught:
        parse("a: 1\nb: café\n".encode("latin-1"), "c.yaml")
    (finding,) = caught.value.findings
    assert finding.code == "yaml/encoding"
    assert "byte 11" in finding.message
    assert "0xe9" in finding.message
    assert finding.span == Span("c.yaml", 2, 7, 2, 8)


def test_duplicate_keys_name_both_places() -> None:
    """Whoever is told of a repetition is told where the first one is."""
    with pytest.raises(CharterError) as caught:
        parse("a: 1\nb: {c: 1, c: 2}\na: 3\n", "c.yaml")
    assert [(f.span and f.span.line, f.label) for f in caught.value.findings] == [
        (2, "first said in line 2"),
        (3, "first said in line 1"),
    ]


@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_both_readers_of_yaml_agree(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the C library is missing, the Python reader gives the same tree and places."""
    text = path.read_text(encoding="utf-8")

    def seen() -> tuple[Any, dict[str, Span], dict[str, Span]]:
        root = parse(text, "c.yaml")
        places = places_of(root, "c.yaml", text)
        return canonical(root, None), dict(places.values), dict(places.keys)

    here = seen()
    monkeypatch.setattr("pmpo.charter.yaml._LOADER", yaml.SafeLoader)
    tree, values, keys = seen()
    assert (tree, keys) == (here[0], here[2])
    begins = {name: (span.line, span.column) for name, span in values.items()}
    assert begins == {name: (span.line, span.column) for name, span in here[1].items()}


def test_several_faults_are_reported_together() -> None:
    """Faults that leave a tree do not hide each other, and the tree can still be validated."""
    tree = read("a: !!str 1\na: 2\nb: 3\n", "c.yaml")
    assert [finding.code for finding in tree.findings] == ["yaml/tag", "yaml/duplicate-key"]
    assert isinstance(tree.root, Mapping)
    assert [entry.key.text for entry in tree.root.entries] == ["a", "b"]


def test_depth_is_limited_also_through_aliases() -> None:
    """The limit holds for the tree as it is once aliases are written out."""
    assert parse("[" * DEPTH_MAX + "]" * DEPTH_MAX, "c.yaml")
    assert only("[" * (DEPTH_MAX + 1))[0] == "yaml/too-deep"
    half = DEPTH_MAX // 2
    deep = "[" * half + "]" * half
    nested = f"a: &a {deep}\nb: " + "[" * half + "*a" + "]" * half
    assert only(nested)[0] == "yaml/too-deep"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_bomb_is_a_finding(opening: str) -> None:
    """A hundred thousand open brackets neither crash the process nor exhaust its stack."""
    script = (
        "import sys\n"
        "from pmpo.charter.load import loads\n"
        "print(loads(sys.argv[1] * 100_000, 'c.yaml').findings[0].code)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, opening], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "yaml/too-deep"


def test_alias_bomb_is_a_finding() -> None:
    """Aliases of aliases are counted as if written out, and refused beyond the limit."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert only("\n".join(lines))[0] == "yaml/too-large"


def test_size_is_limited() -> None:
    """A file beyond the limit is refused before it is parsed."""
    assert only(b"# " + b"x" * BYTES_MAX)[0] == "yaml/too-large"
    assert only("- x\n" * 200_000)[0] == "yaml/too-large"


@given(st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Whatever the bytes are, reading them gives a tree or findings."""
    tree = read(data, "c.yaml")
    assert tree.root is not None or tree.findings


@given(st.text(alphabet="[]{}&*!|>'\"%@`:?-, \n\tabc<#\\\r\ufeff", max_size=60))
def test_random_punctuation_never_raises(text: str) -> None:
    """Whatever the marks are, reading them gives a tree or findings whose places are real."""
    tree = read(text, "c.yaml")
    assert tree.root is not None or tree.findings
    for finding in tree.findings:
        assert finding.span is not None
        assert finding.span.line >= 1
        assert finding.span.column >= 1


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_quoted_text_comes_back(text: str) -> None:
    """A text in single quotes is read as it is, when all of it may stand in a charter."""
    tree = read("a: '" + text.replace("'", "''") + "'", "c.yaml")
    if tree.root is not None and not tree.findings and "\n" not in text and "\r" not in text:
        assert isinstance(tree.root, Mapping)
        value = tree.root.get("a")
        assert isinstance(value, Scalar)
        assert value.text == text
