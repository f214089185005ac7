"""A dataset on the emulator that is empty for each test, without making its tables each time."""

import uuid

import pyarrow as pa
from bigquery_emulator import Emulator
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from shared.catalogue import Catalogue
from shared.warehouse.bigquery import BigQueryWarehouse


class _Recorded(BigQueryWarehouse):
    """Remembers that rows were streamed: their ids are not taken again by a table of that name for a minute."""

    streamed = False

    def append(self, table: str, rows: pa.Table) -> int:
        written = super().append(table, rows)
        type(self).streamed |= written > 0
        return written


class Scratch:
    """Opens the warehouse on one dataset, until that has to be replaced."""

    def __init__(self, emulator: Emulator, catalogue: Catalogue) -> None:
        self.emulator, self._catalogue = emulator, catalogue
        self._client = bigquery.Client(
            emulator.project,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": emulator.address},
        )
        self._renew()

    def open(self) -> BigQueryWarehouse:
        """The warehouse."""
        address = f"bigquery://{self.emulator.project}/{self.dataset}?location=EU"
        return _Recorded.from_address(address, self._catalogue, endpoint=self.emulator.address)

    def tables(self) -> set[str]:
        """Names of the tables there are, staging tables too."""
        return {table.table_id for table in self._client.list_tables(self.dataset)}

    def empty(self) -> None:
        """Make it as new."""
        if _Recorded.streamed:
            self._client.delete_dataset(self.dataset, delete_contents=True)
            self._renew()
            return
        counts = [
            f"SELECT '{name}' AS name, COUNT(*) AS n FROM {self.dataset}.{name}"  # noqa: S608 names of ours
            for name in self.tables()
        ]
        for row in self._client.query_and_wait(" UNION ALL ".join(counts)):
            if row.n:
                self._client.query_and_wait(f"TRUNCATE TABLE {self.dataset}.{row.name}")

    def _renew(self) -> None:
        _Recorded.streamed = False
        self.dataset = f"test_{uuid.uuid4().hex}"
        self.open().create_tables()
