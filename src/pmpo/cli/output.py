"""Writing results: JSON, CSV, Markdown, tables and findings, whatever stands at the other end."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import typer
from rich.console import Console

from pmpo.cli.render_findings import render
from pmpo.cli.words import plain
from pmpo.diagnostics import Diagnostic, PmpoError, stop

# What spreadsheets take for the beginning of a formula: also in full width, on Japanese systems.
_FORMULA_STARTS: Final = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)
_PIPE_WIDTH: Final = 100
_PIECE_CHARACTERS: Final = 1 << 20
# What tables and bars are drawn with, for terminals that cannot show it.
_PLAINER: Final = {
    "━": "=", "─": "-", "╍": "~", "┄": ".", "×": "x", "–": "-", "≈": "~", "…": ".", "·": ",",
    "�": "?", "░": ".", "▒": ":", "▓": "x", "█": "#", "▁": "_", "▂": "_", "▃": "-", "▄": "-",
    "▅": "=", "▆": "=", "▇": "#",
}  # fmt: skip


# Terminals --------------------------------------------------------------------------------


def width() -> int:
    """How many cells a line has: the terminal's, or a fixed number where there is none."""
    return _console(sys.stdout).width


def show(*parts: Any) -> None:
    """Texts and tables on stdout, letter by letter as they are: no text is taken for markup.

    Rich honours NO_COLOR and plain pipes by itself.
    """
    terminal, page = _console(sys.stdout), io.StringIO()
    console = _console(page, color=terminal.color_system, width=terminal.width)
    for part in parts:
        console.print(part)
    text = page.getvalue()
    if not _is_terminal():
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    write(_shown_in(text, getattr(sys.stdout, "encoding", None) or "utf-8"))


def _console(file: IO[str] | None, *, color: Any = "auto", width: int | None = None) -> Console:
    fixed = None if _is_terminal() else _PIPE_WIDTH
    return Console(
        file=file,
        width=width or fixed,
        color_system=color,
        force_terminal=_is_terminal(),
        highlight=False,
        markup=False,
        emoji=False,
    )


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _shown_in(text: str, encoding: str) -> str:
    """Text with plainer lines and signs where an encoding has not got the fine ones."""
    missing: dict[str, str | int | None] = {}
    for fine, plainer in _PLAINER.items():
        try:
            fine.encode(encoding)
        except UnicodeEncodeError:
            missing[fine] = plainer
    return text.translate(str.maketrans(missing)) if missing else text


def write(text: str) -> None:
    """Text on stdout; characters that it cannot show are escaped, never fatal.

    Raises: PmpoError `output/failed`; a reader that has left, as `head` does, ends the command.
    """
    if sys.stdout is None:
        raise _output_failed("there is no standard output")
    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        raise typer.Exit from None
    except OSError as error:
        _silence_stdout()
        raise _output_failed(error.strerror or str(error)) from error


def write_file(path: Path, text: str) -> None:
    """Text into a file that somebody named, in place of what it held.

    Raises: PmpoError `output/failed`.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _output_failed(f"{path}: {error.strerror or error}") from error


def _silence_stdout() -> None:
    """Let what is still buffered go nowhere, so that leaving does not fail on it again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _output_failed(reason: str) -> PmpoError:
    return stop(
        "output/failed",
        f"the result cannot be written: {reason}",
        help="look where the output goes, for example with `df .`; stored evaluations are kept, "
        "and `pmpo board` shows the latest",
        error=PmpoError,
    )


# Data -------------------------------------------------------------------------------------


def write_data(text: str) -> None:
    """Text for other programs: UTF-8, whatever the terminal's language."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    write(text)


def print_json(value: Any) -> None:
    """One JSON value."""
    write_data(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_csv(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Rows as CSV, written piece by piece.

    A text that a spreadsheet would run as a formula gets a leading `'`.
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    quoting = csv.DictWriter(buffer, names, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in rows:
        # The writer quotes its own line end only; a lone carriage return would end a row too.
        returns = any("\r" in value for value in row.values() if isinstance(value, str))
        (quoting if returns else writer).writerow({k: _cell(value) for k, value in row.items()})
        if buffer.tell() > _PIECE_CHARACTERS:
            write_data(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
    write_data(buffer.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def print_markdown(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Rows as a Markdown table; columns of numbers are aligned to the right.

    People read it in terminals too: control characters are replaced, as in a table.
    """
    lines = [_markdown_line(names), "|" + "|".join(_rule(rows, name) for name in names) + "|"]
    lines += [
        _markdown_line(["" if row[n] is None else str(row[n]) for n in names]) for row in rows
    ]
    write_data("\n".join(lines) + "\n")


def print_rows(rows: Iterable[Mapping[str, Any]], names: Sequence[str], format: str) -> None:
    """Rows for another program; `names` are the columns, also where there is no row."""
    if format == "json":
        print_json(list(rows))
    elif format == "csv":
        print_csv(map(flat, rows), names)
    else:
        print_markdown(list(map(flat, rows)), names)


def _markdown_line(cells: Iterable[str]) -> str:
    one_line = (plain(" ".join(cell.splitlines())) for cell in cells)
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|") for cell in one_line)
    return "| " + " | ".join(escaped) + " |"


def _rule(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [row[name] for row in rows if row[name] is not None]
    return "---:" if values and all(map(_is_number, values)) else "---"


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its nested mappings spread into columns of their own, and lists as one text."""
    result: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            result.update({f"{name}.{key}": inner for key, inner in value.items()})
        elif isinstance(value, list | tuple):
            result[name] = "; ".join(map(str, value))
        else:
            result[name] = value
    return result


# Findings ---------------------------------------------------------------------------------


def show_findings(findings: Sequence[Diagnostic]) -> None:
    """Findings as the result of a command, on stdout."""
    write(_findings_text(findings, color=_is_terminal()))


def report_findings(findings: Sequence[Diagnostic]) -> None:
    """Findings as what stopped a command, on stderr."""
    if sys.stderr is not None:
        sys.stderr.write(_findings_text(findings, color=sys.stderr.isatty()))


def _findings_text(findings: Sequence[Diagnostic], *, color: bool) -> str:
    """Findings with excerpts from the files they name."""
    texts = {}
    for name in {finding.span.file for finding in findings if finding.span}:
        try:
            texts[name] = Path(name).read_text("utf-8-sig", "replace")
        except OSError:
            # The file is gone or was never one; the finding itself says what matters.
            texts[name] = ""
    text = render(findings, texts, color=color and not os.environ.get("NO_COLOR"))
    return text if text.endswith("\n") else text + "\n"
