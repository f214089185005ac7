"""Table definitions, read from `tables.json` and `schemas/*.json`, which Terraform reads too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import pyarrow as pa

from ppa.core.catalogue import Catalogue
from ppa.core.errors import BadInput, WarehouseError

FOLDER = Path(__file__).parent
ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "STRING": pa.string(),
        "TIMESTAMP": pa.timestamp("us", tz="UTC"),
        "FLOAT64": pa.float64(),
        "INT64": pa.int64(),
        "BOOL": pa.bool_(),
    }
)


class _Layout(TypedDict):
    key: list[str]
    partition: dict[str, str] | None
    cluster: list[str]
    expiration_days: int | None


@dataclass(frozen=True)
class Column:
    """A column, with BigQuery's type and mode."""

    name: str
    type: str
    mode: str
    description: str

    @property
    def required(self) -> bool:
        """True if the column cannot be null."""
        return self.mode == "REQUIRED"


@dataclass(frozen=True)
class Table:
    """A table: its natural key, partitioning, clustering and columns."""

    name: str
    key: tuple[str, ...]
    partition: Mapping[str, str] | None
    cluster: tuple[str, ...]
    expiration_days: int | None
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        """Arrow schema of the table."""
        return pa.schema(
            [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in self.columns]
        )

    def conform(self, rows: pa.Table) -> pa.Table:
        """Cast rows to the table's columns, types and order; raises `WarehouseError` if they do not fit."""
        unknown = set(rows.column_names) - {c.name for c in self.columns}
        if unknown:
            raise WarehouseError(f"The table {self.name} has no column {', '.join(sorted(unknown))}.")
        return pa.Table.from_arrays([self._column(rows, c) for c in self.columns], schema=self.arrow_schema)

    def validated(self, rows: pa.Table) -> pa.Table:
        """Conform rows and check that their keys are unique; raises `BadInput` otherwise."""
        conformed = self.conform(rows)
        keys = conformed.group_by(list(self.key)).aggregate([])
        if len(keys) != len(rows):
            raise BadInput(
                f"{len(rows) - len(keys)} rows for {self.name} repeat the key of another row. Send each key once."
            )
        return conformed

    def _column(self, rows: pa.Table, column: Column) -> pa.ChunkedArray:
        values = self._values(rows, column)
        if column.required and values.null_count:
            raise WarehouseError(
                f"The column {self.name}.{column.name} is required, but {values.null_count} rows lack it."
            )
        return values

    def _values(self, rows: pa.Table, column: Column) -> pa.ChunkedArray:
        arrow_type = ARROW_TYPES[column.type]
        if column.name not in rows.column_names:
            return pa.chunked_array([pa.nulls(len(rows), arrow_type)])
        values = rows[column.name]
        if pa.types.is_timestamp(values.type) and values.type.tz is None:
            raise WarehouseError(
                f"The column {self.name}.{column.name} needs times with a time zone. Use UTC."
            )
        try:
            return values.cast(arrow_type)
        except pa.ArrowException as error:
            raise WarehouseError(
                f"The column {self.name}.{column.name} has type {column.type}, not {values.type}: {error}."
            ) from error


def table_named(tables: Mapping[str, Table], name: str) -> Table:
    """Find a table by name; raises `WarehouseError`."""
    if name not in tables:
        raise WarehouseError(f"There is no table {name!r}: the tables are {', '.join(sorted(tables))}.")
    return tables[name]


def load_tables(catalogue: Catalogue) -> Mapping[str, Table]:
    """Load all tables by name; `features_hourly` has one column per feature of the catalogue."""
    layouts: dict[str, _Layout] = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
    return {name: _table(name, layout, catalogue) for name, layout in layouts.items()}


def features_schema(catalogue: Catalogue) -> list[dict[str, str]]:
    """Schema of `features_hourly` as BigQuery JSON, written to `schemas/features_hourly.json`."""
    fixed = [
        ("ts", "TIMESTAMP", "Open of the hour, UTC"),
        ("catalogue_version", "STRING", "Catalogue that the row was made with"),
        ("built_at", "TIMESTAMP", "When the row was made"),
        ("row_hash", "STRING", "SHA-256 of the hour, the column names and the values"),
    ]
    columns = [_field(name, kind, "REQUIRED", text) for name, kind, text in fixed]
    return columns + [
        _field(f.name, "FLOAT64", "NULLABLE", f"{f.description} [{f.unit}]") for f in catalogue.features
    ]


def _field(name: str, kind: str, mode: str, description: str) -> dict[str, str]:
    return {"name": name, "type": kind, "mode": mode, "description": description}


def _table(name: str, layout: _Layout, catalogue: Catalogue) -> Table:
    fields = features_schema(catalogue) if name == "features_hourly" else _schema_file(name)
    columns = tuple(Column(**field) for field in fields)
    key, cluster = tuple(layout["key"]), tuple(layout["cluster"])
    return Table(name, key, layout["partition"], cluster, layout["expiration_days"], columns)


def _schema_file(name: str) -> list[dict[str, str]]:
    fields: list[dict[str, str]] = json.loads(
        (FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    )
    return fields
