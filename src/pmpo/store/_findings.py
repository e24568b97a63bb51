"""One finding about a source, with its place in the charter."""

from __future__ import annotations

from pmpo.diagnostics import DataError, Diagnostic


def data_error(
    code: str, message: str, *, path: str = "", note: str = "", help: str = ""
) -> DataError:
    """Build the error for one finding; `path` is the charter path it belongs to."""
    return DataError([Diagnostic(code, "error", message, path=path, note=note, help=help)])
