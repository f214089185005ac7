"""A warehouse that counts what BigQuery would bill for each statement that goes through it.

BigQuery bills the columns that a statement names, in the partitions that its filter leaves, and at least 10 MB for each
table: https://cloud.google.com/bigquery/pricing#on_demand_pricing. Widths are measured from the rows that are written
here, and put to the number of rows that the workload has.
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
    """How often each kind of call was made, and each table merged into; bytes billed by statement, and streamed."""

    calls: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    billed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    merges: Counter[str] = field(default_factory=Counter)
    streamed: int = 0


@dataclass(frozen=True)
class Read:
    """One place in a statement that reads a table: the columns it names, None for all, and its filter."""

    table: str
    columns: frozenset[str] | None
    filter: str


@cache
def reads(name: str) -> tuple[Read, ...]:
    """Every place where `sql/<name>.sql` reads a table: a query within the query reads it once more."""
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
    """`Warehouse` over another; `count` is what came through since it was last put to a new one."""

    def __init__(self, inner: Warehouse, catalogue: Catalogue, workload: Workload, clock: Clock) -> None:
        self._inner, self._workload, self._clock = inner, workload, clock
        self._tables = load_tables(catalogue)
        self._bytes: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._written: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self.count = Count()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Count a query, and answer it."""
        billed = self._scanned(name, parameters)
        with self._lock:
            self.count.calls["query"] += 1
            self.count.billed[name] += billed
        return self._inner.query(name, **parameters)

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Count a MERGE: the staging table, and the target's partitions that it touches with every column."""
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
        """Count streamed rows."""
        self._learn(table, rows)
        with self._lock:
            self.count.calls["append"] += 1
            self.count.streamed += max(rows.nbytes, MIN_STREAMED * len(rows))
        return self._inner.append(table, rows)

    def version_token(self, table: str) -> str:
        """Count a look at a table's state, which costs nothing."""
        with self._lock:
            self.count.calls["version_token"] += 1
        return self._inner.version_token(table)

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Count looks at several, which take as long as one."""
        with self._lock:
            self.count.calls["version_token"] += 1
        return self._inner.version_tokens(tables)

    def bytes_billed(self) -> int:
        """Bytes that BigQuery would have billed since the last count began."""
        return sum(self.count.billed.values())

    def stored_bytes(self) -> int:
        """Bytes that the workload's tables take up."""
        return round(sum(self._stored(table) for table in self._tables.values()))

    def close(self) -> None:
        """Close the other."""
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
        """Rows of a table in the whole partitions that a span touches, or in all of it."""
        rate, hours = self._rate(table)
        if span is None or hours == 0:
            return rate * hours if hours else self._written[table.name]
        first, last = (pd.Timestamp(moment).tz_convert(UTC).tz_localize(None) for moment in span)
        unit, length = ("D", 24) if table.partition and table.partition["type"] == "DAY" else ("M", 31 * 24)
        touched = (last.to_period(unit) - first.to_period(unit)).n + 1
        return rate * min(touched * length, hours)

    def _rate(self, table: Table) -> tuple[float, float]:
        """Rows an hour, and the hours that there are of them; no hours where a table does not grow with time."""
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
        """From when to when a partitioned table is read; None where the filter leaves all of it."""
        if table.partition is None or f"{table.partition['field']} >= @since" not in read.filter:
            return None
        given: Mapping[str, datetime] = parameters  # type: ignore[assignment] # named @since and @until, so times
        now = self._clock()
        return given["since"], min(given.get("until", now), now)

    def _learn(self, table: str, rows: pa.Table) -> None:
        with self._lock:
            self._written[table] += len(rows)
            for name in rows.column_names:
                self._bytes[table, name] += _bytes(rows[name])

    def _width(self, table: str, column: str) -> float:
        """Bytes of a column in one row; those of a number where no row has been seen."""
        rows = self._written[table]
        return self._bytes[table, column] / rows if rows else 8.0


def _bytes(values: pa.ChunkedArray) -> float:
    """What BigQuery counts: 8 bytes for a value, 2 and its UTF-8 for a text, nothing for a null."""
    filled: int = len(values) - values.null_count
    if not pa.types.is_string(values.type):
        return 8.0 * filled
    return 2.0 * filled + float(pc.sum(pc.binary_length(values)).as_py() or 0)
