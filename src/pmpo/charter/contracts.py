"""Lets a data contract say what a source does not say itself.

What a contract says is written into the tree of the charter, with its places in the contract's
file, before the charter is validated: it passes the same rules, findings show where it stands, and
it is part of the logic hash. Where both say something, the charter holds.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pmpo.charter.findings import Findings
from pmpo.charter.odcs import Contract, contract_for
from pmpo.charter.yaml import Entry, Mapping, Node, Scalar, Sequence, read
from pmpo.diagnostics import Diagnostic, has_errors

Files = Callable[[str], tuple[bytes, str]]
"""The bytes of a contract by the name that a charter gives it, and what findings call it."""

_BEGINS: Final = "apiVersion: v3.1.0"
_TOLD: Final = {"from": "where its data is", "key": "its key", "lag": "its lag"}


@dataclass(slots=True)
class Expanded:
    """A charter's tree with its contracts written into it, and the contracts by name."""

    root: Node
    findings: list[Diagnostic] = field(default_factory=list)
    contracts: dict[str, bytes] = field(default_factory=dict)


def files_in(folder: Path, shown: Callable[[Path], str] = str) -> Files:
    """Contracts as files of an office's folder."""

    def file(name: str) -> tuple[bytes, str]:
        path = folder / name
        return path.read_bytes(), shown(path)

    return file


def no_contract(name: str) -> tuple[bytes, str]:
    """No contract at all.

    Raises: FileNotFoundError: always.
    """
    raise FileNotFoundError(name)


def stored(contracts: MappingType[str, bytes], beside: str) -> Files:
    """Contracts as they were stored with an evaluation.

    Raises: FileNotFoundError: from the result, for a contract that was not stored.
    """

    def file(name: str) -> tuple[bytes, str]:
        if name not in contracts:
            raise FileNotFoundError(name)
        return contracts[name], f"{beside}/{name}"

    return file


def expand(root: Node, files: Files) -> Expanded:
    """Write the contracts that a charter names into its sources."""
    expanded = Expanded(root)
    sources = root.get("sources") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or not isinstance(sources, Mapping):
        return expanded
    entries = tuple(
        Entry(key, _source(key.text, value, files, expanded)) for key, value in sources.entries
    )
    changed = Mapping(entries, sources.mark)
    expanded.root = Mapping(
        tuple(Entry(key, changed if value is sources else value) for key, value in root.entries),
        root.mark,
    )
    return expanded


def _source(name: str, node: Node, files: Files, expanded: Expanded) -> Node:
    named = node.get("contract") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not isinstance(named, Scalar) or named.kind != "text":
        return node
    path = f"sources.{name}.contract"
    file, _, wanted = named.text.partition("#")
    to = Findings()
    root = _root(file, named, path, files, expanded, to)
    contract = contract_for(root, wanted or name, bool(wanted), path, to) if root else None
    merged = node if contract is None else _merged(name, node, contract, to)
    expanded.findings += to.all()
    return merged


def _root(
    file: str, named: Scalar, path: str, files: Files, expanded: Expanded, to: Findings
) -> Mapping | None:
    """The tree of a contract's file; None after reporting why there is none."""
    try:
        data, shown = files(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not there"
        to.error(
            "contract/unreadable",
            f"the contract `{file[:80]}` cannot be read: {reason.lower()}",
            named.span,
            path,
            help="check the path; it begins at the office's folder, as `from` does",
        )
        return None
    tree = read(data, shown, begins=_BEGINS)
    expanded.findings += tree.findings
    expanded.contracts[file] = data
    if tree.root is None or has_errors(tree.findings):
        return None
    if isinstance(tree.root, Mapping):
        return tree.root
    to.error(
        "contract/shape",
        "the contract is not a mapping of fields",
        tree.root.span,
        path,
        help=f"begin it with `{_BEGINS}` and `kind: DataContract`",
    )
    return None


def _merged(name: str, own: Mapping, contract: Contract, to: Findings) -> Mapping:
    """The fields of a source and, after them, what only its contract says."""
    written = {key.text for key, _ in own.entries}
    entries = list(own.entries)
    for key, value in contract.fields:
        if key.text == "columns" and key.text in written:
            entries = _with_columns(name, entries, value, to)
        elif key.text == "checks" and key.text in written:
            entries = _with_checks(entries, value)
        elif key.text == "lag" and (written & {"lag", "known_at"} or "time" not in written):
            if "lag" in written:
                _compare(name, own, key, value, to)
        elif key.text in written:
            _compare(name, own, key, value, to)
        else:
            entries.append(Entry(key, value))
    if all(key.text != "from" for key, _ in entries):
        place = own.get("contract") or own
        to.error(
            "contract/no-place",
            f"neither source `{name}` nor its contract says where its data is",
            place.span,
            f"sources.{name}",
            note="of a contract's servers, `local` and `duckdb` can be read from here",
            help="add `from: data/file.parquet` to the source",
        )
    return Mapping(tuple(entries), own.mark)


def _with_columns(name: str, entries: list[Entry], theirs: Node, to: Findings) -> list[Entry]:
    """Columns of both; a column that the charter describes is as it says there."""
    result = []
    for key, own in entries:
        if key.text == "columns" and isinstance(own, Mapping) and isinstance(theirs, Mapping):
            known = {column.text: value for column, value in own.entries}
            more = [Entry(c, v) for c, v in theirs.entries if c.text not in known]
            for column, value in theirs.entries:
                if column.text in known:
                    _compare_types(name, column, known[column.text], value, to)
            result.append(Entry(key, Mapping((*own.entries, *more), own.mark)))
        else:
            result.append(Entry(key, own))
    return result


def _with_checks(entries: list[Entry], theirs: Node) -> list[Entry]:
    return [
        Entry(key, Sequence((*own.items, *theirs.items), own.mark))
        if key.text == "checks" and isinstance(own, Sequence) and isinstance(theirs, Sequence)
        else Entry(key, own)
        for key, own in entries
    ]


def _compare(name: str, own: Mapping, key: Scalar, theirs: Node, to: Findings) -> None:
    """Warn where a field of the charter says something else than the contract."""
    mine = own.get(key.text)
    if mine is None or _plain(mine) == _plain(theirs):
        return
    if key.text == "from" and isinstance(mine, Mapping) != isinstance(theirs, Mapping):
        return
    told = _TOLD.get(key.text, f"its `{key.text}`")
    _contradicts(f"source `{name}` and its contract differ in {told}", mine, theirs, name, to)


def _compare_types(name: str, column: Scalar, own: Node, theirs: Node, to: Findings) -> None:
    mine, said = _type(own), _type(theirs)
    if mine is not None and said is not None and mine.text.replace(" ", "") != said.text:
        fact = (
            f"column `{column.text}` of `{name}` is `{mine.text[:40]}` here and `{said.text}` in "
            "the contract"
        )
        _contradicts(fact, mine, said, name, to)


def _contradicts(fact: str, mine: Node, theirs: Node, name: str, to: Findings) -> None:
    place = theirs.span
    to.warning(
        "contract/contradicts",
        fact,
        mine.span,
        f"sources.{name}",
        note=f"the charter holds; the contract says so at {place.file}:{place.line}",
        help="change one of the two, or delete the field here",
    )


def _type(column: Node) -> Scalar | None:
    found = column.get("type") if isinstance(column, Mapping) else column
    return found if isinstance(found, Scalar) else None


def _plain(node: Node) -> object:
    """What a node says, without its place."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return {key.text: _plain(value) for key, value in node.entries}
