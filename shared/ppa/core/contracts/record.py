"""Base class of the records, and the type of times."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
import pandas as pd

from ppa.core.contracts.problem import WrongField
from ppa.core.times import parse_time, utc

# microseconds, UTC
Time: TypeAlias = pd.Timestamp


class Record(msgspec.Struct, frozen=True):
    """An immutable record with typed fields; `converted` checks types and bounds, `conflicts` how fields agree."""

    def conflicts(self) -> Iterator[WrongField]:
        """Yield the fields whose values contradict each other."""
        yield from ()


class Arguments(Record, frozen=True, kw_only=True):
    """Arguments of a request's query; unknown ones are ignored."""


class Body(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object that a request sends; unknown fields are refused."""


def whole(pattern: str) -> str:
    """Return a pattern for the whole text, in Python and in JSON Schema; a line break at the end is not part of it."""
    return f"^{pattern}$(?!\\n)"


def decoded(kind: type, value: object) -> Any:
    """Return a value as a type that msgspec does not know; raises `ValueError`."""
    if kind is pd.Timestamp and isinstance(value, str):
        return parse_time(value)
    if kind is pd.Timestamp and isinstance(value, datetime) and value.utcoffset() is not None:
        return utc(value)
    raise ValueError(f"{value!r} is no time with a zone")


def json_schema(kind: type) -> dict[str, Any]:
    """Return the JSON Schema of a type that msgspec does not know, for `msgspec.json.schema_components`."""
    if kind is not pd.Timestamp:
        raise NotImplementedError(f"{kind.__name__} has no JSON Schema")
    return {"type": "string", "format": "date-time"}
