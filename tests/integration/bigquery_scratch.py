"""A dataset on the emulator that is empty for each test, without making its tables each time."""

import uuid
from typing import ClassVar

import grpc
import pyarrow as pa
from bigquery_emulator import Emulator
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

from ppa.core.catalogue import Catalogue
from ppa.storage.warehouse.bigquery import BigQueryWarehouse


class StorageReadingClient(bigquery.Client):
    """Reads from the emulator's Storage API, where the stock client asks Google's own; counts how often."""

    reads = 0

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(
            emulator.project,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": emulator.address},
        )
        self._storage = emulator.storage

    def _ensure_bqstorage_client(self, *_: object, **__: object) -> BigQueryReadClient:
        self.reads += 1
        return BigQueryReadClient(
            transport=BigQueryReadGrpcTransport(channel=grpc.insecure_channel(self._storage))
        )


class _Recorded(BigQueryWarehouse):
    """Remembers the tables that were written, and whether rows were streamed.

    The ids of streamed rows are not taken again by a table of that name for a minute.
    """

    streamed = False
    written: ClassVar[set[str]] = set()

    def append(self, table: str, rows: pa.Table) -> int:
        count = super().append(table, rows)
        type(self).streamed |= count > 0
        return count

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        count = super().merge(table, rows, replace=replace)
        self.written.add(table)
        return count


class Scratch:
    """Opens the warehouse on one dataset, until that has to be replaced."""

    def __init__(self, emulator: Emulator, catalogue: Catalogue) -> None:
        self.emulator, self._catalogue = emulator, catalogue
        self._client = StorageReadingClient(emulator)
        self._renew()

    def open(self) -> BigQueryWarehouse:
        """The warehouse."""
        address = f"bigquery://{self.emulator.project}/{self.dataset}?location=EU"
        return _Recorded.from_address(address, self._catalogue, endpoint=self.emulator.address)

    def open_as_in_the_cloud(self, client: StorageReadingClient) -> BigQueryWarehouse:
        """The warehouse with nothing left out for an emulator's sake."""
        return BigQueryWarehouse(client, self.dataset, self._catalogue)

    def tables(self) -> set[str]:
        """Names of the tables there are, staging tables too."""
        return {table.table_id for table in self._client.list_tables(self.dataset)}

    def empty(self) -> None:
        """Make it as new."""
        if _Recorded.streamed:
            self._client.delete_dataset(self.dataset, delete_contents=True)
            self._renew()
            return
        while _Recorded.written:
            self._client.query_and_wait(f"TRUNCATE TABLE {self.dataset}.{_Recorded.written.pop()}")

    def _renew(self) -> None:
        _Recorded.streamed = False
        _Recorded.written.clear()
        self.dataset = f"test_{uuid.uuid4().hex}"
        self.open().create_tables()
