"""YAML as a tree that knows its places, read from events so that no input can exhaust the stack.

The loader's own idea of types is not used: `no`, `on`, `12:30`, `010` and dates are text here,
and a number keeps the text it was written with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import yaml

from pmpo.charter.findings import FINDINGS_MAX, more
from pmpo.charter.suggest import did_you_mean
from pmpo.charter.yaml_errors import explain
from pmpo.diagnostics import CharterError, Diagnostic, Span, has_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH_MAX: Final = 64
NODES_MAX: Final = 200_000
BYTES_MAX: Final = 8 * 1024 * 1024
STRANGE_MAX: Final = 20

Kind = Literal["null", "bool", "number", "text"]
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: Final[dict[str, Kind]] = {
    "": "null",
    "~": "null",
    "null": "null",
    "true": "bool",
    "false": "bool",
}
# What YAML calls printable, without the line breaks that editors do not show as such.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """Where a node stands, in the parser's own marks: most nodes are never asked."""

    file: str
    start: Any
    end: Any

    @property
    def line(self) -> int:
        """The first line, counted from 1."""
        return int(self.start.line) + 1

    @property
    def span(self) -> Span:
        """The place as findings have it."""
        first, last = self.start, self.end
        return Span(self.file, first.line + 1, first.column + 1, last.line + 1, last.column + 1)


class Scalar(NamedTuple):
    """One text of the file; `plain` means it was written without quotes or block style."""

    text: str
    style: str
    mark: Mark
    plain: bool

    @property
    def span(self) -> Span:
        """Where the scalar stands, quotes included."""
        return self.mark.span

    @property
    def kind(self) -> Kind:
        """What a plain scalar means by our rules; everything in quotes is text."""
        if not self.plain:
            return "text"
        word = _WORDS.get(self.text)
        if word is not None:
            return word
        return "number" if _NUMBER.fullmatch(self.text) else "text"


class Entry(NamedTuple):
    """One field of a mapping."""

    key: Scalar
    value: Node


class Mapping(NamedTuple):
    """Fields in the order they were written; every key is there once."""

    entries: tuple[Entry, ...]
    mark: Mark

    @property
    def span(self) -> Span:
        """From the first key to the end of the last value."""
        return self.mark.span

    def get(self, key: str) -> Node | None:
        """The value of the field `key`, or None."""
        return next((entry.value for entry in self.entries if entry.key.text == key), None)


class Sequence(NamedTuple):
    """Items in the order they were written."""

    items: tuple[Node, ...]
    mark: Mark

    @property
    def span(self) -> Span:
        """From the first item to the end of the last one."""
        return self.mark.span


Node = Scalar | Mapping | Sequence


class Tree(NamedTuple):
    """What could be read of a file: its text, its root when there is one, and all findings."""

    root: Node | None
    text: str
    findings: tuple[Diagnostic, ...]


def parse(text_or_bytes: str | bytes, file: str) -> Node:
    """Read one YAML document.

    Args:
        text_or_bytes: the document; bytes must be UTF-8, a byte order mark is accepted.
        file: the name that findings give the document.
    Raises: CharterError: with everything that is wrong with the document as YAML.

    Example:
        >>> tree = parse("a: [1, no]", "charter.yaml")
        >>> [item.kind for item in tree.get("a").items]
        ['number', 'text']
    """
    tree = read(text_or_bytes, file)
    if tree.root is None or has_errors(tree.findings):
        raise CharterError(tree.findings)
    return tree.root


def read(text_or_bytes: str | bytes, file: str, *, begins: str = "charter: 1") -> Tree:
    """Read one YAML document and report what is wrong instead of raising.

    Duplicate keys, merge keys and tags leave a tree that can still be validated, so that one
    check reports everything; text that is not YAML leaves none.

    Args:
        text_or_bytes: the document; bytes must be UTF-8, a byte order mark is accepted.
        file: the name that findings give the document.
        begins: the first line that whoever finds the file empty is told to write.
    """
    text, finding = _decode(text_or_bytes, file)
    if finding is not None:
        return Tree(None, text, (finding,))
    strange = tuple(_strange_characters(text, file))
    if strange:
        return Tree(None, text, strange)
    builder = _Builder(file, begins)
    root = builder.build(text)
    shown, left_out = builder.findings[:FINDINGS_MAX], builder.findings[FINDINGS_MAX:]
    return Tree(root, text, (*shown, *more(len(left_out))))


def _decode(data: str | bytes, file: str) -> tuple[str, Diagnostic | None]:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > BYTES_MAX:
        return "", Diagnostic(
            "yaml/too-large",
            "error",
            f"the file has {len(raw):,} bytes; at most {BYTES_MAX:,} are read",
            Span(file, 1, 1, 1, 1),
            note="people read what is written here; data belongs into a source",
            help="move data into a file of its own, and name that under `sources` of a charter",
        )
    try:
        return raw.decode("utf-8").removeprefix("\ufeff"), None
    except UnicodeDecodeError as broken:
        text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
        return text, _bad_bytes(raw, broken.start, file)


def _bad_bytes(raw: bytes, offset: int, file: str) -> Diagnostic:
    before = raw[:offset].decode("utf-8").removeprefix("\ufeff")
    line, column = _line_column(before, len(before))
    return Diagnostic(
        "yaml/encoding",
        "error",
        f"byte {offset} of the file (0x{raw[offset]:02x}) is not UTF-8",
        Span(file, line, column, line, column + 1),
        note="another encoding would change names and texts without anyone noticing",
        help="save the file as UTF-8",
    )


def _strange_characters(text: str, file: str) -> Iterator[Diagnostic]:
    for match in islice(_FORBIDDEN.finditer(text), STRANGE_MAX):
        line, column = _line_column(text, match.start())
        code = ord(match[0])
        escape = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
        yield Diagnostic(
            "yaml/character",
            "error",
            f"the character U+{code:04X} cannot stand here",
            Span(file, line, column, line, column + 1),
            note="control characters and hidden line breaks do not show in an editor",
            help=f'delete it, or write it as an escape in double quotes: "{escape}"',
        )


def _line_column(text: str, offset: int) -> tuple[int, int]:
    """The place of `offset`, counting lines as the YAML reader does."""
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


@dataclass(slots=True)
class _Frame:
    """A collection that is still open."""

    event: Any
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    seen: dict[str, Scalar] = field(default_factory=dict)
    key: Scalar | None = None
    awaits_value: bool = False
    size: int = 1
    height: int = 1


class _Built(NamedTuple):
    node: Node
    size: int
    height: int


class _StopError(Exception):
    """The guard that was hit makes the rest of the file unreadable."""


class _Builder:
    """Turns parser events into nodes with a stack of its own."""

    def __init__(self, file: str, begins: str) -> None:
        self.file = file
        self.begins = begins
        self.findings: list[Diagnostic] = []
        self.frames: list[_Frame] = []
        self.anchors: dict[str, _Built | None] = {}
        self.root: Node | None = None
        self.total = 0
        self.documents = 0
        self.broken = False

    def build(self, text: str) -> Node | None:
        """The root node, or None when the text cannot be understood at all."""
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except _StopError:
            return None
        except yaml.YAMLError as error:
            self.findings.append(explain(error, text, self.file))
            return None
        if self.documents == 0:
            self._empty()
        return None if self.broken else self.root

    def _empty(self) -> None:
        self._error(
            "yaml/empty",
            "the file is empty",
            Span(self.file, 1, 1, 1, 1),
            note="nothing can be read from it, and nothing can be checked",
            help=f"begin with `{self.begins}`",
        )

    def _error(self, code: str, message: str, span: Span, **texts: str) -> None:
        self.findings.append(Diagnostic(code, "error", message, span, **texts))

    def _span(self, event: Any) -> Span:
        return Mark(self.file, event.start_mark, event.end_mark).span

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._error(
                "yaml/several-documents",
                "a second document begins here",
                self._span(event),
                note="one file is one document",
                help="move what follows `---` into a file of its own",
            )
            raise _StopError

    def _refuse_tag(self, event: Any) -> None:
        shown = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._error(
            "yaml/tag",
            f"the tag `{shown}` is not allowed",
            self._span(event),
            note="values are text, numbers, true, false, lists and mappings only",
            help=f"delete `{shown}`; to make something text, put it in quotes",
        )

    def _scalar(self, event: Any) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        style = event.style or ""
        mark = Mark(self.file, event.start_mark, event.end_mark)
        node = Scalar(event.value, style, mark, style == "" and event.implicit[0])
        if event.anchor is not None:
            self.anchors[event.anchor] = _Built(node, 1, 0)
        self._count(1, event)
        self._add(node, 1, 0)

    def _open(self, event: Any) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        if len(self.frames) >= DEPTH_MAX:
            self._too_deep(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(event, isinstance(event, yaml.MappingStartEvent)))

    def _close(self, event: Any) -> None:
        frame = self.frames.pop()
        opened = frame.event
        mark = Mark(self.file, opened.start_mark, event.end_mark)
        node: Node
        if frame.is_mapping:
            node = Mapping(tuple(frame.entries), mark)
        else:
            node = Sequence(tuple(frame.items), mark)
        if opened.anchor is not None:
            self.anchors[opened.anchor] = _Built(node, frame.size, frame.height)
        self._count(1, opened)
        self._add(node, frame.size, frame.height)

    def _count(self, nodes: int, event: Any) -> None:
        """Guard against files that grow without bound once their aliases are written out."""
        self.total += nodes
        if self.total > NODES_MAX:
            self._too_many(event)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        built = self.anchors.get(name)
        if built is None:
            self.broken = True
            self._bad_alias(event, name)
            mark = Mark(self.file, event.start_mark, event.end_mark)
            built = _Built(Scalar("", "", mark, True), 1, 0)
        if len(self.frames) + built.height > DEPTH_MAX:
            self._too_deep(event)
        self._count(built.size, event)
        self._add(*built)

    def _bad_alias(self, event: Any, name: str) -> None:
        if name in self.anchors:
            message, note = f"`*{name}` stands inside its own anchor", "it would never end"
        else:
            message, note = f"there is no anchor `&{name}` before this", ""
        near = did_you_mean(name, [known for known in self.anchors if known != name])
        self._error(
            "yaml/alias",
            message,
            self._span(event),
            label=f"did you mean `*{near}`?" if near else "",
            note=note,
            help="write the value out, or set the anchor before it is used",
        )

    def _add(self, node: Node, size: int, height: int) -> None:
        """Hand a finished node to the collection it stands in."""
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        if not frame.is_mapping:
            frame.items.append(node)
        elif not frame.awaits_value:
            frame.key = self._key(frame, node)
            frame.awaits_value = True
        else:
            if frame.key is not None:
                frame.entries.append(Entry(frame.key, node))
            frame.awaits_value = False

    def _key(self, frame: _Frame, node: Node) -> Scalar | None:
        """The key when it may stand here; None leaves its value out of the tree."""
        if not isinstance(node, Scalar) or (node.plain and node.text in ("", "~")):
            self._error(
                "yaml/key",
                "a field name must be a text",
                node.span,
                help="write a name before the `:`",
            )
            return None
        if node.plain and node.text == "<<":
            self._error(
                "yaml/merge-key",
                "merge keys (`<<`) are not allowed",
                node.span,
                note="whoever reads a definition aloud must see all of it in one place",
                help="write the fields out; a whole value may be shared with `&name` and `*name`",
            )
            return None
        first = frame.seen.setdefault(node.text, node)
        if first is not node:
            self._duplicate(node, first)
            return None
        return node

    def _duplicate(self, node: Scalar, first: Scalar) -> None:
        self._error(
            "yaml/duplicate-key",
            f"`{node.text}` is said twice",
            node.span,
            label=f"first said in line {first.mark.line}",
            note=f"line {first.mark.line}, column {first.span.column} says it too, "
            "and only one of them could count",
            help="keep one of the two",
        )

    def _too_deep(self, event: Any) -> None:
        self._error(
            "yaml/too-deep",
            f"values are nested more than {DEPTH_MAX} levels deep",
            self._span(event),
            note="no part of the language needs more than a dozen",
            help="check for brackets that are opened and never closed",
        )
        raise _StopError

    def _too_many(self, event: Any) -> None:
        self._error(
            "yaml/too-large",
            f"the file has more than {NODES_MAX:,} values once its aliases are written out",
            self._span(event),
            note="aliases of aliases grow without bound",
            help="write the values out, or move data into a source",
        )
        raise _StopError
