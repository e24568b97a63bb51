"""DuckDB, locked down: quoting, connections that see only named files, and errors as findings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import duckdb
from duckdb import DuckDBPyConnection

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store._encodings import TO_UTF8

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_GLOB: Final = re.compile(r"([*?\[])")
_PREFIX: Final = re.compile(r"^(?:[A-Za-z]+ )*?Error: ")
_CSV_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")
_CSV_FIELDS: Final = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CSV_FILE: Final = re.compile(r"^  file = (.+)$", re.MULTILINE)
_JSON_FILE: Final = re.compile(r'JSON.*? in file "(.+)", (?:at byte \d+ )?in line (\d+): (.*)')
_WRAPPED: Final = re.compile(r'"exception_message":("(?:[^"\\]|\\.)*")')
_NOT_WRITTEN: Final = re.compile(r'Could not write file "(.+)": (.+)')
_POINTER: Final = re.compile(r"^(LINE \d+: )(.*)\n( *)(\^+)", re.MULTILINE)


def text(value: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def name(value: str) -> str:
    """A SQL identifier, quoted so that it is taken as it is written."""
    return '"' + value.replace('"', '""') + '"'


def pattern(path: Path) -> str:
    """The path as DuckDB's file functions read it: signs of a pattern stand for themselves."""
    return _GLOB.sub(r"[\1]", str(path))


def file_list(paths: Iterable[Path]) -> str:
    """A SQL list of files for `read_parquet` and its like."""
    return "[" + ", ".join(text(pattern(path)) for path in paths) + "]"


def connect(
    allowed: Iterable[Path],
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    spill: Path | None = None,
    dense_bits: int | None = None,
) -> DuckDBPyConnection:
    """Open a fresh in-memory database that can reach the allowed files and nothing else.

    It loads no extension, sees no Python variable, runs in UTC, and its settings are final.

    Args:
        allowed: the files it may open.
        threads: how many threads a query may use; None leaves it to DuckDB.
        memory_limit: such as `512MB`; what does not fit goes to `spill`.
        spill: a private folder for what does not fit into memory; None: nothing may spill.
        dense_bits: groups by keys of at most so many bits are addressed directly; None leaves it
            to DuckDB.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "allow_community_extensions": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # it lets the CSV reader do casts: TRY_CAST of a bad text fails, and others read differently
        "disabled_optimizers": "type_pushdown",
        "python_enable_replacements": "false",
    }
    if threads is not None:
        config["threads"] = threads
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    con = duckdb.connect(":memory:", config=config)
    paths = [spelling for path in allowed for spelling in {str(path), pattern(path)}]
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")  # it would stand among the results on stdout
    con.execute(f"SET temp_directory = {text(spill or '')}")
    con.execute(f"SET allowed_paths = [{', '.join(text(path) for path in sorted(paths))}]")
    if dense_bits is not None:
        con.execute(f"SET perfect_ht_threshold = {dense_bits}")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def described(connection: DuckDBPyConnection, table: str) -> dict[str, str]:
    """DuckDB's type of each column of a table expression."""
    rows = connection.sql(f"DESCRIBE SELECT * FROM {table}").fetchall()  # noqa: S608 - see `name`
    return {str(row[0]): str(row[1]) for row in rows}


def copy_to_parquet(query: str, file: Path) -> str:
    """The statement that writes a query's rows to a Parquet file, in their order."""
    return f"COPY ({query}) TO {text(file)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"


def finding(error: duckdb.Error) -> PmpoError:
    """Turn what DuckDB raised into one finding in plain words."""
    message = str(error)
    return _bad_text_file(message) or _by_kind(error, message)


def _by_kind(error: duckdb.Error, message: str) -> PmpoError:
    fact = _PREFIX.sub("", message.partition("\n")[0]).strip()
    wrapped = _WRAPPED.search(fact)
    if wrapped:
        fact = str(json.loads(wrapped[1]))
    note = _pointed_at(message)
    match error:
        case duckdb.ConversionException():
            return stop(
                "engine/conversion",
                fact,
                note=note,
                help="name the texts that stand for missing under `null:` of that column, "
                "or correct the value in the data",
            )
        case duckdb.OutOfRangeException():
            return stop(
                "engine/overflow",
                fact,
                note=note or "a total that does not fit is reported and never cut off",
                help="declare the column with fewer digits, such as decimal(12,2)",
            )
        case duckdb.OutOfMemoryException():
            return stop(
                "engine/out-of-memory",
                fact,
                help="set PMPO_THREADS=1, free memory or disk space, or read fewer columns",
            )
        case duckdb.PermissionException():
            return stop(
                "engine/forbidden",
                fact,
                note="a formula may read the declared sources and nothing else",
                help="declare the file as a source of the charter",
            )
        case duckdb.IOException() | duckdb.HTTPException():
            return _input_output(fact, message)
        case _:
            return stop("engine/failed", fact, note=note)


def _input_output(fact: str, message: str) -> PmpoError:
    if "No space left on device" in message:
        return stop(
            "store/no-space",
            fact,
            help="free space on that disk and run the command again",
            error=StoreError,
        )
    if "No files found" in message or "No such file" in message:
        return stop("engine/missing-file", fact, help="restore the file, or correct `from:`")
    if "GZIP" in message:
        return stop(
            "source/unreadable",
            fact,
            note="the compressed file ends early or is not gzip",
            help="copy the file again from where it came",
        )
    written = _NOT_WRITTEN.match(fact)
    if written:
        return stop(
            "store/failed",
            f"{written[1]} cannot be written: {written[2]}",
            note="nothing was half-written: what was stored before is still complete",
            help="see to that disk, and to limits such as `ulimit -f`, and run the command again",
            error=StoreError,
        )
    return stop(
        "engine/failed",
        fact,
        help="see to the disks that the data and the office lie on, and run the command again",
    )


def _pointed_at(message: str) -> str:
    """The piece of SQL that DuckDB's carets mark."""
    found = _POINTER.search(message)
    if found is None:
        return ""
    start = len(found[3]) - len(found[1])
    piece = found[2][max(start, 0) : start + len(found[4])].strip()
    return f"while computing `{piece}`" if piece else ""


def _bad_text_file(message: str) -> PmpoError | None:
    json_place = _JSON_FILE.search(message)
    if json_place:
        return stop(
            "source/bad-json",
            f"{json_place[1]}: near line {json_place[2]}: {json_place[3].strip()}",
            help="write one complete JSON object on each line",
        )
    file = _CSV_FILE.search(message)
    if file is None:
        return None
    line = _CSV_LINE.search(message)
    place = f"{file[1]}, line {line[1]}" if line else file[1]
    fact, help_text = _csv_fault(message)
    return stop("source/bad-csv", f"{place}: {fact}", help=help_text)


def _csv_fault(message: str) -> tuple[str, str]:
    fields = _CSV_FIELDS.search(message)
    if fields:
        return (
            f"the row has {fields[2]} fields and the header {fields[1]}",
            "quote the fields that contain the separator, or complete the row",
        )
    if "not utf-8" in message or "unicode" in message:
        return ("the text is not UTF-8", TO_UTF8)
    if "line size" in message:
        return (
            "the row is longer than two million bytes",
            "look for a quote that is not closed, or for a file that is no table",
        )
    if "unterminated quote" in message:
        return (
            "a quoted field does not end where it should",
            'close the quote, and write a quote inside a quoted field as ""',
        )
    if "invalid state" in message:
        return (
            "rows end in different ways, or a quote stands in the wrong place",
            "save the file again with one kind of line end",
        )
    return (
        _PREFIX.sub("", message.partition("\n")[0]).strip(),
        "compare the file with RFC 4180, the common form of CSV",
    )
