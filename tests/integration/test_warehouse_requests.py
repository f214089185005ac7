"""What the cloud warehouse asks of BigQuery: limits, labels, tries and clean-ups that no emulator shows."""

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_bigquery import BILLED, DROPPED, FakeBigQuery, fake_bigquery
from warehouse_rows import BASE, HOUR, observations, plausible_rows

from ppa.core.catalogue import Catalogue
from ppa.core.errors import BadInput, WarehouseError
from ppa.storage.warehouse import bigquery, bigquery_client, open_warehouse
from ppa.storage.warehouse.bigquery import BigQueryWarehouse
from ppa.storage.warehouse.schema import load_tables

ADDRESS = "bigquery://p/d?location=EU&maximum_bytes_billed=5000000"


@pytest.fixture
def fake() -> Iterator[FakeBigQuery]:
    with fake_bigquery() as served:
        yield served


@pytest.fixture
def warehouse(
    fake: FakeBigQuery, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BigQueryWarehouse]:
    monkeypatch.setattr(bigquery, "REQUEST_RETRY", bigquery.REQUEST_RETRY.with_delay(0.01, 0.01))
    opened = BigQueryWarehouse.from_address(ADDRESS, catalogue, endpoint=fake.address)
    yield opened
    opened.close()


def test_a_query_carries_its_limits_labels_place_and_typed_parameters(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery
) -> None:
    since = datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    warehouse.query("predictions", since=since, until=since, model_ids=["a", "b"], origins=[], maximum=5)
    [request] = fake.sent("POST /jobs")
    job = request.job("query")
    assert request.body["jobReference"]["location"] == "EU"
    assert job["labels"] == {"app": "price-prediction-app", "statement": "predictions"}
    assert (job["maximumBytesBilled"], job["jobTimeoutMs"]) == ("5000000", "300000")
    assert "`p.d.predictions`" in job["query"]
    assert not job["useLegacySql"]
    sent = {p["name"]: (p["parameterType"], p["parameterValue"]) for p in job["queryParameters"]}
    assert sent["since"] == ({"type": "TIMESTAMP"}, {"value": "2024-01-01 00:00:00.000001+00:00"})
    assert sent["maximum"] == ({"type": "INT64"}, {"value": "5"})
    names = {"arrayValues": [{"value": "a"}, {"value": "b"}]}
    assert sent["model_ids"] == ({"type": "ARRAY", "arrayType": {"type": "STRING"}}, names)
    assert sent["origins"] == ({"type": "ARRAY", "arrayType": {"type": "STRING"}}, {"arrayValues": []})


def test_a_merge_stages_bounds_and_cleans_up(warehouse: BigQueryWarehouse, fake: FakeBigQuery) -> None:
    assert warehouse.merge("observations", observations(3)) == 2
    create, load, merge, *_, delete = (r for r in fake.requests if r.method != "GET")
    staging = create.body["tableReference"]["tableId"]
    expires = datetime.fromtimestamp(int(create.body["expirationTime"]) / 1000, UTC)
    assert timedelta(minutes=50) < expires - datetime.now(UTC) <= timedelta(hours=1)
    assert load.job("load")["destinationTable"]["tableId"] == staging
    assert load.job("load")["writeDisposition"] == "WRITE_EMPTY"
    assert load.job("load")["createDisposition"] == "CREATE_NEVER"
    modes = {f["name"]: (f["type"], f["mode"]) for f in load.job("load")["schema"]["fields"]}
    assert modes["event_time"] == ("TIMESTAMP", "REQUIRED")
    sent = pq.read_table(io.BytesIO(load.upload))
    assert sent.select(observations(3).column_names).to_pylist() == observations(3).to_pylist()
    assert sent["batch"].null_count == 3
    job = merge.job("query")
    assert f"MERGE INTO `p.d.observations` T USING `p.d.{staging}` S" in job["query"]
    assert "AND T.`event_time` BETWEEN @first AND @last WHEN NOT MATCHED" in job["query"]
    bounds = {p["name"]: p["parameterValue"]["value"] for p in job["queryParameters"]}
    assert bounds == {"first": str(BASE), "last": str(BASE + 2 * HOUR)}
    assert (job["maximumBytesBilled"], job["labels"]["statement"]) == ("5000000", "merge_observations")
    assert (delete.method, delete.path) == ("DELETE", f"/datasets/d/tables/{staging}")


def test_a_table_without_partitions_has_no_bounds(warehouse: BigQueryWarehouse, fake: FakeBigQuery) -> None:
    times = pa.array([BASE], pa.timestamp("us", tz="UTC"))
    warehouse.merge("model_events", pa.table({"model_id": ["m"], "at": times, "event": ["e"], "by": ["me"]}))
    assert "BETWEEN" not in fake.sent("POST /jobs")[-1].job("query")["query"]


def test_bytes_billed_are_summed_over_statements_and_threads(warehouse: BigQueryWarehouse) -> None:
    assert warehouse.bytes_billed() == 0
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: warehouse.query("sources"), range(8)))
    warehouse.merge("observations", observations(1))
    assert warehouse.bytes_billed() == 9 * BILLED


def test_a_staging_table_whose_answer_was_lost_is_used(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery
) -> None:
    fake.fail("POST /datasets/d/tables", DROPPED)
    assert warehouse.merge("observations", observations(1)) == 2


@pytest.mark.parametrize("uploads", [False, True], ids=["statement", "load"])
def test_a_lost_answer_does_not_run_a_job_twice(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery, uploads: bool
) -> None:
    fake.fail("POST /jobs", DROPPED)
    if uploads:
        warehouse.merge("observations", observations(1))
    else:
        warehouse.query("sources")
    first, second = fake.sent("POST /jobs")[:2]
    assert first.body["jobReference"] == second.body["jobReference"]
    assert len(fake.jobs) == (2 if uploads else 1)


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (
            400,
            "invalidQuery",
            "Could not serialize access to table p:d.observations due to concurrent update",
        ),
        (
            400,
            "invalidQuery",
            "Transaction is aborted due to concurrent update against table p:d.observations",
        ),
        (400, "jobBackendError", "try again"),
    ],
)
def test_what_passes_is_run_again_as_another_job(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery, status: int, reason: str, message: str
) -> None:
    fake.fail("GET /queries/merge_observations", status, reason, message)
    assert warehouse.merge("observations", observations(1)) == 2
    merges = [
        r.body["jobReference"]["jobId"] for r in fake.sent("POST /jobs") if "query" in r.body["configuration"]
    ]
    assert len(set(merges)) == 2


@pytest.mark.parametrize(
    ("status", "reason", "message", "sentence"),
    [
        (400, "invalidQuery", "Syntax error at [1:1]", "Syntax error at"),
        (
            400,
            "bytesBilledLimitExceeded",
            "Query exceeded limit",
            r"exceeded limit\. Use a shorter range",
        ),
        (403, "accessDenied", "Access Denied", "Grant its service account the roles"),
        (404, "notFound", "Not found: Table p:d.observations", "run terraform apply"),
    ],
)
def test_what_stays_wrong_is_said_at_once(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery, status: int, reason: str, message: str, sentence: str
) -> None:
    fake.fail("GET /queries/sources", status, reason, message)
    with pytest.raises(WarehouseError, match=f"statement 'sources'.*{sentence}"):
        warehouse.query("sources")
    assert len(fake.sent("POST /jobs")) == 1


def test_staging_is_deleted_where_the_merge_fails(warehouse: BigQueryWarehouse, fake: FakeBigQuery) -> None:
    fake.fail("GET /queries/merge_observations", 400, "invalidQuery", "No such column")
    with pytest.raises(WarehouseError, match="rows for observations: No such column"):
        warehouse.merge("observations", observations(1))
    assert len(fake.sent("DELETE /datasets/d/tables/staging_observations_")) == 1


def test_a_merge_stands_though_its_staging_cannot_be_deleted(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery
) -> None:
    fake.fail("DELETE /datasets/d/tables/staging_", 403, "accessDenied", "no")
    assert warehouse.merge("observations", observations(1)) == 2


def test_appended_rows_go_in_parts_with_ids_of_their_keys(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery
) -> None:
    for value in (1.0, float("nan")):
        assert warehouse.append("observations", observations(1001, value=value)) == 1001
    parts = [r.body["rows"] for r in fake.sent("POST /datasets/d/tables/observations/insertAll")]
    assert [len(part) for part in parts] == [500, 500, 1, 500, 500, 1]
    ids = [row["insertId"] for part in parts for row in part]
    assert ids[:1001] == ids[1001:]
    assert len(set(ids)) == 1001
    assert parts[0][1]["json"]["event_time"] == (BASE + HOUR).isoformat()
    assert parts[3][0]["json"]["value"] == "NaN"


def test_whole_numbers_are_streamed_as_text_which_json_cannot_round(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery, catalogue: Catalogue
) -> None:
    rows = plausible_rows(load_tables(catalogue)["job_runs"]).slice(0, 1)
    billed = rows.schema.get_field_index("bytes_billed")
    warehouse.append("job_runs", rows.set_column(billed, "bytes_billed", [[2**53 + 1]]))
    [request] = fake.sent("POST /datasets/d/tables/job_runs/insertAll")
    assert request.body["rows"][0]["json"]["bytes_billed"] == "9007199254740993"


def test_rows_that_bigquery_refuses_are_an_error(warehouse: BigQueryWarehouse, fake: FakeBigQuery) -> None:
    stopped, wrong = (
        {"reason": "stopped", "message": ""},
        {"reason": "invalid", "message": "no such field: x."},
    )
    errors = [{"index": 0, "errors": [stopped]}, {"index": 1, "errors": [wrong]}]
    fake.faults.append(("POST /datasets/d/tables/observations/insertAll", 200, {"insertErrors": errors}))
    with pytest.raises(WarehouseError, match="rows for observations: no such field: x"):
        warehouse.append("observations", observations(2))


def test_small_results_are_read_without_the_storage_api(
    warehouse: BigQueryWarehouse, fake: FakeBigQuery
) -> None:
    result = warehouse.query("quotes", since=BASE)
    times = pa.array([datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    assert result.to_pylist() == [{"asset": "BTC", "ts": times[0].as_py(), "price": 1.5, "source": "test"}]
    assert result.schema.field("ts").type == pa.timestamp("us", tz="UTC")


def test_a_bigquery_that_is_not_there_is_an_error_within_the_time_allowed(
    warehouse: BigQueryWarehouse, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    monkeypatch.setattr(bigquery, "REQUEST_RETRY", bigquery.REQUEST_RETRY.with_timeout(0.2))
    away = BigQueryWarehouse.from_address(ADDRESS, catalogue, endpoint="http://127.0.0.1:9")
    started = time.monotonic()
    for action in (lambda: away.query("sources"), lambda: away.merge("observations", observations(1))):
        with pytest.raises(WarehouseError, match="BigQuery refused"):
            action()
    assert time.monotonic() - started < bigquery_client.JOB_SECONDS


def test_without_credentials_opening_says_so(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    with pytest.raises(WarehouseError, match=r"a connection to p: .*none\.json"):
        open_warehouse(ADDRESS, catalogue)


def test_the_clients_own_setting_leads_to_an_emulator(
    fake: FakeBigQuery, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", fake.address)
    warehouse = open_warehouse("bigquery://p/d", catalogue)
    warehouse.query("sources")
    warehouse.close()
    assert fake.sent("POST /jobs")[0].job("query")["maximumBytesBilled"] == str(2 << 30)


@pytest.mark.parametrize(
    "address",
    [
        "bigquery://",
        "bigquery://p",
        "bigquery://p/d/t",
        "bigquery://p/d`",
        "bigquery://p/d?zone=EU",
        "bigquery://p/d?maximum_bytes_billed=many",
        "bigquery://P q/d",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(address: str, catalogue: Catalogue) -> None:
    with pytest.raises(BadInput, match="Use bigquery://project/dataset"):
        open_warehouse(address, catalogue)
