"""Tables and rows in the form that BigQuery's client takes."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from google.cloud import bigquery

from ppa.storage.warehouse.schema import Table

DAY_MS = 86_400_000
JsonValue = str | float | bool | None


def fields(table: Table) -> list[bigquery.SchemaField]:
    """The columns of a table."""
    return [
        bigquery.SchemaField(c.name, c.type, mode=c.mode, description=c.description) for c in table.columns
    ]


def cloud_table(table: Table, full_name: str) -> bigquery.Table:
    """The table as Terraform makes it: columns, partitions and their expiration, clusters."""
    made = bigquery.Table(full_name, fields(table))
    made.clustering_fields = list(table.cluster) or None
    if table.partition:
        lifetime = table.expiration_days * DAY_MS if table.expiration_days else None
        made.time_partitioning = bigquery.TimePartitioning(
            table.partition["type"], table.partition["field"], expiration_ms=lifetime
        )
    return made


def insert_rows(rows: pa.Table) -> list[dict[str, JsonValue]]:
    """Rows for a streaming request."""
    return [{name: _json_value(value) for name, value in row.items()} for row in rows.to_pylist()]


def insert_ids(table: Table, rows: pa.Table) -> list[str]:
    """An id for each row that depends on its key alone."""
    keys = insert_rows(rows.select(list(table.key)))
    return [hashlib.sha256(json.dumps(key).encode()).hexdigest() for key in keys]


def first_error(errors: Sequence[Mapping[str, Any]]) -> str:
    """Why a streaming request was refused: the rows that are right are only said to be stopped."""
    reasons = [error for row in errors for error in row["errors"]]
    causes = [error for error in reasons if error.get("reason") != "stopped"] or reasons
    return f"{causes[0].get('message')} (the first of {len(causes)})"


def _json_value(value: object) -> JsonValue:
    """JSON has no NaN, infinity, times or 64-bit integers: BigQuery reads those as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), str(value))
