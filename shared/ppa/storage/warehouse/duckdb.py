"""The embedded warehouse: one DuckDB file, owned by one process."""

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
from ppa.core.errors import WarehouseError, WarehouseHeld
from ppa.storage.warehouse.schema import Column, Table, load_tables, table_named
from ppa.storage.warehouse.statements import checked_parameters, load_statement, merge_statement

DATASET = "main"
TYPES = {
    "STRING": "VARCHAR",
    "TIMESTAMP": "TIMESTAMPTZ",
    "FLOAT64": "DOUBLE",
    "INT64": "BIGINT",
    "BOOL": "BOOLEAN",
}


class DuckDBWarehouse:
    """`Warehouse` on a file. Reads run side by side; writes take turns."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        """Open or make the file; WarehouseHeld while another process has it, WarehouseError if it is damaged."""
        self._tables = load_tables(catalogue)
        self._writing = threading.Lock()
        # one process writes, so that counting its own writes tells every change; the token tells starts apart
        self._token, self._writes = token_hex(4), Counter[str]()
        self._path = path
        self._connection = _connect(path)
        self._prepare()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Run `sql/<name>.sql`."""
        statement, bound = translate(load_statement(name)), checked_parameters(name, parameters)
        with self._cursor() as cursor:
            return _in_utc(cursor.sql(statement, params=bound).to_arrow_table())

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Add (or replace) rows by key."""
        target = table_named(self._tables, table)
        staged = target.validated(rows)
        statement = translate(merge_statement(target, target.name, "staging", replace=replace))
        with self._writing, self._cursor() as cursor:
            cursor.register("staging", staged)
            written = _count(cursor.execute(statement))
            self._writes[target.name] += bool(written)
            return written

    def append(self, table: str, rows: pa.Table) -> int:
        """Add rows; here, as exact as a merge."""
        return self.merge(table, rows)

    def version_token(self, table: str) -> str:
        """How often this process has changed the table."""
        return f"{self._token}-{self._writes[table_named(self._tables, table).name]}"

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """The version token of each table."""
        return {table: self.version_token(table) for table in tables}

    def bytes_billed(self) -> int:
        """Nothing is billed at home."""
        return 0

    def stored_bytes(self) -> int:
        """The file's size, with what is logged and not merged into it yet."""
        files = (self._path, self._path.with_name(f"{self._path.name}.wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Write everything to the file and let go of it."""
        with self._writing:
            self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SET TimeZone = 'UTC'")
                yield cursor
        except duckdb.Error as error:
            raise WarehouseError(f"The warehouse refused a statement: {_first_line(error)}") from error
        except RuntimeError as error:
            # DuckDB turns Ctrl-C during a query into this
            if "interrupted" in str(error):
                raise KeyboardInterrupt from error
            raise

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
    """GoogleSQL to DuckDB's dialect, with the dataset filled in."""
    return sqlglot.transpile(statement.replace("{dataset}", DATASET), read="bigquery", write="duckdb")[0]


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseHeld(
                f"Another process has the warehouse {path} open.", "Stop it, or let `ppa` ask it by PPA_URL."
            ) from error
        raise WarehouseError(_damaged(path, error)) from error
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise WarehouseError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    return (
        f"The warehouse {path} cannot be read ({_first_line(error)}). Nothing in it was changed: "
        "put a copy back in its place, or move it away to start anew."
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
    """DuckDB names the zone as the session does; the type is the same for every reader here."""
    fields = [
        pa.field(f.name, pa.timestamp("us", tz="UTC")) if pa.types.is_timestamp(f.type) else f
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
