"""Writing results: JSON, CSV, Markdown, and the consoles for tables and findings."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rich.console import Console

from pmpo.cli.render_findings import render
from pmpo.diagnostics import Diagnostic

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def console(file: IO[str] | None = None) -> Console:
    """A console for results; Rich honours NO_COLOR and plain pipes by itself."""
    out = file if file is not None else sys.stdout
    width = None if out.isatty() else 100
    return Console(file=out, width=width, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """One JSON value on stdout, in UTF-8 whatever the terminal's language."""
    write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write(text: str) -> None:
    """Text on stdout; characters the terminal cannot show are escaped, never fatal."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as CSV; a text that a spreadsheet would run as a formula gets a leading `'`."""
    buffer = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    write(buffer.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def print_markdown(rows: Sequence[Mapping[str, Any]], right: Iterable[str] = ()) -> None:
    """Rows as a Markdown table; columns named in `right` are aligned to the right."""
    names = list(rows[0]) if rows else []
    aligned = set(right)
    write("| " + " | ".join(names) + " |\n")
    write("|" + "|".join("---:" if name in aligned else "---" for name in names) + "|\n")
    for row in rows:
        cells = ("" if row[name] is None else str(row[name]) for name in names)
        write("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")


def print_findings(findings: Sequence[Diagnostic], file: IO[str]) -> None:
    """Findings as text with excerpts from the files they name."""
    texts = {}
    for name in {finding.span.file for finding in findings if finding.span}:
        try:
            texts[name] = Path(name).read_text("utf-8", "replace")
        except OSError:
            # The file is gone or was never one; the finding itself says what matters.
            texts[name] = ""
    text = render(findings, texts, color=file.isatty() and not _no_color())
    file.write(text if text.endswith("\n") else text + "\n")


def _no_color() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR"))


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its nested mappings spread into columns of their own."""
    result: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            result.update({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            result[name] = value
    return result
