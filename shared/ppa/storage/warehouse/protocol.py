"""Interface of the warehouse."""

from collections.abc import Collection, Mapping
from typing import Protocol

import pyarrow as pa


class Warehouse(Protocol):
    """Tables of the platform, read and written as Arrow; times are `timestamp[us, UTC]`.

    Implementations are thread-safe. Every method may raise `WarehouseError`.
    """

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Run `sql/<name>.sql` with named parameters (scalars or lists of scalars)."""

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Insert the rows whose key is not stored yet, in one transaction; return the number of rows written.

        With `replace`, rows with a stored key are overwritten. Nullable columns can be left out of `rows`. Raises
        `BadInput` if `rows` contains a key twice.
        """

    def append(self, table: str, rows: pa.Table) -> int:
        """Append rows with at-least-once semantics, at low cost, for logs and quotes; return their number."""

    def version_token(self, table: str) -> str:
        """Opaque version token; differs after any change to the table. Costs no query."""

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Version tokens of several tables, fetched together."""

    def bytes_billed(self) -> int:
        """Bytes billed since the warehouse was opened; 0 if queries are free."""

    def stored_bytes(self) -> int:
        """Size of all tables in bytes."""

    def close(self) -> None:
        """Release all resources; the warehouse cannot be used afterwards."""
