"""The cloud warehouse: one BigQuery dataset, whose tables Terraform makes."""

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
ROWS_A_REQUEST = 500
MAX_AT_ONCE = 8  # requests; Google's client keeps ten connections
SIZED_SECONDS = 3600.0


class BigQueryWarehouse:
    """`Warehouse` on a dataset.

    Rows reach a table by a MERGE from a staging table, or, appended, as streamed rows: those cannot be
    merged into for about half an hour, so a table is written in one way or the other.
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
        """`storage_read` reads large results from the Storage API, which is always Google's own."""
        self._client = client
        self._dataset = f"{client.project}.{dataset}"
        self._tables = load_tables(catalogue)
        self._maximum_bytes_billed = maximum_bytes_billed
        self._storage_read = storage_read
        self._billed = 0
        self._counting = threading.Lock()
        self._sized: tuple[float, int] | None = None

    @classmethod
    def from_address(
        cls, address: str, catalogue: Catalogue, *, endpoint: str | None = None
    ) -> "BigQueryWarehouse":
        """Open `bigquery://project/dataset?location=EU`.

        `endpoint`, or BIGQUERY_EMULATOR_HOST, is the address of an emulator, which takes no credentials.
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
        """Add (or replace) rows by key, reading the partitions from the first row's to the last row's."""
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
        """Stream rows; a row sent again within about a minute is dropped by its key."""
        target = table_named(self._tables, table)
        staged = target.validated(rows)
        for start in range(0, len(staged), ROWS_A_REQUEST):
            self._stream(target, staged.slice(start, ROWS_A_REQUEST))
        return len(staged)

    def version_token(self, table: str) -> str:
        """When the table was last modified, and its rows, streamed ones among them; asking costs nothing."""
        target = table_named(self._tables, table)
        with as_warehouse_errors(f"the state of {table}"):
            found = self._client.get_table(
                f"{self._dataset}.{target.name}", retry=REQUEST_RETRY, timeout=REQUEST_SECONDS
            )
        streamed = found.streaming_buffer.estimated_rows if found.streaming_buffer else 0
        return f"{found.modified and found.modified.timestamp()}-{found.num_rows}-{streamed}"

    def version_tokens(self, tables: Collection[str]) -> Mapping[str, str]:
        """The version token of each table, asked for in parallel: they take as long as one."""
        with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
            return dict(zip(tables, pool.map(self.version_token, tables), strict=True))

    def bytes_billed(self) -> int:
        """Bytes billed by the statements run here."""
        with self._counting:
            return self._billed

    def stored_bytes(self) -> int:
        """What the tables' own descriptions say, which costs no query; asked for again after an hour."""
        if self._sized is None or time.monotonic() - self._sized[0] > SIZED_SECONDS:
            with as_warehouse_errors("the sizes of the tables"):
                names = [f"{self._dataset}.{name}" for name in self._tables]
                tables = [self._client.get_table(name, retry=REQUEST_RETRY) for name in names]
            self._sized = time.monotonic(), sum(table.num_bytes or 0 for table in tables)
        return self._sized[1]

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def create_tables(self) -> None:
        """Make the dataset and those tables that are missing: for an emulator or a scratch project."""
        with as_warehouse_errors(f"tables in {self._dataset}"):
            self._client.create_dataset(self._dataset, exists_ok=True, retry=REQUEST_RETRY)
            for table in self._tables.values():
                made = cloud_table(table, f"{self._dataset}.{table.name}")
                self._client.create_table(made, exists_ok=True, retry=REQUEST_RETRY)

    def _quoted(self, table: str) -> str:
        return f"`{self._dataset}.{table}`"

    @JOB_RETRY
    def _run(
        self, name: str, statement: str, parameters: Parameters
    ) -> tuple[bigquery.QueryJob, bigquery.table.RowIterator]:
        job = self._start(f"{name}-{uuid.uuid4()}", name, statement, parameters)
        rows = job.result(retry=REQUEST_RETRY, timeout=JOB_SECONDS, job_retry=None)
        with self._counting:
            self._billed += job.total_bytes_billed or 0
        return job, rows

    def _start(self, job_id: str, name: str, statement: str, parameters: Parameters) -> bigquery.QueryJob:
        config = query_config(name, parameters, self._maximum_bytes_billed)
        try:
            return self._client.query(
                statement, config, job_id, retry=REQUEST_RETRY, timeout=REQUEST_SECONDS, job_retry=None
            )
        except Duplicate:  # the request got through, and only its answer was lost
            return cast(bigquery.QueryJob, self._client.get_job(job_id, retry=REQUEST_RETRY))

    @contextmanager
    def _staging(self, target: Table, rows: pa.Table) -> Iterator[str]:
        """The rows in a table of their own, which expires where it cannot be deleted."""
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
    """The condition on the target's partitions that MERGE prunes by, and its parameters."""
    if target.partition is None:
        return "", {}
    field = target.partition["field"]
    span = pc.min_max(rows[field]).as_py()
    return f" AND T.`{field}` BETWEEN @first AND @last", {"first": span["min"], "last": span["max"]}
