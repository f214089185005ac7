"""A warehouse that is asked the same question again only once a table that the question is about has changed.

For the pages, where many look at what changes once an hour: in the cloud every statement is billed for at least 10 MB
of each table, while a table's mark is free. Jobs do without, as they decide by what they read.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping

import pyarrow as pa

from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse.protocol import Warehouse
from ppa.storage.warehouse.statements import load_statement

TABLE = re.compile(r"\{dataset\}\.(\w+)")
# What others write is seen after so many seconds, what is written here at once.
TOKEN_SECONDS = 5.0
# What is streamed changes all the time, and BigQuery counts it only now and then: time itself is its mark.
STREAMED_SECONDS: Mapping[str, float] = {"job_runs": 300.0, "provider_calls": 300.0, "quotes": 60.0}
MAX_KEPT, MAX_KEPT_BYTES = 256, 4 << 20


class CachedWarehouse:
    """`Warehouse` over another. Answers are Arrow tables, which nobody can change."""

    def __init__(self, inner: Warehouse, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner, self._clock = inner, clock
        self._memo = SingleFlightCache(MAX_KEPT)
        self._marks: dict[str, tuple[float, str]] = {}
        self._written: defaultdict[str, int] = defaultdict(int)
        self._lock, self._looking = threading.Lock(), threading.Lock()

    def query(self, name: str, **parameters: object) -> pa.Table:
        """The answer, as it was before where nothing has changed since; large ones are not kept."""
        key = name, _frozen(parameters)
        tables = sorted(set(TABLE.findall(load_statement(name))))
        tokens = tuple(map(self.version_token, tables))
        answer = self._memo.get(key, lambda: self._inner.query(name, **parameters), tokens)
        if answer.nbytes > MAX_KEPT_BYTES:
            self._memo.get(key, lambda: None, "too large to keep")
        return answer

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Merge, and look at the table anew."""
        try:
            return self._inner.merge(table, rows, replace=replace)
        finally:
            self._look_anew(table)

    def append(self, table: str, rows: pa.Table) -> int:
        """Append, and look at the table anew."""
        try:
            return self._inner.append(table, rows)
        finally:
            self._look_anew(table)

    def version_token(self, table: str) -> str:
        """The table's token, at most some seconds old, and never older than what was written here."""
        if table in STREAMED_SECONDS:
            with self._lock:
                return f"{self._clock() // STREAMED_SECONDS[table]}-{self._written[table]}"
        known = self._known(table)
        if known is None:
            with self._looking:  # one asks, and the others find its answer
                known = self._known(table) or self._look(table)
        return known

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """The mark of each."""
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

    def _known(self, table: str) -> str | None:
        with self._lock:
            seen = self._marks.get(table)
        return seen[1] if seen and self._clock() - seen[0] < TOKEN_SECONDS else None

    def _look(self, table: str) -> str:
        """The table's mark as of now; asked for with it, those of the other tables whose marks are old by now."""
        now = self._clock()
        with self._lock:
            old = (name for name, (asked, _) in self._marks.items() if now - asked >= TOKEN_SECONDS)
            before = {name: self._written[name] for name in {table, *old}}
        found = self._inner.version_tokens(before)
        with self._lock:
            kept = {name: (now, token) for name, token in found.items() if self._written[name] == before[name]}
            self._marks.update(kept)
        return found[table]

    def _look_anew(self, table: str) -> None:
        with self._lock:
            self._written[table] += 1
            self._marks.pop(table, None)


def _frozen(parameters: Mapping[str, object]) -> Hashable:
    """Parameters as a key: lists become tuples."""
    pairs = sorted(parameters.items())
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in pairs)
