"""A JSON file that holds one list of objects, written once more with one object on each line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import PmpoError, stop
from pmpo.store.readers.paths import open_bytes

if TYPE_CHECKING:
    from pathlib import Path

BYTES_MAX: Final = 100 << 20


def json_lines(file: Path, copy: Path) -> tuple[str, ...]:
    """Write the objects of a list, or of the only list in an object, on lines of their own.

    Numbers become texts, so that no digit is lost.

    Returns: what was changed, in sentences with counts.
    Raises: DataError `init/not-json`: it holds no such list, or is too large to be read at once.
    """
    with open_bytes(file) as raw:
        data = raw.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise _not_json(file, f"a list is read whole, up to {BYTES_MAX:,} bytes")
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise _not_json(file, str(error)) from error
    rows = _rows(found)
    if rows is None:
        raise _not_json(file, "it holds no list of objects")
    with copy.open("x", encoding="utf-8") as target:
        target.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    many = f"{len(rows):,} object{'' if len(rows) == 1 else 's'}"
    return (f"the file is one list of {many}, and a source has one on each line",)


def _rows(found: Any) -> list[dict[str, Any]] | None:
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list) or not found:
        return None
    return found if all(isinstance(row, dict) for row in found) else None


def _not_json(file: Path, why: str) -> PmpoError:
    return stop(
        "init/not-json",
        f"{file.name} cannot be read as JSON",
        note=why,
        help="write one complete JSON object on each line, as UTF-8",
    )
