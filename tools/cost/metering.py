"""Warehouse that meters what BigQuery would bill for each statement.

BigQuery bills the columns that a statement names, in the partitions left by its filter, and at least 10 MB per table:
https://cloud.google.com/bigquery/pricing#on_demand_pricing. Column widths are measured from the rows written here and
scaled to the number of rows in the workload.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp

from ppa.core.catalogue import Catalogue
from ppa.ops.clock import Clock
from ppa.storage.warehouse import Warehouse
from ppa.storage.warehouse.schema import Table, load_tables
from ppa.storage.warehouse.statements import load_statement
from tools.cost.workload import Workload

MIN_BILLED = 10 * 1024**2
MIN_STREAMED = 1024  # bytes of a streamed row
DATASET = "d"


@dataclass
class Count:
    """Number of calls by kind and of merges by table; bytes billed by statement, and bytes streamed."""

    calls: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    billed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    merges: Counter[str] = field(default_factory=Counter)
    streamed: int = 0


@dataclass(frozen=True)
class Read:
    """A table read in a statement: the columns it names, None for all, and its filter."""

    table: str
    columns: frozenset[str] | None
    filter: str


@cache
def reads(name: str) -> tuple[Read, ...]:
    """Table reads in `sql/<name>.sql`; subqueries count separately."""
    tree = sqlglot.parse_one(load_statement(name).replace("{dataset}", DATASET), read="bigquery")
    return tuple(
        Read(table.name, _columns(select), str(select.args.get("where") or ""))
        for select in tree.find_all(exp.Select)
        for table in select.find_all(exp.Table)
        if table.db == DATASET and table.parent_select is select
    )


def _columns(select: exp.Select) -> frozenset[str] | None:
    if any(
        star.parent_select is select and star.find_ancestor(exp.Count) is None
        for star in select.find_all(exp.Star)
    ):
        return None
    return frozenset(c.name for c in select.find_all(exp.Column) if c.parent_select is select)


class Meter:
    """`Warehouse` that forwards to another one; `count` meters the calls since it was last replaced."""

    def __init__(self, inner: Warehouse, catalogue: Catalogue, workload: Workload, clock: Clock) -> None:
        self._inner, self._workload, self._clock = inner, workload, clock
        self._tables = load_tables(catalogue)
        self._bytes: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._written: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self.count = Count()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Meter and run a query."""
        billed = self._scanned(name, parameters)
        with self._lock:
            self.count.calls["query"] += 1
            self.count.billed[name] += billed
        return self._inner.query(name, **parameters)

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Meter and run a MERGE: the staging table, and all columns of the target's partitions that it touches."""
        self._learn(table, rows)
        target = self._tables[table]
        span = pc.min_max(rows[target.partition["field"]]).as_py() if target.partition and len(rows) else None
        touched = self._rows(target, (span["min"], span["max"]) if span else None)
        width = sum(self._width(table, column.name) for column in target.columns)
        with self._lock:
            self.count.calls["merge"] += 1
            self.count.merges[table] += 1
            self.count.billed[f"merge {table}"] += MIN_BILLED + max(MIN_BILLED, round(touched * width))
        return self._inner.merge(table, rows, replace=replace)

    def append(self, table: str, rows: pa.Table) -> int:
        """Meter and stream rows."""
        self._learn(table, rows)
        with self._lock:
            self.count.calls["append"] += 1
            self.count.streamed += max(rows.nbytes, MIN_STREAMED * len(rows))
        return self._inner.append(table, rows)

    def version_token(self, table: str) -> str:
        """Meter a metadata request for a table, which is free."""
        with self._lock:
            self.count.calls["version_token"] += 1
        return self._inner.version_token(table)

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Meter metadata requests for several tables, which take as long as one."""
        with self._lock:
            self.count.calls["version_token"] += 1
        return self._inner.version_tokens(tables)

    def bytes_billed(self) -> int:
        """Bytes that BigQuery would have billed since the count began."""
        return sum(self.count.billed.values())

    def stored_bytes(self) -> int:
        """Bytes stored in the tables of the workload."""
        return round(sum(self._stored(table) for table in self._tables.values()))

    def close(self) -> None:
        """Close the underlying warehouse."""
        self._inner.close()

    def _stored(self, table: Table) -> float:
        return self._rows(table, None) * sum(self._width(table.name, c.name) for c in table.columns)

    def _scanned(self, name: str, parameters: Mapping[str, object]) -> int:
        billed: defaultdict[str, float] = defaultdict(float)
        for read in reads(name):
            table = self._tables[read.table]
            columns = [c.name for c in table.columns if read.columns is None or c.name in read.columns]
            span = self._span(table, read, parameters)
            billed[read.table] += self._rows(table, span) * sum(self._width(read.table, c) for c in columns)
        return sum(max(MIN_BILLED, round(scanned)) for scanned in billed.values())

    def _rows(self, table: Table, span: tuple[datetime, datetime] | None) -> float:
        """Number of rows in the partitions that overlap a span, or in the whole table."""
        rate, hours = self._rate(table)
        if span is None or hours == 0:
            return rate * hours if hours else self._written[table.name]
        first, last = (pd.Timestamp(moment).tz_convert(UTC).tz_localize(None) for moment in span)
        unit, length = ("D", 24) if table.partition and table.partition["type"] == "DAY" else ("M", 31 * 24)
        touched = (last.to_period(unit) - first.to_period(unit)).n + 1
        return rate * min(touched * length, hours)

    def _rate(self, table: Table) -> tuple[float, float]:
        """Rows per hour and number of hours; zero hours for tables that do not grow with time."""
        load = self._workload
        built = self._written["features_hourly"]
        return {
            "features_hourly": (1.0, load.history_hours),
            "observations": (self._written["observations"] / built if built else 0.0, load.history_hours),
            "predictions": (float(load.models), load.predicted_hours),
            "job_runs": (load.ingests_an_hour + 1.0, load.predicted_hours),
            "quotes": (2.0 * load.ingests_an_hour, 7 * 24.0),
        }.get(table.name, (0.0, 0.0))

    def _span(
        self, table: Table, read: Read, parameters: Mapping[str, object]
    ) -> tuple[datetime, datetime] | None:
        """Time range read from a partitioned table; None if the filter leaves all of it."""
        if table.partition is None or f"{table.partition['field']} >= @since" not in read.filter:
            return None
        given: Mapping[str, datetime] = parameters  # type: ignore[assignment] # @since and @until are times
        now = self._clock()
        return given["since"], min(given.get("until", now), now)

    def _learn(self, table: str, rows: pa.Table) -> None:
        with self._lock:
            self._written[table] += len(rows)
            for name in rows.column_names:
                self._bytes[table, name] += _bytes(rows[name])

    def _width(self, table: str, column: str) -> float:
        """Bytes of a column per row; 8 if no row has been written."""
        rows = self._written[table]
        return self._bytes[table, column] / rows if rows else 8.0


def _bytes(values: pa.ChunkedArray) -> float:
    """Bytes that BigQuery counts: 8 per value, 2 plus the UTF-8 length per string, none for nulls."""
    filled: int = len(values) - values.null_count
    if not pa.types.is_string(values.type):
        return 8.0 * filled
    return 2.0 * filled + float(pc.sum(pc.binary_length(values)).as_py() or 0)
