"""The synthetic source is plausible and deterministic, and never delivers future values."""

import copy
import hashlib
import itertools
import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.catalogue import BAR_FIELDS, Source, parse_catalogue
from ppa.core.errors import BadInput
from ppa.core.features.rows import as_of_frame
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.ops.catalogue_file import DEFAULT_PATH, load_catalogue
from ppa.ops.clock import fixed
from ppa.providers.protocol import Provider, ProviderError
from ppa.providers.synthetic import SyntheticProvider

CATALOGUE = load_catalogue()
BTC, ETH = CATALOGUE.asset("BTC"), CATALOGUE.asset("ETH")
NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
LONG_AGO = datetime(2009, 1, 1, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)
SOURCE = Source("synthetic", "", {})
HOUR = timedelta(hours=1)
SLOW = [series for series in CATALOGUE.series.values() if series.cadence != "hourly"]
CADENCES = ["hourly", "daily", "monthly", "quarterly", "yearly"]
REVISED = {"real_gdp", "real_gdp_per_capita", "retail_sales", "durables", "nonfarm_payroll"}
TELL = """
import datetime, hashlib, pandas as pd
from ppa.ops.catalogue_file import load_catalogue
from ppa.providers.synthetic import SyntheticProvider
now = datetime.datetime(2026, 11, 24, 2, 30, tzinfo=datetime.UTC)
catalogue = load_catalogue()
pages = SyntheticProvider(catalogue, 7, lambda: now).bars(catalogue.asset("BTC"), None, now.replace(year=2009), now)
print(hashlib.sha256(pd.concat([*pages])["value"].to_numpy().tobytes()).hexdigest())
"""
moments = st.datetimes(datetime(2016, 6, 1), datetime(2027, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001


def provider(now=NOW, seed=7, catalogue=CATALOGUE):
    return SyntheticProvider(catalogue, seed, fixed(now))


def bars_of(source, asset=BTC, since=LONG_AGO, until=FAR):
    return pd.concat([*source.bars(asset, SOURCE, since, until)], ignore_index=True)


def values_of(source, series, since=LONG_AGO, until=FAR):
    return pd.concat([*source.series(series, SOURCE, since, until)], ignore_index=True)


def wide(bars):
    table = bars.pivot_table(index="event_time", columns="series", values="value")
    return table.rename(columns=lambda name: name.rsplit("_", 1)[-1])[list(BAR_FIELDS)]


def returns(bars):
    return np.log(wide(bars)["close"]).diff().dropna()


def within(frame, since, until, now):
    chosen = (frame["event_time"] >= since) & (frame["event_time"] < until) & (frame["known_at"] <= now)
    return frame[chosen].reset_index(drop=True)


def settled(frame):
    """Newest value of each period."""
    return frame.drop_duplicates("event_time", keep="last").set_index("event_time")["value"]


@pytest.fixture(scope="module")
def source() -> Provider:
    return provider()


class Dial:
    """A clock that can be set."""

    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def any_time():
    dial = Dial()
    return SyntheticProvider(CATALOGUE, clock=dial), dial


@pytest.fixture(scope="module")
def btc(source):
    return bars_of(source)


@pytest.fixture(scope="module")
def slow(source):
    return {series.name: values_of(source, series) for series in SLOW}


# ── the same numbers, whoever asks, whenever, for however much ────────────────────────────────────


def test_the_same_seed_tells_the_same_story_in_another_process(btc):
    command = [sys.executable, "-c", TELL]
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    root = Path(__file__).parents[2]
    reported = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=root)
    assert reported.stdout.strip() == hashlib.sha256(btc["value"].to_numpy().tobytes()).hexdigest()


def test_another_seed_tells_another_story(btc):
    other = bars_of(provider(seed=8))
    assert not np.allclose(other["value"][:600], btc["value"][:600])


@settings(max_examples=15, deadline=None)
@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)), moments)
def test_a_window_of_bars_equals_that_part_of_the_whole(btc, since, length, now):
    now = min(now, NOW)
    pages = [*provider(now).bars(BTC, SOURCE, since, since + length)]
    alone = pd.concat([btc[:0], *pages], ignore_index=True)
    pd.testing.assert_frame_equal(alone, within(btc, since, since + length, now), check_exact=True)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SLOW), moments, st.timedeltas(timedelta(0), timedelta(days=900)), moments)
def test_a_window_of_a_series_equals_that_part_of_the_whole(slow, series, since, length, now):
    alone = values_of(provider(min(now, NOW)), series, since, since + length)
    expected = within(slow[series.name], since, since + length, min(now, NOW))
    pd.testing.assert_frame_equal(alone, expected, check_exact=True)


def test_threads_that_ask_at_once_see_what_one_would(slow):
    shared = provider()
    with ThreadPoolExecutor(8) as pool:
        frames = pool.map(lambda series: values_of(shared, series), SLOW)
        for series, frame in zip(SLOW, frames, strict=True):
            pd.testing.assert_frame_equal(frame, slow[series.name], check_exact=True)


def test_history_comes_a_calendar_year_at_a_time(source):
    pages = [*source.bars(BTC, SOURCE, LONG_AGO, FAR)]
    years = [page["event_time"].dt.year.unique().tolist() for page in pages]
    assert years == [[year] for year in range(2017, 2027)]


# ── bars ─────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**63), st.sampled_from([BTC, ETH]))
def test_every_bar_is_possible(seed, asset):
    frame = bars_of(provider(datetime(2018, 3, 1, tzinfo=UTC), seed), asset)
    bars = wide(frame)
    assert tuple(frame.columns) == OBSERVATION_COLUMNS
    assert (bars["high"] >= bars[["open", "close", "vwap"]].max(axis=1)).all()
    assert (bars["low"] <= bars[["open", "close", "vwap"]].min(axis=1)).all()
    assert (bars > 0).all(axis=None)
    assert (bars.index == bars.index.floor("h")).all()
    assert bars.index.is_unique


def test_bars_are_typed_as_the_warehouse_wants_them(btc):
    assert btc.dtypes.astype(str).to_dict() == {
        "series": "str",
        "event_time": "datetime64[us, UTC]",
        "known_at": "datetime64[us, UTC]",
        "value": "float64",
        "source": "str",
    }
    assert set(btc["source"]) == {"synthetic"}


def test_most_bars_open_where_the_last_one_closed(btc):
    bars = wide(btc)
    same = (bars["open"] == bars["close"].shift()).mean()
    assert 0.95 < same < 1.0


def test_bitcoin_follows_its_known_path(btc):
    close = wide(btc)["close"]
    assert close.iloc[0] == pytest.approx(1000, rel=0.05)
    year_ends = {
        2017: 15e3,
        2018: 3.7e3,
        2019: 7e3,
        2020: 29e3,
        2021: 46e3,
        2022: 16.5e3,
        2023: 42e3,
        2024: 93e3,
    }
    for year, level in year_ends.items():
        assert close[close.index.year == year].iloc[-1] == pytest.approx(level, rel=0.45)


def test_returns_have_fat_tails_and_calm_and_wild_times(btc):
    moves = returns(btc)
    assert moves.kurt() > 3
    assert moves.abs().autocorr(1) > 0.1
    assert moves.abs().autocorr(24) > 0.05
    assert 0.4 < moves.std() * np.sqrt(24 * 365) < 1.0


def test_volume_has_its_hours_and_days(btc):
    volume = wide(btc)["volume"]
    by_hour = volume.groupby(volume.index.hour).mean()
    by_day = volume.groupby(volume.index.day_of_week).mean()
    assert by_hour.idxmax() in range(12, 19)
    assert by_hour.max() > 1.5 * by_hour.min()
    assert by_day[[5, 6]].max() < by_day[[0, 1, 2, 3, 4]].min()


def test_an_hour_is_missing_now_and_then(btc):
    hours = pd.date_range(datetime(2017, 1, 1, tzinfo=UTC), NOW - 3 * HOUR, freq="h")
    missing = 1 - btc["event_time"].nunique() / len(hours)
    assert 1 / 4000 < missing < 1 / 1000


def test_bars_are_known_before_their_row_is_cut_but_for_a_few(btc):
    delay = btc["known_at"] - btc["event_time"] - HOUR
    late = delay > timedelta(minutes=3)
    assert (delay >= timedelta(0)).all()
    assert (delay[~late] < CATALOGUE.grace).all()
    assert delay[late].between(HOUR, 30 * HOUR).all()
    assert 1 / 9000 < late.mean() < 1 / 1500


def test_ether_goes_with_bitcoin(btc, source):
    both = pd.concat([returns(btc), returns(bars_of(source, ETH))], axis=1, join="inner")
    assert both.corr().iloc[0, 1] == pytest.approx(0.8, abs=0.05)


# ── a little can be learned, and nothing of the future is told ────────────────────────────────────


@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("asset", [BTC, ETH], ids=lambda asset: asset.id)
def test_the_next_hour_reverses_slightly_more_often_than_not(seed, asset):
    signs = np.sign(returns(bars_of(provider(seed=seed), asset)))
    reversed_ = (signs * signs.shift() < 0).mean()
    assert 0.505 < reversed_ < 0.55, "over about 58% suspect a leak"


def test_no_field_of_a_bar_gives_the_next_move_away(btc):
    bars = wide(btc)
    following = np.sign(np.log(bars["close"]).diff().shift(-1))
    signals = {
        "place in range": (bars["close"] - bars["low"]) / (bars["high"] - bars["low"]) - 0.5,
        "vwap": bars["close"] / bars["vwap"] - 1,
        "gap": bars["open"] - bars["close"].shift(),
        "volume": np.log(bars["volume"]).diff(),
        "week": bars["close"].pct_change(168),
    }
    for name, signal in signals.items():
        hits = (np.sign(signal) == following)[signal != 0].mean()
        assert 0.45 < hits < 0.55, name


def test_no_daily_series_gives_the_following_day_away(btc, slow):
    days = np.log(wide(btc)["close"].resample("D").last()).diff()
    for series in SLOW:
        if series.cadence == "daily":
            moved = settled(slow[series.name]).loc["2017":].diff()
            later = days.reindex(moved.index + pd.Timedelta(days=1)).set_axis(moved.index)
            assert abs(moved.corr(later, method="spearman")) < 0.08, series.name


@settings(max_examples=15, deadline=None)
@given(now=moments)
def test_nothing_is_delivered_before_it_is_known(any_time, now):
    source, dial = any_time
    dial.now = now
    pages = [page for asset in (BTC, ETH) for page in source.bars(asset, SOURCE, now - 40 * HOUR, FAR)]
    pages += [values_of(source, series, now - timedelta(days=800)) for series in SLOW]
    assert all((page["known_at"] <= now).all() for page in pages)
    assert all((page["event_time"] < page["known_at"]).all() for page in pages)


def test_a_bar_appears_in_its_minute(btc):
    bar = btc.iloc[-60]
    before, after = bar["known_at"] - timedelta(microseconds=1), bar["known_at"]
    assert bars_of(provider(before), since=bar["event_time"]).empty
    assert len(bars_of(provider(after), since=bar["event_time"])) == len(BAR_FIELDS)


# ── the slow series ──────────────────────────────────────────────────────────────────────────────


def test_every_series_stays_within_its_range_for_years_to_come():
    source = provider(datetime(2040, 5, 1, tzinfo=UTC))
    bars = pd.concat([bars_of(source, asset) for asset in (BTC, ETH)])
    fields = dict(list(bars.groupby("series")["value"]))
    for series in CATALOGUE.series.values():
        values = fields[series.name] if series.name in fields else values_of(source, series)["value"]
        assert values.between(*series.range).all(), series.name
        assert values.isin(series.range).mean() < 0.001, f"{series.name} sticks to its limits"
        assert values.nunique() > 0.5 * min(len(values), 500), series.name


@pytest.mark.parametrize("series", SLOW, ids=lambda series: series.name)
def test_every_series_keeps_its_cadence(series, slow):
    events = pd.DatetimeIndex(slow[series.name]["event_time"].unique())
    frequency = {"daily": "D", "monthly": "MS", "quarterly": "QS", "yearly": "YS"}[series.cadence]
    expected = pd.date_range("2015-01-01", events[-1].tz_localize(None), freq=frequency, tz="UTC")
    coin = series.name in {"ltc_usd", "xrp_usd", "sol_usd", "ada_usd", "doge_usd"}
    if series.cadence == "daily" and not coin:
        expected = expected[expected.day_of_week < 5]
    assert events.equals(expected.as_unit("us"))
    assert NOW - events[-1] < 2 * series.period + series.lag + timedelta(days=4)


def test_values_are_known_when_the_catalogue_says_or_hours_later(slow):
    for series in SLOW:
        first = slow[series.name].drop_duplicates("event_time", keep="first")
        delay = first["known_at"] - first["event_time"] - series.lag
        assert delay.max() < series.period + timedelta(hours=4), series.name
        assert delay.min() >= (series.period if series.cadence == "daily" else 0.9 * series.period), (
            series.name
        )


def test_first_estimates_are_revised_a_month_later_and_prices_are_not(slow):
    for series in SLOW:
        counts = slow[series.name].groupby("event_time")
        if series.name not in REVISED:
            assert counts.size().max() == 1, series.name
            continue
        reference, values = counts["known_at"], counts["value"]
        twice = counts.size() == 2
        assert twice[:-2].all(), series.name
        assert ((reference.last() - reference.first())[twice] == timedelta(days=30)).all()
        change = (values.last() / values.first() - 1)[twice].abs()
        assert 0 < change.mean() < 0.02, series.name


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("sp500", "nasdaq", 0.85, 1.0),
        ("sp500", "etf_spy", 0.9, 1.0),
        ("sp500", "vix", -0.95, -0.6),
        ("sp500", "credit_spread", -0.9, -0.4),
        ("treasury_2y", "treasury_10y", 0.7, 1.0),
        ("treasury_10y", "etf_tlt", -1.0, -0.6),
        ("dollar_index", "fx_eur", -1.0, -0.6),
        ("dollar_index", "fx_jpy", 0.3, 0.9),
        ("wti", "brent", 0.8, 1.0),
        ("gold", "silver", 0.6, 1.0),
        ("gold", "dollar_index", -0.7, -0.2),
        ("btc", "sp500", 0.1, 0.5),
        ("btc", "ltc_usd", 0.5, 0.9),
    ],
)
def test_series_move_together_as_they_do(one, other, low, high, slow, btc):
    levels = {name: settled(slow[name]) for name in {one, other} - {"btc"}}
    levels["btc"] = wide(btc)["close"].resample("D").last()
    table = pd.DataFrame({one: levels[one], other: levels[other]}).loc["2017":].dropna()
    changes = table.diff() if table.min().min() <= 1 else np.log(table).diff()
    assert low < changes.corr().iloc[0, 1] < high


def test_a_field_of_the_bars_can_be_asked_for_as_a_series(source, btc):
    closes = values_of(source, CATALOGUE.series["btc_usd_close"])
    pd.testing.assert_frame_equal(
        closes, btc[btc["series"] == "btc_usd_close"].reset_index(drop=True), check_exact=True
    )


@pytest.mark.parametrize("day", ["2017-01-15", "2021-06-09", "2026-11-20"])
def test_rows_made_from_it_are_complete(day, btc, source, slow):
    observations = pd.concat([btc, bars_of(source, ETH), *slow.values()])
    hours = pd.date_range(day, periods=24, freq="h", tz="UTC")
    rows = as_of_frame(observations, CATALOGUE, hours)
    assert rows.columns[rows.isna().any()].tolist() == []


# ── live prices ──────────────────────────────────────────────────────────────────────────────────


def test_a_live_price_goes_from_the_last_close_to_the_next_within_the_bar(btc):
    bars = wide(btc)
    hour = bars.index[-10]
    bar = bars.loc[hour]
    minutes = itertools.count()
    source = SyntheticProvider(CATALOGUE, clock=lambda: hour + timedelta(minutes=next(minutes)))
    prices = [source.quotes([BTC])[0].price for _ in range(60)]
    assert prices[0] == bar["open"]
    assert all(bar["low"] <= price <= bar["high"] for price in prices)
    assert len(set(prices)) > 50
    steps = np.abs(np.diff([*prices, bar["close"]]))
    assert steps.max() < 0.5 * (bar["high"] - bar["low"])


def test_a_live_price_holds_for_its_minute():
    early, late = quote(NOW), quote(NOW + timedelta(seconds=59))
    assert early == late
    assert (early.asset, early.ts, early.source) == ("BTC", NOW, "synthetic")


def test_every_asset_has_a_live_price_and_none_before_2017(source):
    assert [q.asset for q in source.quotes([BTC, ETH])] == ["BTC", "ETH"]
    assert provider(datetime(2016, 12, 31, tzinfo=UTC)).quotes([BTC]) == []


def quote(now):
    (only,) = provider(now).quotes([BTC])
    return only


# ── what is added to the catalogue needs no code ──────────────────────────────────────────────────


def grown(**feature):
    raw = copy.deepcopy(tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8")))
    source = {"provider": "fred", "symbol": "NEW"}
    raw["assets"].append(
        {"id": "NEW", "name": "New", "prefix": "new_usd", "pair": "NEW/USD", "range": [0.01, 500.0]}
        | {"sources": [source]}
    )
    entry = {"name": "novelty", "group": "new", "unit": "index", "description": "New.", "sources": [source]}
    raw["features"].append(entry | feature)
    return parse_catalogue(raw)


@pytest.mark.parametrize(
    ("cadence", "range_"),
    [*itertools.product(CADENCES, [[-1.0, 1.0], [0.0, 5.0], [3.7, 3.8]])],
)
def test_an_added_feature_is_served(cadence, range_):
    catalogue = grown(cadence=cadence, range=range_)
    values = values_of(provider(catalogue=catalogue), catalogue.series["novelty"])
    assert len(values) >= 10
    assert values["value"].between(*range_).all()
    assert values["value"].std() > 0


def test_an_added_asset_is_served_and_changes_nothing_else(btc):
    catalogue = grown(cadence="daily", range=[1.0, 2.0])
    source = provider(catalogue=catalogue)
    added = bars_of(source, catalogue.asset("NEW"))
    assert set(added["series"]) == {f"new_usd_{field}" for field in BAR_FIELDS}
    assert wide(added)["close"].between(0.01, 500).all()
    assert 0.4 < pd.concat([returns(added), returns(btc)], axis=1, join="inner").corr().iloc[0, 1] < 0.8
    pd.testing.assert_frame_equal(bars_of(source), btc, check_exact=True)
    assert source.quotes([catalogue.asset("NEW")])[0].price > 0


def test_what_the_catalogue_does_not_have_is_refused_in_a_sentence(source):
    catalogue = grown(cadence="daily", range=[1.0, 2.0])
    with pytest.raises(ProviderError, match=r"no 'NEW'.*catalogue"):
        bars_of(source, catalogue.asset("NEW"))
    with pytest.raises(ProviderError, match=r"no 'novelty'.*catalogue"):
        values_of(source, catalogue.series["novelty"])
    with pytest.raises(BadInput, match="seed is -1"):
        provider(seed=-1)
