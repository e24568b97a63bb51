"""What a file holds, counted by the engine over all its rows: exact, in bounded memory.

Only the first look, which finds out how texts are written, is at a sample; it is chosen by what
rows contain, so that the same file gives the same sample. Texts are then read with the very
expressions that a run reads them with, so that what is counted here is what a run will count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.columns import WHOLE, TableColumn
from pmpo.compile.types import Type
from pmpo.draft import words as w
from pmpo.draft.texts import MARKERS, TEXT, Written, written
from pmpo.model.charter import Column
from pmpo.store.engine.duckdb import DuckDB

if TYPE_CHECKING:
    from pmpo.store.readers import Relation

FILE: Final = "file"
_SAMPLE_ROWS: Final = 5_000
_SAMPLE_CELLS: Final = 400_000
_SAMPLE_HASHED: Final = 16
_EXACT_CELLS: Final = 60_000_000
_COLUMNS_AT_ONCE: Final = 40
_SCALE: Final = 12
_SCALE_KEPT: Final = 6
_CODES_MAX: Final = 60
_PROBE: Final = Type("exact", types.MAX_DIGITS, _SCALE)
_PROBES: Final = {
    "number": _PROBE, "date": types.DATE, "timestamp": types.TIMESTAMP, "boolean": types.BOOLEAN
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column, counted over all rows.

    Args:
        raw: its type in the file.
        type: its type in the charter: integer, decimal(p,s), date, timestamp, boolean, text.
        written: how its texts are written.
        missing: rows without a value, those with a text in `null` among them.
        null: texts that stand for a missing value, with how many rows have each.
        unread: texts that are not written as the others are, where too many to be codes.
        distinct: how many different values it has.
        low, high: its least and greatest value; None for texts.
        negative, zero: rows with a number below zero, rows with zero.
        digits: digits before and after the point.
        cut: whether it has more digits than are kept.
        padded: whether whole numbers begin with zeros, as identifiers do.
        length: the mean length of its texts.
    """

    name: str
    raw: str
    type: str
    written: Written = TEXT
    rows: int = 0
    missing: int = 0
    null: tuple[tuple[str, int], ...] = ()
    unread: tuple[tuple[str, int], ...] = ()
    distinct: int = 0
    low: Any = None
    high: Any = None
    negative: int = 0
    zero: int = 0
    digits: tuple[int, int] = (0, 0)
    cut: bool = False
    padded: bool = False
    length: float = 0.0

    @property
    def numeric(self) -> bool:
        return self.type == "integer" or self.type.startswith("decimal")

    @property
    def timed(self) -> bool:
        return self.type in ("date", "timestamp")

    @property
    def scale(self) -> int:
        """Digits after the point that are kept."""
        return int(self.type.partition(",")[2].rstrip(")") or 0)

    @property
    def present(self) -> int:
        return self.rows - self.missing

    @property
    def declared(self) -> Column:
        """The column as the charter declares it."""
        type = None if self.type in ("text", "unsupported") else self.type
        return Column(
            type=type,
            null=tuple(text for text, _ in self.null),
            format=self.written.format if self.type != "text" else "",
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file holds.

    Args:
        duplicates: rows that repeat an earlier row in every column; None when not counted.
        exact: whether numbers of different values are exact.
        sheet: the sheet of a workbook that has several.
    """

    relation: Relation
    rows: int
    columns: tuple[ColumnFacts, ...]
    duplicates: int | None
    exact: bool
    sheet: str = ""

    def column(self, name: str) -> ColumnFacts:
        return next(column for column in self.columns if column.name == name)


def profiled(relation: Relation, engine: DuckDB) -> Profile:
    """Count what a file holds.

    Args:
        relation: the file.
        engine: where the relation stands under the name `file`.
    Raises: DataError: its rows cannot be read.
    """
    [(rows, *_)] = _values(engine, f"SELECT count(*) AS n FROM {FILE}")  # noqa: S608
    usable = [name for name, raw in relation.schema.items() if raw != "unsupported"]
    exact = rows * max(len(usable), 1) <= _EXACT_CELLS
    seen = _sample(engine, usable, rows)
    first = [_first_guess(name, relation.schema[name], seen.get(name, ())) for name in usable]
    counted = _counted(engine, first, rows, exact)
    columns = {column.name: column for column in _settled(engine, counted)}
    unsupported = ColumnFacts("", "unsupported", "unsupported", rows=rows)
    return Profile(
        relation,
        rows,
        tuple(columns.get(name, replace(unsupported, name=name)) for name in relation.schema),
        _duplicates(engine, usable) if exact and usable else None,
        exact,
    )


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return sql.render(sql.column(name), "duckdb")


def literal(text: str) -> str:
    """A text in SQL."""
    return sql.render(sql.text(text), "duckdb")


def _values(engine: DuckDB, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in engine.query(statement).to_pylist()]


# Look -------------------------------------------------------------------------------------


def _sample(engine: DuckDB, names: Sequence[str], rows: int) -> Mapping[str, Sequence[str]]:
    """Up to some thousand rows as texts, chosen by what they contain."""
    if not names or not rows:
        return {}
    wanted = max(min(_SAMPLE_ROWS, _SAMPLE_CELLS // len(names)), 100)
    chosen = ""
    if rows > wanted:
        hashed = ", ".join(map(quoted, names[:_SAMPLE_HASHED]))
        chosen = f" WHERE hash({hashed}) % {max(rows // wanted, 1)} = 0"
    columns = ", ".join(f"CAST({quoted(n)} AS VARCHAR) AS c{i}" for i, n in enumerate(names))
    table = engine.query(f"SELECT {columns} FROM {FILE}{chosen} LIMIT {2 * wanted}")  # noqa: S608
    return {
        name: [text for text in table.column(i).to_pylist() if text is not None]
        for i, name in enumerate(names)
    }


def _first_guess(name: str, raw: str, seen: Sequence[str]) -> ColumnFacts:
    if raw == "text":
        guess = written(seen)
    elif raw == "double" or raw.startswith("decimal"):
        guess = Written("number")
    elif raw == "integer":
        looks = written(seen)
        day = looks.format == "%Y%m%d" and "dat" in name.lower()
        guess = looks if day else Written("number")
    else:
        guess = Written({"timestamptz": "timestamp"}.get(raw, raw))  # type: ignore[arg-type]  # the kinds left are kinds
    return ColumnFacts(name, raw, guess.kind, guess)


# Count ------------------------------------------------------------------------------------


def read_as(column: ColumnFacts, wanted: Type) -> str:
    """The SQL that reads a column as a run would, missing where it cannot be read."""
    raw = types.from_name(column.raw)
    type = str(wanted) if wanted.kind == "exact" else wanted.kind
    declared = Column(
        type=type, format=column.written.format, null=tuple(text for text, _ in column.null)
    )
    node = TableColumn(column.name, declared, raw, "duckdb", lenient=True).read(wanted)
    return sql.render(node, "duckdb")


def _counted(
    engine: DuckDB, columns: Sequence[ColumnFacts], rows: int, exact: bool
) -> list[ColumnFacts]:
    found: list[ColumnFacts] = []
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        some = columns[start : start + _COLUMNS_AT_ONCE]
        asked = ", ".join(
            f"{expression} AS {key}_{i}"
            for i, column in enumerate(some)
            for key, expression in _aggregates(column, exact).items()
        )
        row = engine.query(f"SELECT {asked} FROM {FILE}").to_pylist()[0]  # noqa: S608
        for i, column in enumerate(some):
            counts = {key: row[f"{key}_{i}"] for key in _aggregates(column, exact)}
            found.append(_with_counts(column, rows, counts))
    return found


def _aggregates(column: ColumnFacts, exact: bool) -> dict[str, str]:
    """What is asked about a column in one pass."""
    name = quoted(column.name)
    count = f"count(DISTINCT {name})" if exact else f"approx_count_distinct({name})"
    asked = {"present": f"count({name})", "distinct": count}
    if column.raw == "text":
        marks = ", ".join(map(literal, MARKERS))
        asked["marked"] = f"count(*) FILTER (WHERE {name} IN ({marks}))"
        asked["length"] = f"avg(length({name}))"
    if column.type == "text":
        return asked
    value = read_as(column, _PROBES[column.type])
    asked["read"] = f"count({value})"
    if column.type == "boolean":
        return asked
    asked |= {"low": f"min({value})", "high": f"max({value})"}
    if column.type == "number":
        asked["negative"] = f"count(*) FILTER (WHERE {value} < 0)"
        asked["zero"] = f"count(*) FILTER (WHERE {value} = 0)"
        decimals = f"rtrim(split_part(CAST({value} AS VARCHAR), '.', 2), '0')"
        asked["scale"] = f"max(length({decimals}))"
    if column.type == "number" and column.raw == "text" and not column.written.format:
        written_whole = f"regexp_full_match({name}, {literal(WHOLE)})"
        asked["fraction"] = f"count(*) FILTER (WHERE {value} IS NOT NULL AND NOT {written_whole})"
    if column.type == "number" and column.raw == "text":
        asked["padded"] = f"count(*) FILTER (WHERE regexp_matches({name}, '^0[0-9]'))"
    return asked


def _with_counts(column: ColumnFacts, rows: int, counts: Mapping[str, Any]) -> ColumnFacts:
    whole = max(
        (abs(int(end)) for key in ("low", "high") if _is_number(end := counts.get(key))),
        default=0,
    )
    # 1e-200 is none of the whole numbers, although no digit of it is kept
    scale = counts.get("scale") or (1 if counts.get("fraction") else 0)
    unread = counts["present"] - counts.get("read", counts["present"])
    return replace(
        column,
        rows=rows,
        missing=rows - counts["present"],
        unread=(("", unread),) if unread else (),
        null=(("", counts["marked"]),) if counts.get("marked") else (),
        distinct=counts["distinct"],
        low=counts.get("low"),
        high=counts.get("high"),
        negative=counts.get("negative", 0),
        zero=counts.get("zero", 0),
        digits=(len(str(whole)), scale),
        cut=scale > _SCALE_KEPT,
        padded=bool(counts.get("padded")),
        length=counts.get("length") or 0.0,
    )


def _is_number(value: Any) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _duplicates(engine: DuckDB, names: Sequence[str]) -> int:
    """How many rows repeat an earlier one in every column."""
    columns = ", ".join(map(quoted, names))
    statement = (
        f"SELECT coalesce(sum(n - 1), 0) AS n FROM "  # noqa: S608
        f"(SELECT count(*) AS n FROM {FILE} GROUP BY {columns}) AS groups"
    )
    return int(_values(engine, statement)[0][0])


# Settle -----------------------------------------------------------------------------------


def _settled(engine: DuckDB, columns: Sequence[ColumnFacts]) -> Iterable[ColumnFacts]:
    """Each column with its type, once it is known which of its texts do not fit and why."""
    for column in columns:
        marked, unread = bool(column.null), bool(column.unread)
        if column.raw == "text" and (marked or unread):
            yield _typed(_with_codes(engine, column, unread))
        else:
            yield _typed(column)


def _with_codes(engine: DuckDB, column: ColumnFacts, unread: bool) -> ColumnFacts:
    """Which texts stand for a missing value, and which make the guess a wrong one."""
    bare = replace(column, null=(), unread=())
    name = quoted(column.name)
    marks = ", ".join(map(literal, MARKERS))
    wanted = f"{name} IN ({marks})"
    if unread:
        wanted += f" OR {read_as(bare, _PROBES[column.type])} IS NULL"
    statement = (
        f"SELECT {name} AS t, count(*) AS n FROM {FILE} WHERE {name} IS NOT NULL AND ({wanted}) "  # noqa: S608
        f"GROUP BY 1 ORDER BY n DESC, t LIMIT {_CODES_MAX + 1}"
    )
    texts = [(str(text), int(count)) for text, count in _values(engine, statement)]
    if column.type == "text" and "NA" in dict(texts) and column.length <= 3:
        texts = [(text, count) for text, count in texts if text != "NA"]  # Namibia, among codes
    others = sum(count for text, count in texts if _has_digits(text))
    fits = len(texts) <= _CODES_MAX and others <= max(1, column.present // 20)
    if others and column.type == "number" and not w.has(column.name, w.MEASURES):
        fits = False  # C5011 among numbers of invoices is no missing number
    if column.type != "text" and not fits:
        marked = tuple((text, count) for text, count in texts if text in MARKERS)
        odd = tuple((text, count) for text, count in texts if text not in MARKERS)
        return replace(
            bare,
            type="text",
            null=marked,
            unread=odd[:3],
            missing=column.missing + sum(count for _, count in marked),
        )
    missing = column.missing + sum(count for _, count in texts)
    return replace(bare, null=tuple(texts), missing=missing)


def _has_digits(text: str) -> bool:
    return any("0" <= sign <= "9" for sign in text)


def _typed(column: ColumnFacts) -> ColumnFacts:
    """The column with the charter's type."""
    if column.type != "number" or column.present == 0:
        return column if column.type != "number" else replace(column, type="text")
    whole, scale = column.digits
    scale = min(2 if scale == 1 else scale, _SCALE_KEPT)  # 12.5 is often 12.50
    if scale == 0 and whole <= 18:
        return replace(column, type="integer")
    digits = next((d for d in (12, 15, 18) if whole + scale + 2 <= d), min(whole + scale + 2, 38))
    return replace(column, type=f"decimal({digits},{scale})")
