"""A warehouse that caches query results until a table that they read changes.

For the pages, where many look at what changes once an hour: in the cloud every statement is billed for at least 10 MB
of each table, while a table's version token is free. Jobs do without, as they decide by what they read.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse.protocol import Warehouse
from ppa.storage.warehouse.statements import load_statement

TABLE = re.compile(r"\{dataset\}\.(\w+)")
# What others write is seen after so many seconds, what is written here at once.
TOKEN_SECONDS = 5.0
# What is streamed changes all the time, and BigQuery counts it only now and then: time itself is its token.
STREAMED_SECONDS: Mapping[str, float] = {"job_runs": 300.0, "provider_calls": 300.0, "quotes": 60.0}
MAX_KEPT, MAX_KEPT_BYTES = 256, 4 << 20


class _Asked(NamedTuple):
    """A table's version token, when it was asked for, and how often the table had been written here by then."""

    token: str
    at: float
    written: int


class CachedWarehouse:
    """`Warehouse` over another. Results are Arrow tables, which nobody can change."""

    def __init__(self, inner: Warehouse, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner, self._clock = inner, clock
        self._results, self._tokens = SingleFlightCache(MAX_KEPT), SingleFlightCache(1)
        self._written: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """The result of a statement, from memory if no table of it has changed since; large ones are not kept."""
        key = name, _frozen(parameters)
        tables = sorted(set(TABLE.findall(load_statement(name))))
        tokens = tuple(map(self.version_token, tables))
        result = self._results.get(key, lambda: self._inner.query(name, **parameters), tokens)
        if result.nbytes > MAX_KEPT_BYTES:
            self._results.drop(key)
        return result

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Merge, and ask for the table's token anew."""
        try:
            return self._inner.merge(table, rows, replace=replace)
        finally:
            self._count_write(table)

    def append(self, table: str, rows: pa.Table) -> int:
        """Append, and ask for the table's token anew."""
        try:
            return self._inner.append(table, rows)
        finally:
            self._count_write(table)

    def version_token(self, table: str) -> str:
        """The table's version token, at most some seconds old, and never older than what was written here."""
        if table in STREAMED_SECONDS:
            return f"{self._clock() // STREAMED_SECONDS[table]}-{self._written[table]}"
        tokens: Mapping[str, _Asked] = self._tokens.renew(
            "tokens", partial(self._ask, table), lambda asked: self._is_fresh(table, asked.get(table))
        )
        return tokens[table].token

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """The version token of each table."""
        return {table: self.version_token(table) for table in tables}

    def bytes_billed(self) -> int:
        """Bytes billed since the warehouse was opened."""
        return self._inner.bytes_billed()

    def stored_bytes(self) -> int:
        """Bytes that the tables take up."""
        return self._inner.stored_bytes()

    def close(self) -> None:
        """Close the other."""
        self._inner.close()

    def _is_fresh(self, table: str, asked: _Asked | None) -> bool:
        return (
            asked is not None
            and self._clock() - asked.at < TOKEN_SECONDS
            and self._written[table] == asked.written
        )

    def _ask(self, table: str, asked: Mapping[str, _Asked] | None) -> Mapping[str, _Asked]:
        """Return the tokens, those that are not fresh asked for anew, in one request."""
        asked, now = asked or {}, self._clock()
        old = (name for name, before in asked.items() if not self._is_fresh(name, before))
        written = {name: self._written[name] for name in {table, *old}}
        tokens = self._inner.version_tokens(written)
        return {**asked, **{name: _Asked(token, now, written[name]) for name, token in tokens.items()}}

    def _count_write(self, table: str) -> None:
        with self._lock:
            self._written[table] += 1


def _frozen(parameters: Mapping[str, object]) -> Hashable:
    """Parameters as a key: lists become tuples."""
    pairs = sorted(parameters.items())
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in pairs)
