"""How many bars a second a backfill takes in, end to end: HTTP, JSON, stamping, DuckDB on disk.

`python -m tests.bench.bench_backfill` from the repository's root: nine years of an asset's bars from the fake,
without quotas. Exits with 1 where the measure is missed. The machine's other work counts against it.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ppa.jobs.observation_writer import ObservationWriter, WriteCounts
from ppa.ops.catalogue_file import load_catalogue
from ppa.ops.clock import fixed
from ppa.ops.settings import Settings
from ppa.platform import Platform
from ppa.providers.coinbase import Coinbase
from ppa.providers.feed import Feed
from ppa.providers.http import HttpSession
from ppa.storage.modelstore.factory import open_store
from ppa.storage.warehouse import open_warehouse
from tests.fakes.server import FakeProviders
from tests.fakes.world import World

HOURS = 78_000
AT_LEAST = 50_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Print bars a second of the best of five runs."""
    world = World({"BTC": _bars()}, catalogue=load_catalogue())
    with FakeProviders(world, clock=fixed(NOW)) as fakes:
        rates = [_rate(fakes) for _ in range(5)]
    good = max(rates) >= AT_LEAST
    words = f"at least {AT_LEAST:,}{'' if good else ': MISSED'}"
    print(f"{HOURS:,} hourly bars into DuckDB: bars a second {max(rates):>10,.0f}  ({words})")  # noqa: T201
    return int(not good)


def _rate(fakes: FakeProviders) -> float:
    with tempfile.TemporaryDirectory() as folder:
        platform = _platform(Path(folder), fakes.url("coinbase"))
        started = time.perf_counter()
        recorded = _fetch(platform)
        seconds = time.perf_counter() - started
        platform.close()
    if recorded.new != HOURS * 5:
        raise SystemExit(f"{recorded.new} observations were stored of {HOURS * 5}")
    return HOURS / seconds


def _fetch(platform: Platform) -> WriteCounts:
    recorder, recorded = ObservationWriter(platform), WriteCounts()
    begin = NOW - HOURS * pd.Timedelta(hours=1)
    for page in platform.feed.bars(platform.catalogue.assets["BTC"], begin, NOW):
        recorded += recorder.record(page)
    return recorded


def _platform(home: Path, address: str) -> Platform:
    settings, catalogue, clock = Settings(home=home, source="real"), load_catalogue(), fixed(NOW)
    coinbase = Coinbase(address, clock=clock, session=HttpSession(clock=clock))
    warehouse = open_warehouse(settings.warehouse_address, catalogue)
    feed = Feed("real", {"coinbase": coinbase})
    return Platform(settings, catalogue, warehouse, open_store(settings.models_address), feed, clock)


def _bars() -> pd.DataFrame:
    close = 20_000 * np.exp(np.random.default_rng(0).normal(0, 0.004, HOURS).cumsum())
    opens = pd.date_range(end=pd.Timestamp(NOW) - pd.Timedelta(hours=1), periods=HOURS, freq="h").as_unit(
        "us"
    )
    columns = {
        "open": close,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "volume": close / 1e3,
    }
    return pd.DataFrame(columns, index=opens).round(2)


if __name__ == "__main__":
    sys.exit(main())
