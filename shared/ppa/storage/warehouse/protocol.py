"""What the platform asks of a warehouse."""

from collections.abc import Collection, Mapping
from typing import Protocol

import pyarrow as pa


class Warehouse(Protocol):
    """Tables in and out, as Arrow. Times are `timestamp[us, UTC]`. Safe to use from several threads.

    Every method may raise WarehouseError.
    """

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Run `sql/<name>.sql` with named parameters (scalars, or lists of scalars)."""

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Add the rows whose key is not there yet, all or none; how many were written.

        With `replace`, rows whose key is there are overwritten. Rows have the table's columns; columns
        that may be null can be left out. A key twice in `rows` is an error.
        """

    def append(self, table: str, rows: pa.Table) -> int:
        """Add rows cheaply, at least once: for logs and quotes, whose readers take the newest."""

    def version_token(self, table: str) -> str:
        """A text that is another one after the table's rows have changed; no row is read for it."""

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Version token of each of several tables, asked for at once."""

    def bytes_billed(self) -> int:
        """Bytes billed since the warehouse was opened; 0 where nothing is billed."""

    def stored_bytes(self) -> int:
        """Bytes that the tables take up."""

    def close(self) -> None:
        """Release what is held; the warehouse cannot be used after."""
