"""Who serves what: fallbacks in the catalogue's order, each value marked with its source."""

from collections.abc import Iterator

import pandas as pd
import pytest

from ppa.ops.catalogue_file import load_catalogue
from ppa.providers.feed import Feed
from ppa.providers.protocol import ProviderError
from tests.fakes.asking import BTC, NOW, adapter, hourly, levels
from tests.fakes.clock import HandClock
from tests.fakes.faults import NO_FAULT, error
from tests.fakes.server import FakeProviders
from tests.fakes.world import World

CATALOGUE = load_catalogue()
BARS = hourly(6500)
DAYS = pd.bdate_range(end="2024-03-14", periods=5, tz="UTC")
DOWN = error(503, "maintenance")


@pytest.fixture
def fakes() -> Iterator[FakeProviders]:
    world = World({"BTC": BARS, "ETH": hourly(3)}, {"treasury_10y": levels(DAYS, range(5))}, CATALOGUE)
    with FakeProviders(world, clock=HandClock(NOW)) as running:
        yield running


@pytest.fixture
def feed(fakes: FakeProviders) -> Feed:
    names = ("coinbase", "fred", "polygon", "alphavantage")
    keys = {"coinbase": None, "fred": None}
    return Feed("real", {name: adapter(fakes, name, keys.get(name, "key")) for name in names})


def test_a_source_that_is_down_is_followed_by_the_next_and_reported(fakes: FakeProviders, feed: Feed) -> None:
    fakes.then("fred", *[DOWN] * 9)
    failures: list[ProviderError] = []
    rows = pd.concat(feed.series(CATALOGUE.series["treasury_10y"], DAYS[0], NOW, failures.append))
    assert rows["value"].tolist() == [0, 1, 2, 3, 4]
    assert set(rows["source"]) == {"alphavantage"}
    assert [str(failure) for failure in failures] == ["fred: HTTP 503: maintenance"]


def test_bars_that_break_off_go_on_from_there_with_the_next_source(fakes: FakeProviders, feed: Feed) -> None:
    fakes.then("coinbase", *[NO_FAULT] * 20, *[DOWN] * 9)
    failures: list[ProviderError] = []
    rows = pd.concat(feed.bars(BTC, BARS.index[0], NOW, failures.append))
    closes = rows[rows["series"] == "btc_usd_close"]
    assert closes["event_time"].tolist() == BARS.index[:-1].tolist()
    assert closes["source"].tolist() == ["coinbase"] * 6000 + ["polygon"] * 499
    assert len(failures) == 1


def test_where_all_fail_the_last_one_s_words_are_the_error(fakes: FakeProviders, feed: Feed) -> None:
    fakes.then("coinbase", *[DOWN] * 9)
    fakes.then("polygon", *[error(500, "out of order")] * 9)
    failures: list[ProviderError] = []
    with pytest.raises(ProviderError, match="polygon: HTTP 500: out of order"):
        list(feed.bars(BTC, BARS.index[0], NOW, failures.append))
    assert [str(failure) for failure in failures] == ["coinbase: HTTP 503: maintenance"]


def test_one_source_s_failure_does_not_stop_the_next_one_s_prices(fakes: FakeProviders, feed: Feed) -> None:
    fakes.then("coinbase", *[DOWN] * 9)
    failures: list[ProviderError] = []
    quotes = feed.quotes(list(CATALOGUE.assets.values()), failures.append)
    assert {quote.asset: quote.source for quote in quotes} == {"BTC": "polygon", "ETH": "polygon"}
    assert [str(failure) for failure in failures] == ["coinbase: HTTP 503: maintenance"]
    fakes.then("coinbase", *[DOWN] * 9)
    fakes.then("polygon", *[DOWN] * 9)
    with pytest.raises(ProviderError, match="HTTP 503: maintenance"):
        feed.quotes([BTC])
