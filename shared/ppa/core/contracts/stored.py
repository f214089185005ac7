"""Rows of tables: a stored record's fields are the columns of its table, in their order.

Schemas only add: a new field comes last and may be None, since stored rows lack it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import pandas as pd
from msgspec import inspect
from msgspec.structs import fields

from ppa.core.contracts.record import Record

ColumnType = Literal["STRING", "TIMESTAMP", "FLOAT64", "INT64", "BOOL"]
SCALARS: dict[type, ColumnType] = {
    inspect.StrType: "STRING",
    inspect.LiteralType: "STRING",
    inspect.FloatType: "FLOAT64",
    inspect.IntType: "INT64",
    inspect.BoolType: "BOOL",
}


@dataclass(frozen=True)
class Layout:
    """A table: its name, natural key, partitions (column and unit), clusters, and days until rows are deleted."""

    name: str
    key: tuple[str, ...]
    partition: tuple[str, Literal["DAY", "MONTH"]] | None = None
    cluster: tuple[str, ...] = ()
    expiration_days: int | None = None


class Stored(Record, frozen=True):
    """A record that is a row of a table; the first line of its docstring describes the table.

    A subclass that a query fills adds fields; they are no columns of the table.
    """

    layout: ClassVar[Layout]

    def to_row(self) -> dict[str, Any]:
        """Return the columns of the table, lists and mappings as JSON."""
        return {c.name: c.stored(getattr(self, c.attribute)) for c in columns(stored_kind(type(self)))}


@dataclass(frozen=True)
class Column:
    """A column, with BigQuery's type and mode; `attribute` is the field that holds it."""

    name: str
    type: ColumnType
    mode: Literal["REQUIRED", "NULLABLE"]
    description: str
    attribute: str
    is_json: bool = False

    @property
    def required(self) -> bool:
        """True if the column cannot be null."""
        return self.mode == "REQUIRED"

    def stored(self, value: Any) -> Any:
        """Return a field's value as the column holds it."""
        return json.dumps(value) if self.is_json and value is not None else value

    def read(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return a column's values, times as timestamps, as the field holds them."""
        return [value and json.loads(value) for value in values] if self.is_json else values


@cache
def columns(kind: type[Stored]) -> tuple[Column, ...]:
    """Return the columns of a stored record, in their order."""
    return tuple(_columns(kind))


def table_description(kind: type[Stored]) -> str:
    """Return the description of a stored record's table."""
    return (kind.__doc__ or "").partition("\n")[0]


def _columns(kind: type[Stored]) -> Iterator[Column]:
    for field in fields(kind):
        info = inspect.type_info(field.type)
        bare, optional = _without_none(_unwrapped(info))
        is_time = isinstance(bare, inspect.CustomType) and bare.cls is pd.Timestamp
        scalar = "TIMESTAMP" if is_time else SCALARS.get(type(bare))
        yield Column(
            field.encode_name,
            scalar or "STRING",
            "NULLABLE" if optional else "REQUIRED",
            _description(info),
            field.name,
            is_json=scalar is None,
        )


def stored_kind(kind: type[Stored]) -> type[Stored]:
    """Return the class whose fields are the columns of the table: the one that states the layout."""
    return next(base for base in kind.__mro__ if "layout" in vars(base))


def _unwrapped(info: inspect.Type) -> inspect.Type:
    return _unwrapped(info.type) if isinstance(info, inspect.Metadata) else info


def _without_none(info: inspect.Type) -> tuple[inspect.Type, bool]:
    """Return the type without None, and whether None was part of it."""
    if not isinstance(info, inspect.UnionType):
        return info, False
    others = [_unwrapped(one) for one in info.types if not isinstance(one, inspect.NoneType)]
    return (others[0] if len(others) == 1 else inspect.AnyType()), len(others) < len(info.types)


def _description(info: inspect.Type) -> str:
    """Return the description in a field's outermost annotation, the type's own where the field has none."""
    if isinstance(info, inspect.Metadata):
        stated = (info.extra_json_schema or {}).get("description")
        return str(stated) if stated else _description(info.type)
    if isinstance(info, inspect.UnionType):
        return next((text for one in info.types if (text := _description(one))), "")
    return ""
