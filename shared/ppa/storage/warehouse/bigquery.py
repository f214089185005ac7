"""Cloud warehouse in a BigQuery dataset, whose tables are created by Terraform."""

import io
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from google.api_core.exceptions import Conflict as Duplicate
from google.api_core.exceptions import GoogleAPIError
from google.cloud import bigquery

from ppa.core.catalogue import Catalogue
from ppa.core.errors import WarehouseError
from ppa.storage.warehouse.bigquery_client import (
    JOB_RETRY,
    JOB_SECONDS,
    MAXIMUM_BYTES_BILLED,
    REQUEST_RETRY,
    REQUEST_SECONDS,
    as_warehouse_errors,
    connect,
    emulator_endpoint,
    labels,
    parse_address,
    query_config,
)
from ppa.storage.warehouse.bigquery_tables import cloud_table, fields, first_error, insert_ids, insert_rows
from ppa.storage.warehouse.schema import Table, load_tables, table_named
from ppa.storage.warehouse.statements import Parameters, checked_parameters, load_statement, merge_statement

STAGING_LIFETIME = timedelta(hours=1)
ROWS_PER_REQUEST = 500
MAX_PARALLEL_REQUESTS = 8  # Google's client keeps ten connections
SIZE_TTL_SECONDS = 3600.0


class BigQueryWarehouse:
    """`Warehouse` in a BigQuery dataset.

    Rows are merged from a staging table, or appended as streamed rows. Streamed rows cannot be modified for about half
    an hour, so that each table is written in one way only.
    """

    def __init__(
        self,
        client: bigquery.Client,
        dataset: str,
        catalogue: Catalogue,
        *,
        maximum_bytes_billed: int = MAXIMUM_BYTES_BILLED,
        storage_read: bool = True,
    ) -> None:
        """Create the warehouse; `storage_read` reads large results by the Storage API, which has no emulator."""
        self._client = client
        self._dataset = f"{client.project}.{dataset}"
        self._tables = load_tables(catalogue)
        self._maximum_bytes_billed = maximum_bytes_billed
        self._storage_read = storage_read
        self._billed = 0
        self._billing_lock = threading.Lock()
        self._size: tuple[float, int] | None = None

    @classmethod
    def from_address(
        cls, address: str, catalogue: Catalogue, *, endpoint: str | None = None
    ) -> "BigQueryWarehouse":
        """Open `bigquery://project/dataset?location=EU`.

        `endpoint`, or BIGQUERY_EMULATOR_HOST, is the address of an emulator, which needs no credentials.
        """
        place, emulator = parse_address(address), endpoint or emulator_endpoint()
        return cls(
            connect(place, emulator),
            place.dataset,
            catalogue,
            maximum_bytes_billed=place.maximum_bytes_billed,
            storage_read=emulator is None,
        )

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Run `sql/<name>.sql`."""
        statement = load_statement(name).replace("{dataset}", self._dataset)
        bound = checked_parameters(name, parameters)
        with as_warehouse_errors(f"statement {name!r}"):
            rows = self._run(name, statement, bound)[1]
            return rows.to_arrow(create_bqstorage_client=self._storage_read)

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Insert (or replace) rows by key, scanning only the partitions between the first and the last row."""
        target = table_named(self._tables, table)
        staged = target.validated(rows)
        if not len(staged):
            return 0
        bounds, parameters = _partitions(target, staged)
        with as_warehouse_errors(f"rows for {table}"), self._staging(target, staged) as staging:
            statement = merge_statement(
                target, self._quoted(table), self._quoted(staging), replace=replace, bounds=bounds
            )
            return self._run(f"merge_{table}", statement, parameters)[0].num_dml_affected_rows or 0

    def append(self, table: str, rows: pa.Table) -> int:
        """Stream rows; BigQuery drops a row with the same key sent again within about a minute."""
        target = table_named(self._tables, table)
        staged = target.validated(rows)
        for start in range(0, len(staged), ROWS_PER_REQUEST):
            self._stream(target, staged.slice(start, ROWS_PER_REQUEST))
        return len(staged)

    def version_token(self, table: str) -> str:
        """Version token from the table's modification time and row counts, streamed rows included; free of charge."""
        target = table_named(self._tables, table)
        with as_warehouse_errors(f"the state of {table}"):
            metadata = self._client.get_table(
                f"{self._dataset}.{target.name}", retry=REQUEST_RETRY, timeout=REQUEST_SECONDS
            )
        streamed = metadata.streaming_buffer.estimated_rows if metadata.streaming_buffer else 0
        return f"{metadata.modified and metadata.modified.timestamp()}-{metadata.num_rows}-{streamed}"

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """Version tokens of several tables, fetched in parallel."""
        with ThreadPoolExecutor(MAX_PARALLEL_REQUESTS) as pool:
            return dict(zip(tables, pool.map(self.version_token, tables), strict=True))

    def bytes_billed(self) -> int:
        """Bytes billed by the statements of this instance."""
        with self._billing_lock:
            return self._billed

    def stored_bytes(self) -> int:
        """Size of all tables from their metadata, without a query; refreshed after an hour."""
        if self._size is None or time.monotonic() - self._size[0] > SIZE_TTL_SECONDS:
            with as_warehouse_errors("the sizes of the tables"):
                names = [f"{self._dataset}.{name}" for name in self._tables]
                tables = [self._client.get_table(name, retry=REQUEST_RETRY) for name in names]
            self._size = time.monotonic(), sum(table.num_bytes or 0 for table in tables)
        return self._size[1]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def create_tables(self) -> None:
        """Create the dataset and missing tables, for an emulator or a scratch project."""
        with as_warehouse_errors(f"tables in {self._dataset}"):
            self._client.create_dataset(self._dataset, exists_ok=True, retry=REQUEST_RETRY)
            for table in self._tables.values():
                definition = cloud_table(table, f"{self._dataset}.{table.name}")
                self._client.create_table(definition, exists_ok=True, retry=REQUEST_RETRY)

    def _quoted(self, table: str) -> str:
        return f"`{self._dataset}.{table}`"

    @JOB_RETRY
    def _run(
        self, name: str, statement: str, parameters: Parameters
    ) -> tuple[bigquery.QueryJob, bigquery.table.RowIterator]:
        job = self._start(f"{name}-{uuid.uuid4()}", name, statement, parameters)
        rows = job.result(retry=REQUEST_RETRY, timeout=JOB_SECONDS, job_retry=None)
        with self._billing_lock:
            self._billed += job.total_bytes_billed or 0
        return job, rows

    def _start(self, job_id: str, name: str, statement: str, parameters: Parameters) -> bigquery.QueryJob:
        config = query_config(name, parameters, self._maximum_bytes_billed)
        try:
            return self._client.query(
                statement, config, job_id, retry=REQUEST_RETRY, timeout=REQUEST_SECONDS, job_retry=None
            )
        except Duplicate:  # an earlier request succeeded, but its response was lost
            return cast(bigquery.QueryJob, self._client.get_job(job_id, retry=REQUEST_RETRY))

    @contextmanager
    def _staging(self, target: Table, rows: pa.Table) -> Iterator[str]:
        """Load rows into a temporary table, which expires if it cannot be deleted."""
        name = f"staging_{target.name}_{uuid.uuid4().hex}"
        staging = bigquery.Table(f"{self._dataset}.{name}", fields(target))
        staging.expires = datetime.now(UTC) + STAGING_LIFETIME
        self._client.create_table(staging, exists_ok=True, retry=REQUEST_RETRY)
        try:
            self._load(staging, rows)
            yield name
        finally:
            with suppress(GoogleAPIError):
                self._client.delete_table(staging, not_found_ok=True, retry=REQUEST_RETRY)

    def _load(self, staging: bigquery.Table, rows: pa.Table) -> None:
        content = io.BytesIO()
        pq.write_table(rows, content)
        job_id = f"load-{staging.table_id}"
        config = bigquery.LoadJobConfig(
            create_disposition="CREATE_NEVER",
            labels=labels("load"),
            schema=staging.schema,
            source_format="PARQUET",
            write_disposition="WRITE_EMPTY",
        )
        try:
            job = self._client.load_table_from_file(
                content,
                staging,
                rewind=True,
                size=content.tell(),
                job_id=job_id,
                job_config=config,
                timeout=REQUEST_SECONDS,
            )
        except Duplicate:  # as above
            job = cast(bigquery.LoadJob, self._client.get_job(job_id, retry=REQUEST_RETRY))
        job.result(retry=REQUEST_RETRY, timeout=JOB_SECONDS)

    def _stream(self, target: Table, rows: pa.Table) -> None:
        with as_warehouse_errors(f"rows for {target.name}"):
            errors = self._client.insert_rows_json(
                f"{self._dataset}.{target.name}",
                insert_rows(rows),
                row_ids=insert_ids(target, rows),
                retry=REQUEST_RETRY,
                timeout=REQUEST_SECONDS,
            )
        if errors:
            raise WarehouseError(f"BigQuery refused rows for {target.name}: {first_error(errors)}")


def _partitions(target: Table, rows: pa.Table) -> tuple[str, Parameters]:
    """Condition on the target's partitions for pruning in MERGE, with its parameters."""
    if target.partition is None:
        return "", {}
    field = target.partition["field"]
    span = pc.min_max(rows[field]).as_py()
    return f" AND T.`{field}` BETWEEN @first AND @last", {"first": span["min"], "last": span["max"]}
