"""Canonical bytes and their hashes, the same on every machine.

Objects are hashed as RFC 8785 JSON; tables as typed columns in key order, never as file bytes,
because every file format embeds its writer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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


def _column_bytes(name: str, column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    present = pc.is_valid(column)
    values = pc.drop_null(column)
    if pa.types.is_floating(values.type):
        values = pc.add(values.cast(pa.float64()), _zeros(values))
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = values.cast(pa.large_string())
        kind = "text"
        parts = [_buffer(pc.binary_length(values).cast(pa.int64())), _text_bytes(values)]
    elif pa.types.is_boolean(values.type):
        kind, parts = "boolean", [_buffer(values.cast(pa.uint8()))]
    else:
        kind, parts = str(values.type), [_buffer(values)]
    return [rfc8785.dumps({"name": name, "type": kind}), _buffer(present.cast(pa.uint8())), *parts]


def _zeros(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """As many 0.0, made without a Python number: Arrow would import pandas to convert one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ones = pc.is_valid(values).cast(pa.uint8())
    return pc.subtract(ones, ones).cast(pa.float64())


def _buffer(column: Any) -> memoryview:
    """The bytes of a fixed-width column without nulls."""
    array = _one(column)
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    if data is None:
        return memoryview(b"")
    return memoryview(data)[array.offset * width : (array.offset + len(array)) * width]


def _text_bytes(column: Any) -> memoryview:
    import pyarrow as pa

    array = _one(column)
    if not len(array):
        return memoryview(b"")
    offsets = memoryview(array.buffers()[1]).cast("q")
    data = array.buffers()[2]
    start, end = offsets[array.offset], offsets[array.offset + len(array)]
    assert pa.types.is_large_string(array.type)
    return memoryview(data)[start:end] if data is not None else memoryview(b"")


def _one(column: Any) -> pa.Array:
    import pyarrow as pa

    if not isinstance(column, pa.ChunkedArray):
        return column
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return combined.chunk(0) if combined.num_chunks else pa.array([], combined.type)
    return combined
