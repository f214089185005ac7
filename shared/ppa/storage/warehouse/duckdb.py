"""Embedded warehouse in a DuckDB file, opened by a single process."""

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from secrets import token_hex

import duckdb
import pyarrow as pa
import sqlglot

from ppa.core.catalogue import Catalogue
from ppa.core.contracts.stored import Column
from ppa.core.errors import WarehouseError, WarehouseHeld
from ppa.storage.warehouse.schema import Table, load_tables, table_named
from ppa.storage.warehouse.statements import checked_parameters, load_statement, merge_statement

DATASET = "main"
INTERRUPTED_EVERY = 0.1  # seconds: a statement that has not begun yet does not notice
TYPES = {
    "STRING": "VARCHAR",
    "TIMESTAMP": "TIMESTAMPTZ",
    "FLOAT64": "DOUBLE",
    "INT64": "BIGINT",
    "BOOL": "BOOLEAN",
}


class DuckDBWarehouse:
    """`Warehouse` in a DuckDB file, with concurrent reads and serialised writes."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Open or create the file; raises `WarehouseHeld` if another process has it, `WarehouseError` if damaged."""
        self._tables = load_tables(catalogue)
        self._writing = threading.Lock()
        # this process is the only writer, so its write counts identify every change; the token identifies the process
        self._token, self._writes = token_hex(4), Counter[str]()
        self._path = path
        self._connection: duckdb.DuckDBPyConnection | None = _connect(path)
        self._cursors, self._changed = set[duckdb.DuckDBPyConnection](), threading.Condition()
        self._prepare()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Run `sql/<name>.sql`."""
        statement, bound = translate(load_statement(name)), checked_parameters(name, parameters)
        with self._cursor() as cursor:
            return _in_utc(cursor.sql(statement, params=bound).to_arrow_table())

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Insert (or replace) rows by key."""
        target = table_named(self._tables, table)
        staged = target.validated(rows)
        statement = translate(merge_statement(target, target.name, "staging", replace=replace))
        with self._writing, self._cursor() as cursor:
            cursor.register("staging", staged)
            written = _count(cursor.execute(statement))
            self._writes[target.name] += bool(written)
            return written

    def append(self, table: str, rows: pa.Table) -> int:
        """Append rows; implemented as a merge."""
        return self.merge(table, rows)

    def version_token(self, table: str) -> str:
        """Version token from the number of writes by this process."""
        return f"{self._token}-{self._writes[table_named(self._tables, table).name]}"

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Version tokens of several tables."""
        return {table: self.version_token(table) for table in tables}

    def bytes_billed(self) -> int:
        """Bytes billed: always 0."""
        return 0

    def stored_bytes(self) -> int:
        """Size of the file and its write-ahead log in bytes."""
        files = (self._path, self._path.with_name(f"{self._path.name}.wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Flush and close the file; running reads fail with `WarehouseError`."""
        with self._writing, self._changed:
            connection, self._connection = self._connection, None
            while self._cursors:
                for cursor in self._cursors:
                    cursor.interrupt()
                self._changed.wait(INTERRUPTED_EVERY)
        if connection is not None:
            connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._tracked_cursor() as cursor:
                cursor.execute("SET TimeZone = 'UTC'")
                yield cursor
        except duckdb.InterruptException as error:
            raise WarehouseError("The warehouse was closed during a statement.") from error
        except duckdb.Error as error:
            raise WarehouseError(f"The warehouse refused a statement: {_first_line(error)}") from error
        except RuntimeError as error:
            # DuckDB raises this for Ctrl-C during a query
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise

    @contextmanager
    def _tracked_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that `close` waits for: DuckDB closes no connection while one of its cursors is busy."""
        with self._changed:
            if self._connection is None:
                raise WarehouseError(f"The warehouse {self._path} is closed.")
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
        try:
            yield cursor
        finally:
            cursor.close()
            with self._changed:
                self._cursors.remove(cursor)
                self._changed.notify_all()

    def _prepare(self) -> None:
        with self._writing, self._cursor() as cursor:
            for table in self._tables.values():
                cursor.execute(_create(table))
                for column in _missing(cursor, table):
                    cursor.execute(
                        f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {TYPES[column.type]}'
                    )


@cache
def translate(statement: str) -> str:
    """Translate GoogleSQL to DuckDB's dialect and insert the dataset."""
    return sqlglot.transpile(statement.replace("{dataset}", DATASET), read="bigquery", write="duckdb")[0]


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseHeld(
                f"The warehouse {path} is open in another process.",
                "Stop that process, or set PPA_URL to its address.",
            ) from error
        raise WarehouseError(_damaged(path, error)) from error
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise WarehouseError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    return (
        f"The warehouse {path} cannot be read ({_first_line(error)}) and was not changed. "
        "Restore a backup, or move the file away to start anew."
    )


def _create(table: Table) -> str:
    columns = ", ".join(
        f'"{c.name}" {TYPES[c.type]}{" NOT NULL" if c.required else ""}' for c in table.columns
    )
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})"


def _missing(cursor: duckdb.DuckDBPyConnection, table: Table) -> list[Column]:
    present = {row[0] for row in cursor.execute(f"DESCRIBE {table.name}").fetchall()}
    return [column for column in table.columns if column.name not in present]


def _count(result: duckdb.DuckDBPyConnection) -> int:
    rows: Sequence[tuple[int]] = result.fetchall()
    return rows[0][0] if rows else 0


def _in_utc(table: pa.Table) -> pa.Table:
    """Cast times to UTC, since DuckDB labels them with the session's time zone."""
    fields = [
        pa.field(f.name, pa.timestamp("us", tz="UTC")) if pa.types.is_timestamp(f.type) else f
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
