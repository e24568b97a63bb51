"""Reads a contract of the Open Data Contract Standard (ODCS) as fields of a source.

Source: bitol-io/open-data-contract-standard, versions 3.0 and 3.1: schema, data quality, service
level agreement, servers. What cannot be acted on is a note, never silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pmpo.charter.findings import Findings
from pmpo.charter.odcs_nodes import Tree, listed, mapping, text_of, whole
from pmpo.charter.odcs_quality import Rules
from pmpo.charter.suggest import listing
from pmpo.charter.yaml import Entry, Mapping, Scalar, Sequence

_VERSION: Final = re.compile(r"v?3\.[0-9]+(\.[0-9]+)?")
_DECIMAL: Final = re.compile(
    r"(?i)(?:DECIMAL|NUMERIC|NUMBER|DEC)\s*\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\)"
)
_LOGICAL: Final = {
    "string": "text",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
_PHYSICAL: Final = tuple(
    (re.compile(form, re.IGNORECASE), kind)
    for form, kind in (
        ("(N?VAR)?CHAR|N?VARCHAR2?|TEXT|STRING|UUID|CLOB", "text"),
        ("(TINY|SMALL|MEDIUM|BIG)?INT(EGER)?[0-9]*|UINT[0-9]+|(BIG)?SERIAL", "integer"),
        ("BOOL(EAN)?", "boolean"),
        ("DATETIME.*|TIMESTAMP.*", "timestamp"),
        ("DATE", "date"),
    )
)
_UNITS: Final = {
    "second": ("s", "sec", "second", "seconds"),
    "minute": ("min", "minute", "minutes"),
    "hour": ("h", "hr", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("w", "wk", "week", "weeks"),
    "month": ("m", "mo", "month", "months"),
    "year": ("y", "yr", "year", "years"),
}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_FREQUENCY: Final = ("frequency", "fy")
_LATENCY: Final = ("latency", "ly", "freshness")


@dataclass(frozen=True, slots=True)
class Contract:
    """What a contract says about one source, as fields of the charter's language."""

    fields: tuple[Entry, ...]


def contract_for(
    root: Mapping, source: str, named: bool, path: str, to: Findings
) -> Contract | None:
    """What a contract says about one of its objects.

    Args:
        source: the object wanted, or (not `named`) the source, whose name one of several has.
        path: where the charter names the contract.
    """
    if not _is_contract(root, path, to):
        return None
    table = _object(root, source, named, path, to)
    if table is None:
        return None
    reading = _Reading(table, path, to)
    return Contract(tuple(reading.fields(root)))


def _is_contract(root: Mapping, path: str, to: Findings) -> bool:
    version = root.get("apiVersion")
    if text_of(root.get("kind")) == "DataContract" and _VERSION.fullmatch(text_of(version)):
        return True
    found = f"`{text_of(version)[:20]}`" if version is not None else "none"
    to.error(
        "contract/version",
        f"this is no data contract of ODCS 3: `kind` is `{text_of(root.get('kind'))[:40]}`, "
        f"`apiVersion` is {found}",
        (version or root).span,
        path,
        note="other versions of the standard say the same things in other words",
        help="write `kind: DataContract` and `apiVersion: v3.1.0`, in the form of that version",
    )
    return False


def _object(root: Mapping, wanted: str, named: bool, path: str, to: Findings) -> Mapping | None:
    """The object of the schema that describes the source."""
    objects = listed(root.get("schema"))
    known = {text_of(one.get(field)): one for one in objects for field in ("physicalName", "name")}
    if wanted in known:
        return known[wanted]
    if len(objects) == 1 and not named:
        return objects[0]
    names = [text_of(one.get("name")) for one in objects]
    to.error(
        "contract/object",
        f"the contract has no object `{wanted[:60]}`"
        if objects
        else "the contract describes no object: it has no `schema`",
        (root.get("schema") or root).span,
        path,
        note=f"its objects are {listing(names)}" if names else "",
        help=f"name one of them: `contract: file.odcs.yaml#{names[0]}`"
        if names
        else "add `schema` with the name and properties of a table",
    )
    return None


class _Reading:
    """One object of a contract, on its way to fields of a source."""

    def __init__(self, table: Mapping, path: str, to: Findings) -> None:
        self.table = table
        self.name = text_of(table.get("name"))
        self.path = path
        self.to = to
        self.tree = Tree(table.mark)
        self.properties = listed(table.get("properties"))
        self.rules = Rules(path, to, frozenset(map(column_name, self.properties)))

    def fields(self, root: Mapping) -> Iterator[Entry]:
        """The fields that the contract fills, in the order of the reference."""
        yield from self._from(root)
        key = self._key()
        if key:
            yield self.tree.entry("key", Sequence(tuple(key), self.table.mark))
        for one in self.properties:
            self._constraints(one)
            for rule in listed(one.get("quality")):
                self.rules.read(rule, column_name(one))
        for rule in listed(self.table.get("quality")):
            self.rules.read(rule, "")
        columns = [entry for one in self.properties for entry in self._column(one)]
        if columns:
            yield self.tree.entry("columns", Mapping(tuple(columns), self.table.mark))
        yield from self._agreements(root)
        if self.rules.checks:
            yield self.tree.entry("checks", Sequence(tuple(self.rules.checks), self.table.mark))

    # Where --------------------------------------------------------------------------------

    def _from(self, root: Mapping) -> Iterator[Entry]:
        """The file or table of a server that can be read here."""
        for server in listed(root.get("servers")):
            kind, path = text_of(server.get("type")), server.get("path")
            if kind == "local" and isinstance(path, Scalar):
                yield self.tree.entry("from", path)
                return
            database = server.get("database")
            table = self.table.get("physicalName") or self.table.get("name")
            if kind == "duckdb" and isinstance(database, Scalar) and table is not None:
                tree = Tree(server.mark)
                place = Mapping(
                    (tree.entry("database", database), tree.entry("table", table)), server.mark
                )
                yield self.tree.entry("from", place)
                return

    # Columns ------------------------------------------------------------------------------

    def _key(self) -> list[Scalar]:
        """The primary key, in the order of `primaryKeyPosition`."""
        parts = []
        for index, one in enumerate(self.properties):
            if text_of(one.get("primaryKey")) == "true":
                at = text_of(one.get("primaryKeyPosition"))
                parts.append((whole(at, len(self.properties)), index, one))
        return [self._named(one) for _, _, one in sorted(parts, key=lambda part: part[:2])]

    def _named(self, one: Mapping) -> Scalar:
        return Tree(one.mark).text(column_name(one))

    def _column(self, one: Mapping) -> Iterator[Entry]:
        """The type of a column, and the texts that stand for missing in it."""
        name, kind = column_name(one), self._type(one)
        missing = self.rules.missing.get(name, ())
        if not name or not (kind or missing):
            return
        tree = Tree((one.get("logicalType") or one.get("physicalType") or one).mark)
        parts = [tree.entry("type", tree.text(kind))] if kind else []
        if missing:
            markers = Sequence(tuple(tree.text(text) for text in missing), tree.mark)
            parts.append(tree.entry("null", markers))
        simple = kind and not missing
        yield Entry(
            self._named(one), tree.text(kind) if simple else Mapping(tuple(parts), tree.mark)
        )

    def _type(self, one: Mapping) -> str:
        """The exact type that the contract means; nothing after a note that it means none."""
        logical, physical = one.get("logicalType"), one.get("physicalType")
        digits = _DECIMAL.match(text_of(physical))
        if digits and text_of(logical) in ("", "number"):
            return f"decimal({digits[1]},{digits[2] or 0})"
        bare = re.split(r"[\s(]", text_of(physical).strip(), maxsplit=1)[0]
        stored = next((kind for form, kind in _PHYSICAL if form.fullmatch(bare)), "")
        kind = _LOGICAL.get(text_of(logical)) or ("" if logical is not None else stored)
        if kind == "date" and stored == "timestamp":
            return "timestamp"
        if not kind and (logical is not None or physical is not None):
            told = text_of(logical) or text_of(physical)
            self.rules.note(
                f"`{column_name(one)}` is of type `{told[:40]}`, which says no exact type",
                logical or physical or one,
                "write its type under `columns` of the source, such as `decimal(12,2)`",
            )
        return kind

    def _constraints(self, one: Mapping) -> None:
        """What a property says of its values outside of rules."""
        name, mark = self._named(one), one.mark
        if text_of(one.get("required")) == "true":
            self.rules.add("not_null", Sequence((name,), mark), mark)
        if text_of(one.get("unique")) == "true":
            self.rules.add("unique", Sequence((name,), mark), mark)
        options = mapping(one.get("logicalTypeOptions"))
        for key, _ in options.entries if options else ():
            if key.text not in ("minimum", "maximum"):
                self.rules.note(
                    f"`{key.text[:40]}` of `{name.text}` is not checked",
                    key,
                    "write a check of the source, such as `{holds: …}`",
                )
        low, high = (options.get(end) if options else None for end in ("minimum", "maximum"))
        if low is not None or high is not None:
            tree = Tree((low or high or one).mark)
            ends = Sequence((low or tree.null(), high or tree.null()), tree.mark)
            self.rules.add("range", Mapping((Entry(name, ends),), tree.mark), tree.mark)

    # Agreements ---------------------------------------------------------------------------

    def _agreements(self, root: Mapping) -> Iterator[Entry]:
        """Frequency and latency as refresh and lag."""
        found: dict[str, tuple[int, str, Mapping]] = {}
        for one in listed(root.get("slaProperties")):
            if not self._about_this(one):
                continue
            told = text_of(one.get("property"))
            kind = next((k[0] for k in (_FREQUENCY, _LATENCY) if told.lower() in k), "")
            length = _length(one)
            if kind and length is not None:
                found[kind] = (*length, one)
            else:
                self.rules.note(
                    f"the agreement on `{told[:40]}` is not acted on",
                    one,
                    "frequency and latency, as whole numbers with a unit, are",
                )
        yield from self._refresh(found)

    def _refresh(self, found: dict[str, tuple[int, str, Mapping]]) -> Iterator[Entry]:
        latency = found.get("latency")
        if "frequency" in found:
            count, unit, agreed = found["frequency"]
            tree = Tree(agreed.mark)
            parts = [tree.entry("every", tree.text(f"{count} {unit}"))]
            if latency is not None and {unit, latency[1]} <= _SECONDS.keys():
                seconds = count * _SECONDS[unit] + latency[0] * _SECONDS[latency[1]]
                parts.append(tree.entry("late_after", tree.text(_in_words(seconds))))
            yield self.tree.entry("refresh", Mapping(tuple(parts), agreed.mark))
        if latency is not None:
            tree = Tree(latency[2].mark)
            yield self.tree.entry("lag", tree.text(f"{latency[0]} {latency[1]}"))

    def _about_this(self, agreed: Mapping) -> bool:
        """Whether an agreement is about this object: one that names none is about all."""
        elements = [part.strip() for part in text_of(agreed.get("element")).split(",")]
        objects = {part.partition(".")[0] for part in elements if "." in part}
        known = {self.name, text_of(self.table.get("physicalName"))}
        return not objects or bool(objects & known)


def column_name(one: Mapping) -> str:
    """What a property is called in the data."""
    return text_of(one.get("physicalName")) or text_of(one.get("name"))


def _length(agreed: Mapping) -> tuple[int, str] | None:
    """A whole number of one unit of time."""
    value, unit = text_of(agreed.get("value")), text_of(agreed.get("unit")).lower()
    known = next((name for name, words in _UNITS.items() if unit in words), "")
    count = whole(value, 0)
    return (count, known) if known and count > 0 else None


def _in_words(seconds: int) -> str:
    """A length in the largest unit that divides it."""
    unit = next(name for name in reversed(_SECONDS) if seconds % _SECONDS[name] == 0)
    return f"{seconds // _SECONDS[unit]} {unit}s"
