"""Provider adapters over real sockets, against fakes that respond like the real services."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppa.core.contracts.observations import Quote
from ppa.providers import fred as fred_adapter
from ppa.providers.fred import END_OF_DAY
from ppa.providers.protocol import ProviderError
from tests.fakes import fred as fake_fred
from tests.fakes.asking import (
    BTC,
    CATALOGUE,
    DAY,
    HOUR,
    KEY,
    NOW,
    adapter,
    bars_of,
    hourly,
    levels,
    same_bars,
    series_of,
    source,
)
from tests.fakes.clock import HandClock
from tests.fakes.data import load_world
from tests.fakes.faults import says
from tests.fakes.server import FakeProviders
from tests.fakes.world import World

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProviders]:
    with FakeProviders(World(catalogue=CATALOGUE), clock=HandClock(NOW)) as fakes:
        yield fakes


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def fakes(running: FakeProviders, clock: HandClock) -> FakeProviders:
    """Fakes after a reset: no requests, no faults, at half past twelve."""
    running.reset(World(catalogue=CATALOGUE), clock)
    return running


# ── bars ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["coinbase", "polygon"])
def test_bars_come_page_by_page_with_gaps_as_gaps_and_without_the_open_bar(
    fakes: FakeProviders, name: str
) -> None:
    bars = hourly(2000, without=[0, 17, *range(600, 950), 1990])
    fakes.world = World({"BTC": bars}, catalogue=CATALOGUE)
    same_bars(bars_of(adapter(fakes, name), NOW - 3000 * HOUR, NOW), bars.iloc[:-1], name)
    assert len(fakes.requests(name)) == {"coinbase": 10, "polygon": 2}[name]


def test_coinbase_is_asked_for_300_buckets_with_both_ends_inclusive(fakes: FakeProviders) -> None:
    fakes.world = World({"BTC": hourly(5)}, catalogue=CATALOGUE)
    bars_of(adapter(fakes, "coinbase"), datetime(2024, 1, 1, 0, 20, tzinfo=UTC), NOW)
    first, second = (request.query for request in fakes.requests("coinbase")[:2])
    assert (first["start"], first["end"]) == ("2024-01-01T01:00:00Z", "2024-01-13T12:00:00Z")
    assert second["start"] == "2024-01-13T13:00:00Z"


def test_polygon_keeps_its_key_in_a_header_and_follows_next_url_at_its_own_address(
    fakes: FakeProviders,
) -> None:
    fakes.world = World({"BTC": hourly(900)}, catalogue=CATALOGUE)
    bars_of(adapter(fakes, "polygon"), NOW - 900 * HOUR, NOW)
    first, second = fakes.requests("polygon")
    assert second.query["cursor"]
    assert {request.headers["Authorization"] for request in (first, second)} == {f"Bearer {KEY}"}
    assert KEY not in str([first.query, second.query])


def test_polygon_does_not_go_round_in_circles(fakes: FakeProviders) -> None:
    here = f"/v2/aggs/ticker/X:BTCUSD/range/1/hour/{int((NOW - DAY).timestamp() * 1000)}/1"
    body = f'{{"status":"OK","next_url":"https://api.polygon.io{here}?cursor=a"}}'
    fakes.then("polygon", says(body), says(body))
    with pytest.raises(ProviderError, match="repeats"):
        bars_of(adapter(fakes, "polygon"), NOW - DAY, NOW)


@pytest.mark.parametrize(
    "body",
    [
        '{"status":"OK","queryCount":0,"resultsCount":0,"adjusted":true,"request_id":"a","count":0}',
        '{"status":"DELAYED","results":null}',
    ],
)
def test_polygon_answers_without_results_are_empty(fakes: FakeProviders, body: str) -> None:
    fakes.then("polygon", says(body))
    assert bars_of(adapter(fakes, "polygon"), NOW - DAY, NOW).empty


def test_no_bars_before_the_listing_are_no_error(fakes: FakeProviders) -> None:
    fakes.world = World({"BTC": hourly(5)}, catalogue=CATALOGUE)
    assert bars_of(adapter(fakes, "coinbase"), NOW - 900 * HOUR, NOW - 400 * HOUR).empty


@pytest.mark.parametrize("skew", [timedelta(hours=-3), timedelta(hours=3)])
@pytest.mark.parametrize("name", ["coinbase", "polygon"])
def test_where_the_clocks_differ_the_earlier_one_says_what_is_closed(
    fakes: FakeProviders, name: str, skew: timedelta
) -> None:
    bars = hourly(48, until=NOW + timedelta(hours=6))
    fakes.world = World({"BTC": bars}, catalogue=CATALOGUE)
    fakes.behaviours[name].skew = skew
    closed = bars[bars.index <= pd.Timestamp(min(NOW, NOW + skew)) - HOUR]
    same_bars(bars_of(adapter(fakes, name), NOW - 100 * HOUR, NOW + 100 * HOUR), closed, name)


def test_stale_data_are_delivered_as_far_as_they_go(fakes: FakeProviders) -> None:
    bars = hourly(48)
    fakes.world = World({"BTC": bars}, catalogue=CATALOGUE)
    fakes.behaviours["coinbase"].stale = timedelta(hours=5)
    delivered = bars_of(adapter(fakes, "coinbase"), NOW - 100 * HOUR, NOW)
    assert delivered.index[-1] == pd.Timestamp(NOW).floor("h") - 5 * HOUR


moments = st.integers(-20 * 60, 700 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize("name", ["coinbase", "polygon"])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    present=st.lists(st.booleans(), min_size=1, max_size=680).filter(any),
    bar=st.lists(st.floats(0.01, 1e6), min_size=6, max_size=6),
    window=st.tuples(moments, moments),
    ahead=st.integers(0, 5),
)
def test_for_any_bars_and_window_exactly_the_closed_bars_in_it_are_delivered(
    running: FakeProviders,
    name: str,
    present: list[bool],
    bar: list[float],
    window: tuple[datetime, datetime],
    ahead: int,
) -> None:
    bars = hourly(len(present), until=NOW + timedelta(hours=ahead))
    bars = (bars * 0 + bar + np.arange(len(bars))[:, None])[present]
    running.reset(World({"BTC": bars}, catalogue=CATALOGUE), HandClock(NOW))
    since, until = window
    inside = (bars.index >= since) & (bars.index < until) & (bars.index <= pd.Timestamp(NOW) - HOUR)
    same_bars(bars_of(adapter(running, name), since, until), bars[inside], name)


# ── series ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("old", [True, False])
def test_fred_without_a_key_reads_both_forms_of_the_csv_and_skips_what_is_missing(
    fakes: FakeProviders, old: bool
) -> None:
    days = weekdays(6)
    values = [4.1, np.nan, 4.25, 4.3, np.nan, 4.5]
    fakes.world = World(levels={"treasury_10y": levels(days, values)}, catalogue=CATALOGUE, old_fred_csv=old)
    rows = series_of(adapter(fakes, "fred", None), "treasury_10y", "2024-03-01")
    assert rows["value"].tolist() == [4.1, 4.25, 4.3, 4.5]
    assert rows["event_time"].tolist() == [days[0], days[2], days[3], days[5]]
    assert rows["known_at"].isna().all()


@pytest.mark.parametrize(
    ("name", "begins", "delivered"),
    [
        # it is 15 March: February has ended, March has not, and so for the quarter, the year and the day
        ("cpi", ["2024-01-01", "2024-02-01", "2024-03-01"], 2),
        ("real_gdp", ["2023-07-01", "2023-10-01", "2024-01-01"], 2),
        ("inflation", ["2022-01-01", "2023-01-01", "2024-01-01"], 2),
        ("federal_funds", ["2024-03-13", "2024-03-14", "2024-03-15"], 2),
    ],
)
def test_a_period_is_stamped_with_its_first_day_and_delivered_when_it_has_ended(
    fakes: FakeProviders, name: str, begins: list[str], delivered: int
) -> None:
    symbol = source(name, "fred").symbol
    lines = "".join(f"{day},{place}\n" for place, day in enumerate(begins))
    fakes.then("fred", says(f"observation_date,{symbol}\n{lines}"))
    rows = series_of(adapter(fakes, "fred", None), name, "2020-01-01")
    assert rows["event_time"].dt.strftime("%Y-%m-%d").tolist() == begins[:delivered]


def test_fred_with_a_key_delivers_each_vintage_with_the_end_of_the_day_it_became_known(
    fakes: FakeProviders,
) -> None:
    months = pd.DatetimeIndex(
        ["2023-11-01", "2023-11-01", "2023-12-01", "2023-12-01", "2024-01-01"], tz="UTC"
    )
    vintages = pd.DatetimeIndex(
        ["2023-12-12", "2024-01-11", "2024-01-11", "2024-02-13", "2024-02-13"], tz="UTC"
    )
    old = levels(months[:1] - 30 * DAY, [300.0], known_at=vintages[:1] - 300 * DAY)
    table = levels(months, [307.0, 307.1, 308.0, 308.5, 309.0], known_at=vintages)
    fakes.world = World(levels={"cpi": pd.concat([old, table])}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "fred"), "cpi", "2023-11-01")
    assert rows["value"].tolist() == [307.0, 307.1, 308.0, 308.5, 309.0]
    assert rows["event_time"].tolist() == months.tolist()
    assert rows["known_at"].tolist() == (vintages + END_OF_DAY).tolist()


@pytest.mark.parametrize("key", [None, KEY])
def test_fred_has_nothing_after_the_newest_value(fakes: FakeProviders, key: str | None) -> None:
    days = weekdays(4, until="2024-02-01")
    fakes.world = World(levels={"vix": levels(days, range(4), known_at=days + DAY)}, catalogue=CATALOGUE)
    assert series_of(adapter(fakes, "fred", key), "vix", "2024-02-02").empty
    assert series_of(adapter(fakes, "fred", key), "vix", "2024-03-01").empty


def test_what_fred_s_archive_began_with_has_no_vintage(fakes: FakeProviders) -> None:
    days = weekdays(4)
    began = pd.Timestamp(days[2] + DAY)
    reference = pd.DatetimeIndex([began, began, began, days[3] + DAY])
    fakes.world = World(
        levels={"vix": levels(days, [1.0, 2.0, 3.0, 4.0], known_at=reference)}, catalogue=CATALOGUE
    )
    rows = series_of(adapter(fakes, "fred"), "vix", "2024-01-01")
    assert rows["value"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert rows["known_at"].isna().tolist() == [True, True, True, False]


def test_a_series_that_is_not_in_fred_s_archive_is_delivered_without_vintages(fakes: FakeProviders) -> None:
    fakes.world = World(levels={"sp500": levels(weekdays(3), [1.0, 2.0, 3.0])}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "fred"), "sp500", "2024-01-01")
    assert rows["value"].tolist() == [1.0, 2.0, 3.0]
    assert rows["known_at"].isna().all()


def test_more_vintages_than_fred_gives_at_once_are_asked_for_in_turn(fakes: FakeProviders) -> None:
    days = weekdays(4500)
    table = levels(days, np.arange(4500.0), known_at=days + DAY)
    fakes.world = World(levels={"treasury_10y": table}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "fred"), "treasury_10y", f"{days[1]:%Y-%m-%d}")
    assert rows["value"].tolist() == list(range(1, 4500))
    assert (rows["known_at"] - rows["event_time"]).eq(DAY + END_OF_DAY).all()
    assert len(fakes.requests("fred")) == 4


@settings(max_examples=60, deadline=None)
@given(
    revisions=st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=60
    ),
    since=st.integers(0, 9),
)
def test_for_any_revisions_every_change_of_every_value_is_delivered_once(
    running: FakeProviders, revisions: list[tuple[int, int, int]], since: int
) -> None:
    table = revised(revisions)
    running.reset(World(levels={"treasury_10y": table}, catalogue=CATALOGUE), HandClock(NOW))
    begin = FIRST + since * DAY
    with patch.object(fred_adapter, "VINTAGES_A_REQUEST", 4), patch.object(fake_fred, "MAX_VINTAGES", 4):
        rows = series_of(adapter(running, "fred"), "treasury_10y", f"{begin:%Y-%m-%d}")
    expected = table[table["event_time"] >= begin]
    began = expected["known_at"] == table["known_at"].min()
    reference = (expected["known_at"] + END_OF_DAY).mask(began)
    columns = ["event_time", "known_at", "value"]
    want = expected.assign(known_at=reference)[columns].sort_values(columns[:2], na_position="first")
    got = rows[columns].sort_values(columns[:2], na_position="first")
    assert got.to_numpy().tolist() == want.to_numpy().tolist()


FIRST = pd.Timestamp("2024-01-01", tz="UTC")


def revised(revisions: Iterable[tuple[int, int, int]]) -> pd.DataFrame:
    """One value per pair (day, days until it was revised)."""
    values = {(day, day + later): float(value) for day, later, value in revisions}
    rows = [
        (FIRST + day * DAY, FIRST + reference * DAY, value)
        for (day, reference), value in sorted(values.items())
    ]
    table = pd.DataFrame(rows, columns=["event_time", "known_at", "value"])
    changed = table.groupby("event_time")["value"].diff().ne(0)
    return table[changed]


def test_coinbase_closes_of_other_coins_are_those_of_whole_days(fakes: FakeProviders) -> None:
    days = pd.date_range("2023-01-01", "2024-03-15", tz="UTC")
    fakes.world = World(levels={"ltc_usd": levels(days, np.arange(len(days)) + 60.5)}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "coinbase"), "ltc_usd", "2023-01-01T12:00")
    assert rows["event_time"].tolist() == days[1:-1].tolist()
    assert rows["value"].tolist() == (np.arange(1, len(days) - 1) + 60.5).tolist()


@pytest.mark.parametrize(("name", "since"), [("fx_sar", "2023-06-01"), ("etf_spy", "2023-06-01")])
def test_polygon_has_long_histories_of_daily_closes_in_one_call(
    fakes: FakeProviders, name: str, since: str
) -> None:
    days = weekdays(200, until="2024-03-15")
    fakes.world = World(levels={name: levels(days, np.arange(200) / 7)}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "polygon"), name, since)
    assert rows["event_time"].tolist() == days[days >= pd.Timestamp(since, tz="UTC")][:-1].tolist()
    assert rows["value"].tolist() == (np.arange(200) / 7)[days >= pd.Timestamp(since, tz="UTC")][:-1].tolist()
    assert len(fakes.requests("polygon")) == 1


def test_polygon_serves_the_last_days_of_a_whole_market_in_a_call_a_day(fakes: FakeProviders) -> None:
    days = weekdays(5, until="2024-03-15")
    names = ["fx_eur", "fx_rub", "gold", "etf_spy", "etf_qqq"]
    table = {name: levels(days, np.arange(5.0) + 10 * place) for place, name in enumerate(names)}
    fakes.world = World(levels=table, catalogue=CATALOGUE)
    polygon = adapter(fakes, "polygon")
    for place, name in enumerate(names):
        rows = series_of(polygon, name, "2024-03-13")
        assert rows["value"].tolist() == [10 * place + 2.0, 10 * place + 3.0]
        assert rows["event_time"].tolist() == days[2:4].tolist()
    assert len(fakes.requests("polygon")) == 2 * 2


def test_polygon_asks_again_for_a_whole_market_after_a_while(fakes: FakeProviders, clock: HandClock) -> None:
    days = weekdays(5, until="2024-03-15")
    fakes.world = World(levels={"gold": levels(days, np.arange(5.0))}, catalogue=CATALOGUE)
    polygon = adapter(fakes, "polygon")
    series_of(polygon, "gold", "2024-03-14")
    fakes.world = World(levels={"gold": levels(days, np.arange(5.0) + 0.5)}, catalogue=CATALOGUE)
    assert series_of(polygon, "gold", "2024-03-14")["value"].tolist() == [3.0]
    clock.sleep(16 * 60)
    assert series_of(polygon, "gold", "2024-03-14")["value"].tolist() == [3.5]


ALPHAVANTAGE_SERIES = [
    ("real_gdp", {"interval": "quarterly"}),
    ("treasury_10y", {"interval": "daily", "maturity": "10year"}),
    ("coffee", {"interval": "monthly"}),
    ("inflation", {}),
]


@pytest.mark.parametrize(("name", "parameters"), ALPHAVANTAGE_SERIES)
def test_alpha_vantage_series_come_oldest_first_without_missing_values(
    fakes: FakeProviders, name: str, parameters: dict[str, str]
) -> None:
    steps = {"daily": "B", "monthly": "MS", "quarterly": "QS", "yearly": "YS"}
    begins = pd.date_range("2015-01-01", "2024-03-15", freq=steps[CATALOGUE.series[name].cadence], tz="UTC")
    values = np.arange(len(begins)) / 3
    values[-4] = np.nan
    fakes.world = World(levels={name: levels(begins, values)}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "alphavantage"), name, "2015-01-01")
    # the current period has not ended
    assert rows["value"].tolist() == [*values[:-4], *values[-3:-1]]
    assert rows["event_time"].tolist() == [*begins[:-4], *begins[-3:-1]]
    asked = fakes.requests("alphavantage")[0].query
    assert asked == {"function": source(name, "alphavantage").symbol, "apikey": KEY, **parameters}


@pytest.mark.parametrize(("since", "size"), [("2024-01-02", "compact"), ("2022-01-03", "full")])
def test_alpha_vantage_exchange_rates_come_whole_where_a_hundred_are_too_few(
    fakes: FakeProviders, since: str, size: str
) -> None:
    days = weekdays(600)
    fakes.world = World(levels={"fx_eur": levels(days, np.arange(600) / 8)}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, "alphavantage"), "fx_eur", since)
    assert rows["event_time"].tolist() == days[days >= pd.Timestamp(since, tz="UTC")].tolist()
    assert (
        rows["value"].tolist()
        == (np.arange(600) / 8)[days >= pd.Timestamp(since, tz="UTC")].round(5).tolist()
    )
    assert fakes.requests("alphavantage")[0].query["outputsize"] == size


def weekdays(count: int, *, until: str = "2024-03-14") -> pd.DatetimeIndex:
    return pd.bdate_range(end=until, periods=count, tz="UTC")


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("fred", "treasury_10y"),
        ("coinbase", "ltc_usd"),
        ("polygon", "ltc_usd"),
        ("alphavantage", "treasury_10y"),
    ],
)
@pytest.mark.parametrize("since", ["2024-03-06", "2023-03-06"])
def test_a_window_has_its_first_moment_in_it_and_not_its_last(
    fakes: FakeProviders, provider: str, name: str, since: str
) -> None:
    days = pd.date_range("2023-03-01", "2024-03-15", tz="UTC")
    fakes.world = World(levels={name: levels(days, np.arange(len(days)) / 4)}, catalogue=CATALOGUE)
    rows = series_of(adapter(fakes, provider), name, since, datetime(2024, 3, 9, tzinfo=UTC))
    first, last = rows["event_time"].iloc[[0, -1]]
    assert (first, last) == (pd.Timestamp(since, tz="UTC"), pd.Timestamp("2024-03-08", tz="UTC"))


# ── live prices ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["coinbase", "polygon"])
def test_a_live_price_is_that_of_the_last_trade_and_says_when_it_was(fakes: FakeProviders, name: str) -> None:
    bars = hourly(3)
    fakes.world = World({"BTC": bars}, catalogue=CATALOGUE)
    assert adapter(fakes, name).quotes([BTC]) == [Quote("BTC", NOW, bars["close"].iloc[-1], name)]


def test_polygon_has_all_live_prices_in_one_call_but_for_tickers_it_does_not_know(
    fakes: FakeProviders,
) -> None:
    fakes.world = World({"ETH": hourly(3)}, catalogue=CATALOGUE)
    quotes = adapter(fakes, "polygon").quotes(list(CATALOGUE.assets.values()))
    assert [quote.asset for quote in quotes] == ["ETH"]
    assert len(fakes.requests("polygon")) == 1


@pytest.mark.parametrize("name", ["fred", "alphavantage"])
def test_sources_of_slow_series_have_neither_prices_nor_bars(fakes: FakeProviders, name: str) -> None:
    assert adapter(fakes, name).quotes([BTC]) == []
    with pytest.raises(ProviderError, match=re.escape("no bars of BTC/USD")):
        list(adapter(fakes, name).bars(BTC, source("BTC", "coinbase"), NOW - DAY, NOW))
    assert fakes.requests(name) == []


# ── real history ─────────────────────────────────────────────────────────────────────────────────


def test_years_of_real_history_arrive_as_they_are(fakes: FakeProviders) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    world = load_world(DATA, CATALOGUE)
    fakes.reset(world, HandClock(NOW))
    since, until = datetime(2018, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)
    assert len(world.bars["BTC"]) == 37_387
    same_bars(bars_of(adapter(fakes, "coinbase"), since, until), world.bars["BTC"], "coinbase")
    vix = world.levels["vix"].dropna().set_index("event_time")["value"]
    delivered = series_of(adapter(fakes, "fred", None), "vix", "1990-01-01").set_index("event_time")["value"]
    pd.testing.assert_series_equal(delivered, vix[vix.index < "2024-03-15"], check_freq=False)
