"""The tables, read from the files that Terraform reads too: `tables.json` and `schemas/*.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from shared.catalogue import Catalogue
from shared.errors import WarehouseError

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


@dataclass(frozen=True)
class Column:
    """A column, in BigQuery's words."""

    name: str
    type: str
    mode: str
    description: str

    @property
    def required(self) -> bool:
        """Whether it is never null."""
        return self.mode == "REQUIRED"


@dataclass(frozen=True)
class Table:
    """A table: its natural key, how it is laid out, and its columns."""

    name: str
    key: tuple[str, ...]
    partition: Mapping[str, str] | None
    cluster: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as Arrow fields."""
        return pa.schema(
            [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in self.columns]
        )

    def conform(self, rows: pa.Table) -> pa.Table:
        """The rows with exactly this table's columns, types and order; WarehouseError where they do not fit."""
        unknown = set(rows.column_names) - {c.name for c in self.columns}
        if unknown:
            raise WarehouseError(f"Table {self.name} has no column {', '.join(sorted(unknown))}.")
        return pa.Table.from_arrays([self._column(rows, c) for c in self.columns], schema=self.arrow_schema)

    def _column(self, rows: pa.Table, column: Column) -> pa.ChunkedArray:
        arrow_type = ARROW_TYPES[column.type]
        if column.name not in rows.column_names:
            values = pa.chunked_array([pa.nulls(len(rows), arrow_type)])
        else:
            values = rows[column.name].cast(arrow_type)
        if column.required and values.null_count:
            raise WarehouseError(
                f"Column {self.name}.{column.name} is required, and {values.null_count} rows lack it."
            )
        return values


def load_tables(catalogue: Catalogue) -> Mapping[str, Table]:
    """Every table by name; `features_hourly` has a column a feature of the catalogue."""
    layouts = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
    return {name: _table(name, layout, catalogue) for name, layout in layouts.items()}


def features_schema(catalogue: Catalogue) -> list[dict[str, str]]:
    """The schema of `features_hourly` as BigQuery's JSON: what `schemas/features_hourly.json` holds."""
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


def _table(name: str, layout: Mapping[str, object], catalogue: Catalogue) -> Table:
    fields = features_schema(catalogue) if name == "features_hourly" else _schema_file(name)
    columns = tuple(Column(**field) for field in fields)
    key, cluster, partition = layout["key"], layout["cluster"], layout["partition"]
    return Table(name, tuple(key), partition, tuple(cluster), columns)  # type: ignore[arg-type]


def _schema_file(name: str) -> list[dict[str, str]]:
    fields: list[dict[str, str]] = json.loads(
        (FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    )
    return fields
