"""Table definitions, as they follow from the stored records of the contracts and from the catalogue.

`make schemas` writes them to `tables.json` and `schemas/*.json`, which Terraform reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from ppa.core.catalogue import Catalogue
from ppa.core.contracts.observations import FeatureRow
from ppa.core.contracts.stored import Column, Layout, Stored, columns, table_description
from ppa.core.contracts.tables import TABLES
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


@dataclass(frozen=True)
class Table:
    """A table: its natural key, partitioning, clustering and columns."""

    layout: Layout
    description: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.layout.name

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the natural key."""
        return self.layout.key

    @property
    def cluster(self) -> tuple[str, ...]:
        """Columns by which BigQuery clusters the rows."""
        return self.layout.cluster

    @property
    def expiration_days(self) -> int | None:
        """Days after which a partition is deleted; None for never."""
        return self.layout.expiration_days

    @property
    def partition(self) -> Mapping[str, str] | None:
        """Column and unit of the partitions, as BigQuery names them; None without."""
        return self.layout.partition and dict(zip(("field", "type"), self.layout.partition, strict=True))

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
    """Return all tables by name; `features_hourly` has one column per feature of the catalogue."""
    return {kind.layout.name: _table(kind, catalogue) for kind in TABLES}


def schema_files(tables: Mapping[str, Table]) -> Mapping[str, object]:
    """Return the JSON of every file that Terraform reads, by its path below this folder."""
    layouts = {name: _layout_json(table) for name, table in tables.items()}
    schemas = {f"schemas/{name}.json": _schema_json(table.columns) for name, table in tables.items()}
    return {"tables.json": layouts, **schemas}


def _table(kind: type[Stored], catalogue: Catalogue) -> Table:
    features = _features(catalogue) if kind is FeatureRow else ()
    return Table(kind.layout, table_description(kind), (*columns(kind), *features))


def _features(catalogue: Catalogue) -> Sequence[Column]:
    return [
        Column(f.name, "FLOAT64", "NULLABLE", f"{f.description} [{f.unit}]", f.name)
        for f in catalogue.features
    ]


def _layout_json(table: Table) -> Mapping[str, object]:
    return {
        "description": table.description,
        "key": table.key,
        "partition": table.partition,
        "cluster": table.cluster,
        "expiration_days": table.expiration_days,
    }


def _schema_json(of_table: Sequence[Column]) -> Sequence[Mapping[str, str]]:
    """Return columns in BigQuery's JSON."""
    names = ("name", "type", "mode", "description")
    return [{name: getattr(column, name) for name in names} for column in of_table]
