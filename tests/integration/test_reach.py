"""The coverage of each series equals that of a full scan, although most of it is cached."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from platforms import FIRST, HOUR, NOW, Small, copied, observations, small

from ppa.core.times import END, utc
from ppa.jobs.observation_writer import ObservationWriter
from ppa.platform import Platform
from ppa.repository.series_coverage import FIRST_PERIOD, RECENT, series_status
from ppa.storage.arrow import to_frame, to_table
from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse import Warehouse

SLOW = "federal_funds"


class Asked:
    """A warehouse that records the spans scanned."""

    def __init__(self, inner: Warehouse) -> None:
        self._inner, self.spans = inner, list[tuple[pd.Timestamp, pd.Timestamp]]()
        self.version_token = inner.version_token

    def query(self, name: str, **parameters: pd.Timestamp) -> pa.Table:
        self.spans.append((parameters["since"], parameters["until"]))
        return self._inner.query(name, **parameters)


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """Two months of bars."""
    built = small(copied(history, tmp_path))
    yield built
    built.platform.close()


def watched(site: Small) -> tuple[Platform, Asked]:
    """Return the platform as a new process opens it, and its recorded queries."""
    asked = Asked(site.platform.warehouse)
    return replace(site.platform, warehouse=asked, cache=SingleFlightCache()), asked  # type: ignore[arg-type]


def whole_scan(site: Small) -> pd.DataFrame:
    result = to_frame(site.platform.warehouse.query("series_status", since=FIRST_PERIOD, until=END))
    return result.set_index("series").drop(columns=["stored", "changed"])


def assert_as_scanned(platform: Platform, site: Small) -> None:
    pd.testing.assert_frame_equal(series_status(platform), whole_scan(site))


def test_older_periods_are_read_once_and_recent_ones_again(site: Small) -> None:
    platform, asked = watched(site)
    assert_as_scanned(platform, site)
    assert [until for _, until in asked.spans] == [END, asked.spans[0][0]]
    asked.spans.clear()
    assert_as_scanned(platform, site)
    assert asked.spans == []
    site.market.revised[(utc(NOW).floor("h") - 5 * HOUR)] = 1.5
    site.live(2)
    assert_as_scanned(platform, site)
    assert [until for _, until in asked.spans] == [END]
    assert utc(site.clock.now) - asked.spans[0][0] < RECENT + timedelta(days=31)


def test_a_period_of_long_ago_that_comes_now_is_seen(site: Small) -> None:
    platform, _ = watched(site)
    assert_as_scanned(platform, site)
    before = series_status(platform).loc[SLOW, "first_event"]
    days = pd.DatetimeIndex([before - timedelta(days=400), pd.Timestamp("1954-07-01", tz="UTC")])
    ObservationWriter(site.platform).record(observations(SLOW, days, 1.0, "fred"))
    assert_as_scanned(platform, site)
    assert series_status(platform).loc[SLOW, "first_event"] == days[1]


def test_where_nothing_is_recent_all_of_it_is_known(site: Small) -> None:
    platform, _ = watched(site)
    site.clock.now += timedelta(days=200)
    assert_as_scanned(platform, site)
    late = pd.DatetimeIndex([utc(FIRST) - timedelta(days=50)])
    ObservationWriter(site.platform).record(observations(SLOW, late, 1.0, "fred"))
    assert_as_scanned(platform, site)


def test_where_nothing_is_stored_no_series_reaches_anywhere(tmp_path: Path) -> None:
    empty = small(tmp_path)
    result = series_status(empty.platform)
    assert len(result) == 0
    assert list(result.columns) == list(whole_scan(empty).columns)
    assert to_table(result).num_rows == 0
    empty.platform.close()
