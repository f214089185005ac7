"""Read a request's query and body as records; BadInput names every argument that is invalid."""

from functools import cache
from typing import TypeVar

from flask import request
from msgspec.inspect import Metadata, type_info
from msgspec.structs import FieldInfo, fields

from ppa.core.contracts.conversion import converted, converted_query
from ppa.core.contracts.record import Record
from ppa.core.errors import BadInput

# `extra` of a field whose argument may be repeated, instead of a list that is separated by commas
REPEATED = {"repeated": True}

T = TypeVar("T", bound=Record)


def read_query(kind: type[T]) -> T:
    """Return the request's query as a record; lists are split at their commas, unless they are repeated."""
    repeated = {name: request.args.getlist(name) for name in repeated_fields(kind) if name in request.args}
    return converted_query(kind, {**request.args, **repeated})


@cache
def repeated_fields(kind: type[Record]) -> frozenset[str]:
    """Return the arguments that may be repeated, by their names in a query."""
    return frozenset(one.encode_name for one in fields(kind) if is_repeated(one))


def is_repeated(field: FieldInfo) -> bool:
    """Return True if the argument may be repeated."""
    info = type_info(field.type)
    return isinstance(info, Metadata) and (info.extra or {}).get("repeated") is True


def read_body(kind: type[T], *, optional: bool = False) -> T | None:
    """Return the JSON object in the request's body as a record; None if it is `optional` and there is none."""
    if optional and not request.content_length and not request.headers.get("Transfer-Encoding"):
        return None
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise BadInput(
            "The request's body must be a JSON object; send it with Content-Type: application/json."
        )
    return converted(kind, {name: _plain(value) for name, value in given.items()}, strict=True)


def _plain(value: object) -> object:
    """Return a whole number that is written as 1.0 as an integer, which it is in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
