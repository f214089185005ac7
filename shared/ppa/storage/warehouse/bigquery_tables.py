"""Conversion of tables and rows for BigQuery's client."""

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
    """Schema fields of a table."""
    return [
        bigquery.SchemaField(c.name, c.type, mode=c.mode, description=c.description) for c in table.columns
    ]


def cloud_table(table: Table, full_name: str) -> bigquery.Table:
    """Build the table as Terraform creates it: columns, partitions with expiration, and clusters."""
    definition = bigquery.Table(full_name, fields(table))
    definition.clustering_fields = list(table.cluster) or None
    if table.partition:
        lifetime = table.expiration_days * DAY_MS if table.expiration_days else None
        definition.time_partitioning = bigquery.TimePartitioning(
            table.partition["type"], table.partition["field"], expiration_ms=lifetime
        )
    return definition


def insert_rows(rows: pa.Table) -> list[dict[str, JsonValue]]:
    """Convert rows for a streaming request."""
    return [{name: _json_value(value) for name, value in row.items()} for row in rows.to_pylist()]


def insert_ids(table: Table, rows: pa.Table) -> list[str]:
    """Id of each row for deduplication, a hash of its key."""
    keys = insert_rows(rows.select(list(table.key)))
    return [hashlib.sha256(json.dumps(key).encode()).hexdigest() for key in keys]


def first_error(errors: Sequence[Mapping[str, Any]]) -> str:
    """Message of the first actual error of a streaming request; valid rows are only reported as stopped."""
    reasons = [error for row in errors for error in row["errors"]]
    causes = [error for error in reasons if error.get("reason") != "stopped"] or reasons
    return f"{causes[0].get('message')} (the first of {len(causes)})"


def _json_value(value: object) -> JsonValue:
    """Convert a value to JSON; NaN, infinities, times and 64-bit integers become text, which BigQuery parses."""
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), str(value))
