"""Files with a structure of their own: JSON in the shapes of exchanges, Parquet and Feather."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

from ppa.importing.errors import FileRefused, quoted
from ppa.importing.table import Table, TypedSource

_PARQUET = b"PAR1"
_FEATHER = b"ARROW1"
_MESSAGE = re.compile(rb'"(?:error|message|msg|detail)" *: *"([^"]+)"')
_HEAD = 1 << 12


def open_structured(data: bytes, name: str) -> TypedSource | None:
    """Read Parquet, Feather or JSON; None if the bytes are none of them. FileRefused: damaged, or not a table."""
    if data.startswith((_PARQUET, _FEATHER)):
        return _from_arrow(_arrow(data, name), name)
    if data.lstrip()[:1] in (b"[", b"{"):
        return _from_json(data, name)
    return None


def _arrow(data: bytes, name: str) -> pa.Table:
    try:
        stream = io.BytesIO(data)
        return parquet.read_table(stream) if data.startswith(_PARQUET) else feather.read_table(stream)
    except (pa.ArrowException, OSError) as error:
        raise FileRefused(f"{name} is truncated or damaged: download it again") from error


def _from_arrow(table: pa.Table, name: str) -> TypedSource:
    columns = [_simple(column) for column in table.columns]
    headings = tuple("" if heading.startswith("__index_level") else heading for heading in table.column_names)
    return _source(headings, columns, name)


def _simple(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Column in a type that has text: dictionaries decoded, decimals as floats, what is nested as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _simple(column.cast(kind.value_type))
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return column.cast(pa.float64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind):
        return pa.chunked_array([pa.array([str(value) for value in column.to_pylist()], pa.string())])
    return column.cast(pa.string()) if pa.types.is_large_string(kind) else column


def _from_json(data: bytes, name: str) -> TypedSource:
    match = _largest(_parsed(data, name))
    if match is None:
        raise FileRefused(
            f"{name} is JSON without a list of bars{_message(data)}: provide a list of arrays or of objects"
        )
    headings, columns = match
    arrays = [_array(column) for column in columns]
    return _source(tuple(headings), arrays, name, headed=any(headings))


def _message(data: bytes) -> str:
    """Message of a server's refusal that was saved instead of the bars, in brackets; empty if there is none."""
    match = _MESSAGE.search(data[:_HEAD])
    return f" ({quoted(match[1].decode(errors='replace'))})" if match else ""


def _parsed(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        lines = data.strip().splitlines()
        try:
            return [json.loads(line) for line in lines if line.strip()]
        except (ValueError, RecursionError):
            raise FileRefused(f"{name} is not valid JSON ({error}): download it again") from error


_Columns = tuple[Sequence[str], Sequence[Sequence[Any]]]


def _largest(value: Any) -> _Columns | None:
    """The table with the most rows that the value holds, at any depth."""
    match = [table for part in _parts(value, 6) if (table := _as_columns(part)) is not None]
    return max(match, key=lambda table: len(table[1][0]), default=None)


def _parts(value: Any, depth: int) -> Iterator[Any]:
    """The value and what it holds, without the rows of tables."""
    yield value
    if depth and isinstance(value, Mapping):
        for part in value.values():
            yield from _parts(part, depth - 1)
    elif depth and isinstance(value, list) and len(value) <= 3:
        for part in value:
            yield from _parts(part, depth - 1)


def _as_columns(value: Any) -> _Columns | None:
    """Headings and columns of a list of arrays or objects, of an object of lists, or of objects by time."""
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        width = max(map(len, value))
        return ([""] * width, _transposed(value, width)) if width > 1 else None
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        value = [_flat(row) for row in value]
        headings = list(dict.fromkeys(heading for row in value for heading in row))
        return (headings, [[row.get(heading) for row in value] for heading in headings]) if headings else None
    return _object_columns(value) if isinstance(value, Mapping) else None


def _flat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Row with the fields of an object in it as its own, such as the bar in a message of a stream.

    Of two fields of one letter, as in Binance's streams, the upper-case one is something else.
    """
    inner = [part for part in row.values() if isinstance(part, Mapping)]
    if not inner:
        return row
    plain = {key: part for key, part in row.items() if not isinstance(part, Mapping)}
    joined = {**plain, **{key: part for one in inner for key, part in one.items()}}
    return {key: part for key, part in joined.items() if key.islower() or key.lower() not in joined}


def _object_columns(value: Mapping[str, Any]) -> _Columns | None:
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list) and value["data"]:
        index, width = value.get("index"), len(value["columns"])
        columns = _transposed(value["data"], width)
        indexed = isinstance(index, list) and len(index) == len(value["data"])
        return (["", *value["columns"]], [index, *columns]) if indexed else (value["columns"], columns)  # type: ignore[list-item]
    lists = dict(_lists(value, 6))
    if len(lists) > 1 and len(set(map(len, lists.values()))) == 1:
        return list(lists), list(lists.values())
    rows = [part for part in value.values() if isinstance(part, Mapping)]
    if len(rows) < 2 or len(rows) != len(value):
        return None
    return _keyed(list(value), rows)


def _keyed(keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> _Columns | None:
    """Objects by time, such as Alpha Vantage's; or columns of values by row, as pandas writes them."""
    inner = list(rows[0])
    if any(isinstance(part, (list, Mapping)) for part in rows[0].values()):
        return None
    if all(list(row) == inner for row in rows) and len(inner) > len(keys):
        return ["", *keys], [inner, *([row[key] for key in inner] for row in rows)]
    return ["", *inner], [list(keys), *([row.get(heading) for row in rows] for heading in inner)]


def _lists(value: Any, depth: int) -> Iterator[tuple[str, Sequence[Any]]]:
    """Lists of plain values in an object and the objects within it, with their keys."""
    if isinstance(value, list) and len(value) == 1 and depth:
        yield from _lists(value[0], depth - 1)
    for key, part in value.items() if isinstance(value, Mapping) else ():
        if isinstance(part, list) and len(part) > 1 and not isinstance(part[0], (list, Mapping)):
            yield key, part
        elif depth:
            yield from _lists(part, depth - 1)


def _transposed(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [[row[i] if i < len(row) else None for row in rows] for i in range(width)]


def _array(values: Sequence[Any]) -> pa.ChunkedArray:
    """Numbers as numbers, all else as text."""
    numeric = all(
        value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values
    )
    whole = numeric and all(value is None or isinstance(value, int) for value in values)
    try:
        if numeric:
            kind = pa.int64() if whole else pa.float64()
            return pa.chunked_array(
                [pa.array(values if whole else [_float(value) for value in values], kind)]
            )
    except (OverflowError, pa.ArrowInvalid):
        pass
    return pa.chunked_array(
        [pa.array(["" if value is None else str(value) for value in values], pa.string())]
    )


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _source(
    headings: tuple[str, ...], columns: Sequence[pa.ChunkedArray], name: str, headed: bool = True
) -> TypedSource:
    rows = len(columns[0]) if columns else 0
    if not rows:
        raise FileRefused(f"{name} has no price bars: provide at least two")
    lines = np.arange(1, rows + 1)
    return TypedSource(Table(name, headings, dict(enumerate(columns)), lines, place="row"), headed, headed)
