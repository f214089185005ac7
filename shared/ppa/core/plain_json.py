"""Conversion of values to JSON types: times in ISO 8601 with Z, NaN and NA as null."""

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from ppa.core.times import utc

JSON_SCALARS = frozenset({str, int, bool, type(None)})


def jsonable(value: object) -> Any:
    """Convert a value, including frames' columns, arrays, records and dataclasses, to JSON types."""
    if type(value) in JSON_SCALARS:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {name: jsonable(getattr(value, attribute)) for name, attribute in names}
    if is_dataclass(value) and not isinstance(value, type):
        return jsonable(asdict(value))
    if isinstance(value, pd.Series | pd.Index | np.ndarray):
        return _array(value)
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return jsonable_scalar(value)


def _array(values: "pd.Series[Any] | pd.Index[Any] | np.ndarray[Any, Any]") -> list[object]:
    """Convert an array; numeric arrays at once, for the speed of charts."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        numbers = np.asarray(values)
        listed: list[object] = numbers.tolist()
        for at in np.flatnonzero(~np.isfinite(numbers)).tolist():
            listed[at] = None
        return listed
    return [jsonable(item) for item in values.tolist()]


def jsonable_scalar(value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, np.generic):
        return jsonable_scalar(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def iso(moment: datetime) -> str:
    """Format a time as `2026-01-31T12:00:00Z`, with microseconds if there are any."""
    return utc(moment).isoformat().replace("+00:00", "Z")
