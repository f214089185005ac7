"""Files of programs: a JSON head, then all arrays, compressed; nothing in one is code.

The layout is the magic number, the length of the head (4 bytes, little-endian), the head, and the arrays in one
zlib stream, each little-endian, C-ordered, one behind another. The head is an object with

- `columns`, `window` and `nodes` of the program; where a parameter is an array, `{"array": 3}` stands for the third;
- `arrays`: for each the type (`f8` or `i4`) and the shape;
- `origin`: text about where the program comes from, by name;
- `probe`: the positions of the arrays of probe rows and of the library's probabilities for them.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.errors import MALFORMED
from ppa.core.programs.graph import FloatArray, Node, Program, ProgramRefused, Value

MAGIC = b"PPAPROG1"
# names in the origin
ESTIMATOR, LIBRARIES, TOLERANCE_RULE, PARAMETERS = "estimator", "libraries", "tolerance", "parameters"
MAX_HEAD = 32 << 20
MAX_ARRAYS = 512 << 20
MAX_DIMS = 2

_TYPES: Mapping[str, np.dtype[Any]] = {"f8": np.dtype("<f8"), "i4": np.dtype("<i4")}
_HEAD = {"columns", "window", "nodes", "arrays", "origin", "probe"}


@dataclass(frozen=True, eq=False)
class ProgramFile:
    """A program, its origin, and rows with the probabilities that the library of its origin gave for them.

    `probe_rows` has shape (n_rows, columns * window), NaN where missing. `probe_predictions` has
    shape (n_rows,), NaN for rows that the library refuses.
    """

    program: Program
    probe_rows: FloatArray
    probe_predictions: FloatArray
    origin: Mapping[str, str] = field(default_factory=dict)


def dump(file: ProgramFile) -> bytes:
    """Return the bytes of a program file; those of the same program and probe are the same."""
    head, arrays = _head(file.program)
    head |= {"origin": dict(file.origin), "probe": [len(arrays), len(arrays) + 1]}
    arrays += [np.asarray(file.probe_rows, "<f8"), np.asarray(file.probe_predictions, "<f8")]
    head["arrays"] = [[_type(one), list(one.shape)] for one in arrays]
    text = json.dumps(head, allow_nan=False, separators=(",", ":")).encode()
    body = zlib.compress(b"".join(_bytes(one) for one in arrays), 6)
    return MAGIC + len(text).to_bytes(4, "little") + text + body


def load(data: bytes) -> ProgramFile:
    """Read a program file; raise ProgramRefused if it is damaged. The program is not checked yet."""
    try:
        return _load(data)
    except (*MALFORMED, RecursionError) as error:
        raise ProgramRefused(
            f"The program file is damaged: {str(error)[:200]}.", "Convert the model again."
        ) from error


def is_program(data: bytes) -> bool:
    """Return whether a file begins as program files do."""
    return data.startswith(MAGIC)


def content_hash(program: Program) -> str:
    """Return the SHA-256 (hex) of a program: its columns, window, nodes and arrays, however its file is packed."""
    head, arrays = _head(program)
    head["arrays"] = [[_type(one), list(one.shape)] for one in arrays]
    digest = sha256(json.dumps(head, sort_keys=True, separators=(",", ":")).encode())
    for one in arrays:
        digest.update(_bytes(one))
    return digest.hexdigest()


def _head(program: Program) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    arrays: list[NDArray[Any]] = []

    def plain(value: Value) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        arrays.append(value)
        return {"array": len(arrays) - 1}

    nodes = [
        {"op": node.op, "of": list(node.of), **{name: plain(value) for name, value in node.values.items()}}
        for node in program.nodes
    ]
    return {"columns": list(program.columns), "window": program.window, "nodes": nodes}, arrays


def _type(value: NDArray[Any]) -> str:
    return next(name for name, dtype in _TYPES.items() if dtype == value.dtype)


def _bytes(value: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()


def _load(data: bytes) -> ProgramFile:
    head, start = _read_head(data)
    arrays = _read_arrays(head["arrays"], data[start:])
    rows, predicted = (arrays[_position(one)] for one in head["probe"])
    program = Program(
        tuple(_text(one) for one in head["columns"]),
        tuple(_node(one, arrays) for one in head["nodes"]),
        _position(head["window"]),
    )
    origin = {_text(name): _text(text) for name, text in head["origin"].items()}
    if rows.ndim != MAX_DIMS or predicted.ndim != 1 or rows.shape != (len(predicted), program.width):
        raise ValueError(f"the probe has the shapes {rows.shape} and {predicted.shape}")
    return ProgramFile(program, rows.astype(np.float64), predicted.astype(np.float64), origin)


def _read_head(data: bytes) -> tuple[dict[str, Any], int]:
    if not is_program(data):
        raise ValueError("it is not a program file")
    size, start = int.from_bytes(data[8:12], "little"), 12
    if size > MAX_HEAD or len(data) < start + size:
        raise ValueError(f"its head has {size} bytes")
    head = json.loads(data[start : start + size])
    if not isinstance(head, dict) or {*head} != _HEAD:
        raise ValueError(f"its head must have {', '.join(sorted(_HEAD))}")
    return head, start + size


def _read_arrays(descriptions: list[Any], body: bytes) -> list[NDArray[Any]]:
    shapes = [(_TYPES[name], tuple(_position(one) for one in shape)) for name, shape in descriptions]
    sizes = [dtype.itemsize * _count(shape) for dtype, shape in shapes]
    total = sum(sizes)
    if total > MAX_ARRAYS:
        raise ValueError(f"its arrays take {total >> 20} MiB; at most {MAX_ARRAYS >> 20} are allowed")
    reader = zlib.decompressobj()
    try:
        raw = reader.decompress(body, total + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(raw) != total or not reader.eof or reader.unused_data:
        raise ValueError(f"its arrays take {len(raw)} bytes instead of {total}")
    ends = np.cumsum([0, *sizes]).tolist()
    return [
        np.frombuffer(raw[start:end], dtype).reshape(shape)
        for (dtype, shape), start, end in zip(shapes, ends[:-1], ends[1:], strict=True)
    ]


def _count(shape: tuple[int, ...]) -> int:
    if len(shape) > MAX_DIMS:
        raise ValueError(f"an array has {len(shape)} dimensions")
    count = 1
    for one in shape:
        count *= one
    return count


def _node(description: Any, arrays: list[NDArray[Any]]) -> Node:
    values = {
        _text(name): _value(value, arrays) for name, value in description.items() if name not in {"op", "of"}
    }
    return Node(_text(description["op"]), tuple(_position(one) for one in description["of"]), values)


def _value(value: Any, arrays: list[NDArray[Any]]) -> Value:
    if isinstance(value, dict):
        return arrays[_position(value["array"])]
    if not isinstance(value, bool | int | float | str):
        raise TypeError(f"a parameter is {value!r}"[:80])
    return value


def _position(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is not a position"[:80])
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text"[:80])
    return value
