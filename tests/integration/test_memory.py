"""What pages have in memory is what is stored, whatever was written, when, and by whom."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from platforms import FIRST, HOUR, NOW, Small, copied, small
from warehouse_rows import BASE, observations

from ppa.core.catalogue import Catalogue
from ppa.core.times import BEGINNING, END, utc
from ppa.jobs.build import build_rows
from ppa.platform import Platform
from ppa.repository.prices import latest_closes
from ppa.repository.rows import held_rows, stored_rows
from ppa.storage.series_cache import SeriesCache
from ppa.storage.warehouse import Warehouse

CLOSE = "btc_usd_close"


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """Two months of bars and their rows."""
    built = small(copied(history, tmp_path))
    yield built
    built.platform.close()


def assert_as_stored(platform: Platform) -> None:
    """Memory gives what a new process would read."""
    anew = replace(platform, series_cache=SeriesCache())
    pd.testing.assert_series_equal(
        latest_closes(platform, "BTC"), latest_closes(anew, "BTC"), check_exact=True
    )
    pd.testing.assert_frame_equal(
        held_rows(platform, BEGINNING, END), stored_rows(platform, BEGINNING, END), check_exact=True
    )


def test_new_hours_revisions_late_bars_and_rebuilt_rows_show_at_once(site: Small) -> None:
    assert_as_stored(site.platform)
    missing, changed = utc(NOW).floor("h"), utc(NOW).floor("h") - 5 * HOUR
    site.market.withheld.add(missing)
    site.live(3)
    assert missing not in latest_closes(site.platform, "BTC").index
    assert_as_stored(site.platform)
    before = latest_closes(site.platform, "BTC")[changed]
    site.market.withheld.clear()
    site.market.revised[changed] = 1.5
    site.live(2)
    assert latest_closes(site.platform, "BTC")[changed] == pytest.approx(before * 1.5)
    assert missing in latest_closes(site.platform, "BTC").index
    assert_as_stored(site.platform)
    list(build_rows(site.platform, utc(FIRST), utc(FIRST) + timedelta(days=3)))
    assert_as_stored(site.platform)


def test_what_another_instance_writes_shows_too(site: Small) -> None:
    elsewhere = Small(replace(site.platform, series_cache=SeriesCache()), site.clock, site.market)
    assert_as_stored(site.platform)
    elsewhere.live(2)
    assert_as_stored(site.platform)


def test_a_view_reads_nothing_where_nothing_was_written(site: Small) -> None:
    assert_as_stored(site.platform)
    first = (
        held_rows(site.platform, BEGINNING, END),
        site.platform.series_cache.vintages(site.platform.warehouse, CLOSE),
    )
    silent = replace(site.platform, warehouse=Silent(site.platform.warehouse))
    assert latest_closes(silent, "BTC").equals(latest_closes(site.platform, "BTC"))
    assert held_rows(silent, BEGINNING, END).equals(first[0])
    assert silent.series_cache.vintages(silent.warehouse, CLOSE) is first[1]


class Silent:
    """A warehouse that says whether it has changed, and no more."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.version_token = warehouse.version_token


def stored_at(hours: int, rows: int, *, value: float = 1.0) -> pa.Table:
    """Observations that were stored some hours after `BASE`, and known since then."""
    moment = BASE + timedelta(hours=hours)
    table = observations(rows, value=value, known_at=moment)
    place = table.column_names.index("ingested_at")
    return table.set_column(place, "ingested_at", pa.array([moment] * rows, table.schema.field(place).type))


def test_what_was_stamped_early_and_written_late_is_not_missed(embedded: Callable[[], Warehouse]) -> None:
    warehouse, memory = embedded(), SeriesCache()
    warehouse.merge("observations", stored_at(10, 2))
    assert memory.vintages(warehouse, CLOSE).newest.tolist() == [1, 2]
    for hours, value in ((9, 5.0), (2, 7.0)):  # the second one long before what is read again
        warehouse.merge("observations", stored_at(hours, 3, value=value))
        held, anew = memory.vintages(warehouse, CLOSE), SeriesCache().vintages(warehouse, CLOSE)
        pd.testing.assert_frame_equal(held.frame, anew.frame)
        assert held.newest.tolist() == [1, 2, 7]


def test_rows_of_another_catalogue_are_never_mixed_in(site: Small, catalogue: Catalogue) -> None:
    whole = held_rows(site.platform, BEGINNING, END)
    other = replace(catalogue, grace=timedelta(minutes=6))
    old = replace(site.platform, catalogue=other)
    list(build_rows(old, utc(FIRST), utc(FIRST) + timedelta(days=1)))
    assert len(held_rows(site.platform, BEGINNING, END)) == len(whole) - 24
    assert_as_stored(site.platform)
    assert len(held_rows(old, BEGINNING, END)) == 24
