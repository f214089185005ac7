"""Monthly bill: metering, pricing, and the limit of the total."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ppa.ops.catalogue_file import load_catalogue
from ppa.outside.scheduling.schedules import load_schedules
from ppa.reports.cloud_prices import prices
from ppa.storage.warehouse.duckdb import DuckDBWarehouse
from tools.cost.bill import BEFORE, Line, bill
from tools.cost.bill import polls as polls_of
from tools.cost.measuring import Measured, Spent
from tools.cost.metering import MIN_BILLED, Count, Meter, reads
from tools.cost.page import MAX_USD, PAGE
from tools.cost.visits import VISITS
from tools.cost.workload import WORKLOAD

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def meter(tmp_path: Path) -> Meter:
    catalogue = load_catalogue()
    return Meter(DuckDBWarehouse(tmp_path / "w.duckdb", catalogue), catalogue, WORKLOAD, lambda: NOW)


def observations(hours: int) -> pa.Table:
    times = pa.array([NOW - i * HOUR for i in range(hours)], pa.timestamp("us", tz="UTC"))
    text = {"series": "btc_usd_close", "source": "coinbase", "basis": "lag"}
    columns = {name: pa.array([value] * hours) for name, value in text.items()}
    moments = dict.fromkeys(("event_time", "known_at", "ingested_at"), times)
    return pa.table({**columns, **moments, "value": pa.array([1.0] * hours)})


def test_a_statement_bills_its_columns_in_its_partitions_and_ten_megabytes_at_least(meter: Meter) -> None:
    meter.merge("observations", observations(240))
    built = {
        "ts": pa.array([NOW], pa.timestamp("us", tz="UTC")),
        "catalogue_version": ["1"],
        "row_hash": ["x"],
    }
    meter.merge("features_hourly", pa.table({**built, "built_at": built["ts"]}))
    meter.count = Count()
    meter.query("sources")
    meter.query("newest_values", series=["a"], since=NOW - HOUR, until=NOW)
    rows = 240 * WORKLOAD.history_hours  # as many per hour as were written for the hour that was built
    assert meter.count.billed["sources"] == round(rows * (2 + len("coinbase")))
    month = 240 * 31 * 24 * (2 + 13 + 8 + 8 + 8 + 2 + 8)
    assert meter.count.billed["newest_values"] == max(MIN_BILLED, month)
    meter.close()


def test_each_place_in_a_statement_that_reads_a_table_is_billed_by_its_own_columns_and_filter() -> None:
    rows, stored, created = reads("feature_rows_built")
    assert rows.columns is None
    assert "ts >= @since" in rows.filter
    assert stored.columns == {"catalogue_version"}
    assert created.columns == {"catalogue_version", "built_at"}
    assert [read.table for read in reads("alerts")] == ["alerts", "alert_deliveries"]


def test_a_small_question_bills_ten_megabytes_for_each_table(meter: Meter) -> None:
    meter.query("models")
    assert meter.count.billed["models"] == 3 * MIN_BILLED
    meter.close()


def test_streamed_rows_count_for_a_kilobyte_each(meter: Meter) -> None:
    times = pa.array([NOW, NOW - HOUR], pa.timestamp("us", tz="UTC"))
    meter.append(
        "quotes", pa.table({"asset": ["BTC"] * 2, "ts": times, "price": [1.0] * 2, "source": ["x"] * 2})
    )
    assert (meter.count.streamed, meter.count.calls["append"]) == (2048, 1)
    meter.close()


def test_a_line_charges_what_the_free_tier_does_not_cover() -> None:
    price = prices()["bigquery_query_tib"]
    assert Line("bigquery_query_tib", 0.9, "").usd == 0
    assert Line("bigquery_query_tib", 3.0, "").usd == pytest.approx((3 - price["free"]) * price["price"])


def test_the_bill_follows_the_workload() -> None:
    def spent(billed: int = 0, sent: int = 0) -> Spent:
        statements = defaultdict(int, {"sources": billed} if billed else {})
        return Spent(0.05, Count(defaultdict(int, {"version_token": 1}), statements, Counter(), 1024), sent)

    pages = {page: spent(sent=10_000) for page in VISITS}
    polls = {page: spent(sent=100) for page, visit in VISITS.items() if visit.polled}
    measured = Measured([spent(10**7)] * 60, spent(10**8), pages, pages, pages, pages, polls, 10**8, 10**6)
    lines = {line.item: line for line in bill(measured, WORKLOAD)}
    assert lines["bigquery_query_tib"].quantity == pytest.approx(730 * (60 * 10**7 + 10**8) / 2**40)
    assert lines["scheduler_job"].quantity == len(load_schedules())
    views = WORKLOAD.page_views_a_day * 730 / 24
    again = sum(visit.share * polls_of(visit) for visit in VISITS.values())
    assert again == pytest.approx(0.45 * 8 + 0.05 * 4)  # two minutes of polls every 15 s, and every 30 s
    assert lines["egress_gib"].quantity == pytest.approx(
        views * (10_000 + again * 100 + 0.05 * 10**6) / 2**30
    )
    # 0.05 + 0.1 s, plus 1 s of waiting for two prices; rounding up to 0.1 s adds 0.05 s
    assert lines["run_vcpu_second"].quantity == pytest.approx(
        730 * (60 * 1.2 + 0.2) + views * (0.2 / 2 + again * 0.2)
    )


def test_every_page_view_is_of_some_page() -> None:
    assert sum(visit.share for visit in VISITS.values()) == pytest.approx(1)


def test_the_written_page_is_of_these_prices_and_within_the_limit() -> None:
    page = PAGE.read_text()
    total = re.search(r"^\*\*([\d.]+) USD a month\*\*", page, re.M)
    assert total is not None
    assert float(total[1]) <= MAX_USD
    assert f"list prices of {prices()['as_of']}" in page
    assert f"{sum(line.usd for line in BEFORE):,.0f} USD**" in page
    assert all(what["what"] in page for what in prices().values() if isinstance(what, dict))
