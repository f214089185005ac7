"""Conversion of foreign values to records, with one error that names all wrong fields."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
import numpy as np
import pandas as pd
from msgspec import NODEFAULT, inspect, structs
from msgspec.structs import FieldInfo, force_setattr

from ppa.core.contracts.problem import ErrorType, WrongField, check, wrong_value
from ppa.core.contracts.record import Record, decoded
from ppa.core.contracts.wording import accepted
from ppa.core.errors import BadInput

T = TypeVar("T", bound=Record)


@cache
def fields(kind: type[Record]) -> tuple[FieldInfo, ...]:
    """Return the fields of a record; msgspec resolves their types anew at each call."""
    return structs.fields(kind)


def converted(
    kind: type[T], values: Mapping[str, Any], error: ErrorType = BadInput, *, strict: bool = False
) -> T:
    """Return `values` as a record of `kind`; raise `error` with every wrong field, its value and its remedy.

    Numbers and booleans may be texts unless `strict`. Keys are the names that the record has in JSON.
    """
    return _record(kind, values, values, error, strict=strict)


def converted_query(kind: type[T], arguments: Mapping[str, str | Sequence[str]]) -> T:
    """Return a query's arguments as a record: lists are split at their commas, empty ones left out."""
    lists = _lists(kind)
    given = {name: text for name, text in arguments.items() if text != "" or name not in lists}
    values = {
        name: _split(text) if name in lists and isinstance(text, str) else text
        for name, text in given.items()
    }
    return _record(kind, values, given, BadInput)


def _record(
    kind: type[T],
    values: Mapping[str, Any],
    given: Mapping[str, Any],
    error: ErrorType,
    *,
    strict: bool = False,
) -> T:
    """Return `values` as a record; errors show the values as they were `given`."""
    parts = {field.name: _part(field, values, given, strict=strict) for field in fields(kind)}
    wrong = [part for part in parts.values() if isinstance(part, WrongField)]
    if kind.__struct_config__.forbid_unknown_fields:
        wrong += _unknown(kind, values)
    check(wrong, error)
    made_of = {name: part for name, part in parts.items() if part is not NODEFAULT}
    record = kind(**made_of)
    check(record.conflicts(), error)
    return record


def projected(kind: type[T], source: object, **others: object) -> T:
    """Return a record with the attributes of `source` that it has, and the `others`."""
    names = kind.__struct_fields__
    return kind(**{name: others[name] if name in others else getattr(source, name) for name in names})


def normalise(record: Record, error: ErrorType) -> None:
    """Check the fields of a record that code constructs, and convert them to their types; raise `error`.

    Numbers of numpy count as numbers, texts do not. Meant for `__post_init__`.
    """
    parts = {
        field.name: _strict(field.name, getattr(record, field.name), field.type)
        for field in fields(type(record))
    }
    check((part for part in parts.values() if isinstance(part, WrongField)), error)
    for name, part in parts.items():
        force_setattr(record, name, part)
    check(record.conflicts(), error)


def checked(name: str, value: object, kind: Any, error: ErrorType) -> Any:
    """Return one value that code passes, converted to an annotated type; raise `error`."""
    part = _strict(name, value, kind)
    check([part] if isinstance(part, WrongField) else [], error)
    return part


@cache
def field_type(kind: type[Record], name: str) -> inspect.Type:
    """Return the type of a field, by its name in JSON, for looking at bounds and descriptions."""
    return inspect.type_info(next(field.type for field in fields(kind) if field.encode_name == name))


def _part(field: FieldInfo, values: Mapping[str, Any], given: Mapping[str, Any], *, strict: bool) -> Any:
    """Return the value of a field, NODEFAULT where its default holds, or a WrongField."""
    name = field.encode_name
    if name not in values:
        missing = WrongField(name, f"{name} is missing.", f"Give {accepted(inspect.type_info(field.type))}.")
        return missing if field.required else NODEFAULT
    try:
        return msgspec.convert(values[name], field.type, strict=strict, dec_hook=decoded)
    except msgspec.ValidationError:
        return wrong_value(name, given[name], f"Give {accepted(inspect.type_info(field.type))}.")


def _strict(name: str, value: object, kind: Any) -> Any:
    """Return a value of code as a type, or a WrongField."""
    try:
        return msgspec.convert(_plain(value), kind, dec_hook=decoded)
    except msgspec.ValidationError:
        return wrong_value(name, value, f"Give {accepted(inspect.type_info(kind))}.")


def _plain(value: object) -> object:
    """Return numbers of numpy as those that msgspec knows, and missing values of pandas as None."""
    if isinstance(value, np.generic):
        return value.item()
    return None if value is pd.NaT or value is pd.NA else value


def _unknown(kind: type[Record], values: Mapping[str, Any]) -> Iterator[WrongField]:
    names = kind.__struct_encode_fields__
    for name in values:
        if name not in names:
            yield WrongField(
                str(name), f"{name} is not a field.", f"Leave it out; the fields are {', '.join(names)}."
            )


@cache
def _lists(kind: type[Record]) -> frozenset[str]:
    """Fields that hold lists."""
    lists = (inspect.ListType, inspect.VarTupleType)
    return frozenset(
        field.encode_name for field in fields(kind) if isinstance(_bare(inspect.type_info(field.type)), lists)
    )


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind
