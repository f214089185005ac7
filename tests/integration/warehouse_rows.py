"""Plausible rows for any table, and any SQL asked of a warehouse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ppa.storage.warehouse import Warehouse, statements
from ppa.storage.warehouse.schema import Column, Table

HOUR = timedelta(hours=1)
BASE = datetime(2024, 3, 1, tzinfo=UTC)
Opener = Callable[[], Warehouse]
VOCABULARY = {
    "basis": ("lag", "arrival", "vintage"),
    "event": ("activated", "deactivated", "activated"),
    "status": ("ok", "error", "ok"),
}


def plausible_rows(table: Table) -> pa.Table:
    """Twelve rows, or three where only text tells rows apart; names recur in threes, so that tables join."""
    count = 12 if {"TIMESTAMP"} & {c.type for c in table.columns if c.name in table.key} else 3
    columns = {c.name: [_value(c, i) for i in range(count)] for c in table.columns}
    return pa.table(columns, schema=table.arrow_schema)


def _value(column: Column, i: int) -> object:
    if not column.required and i % 4 == 3:
        return None
    if column.name in VOCABULARY:
        return VOCABULARY[column.name][i % 3]
    return {
        "STRING": f"{column.name}-{i % 3}",
        "TIMESTAMP": BASE + i * HOUR + timedelta(microseconds=i),
        "FLOAT64": i / 7,
        "INT64": i,
        "BOOL": i % 2 == 0,
    }[column.type]


def observations(count: int, *, value: float = 1.0, known_at: datetime = BASE) -> pa.Table:
    """`count` hourly observations of one series."""
    return pa.table(
        {
            "series": ["btc_usd_close"] * count,
            "event_time": pa.array([BASE + i * HOUR for i in range(count)], pa.timestamp("us", tz="UTC")),
            "known_at": pa.array([known_at] * count, pa.timestamp("us", tz="UTC")),
            "value": [value + i for i in range(count)],
            "source": ["test"] * count,
            "basis": ["lag"] * count,
            "ingested_at": pa.array([BASE] * count, pa.timestamp("us", tz="UTC")),
        }
    )


class Asker:
    """Asks any SQL of a warehouse, by giving it a statement file for the moment."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._monkeypatch, self._asked = folder, monkeypatch, 0

    def __call__(self, warehouse: Warehouse, sql: str, **parameters: object) -> pa.Table:
        """The answer to `sql`."""
        self._asked += 1
        name = f"asked_{self._folder.name.lower()}_{self._asked}"
        (self._folder / f"{name}.sql").write_text(sql, encoding="utf-8")
        with self._monkeypatch.context() as patched:
            patched.setattr(statements, "FOLDER", self._folder)
            return warehouse.query(name, **parameters)

    def table(self, warehouse: Warehouse, name: str) -> list[dict[str, object]]:
        """Every row of a table, in some order."""
        rows: list[dict[str, object]] = self(warehouse, select_all(name)).to_pylist()
        return rows


def select_all(table: str) -> str:
    """The statement that reads a table."""
    return "SELECT * FROM `{dataset}.TABLE`".replace("TABLE", table)
