"""A warehouse that kills its process at a chosen call, and the processes to be killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from ppa.storage.warehouse import Warehouse

Result = TypeVar("Result")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["platforms"])


@dataclass
class Counting:
    """A warehouse that counts its calls and kills its process before or after the last one."""

    inner: Warehouse
    last: int = 0
    before: bool = False
    calls: int = 0

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Query, and count."""
        return self.counted(lambda: self.inner.query(name, **parameters))

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Write, and count."""
        return self.counted(lambda: self.inner.merge(table, rows, replace=replace))

    def append(self, table: str, rows: pa.Table) -> int:
        """Write, and count."""
        return self.counted(lambda: self.inner.append(table, rows))

    def version_token(self, table: str) -> str:
        """Pass through."""
        return self.inner.version_token(table)

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Pass through."""
        return self.inner.version_tokens(tables)

    def bytes_billed(self) -> int:
        """Pass through."""
        return self.inner.bytes_billed()

    def stored_bytes(self) -> int:
        """Pass through."""
        return self.inner.stored_bytes()

    def close(self) -> None:
        """Pass through."""
        self.inner.close()

    def counted(self, work: Callable[[], Result]) -> Result:
        """Run `work`, or kill the process if this is its last call."""
        self.calls += 1
        fatal = self.calls == self.last
        if fatal and self.before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = work()
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
