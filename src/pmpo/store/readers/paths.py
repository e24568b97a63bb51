"""Which files a source's `from:` means, in an order that no file system decides."""

from __future__ import annotations

import difflib
import glob
import gzip
import os
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Final, cast

from pmpo.store._findings import data_error, for_each

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS: Final[dict[str, str]] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
    ".json.gz": "jsonl",
    ".xlsx": "xlsx",
}


def suffix(path: PurePath) -> str:
    """The ending that tells a file's format, in lower case: `.csv.gz` counts as one."""
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    return "".join(endings) if endings[-1:] == [".gz"] else "".join(endings[-1:])


def open_bytes(file: Path) -> IO[bytes]:
    """Open a file for reading, through its compression where its name tells of one."""
    if suffix(file).endswith(".gz"):
        return cast("IO[bytes]", gzip.open(file, "rb"))
    return file.open("rb")


def files_of(written: str, base: Path, place: str) -> tuple[Path, ...]:
    """The files that `from:` names.

    A name that exists is that file, whatever signs it contains; only otherwise is it a pattern.

    Args:
        written: path or pattern, relative to `base` or absolute.
        base: the folder that relative paths start from.
        place: charter path for findings.
    Returns: absolute paths without symbolic links, each once, ordered by the name as matched.
    Raises: DataError with every file that cannot be used.
    """
    if "\0" in written:
        raise data_error(
            "source/missing-file",
            f"the file name {written!r} contains a NUL",
            path=place,
            help="write the name of the file again",
        )
    if "://" in written:
        raise data_error(
            "source/missing-file",
            f"`{written}` is not a file on this machine",
            path=place,
            note="data is read where it lies, without a network",
            help="copy the data into a file and name that file",
        )
    try:
        if (base / written).exists():
            return (_usable(base / written, written, place),)
        matches = _matches(written, base)
        if not matches:
            raise _nothing_there(written, base, place)
        usable = for_each(matches, lambda match: _usable(match[1], match[0], place))
        return tuple(dict.fromkeys(usable.values()))
    except (OSError, RuntimeError) as error:  # RuntimeError: symbolic links in a circle
        raise data_error(
            "source/unreadable",
            f"`{written}` cannot be read: {getattr(error, 'strerror', None) or error}",
            path=place,
            help="check the name, and who may read the file and its folders",
        ) from error


def _matches(written: str, base: Path) -> list[tuple[str, Path]]:
    """Files that a pattern finds, by name; folders that match are not data."""
    root, rest = _literal_part(base, PurePath(written))
    # unlike Path.glob, this leaves hidden files out: locks and checksums of other programs
    names = sorted(glob.glob(rest, root_dir=root, recursive=True)) if rest else []  # noqa: PTH207
    return [(name, root / name) for name in names if not (root / name).is_dir()]


def _literal_part(base: Path, written: PurePath) -> tuple[Path, str]:
    """Split a pattern into the folder that exists as written and the rest, which is a pattern."""
    root = Path(written.anchor) if written.is_absolute() else base
    parts = list(written.parts[1:] if written.is_absolute() else written.parts)
    while parts and (root / parts[0]).exists():
        root /= parts.pop(0)
    return root, os.path.join(*parts) if parts else ""  # noqa: PTH118 - a pattern, not a path


def _usable(path: Path, written: str, place: str) -> Path:
    real = path.resolve()
    if real.is_dir():
        raise data_error(
            "source/is-a-folder",
            f"`{written}` is a folder",
            path=place,
            help=f"name the files in it, for example `{written.rstrip('/')}/*.parquet`",
        )
    if not real.is_file():
        raise data_error(
            "source/missing-file",
            f"`{written}` is not a regular file",
            path=place,
            note="a pipe or a link that leads nowhere cannot be read twice with the same result",
            help="name the file that holds the data",
        )
    try:
        str(real).encode()
    except UnicodeEncodeError as error:
        raise data_error(
            "source/unreadable",
            f"the file name {written!r} is not text",
            path=place,
            help="rename the file with characters of UTF-8",
        ) from error
    with real.open("rb") as file:
        empty = not file.read(1)
    if empty:
        raise data_error(
            "source/empty-file",
            f"`{written}` is empty",
            path=place,
            note="a file without even a header says nothing about its columns; "
            "a source without rows still has a header",
            help="write the file again, or correct `from:`",
        )
    return real


def _nothing_there(written: str, base: Path, place: str) -> Exception:
    root, rest = _literal_part(base, PurePath(written))
    found = sorted(str(path.relative_to(root)) for path in _data_files(root))
    close = difflib.get_close_matches(rest, found, n=3, cutoff=0.5)
    pattern = any(sign in rest for sign in "*?[")
    there = [str(PurePath(os.path.relpath(root, base)) / name) for name in close or found[:3]]
    return data_error(
        "source/no-match" if pattern else "source/missing-file",
        f"no file matches `{written}`" if pattern else f"there is no file `{written}`",
        path=place,
        note=f"looked in {root}",
        help=f"did you mean {_listed(there)}?" if there else "put the data there, or correct it",
    )


def _data_files(root: Path) -> Iterable[Path]:
    """Files that could be a source, in a folder and the folders directly in it."""
    if not root.is_dir() or not os.access(root, os.R_OK | os.X_OK):
        return []
    here = [*root.iterdir()]
    below = [path for folder in here if _may_list(folder) for path in folder.iterdir()]
    return [path for path in here + below if suffix(path) in KINDS and path.is_file()]


def _may_list(folder: Path) -> bool:
    return (
        folder.is_dir() and not folder.name.startswith(".") and os.access(folder, os.R_OK | os.X_OK)
    )


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
