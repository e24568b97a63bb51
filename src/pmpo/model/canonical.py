"""Canonical bytes and their hashes, the same on every machine.

Objects are hashed as RFC 8785 JSON; tables as typed columns in key order, never as file bytes,
because every file format embeds its writer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import rfc8785

if TYPE_CHECKING:
    import pyarrow as pa


def hash_json(value: Any) -> str:
    """`sha256:…` of a JSON value in canonical form."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def hash_table(table: pa.Table, columns: Sequence[str] | None = None) -> str:
    """`sha256:…` of an Arrow table whose rows are in their canonical order.

    Column by column: name and type, which rows are present as one byte each, and the present
    values: little-endian fixed-width numbers, or the lengths of texts followed by their UTF-8
    bytes. −0.0 counts as 0.0; NaN must not occur.
    """
    digest = hashlib.sha256()
    names = list(columns if columns is not None else table.column_names)
    digest.update(rfc8785.dumps({"rows": table.num_rows, "columns": names}))
    for name in names:
        for part in _column_bytes(name, table[name]):
            digest.update(part)
    return "sha256:" + digest.hexdigest()


def _column_bytes(name: str, column: pa.ChunkedArray) -> Iterator[Any]:
    """The bytes of one column, piece by piece as they lie in memory.

    Pieces are read one after the other: how a column is cut never shows, and joining them first
    would cost more than hashing them.
    """
    import pyarrow as pa

    pieces = [_present(piece) for piece in _chunks(column)]
    kind = _kind(column.type)
    yield rfc8785.dumps({"name": name, "type": kind})
    for present, _ in pieces:
        yield present
    if kind == "text":
        texts = [values.cast(pa.large_string()) for _, values in pieces]
        yield from map(_text_lengths, texts)
        yield from map(_text_bytes, texts)
    else:
        for _, values in pieces:
            yield _fixed(values)


def _kind(of: pa.DataType) -> str:
    """The type as it is hashed: all texts are one, and so are all floating-point numbers."""
    import pyarrow as pa

    if pa.types.is_dictionary(of):
        of = of.value_type
    if pa.types.is_string(of) or pa.types.is_large_string(of):
        return "text"
    if pa.types.is_boolean(of):
        return "boolean"
    return str(pa.float64() if pa.types.is_floating(of) else of)


def _chunks(column: Any) -> list[pa.Array]:
    import pyarrow as pa

    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


def _present(piece: pa.Array) -> tuple[Any, pa.Array]:
    """Which rows have a value, as one byte each, and those values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = piece
    if pa.types.is_dictionary(piece.type):
        values = piece.cast(piece.type.value_type)
    if not values.null_count:
        return b"\x01" * len(values), values
    present = _buffer(pc.is_valid(values).cast(pa.uint8()))
    return present, pc.drop_null(values)


def _fixed(values: pa.Array) -> memoryview:
    """The bytes of numbers, truth values, dates and times without nulls."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(values):
        return memoryview(b"")
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    if pa.types.is_floating(values.type):
        values = pc.add(values.cast(pa.float64()), _zero(values))
    return _buffer(values)


def _zero(values: pa.Array) -> pa.Scalar:
    """0.0, made without a Python number: Arrow would import pandas to convert one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    one = pc.is_valid(values.slice(0, 1)).cast(pa.uint8())
    return pc.subtract(one, one).cast(pa.float64())[0]


def _buffer(array: pa.Array) -> memoryview:
    """The bytes of a fixed-width column without nulls."""
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is None:
        return memoryview(b"")
    return memoryview(data)[array.offset * width : (array.offset + len(array)) * width]


def _text_lengths(texts: pa.Array) -> memoryview:
    import pyarrow as pa
    import pyarrow.compute as pc

    return _buffer(pc.binary_length(texts).cast(pa.int64()))


def _text_bytes(texts: pa.Array) -> memoryview:
    if not len(texts):
        return memoryview(b"")
    offsets = memoryview(texts.buffers()[1]).cast("q")
    data = texts.buffers()[2]
    start, end = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return memoryview(data)[start:end] if data is not None else memoryview(b"")
