"""Charters as they stood: in a file, in a git revision, or behind a stored evaluation."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pmpo.charter.contracts import files_in, stored
from pmpo.charter.load import Loaded, load, loads
from pmpo.diagnostics import StoreError, stop

if TYPE_CHECKING:
    from pmpo.evaluate.record import Record

_EVALUATION: Final = re.compile(r"ev-[0-9a-f]{12}")
_HASH: Final = re.compile(r"sha256:[0-9a-f]{4,64}")
_GIT_TIMEOUT_S: Final = 30


def charter_named(named: str, path: Path, folder: Path, record: Callable[[str], Record]) -> Loaded:
    """Read the charter that a person names.

    Args:
        named: a stored evaluation (`ev-…`), else a file that is there, else a git revision such
            as `HEAD`, `main~3` or `v1.2` of the charter's own repository. `charter_hashed` reads
            those that are named by a hash.
        path: the program's charter as it stands.
        folder: the office's, where contracts lie.
        record: gives a stored evaluation.
    Raises: StoreError `charter/no-revision`, `store/not-found`.
    """
    if _EVALUATION.fullmatch(named):
        found = record(named)
        contracts = stored(found.contracts, named)
        return loads(found.charter_text, f"{named}/{path.name}", contracts)
    if Path(named).is_file():
        return load(Path(named), shown_as=named, contracts=files_in(folder))

    def contract(name: str) -> tuple[bytes, str]:
        return _from_git(
            path, named, os.path.relpath(folder / name, path.parent)
        ), f"{named}:{name}"

    return loads(_from_git(path, named, path.name), f"{named}:{path.name}", contract)


def is_hash(named: str) -> bool:
    """Whether a person names a charter by its hash, or the beginning of one."""
    return _HASH.fullmatch(named) is not None


def charter_hashed(named: str, evaluations: Iterable[str], read: Callable[[str], Loaded]) -> Loaded:
    """The first of the charters behind evaluations whose text or logic has a hash that begins so.

    Args:
        read: reads the charter of an evaluation.
    Raises: StoreError `charter/no-revision`.
    """
    for id in evaluations:
        loaded = read(id)
        charter = loaded.charter
        if charter is not None and (
            charter.text_hash.startswith(named) or charter.logic_hash.startswith(named)
        ):
            return loaded
    raise stop(
        "charter/no-revision",
        f"no stored evaluation was made under a charter `{named}`",
        note="a charter that nothing was evaluated under is not stored here",
        help="name a file or a git revision; `pmpo evaluations` lists what is stored",
        error=StoreError,
    )


def _from_git(path: Path, revision: str, name: str) -> bytes:
    """A file's bytes in a revision of the repository it lies in."""
    commit = _git(
        path, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
    )
    if commit is None:
        raise stop(
            "charter/no-revision",
            f"`{revision}` is no file, no evaluation, and no revision of a git repository that "
            f"holds {path.name}",
            note="`pmpo evaluations` lists the evaluations, `git log` the revisions",
            help="name a file, an evaluation such as `ev-0123456789ab`, or a revision such as "
            "`HEAD`",
            error=StoreError,
        )
    found = _git(path, "show", f"{commit.decode().strip()}:./{name}")
    if found is None:
        raise stop(
            "charter/no-revision",
            f"revision `{revision}` has no file {name}",
            help="name a revision in which the charter was there",
            error=StoreError,
        )
    return found


def _git(path: Path, *words: str) -> bytes | None:
    """What git prints in a file's folder; None where it fails or is not installed."""
    try:
        ran = subprocess.run(  # noqa: S603 - the words are ours; a revision stands behind --end-of-options
            ["git", "-C", str(path.parent), *words],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None
