"""From a file to a charter, or to everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pmpo.charter.canonical import logic_hash, text_hash
from pmpo.charter.complete import complete
from pmpo.charter.contracts import Files, expand, files_in, no_contract
from pmpo.charter.findings import Findings
from pmpo.charter.language import CHARTER
from pmpo.charter.places import places_of
from pmpo.charter.references import check_references
from pmpo.charter.shapes import BAD, At
from pmpo.charter.yaml import Node, read
from pmpo.diagnostics import Diagnostic, has_errors, in_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pmpo.model.charter import Charter
    from pmpo.model.office import OfficeFile


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of loading.

    Args:
        charter: None when any finding is an error.
        findings: everything found, sorted by place.
        text: the file's text, from which findings quote.
        data: the bytes that `text_hash` names, when there is a charter.
    """

    charter: Charter | None
    findings: tuple[Diagnostic, ...]
    text: str
    data: bytes = b""
    contracts: Mapping[str, bytes] = field(default_factory=dict)


def load(path: Path, *, shown_as: str | None = None, contracts: Files | None = None) -> Loaded:
    """Read and validate the charter in a file.

    Args:
        path: the file.
        shown_as: what findings call the file; its path as given by default.
        contracts: gives the contracts it names; by default files of the folder it stands in.
    """
    name = shown_as if shown_as is not None else str(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        found = _not_found(name) if isinstance(error, FileNotFoundError) else None
        return Loaded(None, (found or unreadable(path, name, error),), "")
    return loads(data, name, contracts or files_in(path.parent))


def with_calendars(loaded: Loaded, office: OfficeFile | None) -> Loaded:
    """What was loaded, with the calendars that its office lends it."""
    if loaded.charter is None or office is None:
        return loaded
    return replace(loaded, charter=replace(loaded.charter, calendars=office.clocked()))


def loads(text: str | bytes, file: str, contracts: Files = no_contract) -> Loaded:
    """Read and validate a charter.

    Args:
        text: the charter; its bytes are what `text_hash` names.
        file: what findings call it.
        contracts: gives the contracts it names, whose content is part of its logic.
    Returns: the charter with every place, default and hash filled in, and all findings.
    """
    tree = read(text, file)
    if tree.root is None:
        return Loaded(None, in_order(tree.findings), tree.text)
    whole = expand(tree.root, contracts)
    charter, found = _validate(whole.root, file, tree.text)
    findings = in_order([*tree.findings, *whole.findings, *found])
    if charter is None or has_errors(findings):
        return Loaded(None, findings, tree.text)
    data = text.encode("utf-8") if isinstance(text, str) else text
    hashed = replace(charter, text_hash=text_hash(data), logic_hash=logic_hash(whole.root))
    return Loaded(hashed, findings, tree.text, data, whole.contracts)


def _validate(root: Node, file: str, text: str) -> tuple[Charter | None, tuple[Diagnostic, ...]]:
    to = Findings()
    charter = CHARTER.read(At(root, ""), to)
    if charter is BAD:
        return None, to.all()
    places = places_of(root, file, text)
    completed = complete(replace(charter, places=places), places, to)
    check_references(completed, root, to)
    return completed, to.all()


def _not_found(name: str) -> Diagnostic:
    return Diagnostic(
        "charter/not-found",
        "error",
        f"there is no file `{name}`",
        note="a program's charter is `programs/<program>/charter.yaml` in its office",
        help="check the path, or name the office with `--office DIR`",
    )


def unreadable(path: Path, name: str, error: Exception) -> Diagnostic:
    """The finding about a file that is there and cannot be read."""
    reason = "is a directory" if path.is_dir() else f"cannot be read: {_reason(error)}"
    return Diagnostic(
        "charter/unreadable",
        "error",
        f"`{name}` {reason}",
        help="put a file in its place, or name the file itself"
        if path.is_dir()
        else "check the file's permissions and its disk",
    )


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
