"""Provider calls and refusals are shared with other processes and across restarts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ppa.ops.catalogue_file import load_catalogue
from ppa.providers.call_log import REREAD, WarehouseCallLog
from ppa.providers.protocol import RateLimited
from ppa.providers.quota import DAY, FREE, Quota, QuotaGate
from ppa.storage.warehouse import Warehouse
from ppa.storage.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.asking import KEY, NOW, adapter, hourly, levels, series_of
from tests.fakes.clock import HandClock
from tests.fakes.faults import limit
from tests.fakes.server import FakeProviders
from tests.fakes.world import World

CATALOGUE = load_catalogue()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = DuckDBWarehouse(tmp_path / "calls.duckdb", CATALOGUE)
    yield warehouse
    warehouse.close()


def process(store: Warehouse, clock: HandClock) -> Quota:
    """Quota as seen by another process, or after a restart."""
    return Quota(FREE, WarehouseCallLog(store, FREE, clock=clock))


def test_a_day_s_allowance_holds_across_restarts(store: Warehouse, clock: HandClock) -> None:
    for call in range(25):
        clock.sleep(60)
        assert process(store, clock).take("alphavantage", clock.now) is None, call
    assert process(store, clock).take("alphavantage", clock.now) == DAY - 24 * timedelta(minutes=1)
    use = process(store, clock).usage("alphavantage", clock.now)
    assert (use.used, use.per_day, use.free_at) == (25, 25, NOW + timedelta(minutes=1) + DAY)


def test_two_instances_that_run_side_by_side_share_an_allowance(store: Warehouse, clock: HandClock) -> None:
    one, other = process(store, clock), process(store, clock)
    taken = []
    for turn in range(8):
        clock.sleep(REREAD.total_seconds())
        taken.append((one, other)[turn % 2].take("polygon", clock.now) is None)
    assert taken == [True] * 5 + [False] * 3


def test_calls_made_in_the_same_instant_all_count(store: Warehouse, clock: HandClock) -> None:
    for quota in (process(store, clock), process(store, clock)):
        quota.count_call("polygon", NOW)
        quota.count_call("polygon", NOW)
    assert process(store, clock).used("polygon", NOW) == 4


def test_a_refusal_is_waited_out_by_the_next_process_without_a_call(
    store: Warehouse, clock: HandClock
) -> None:
    days = hourly(1).index.floor("D") - timedelta(days=1)
    world = World(levels={"treasury_10y": levels(days, [4.0])}, catalogue=CATALOGUE)
    with FakeProviders(world, clock=clock) as fakes:
        fakes.then("fred", limit("fred", retry_after="3600"))
        with pytest.raises(RateLimited, match="Too Many Requests"):
            series_of(adapter(fakes, "fred", None, gate=gate(store, clock)), "treasury_10y", "2024-03-01")
        clock.sleep(1800)
        with pytest.raises(RateLimited, match="no call is available before 2024-03-15 13:30:00") as later:
            series_of(adapter(fakes, "fred", None, gate=gate(store, clock)), "treasury_10y", "2024-03-01")
        assert len(fakes.requests("fred")) == 1
        clock.now = later.value.retry_at
        assert len(
            series_of(adapter(fakes, "fred", KEY, gate=gate(store, clock)), "treasury_10y", "2024-03-01")
        )


def test_what_limits_only_the_second_is_not_written_down(store: Warehouse, clock: HandClock) -> None:
    process(store, clock).count_call("coinbase", NOW)
    assert len(store.query("provider_calls", since=NOW - DAY)) == 0
    assert process(store, clock).usage("coinbase", NOW).used is None


def gate(store: Warehouse, clock: HandClock) -> QuotaGate:
    return QuotaGate(process(store, clock), clock=clock, sleep=clock.sleep)
