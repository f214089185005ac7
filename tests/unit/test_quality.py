"""Quality checks find every fault planted into good data, and none in good data."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.quality import Finding, check, checks, disagreement, lag_correlations, shift, shifted_hours
from ppa.ops.catalogue_file import load_catalogue
from tests.fakes.data import read_bars

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "btc"
CATALOGUE = load_catalogue()
HOUR = pd.Timedelta(hours=1)
START = pd.Timestamp("2024-01-01", tz="UTC").as_unit("us")
CLOSE = "btc_usd_close"


def walk(count: int = 400, seed: int = 1) -> "pd.Series[float]":
    """Hourly closes."""
    steps = np.random.default_rng(seed).normal(0, 0.005, count)
    hours = pd.date_range(START, periods=count, freq="h", unit="us")
    return pd.Series(40_000 * np.exp(steps.cumsum()), index=hours)


def observed(name: str, values: "pd.Series[float]", known_later: pd.Timedelta = HOUR) -> pd.DataFrame:
    """Observations of a series."""
    times = pd.DatetimeIndex(values.index)
    return pd.DataFrame(
        {"series": name, "event_time": times, "known_at": times + known_later, "value": values.to_numpy()}
    )


def result(*parts: pd.DataFrame) -> list[tuple[str, str, int]]:
    return [(f.series, f.kind, f.count) for f in check(pd.concat(parts, ignore_index=True), CATALOGUE)]


def bars(closes: "pd.Series[float]") -> dict[str, "pd.Series[float]"]:
    """Consistent bars around closes."""
    opens = closes.shift().fillna(closes.iloc[0])
    both = pd.DataFrame({"open": opens, "close": closes})
    return {
        "open": opens,
        "high": both.max(axis=1) * 1.001,
        "low": both.min(axis=1) * 0.999,
        "close": closes,
        "volume": closes / 1e4,
    }


def observed_bars(parts: dict[str, "pd.Series[float]"]) -> pd.DataFrame:
    return pd.concat([observed(f"btc_usd_{name}", values) for name, values in parts.items()])


def test_good_bars_have_no_findings() -> None:
    assert result(observed_bars(bars(walk()))) == []


def test_missing_hours_are_counted_and_placed() -> None:
    closes = walk().drop(walk().index[[50, 51, 52, 100]])
    (finding,) = check(observed(CLOSE, closes), CATALOGUE)
    first, last = START + 50 * HOUR, START + 100 * HOUR
    assert finding == Finding(
        CLOSE,
        "gap",
        first.to_pydatetime(),
        last.to_pydatetime(),
        4,
        f"{CLOSE}: 4 hours are missing in 2 gaps, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC.",
    )


@pytest.mark.parametrize(("missing", "gaps"), [([], 0), ([3], 0), ([3, 4, 5, 6, 7], 1)])
def test_a_daily_series_may_rest_at_weekends_but_not_for_a_week(missing: list[int], gaps: int) -> None:
    days = pd.bdate_range("2024-01-01", periods=30, tz="UTC").as_unit("us")
    values = pd.Series(4.0 + np.arange(30) / 100, index=days).drop(days[missing])
    assert result(observed("treasury_10y", values)) == [("treasury_10y", "gap", 1)] * gaps


def test_months_follow_each_other() -> None:
    months = pd.date_range("2023-01-01", periods=14, freq="MS", tz="UTC").as_unit("us")
    values = pd.Series(300.0 + np.arange(14), index=months)
    assert result(observed("cpi", values)) == []
    assert result(observed("cpi", values.drop(months[5]))) == [("cpi", "gap", 1)]


def test_a_revision_is_no_duplicate_and_its_newest_value_counts() -> None:
    closes = walk()
    wrong, right = closes.copy(), closes.iloc[[7]]
    wrong.iloc[7] = -1
    assert result(observed(CLOSE, wrong)) == [(CLOSE, "out of range", 1)]
    assert result(observed(CLOSE, wrong), observed(CLOSE, right, 5 * HOUR)) == []
    assert result(observed(CLOSE, closes), observed(CLOSE, closes.iloc[[7]])) == [(CLOSE, "duplicate", 1)]


def test_a_close_that_stands_still_for_half_a_day_is_frozen() -> None:
    closes = walk()
    closes.iloc[100:111] = closes.iloc[100]
    assert result(observed(CLOSE, closes)) == []
    closes.iloc[100:112] = closes.iloc[100]
    assert result(observed(CLOSE, closes)) == [(CLOSE, "frozen", 12)]


def test_not_a_number_is_out_of_range() -> None:
    closes = walk()
    closes.iloc[5] = np.nan
    assert result(observed(CLOSE, closes)) == [(CLOSE, "out of range", 1)]


@pytest.mark.parametrize(
    ("field", "factor"), [("high", 0.9), ("low", 1.1), ("open", 1.1), ("close", 0.9), ("volume", -1.0)]
)
def test_an_impossible_bar_is_found(field: str, factor: float) -> None:
    parts = bars(walk())
    parts[field] = parts[field].copy()
    parts[field].iloc[20] *= factor
    assert (CLOSE, "impossible bar", 1) in result(observed_bars(parts))


@given(
    places=st.sets(st.integers(0, 399), min_size=1, max_size=40),
    by=st.floats(0.021, 0.5),
    sign=st.sampled_from([1, -1]),
)
def test_exactly_the_periods_that_differ_by_more_than_the_tolerance_disagree(
    places: set[int], by: float, sign: int
) -> None:
    here = walk()
    factor = np.random.default_rng(2).uniform(0.981, 1.019, 400)
    factor[list(places)] = 1 + sign * by
    (finding,) = disagreement(CLOSE, here, here * factor, "other")
    assert (finding.kind, finding.count) == ("disagreement", len(places))
    assert (finding.first, finding.last) == (here.index[min(places)], here.index[max(places)])
    assert "other differs by more than 2.0%" in finding.sentence


@settings(max_examples=40, deadline=None)
@given(
    lag=st.integers(-12, 12).filter(bool),
    noise=st.floats(0, 0.005),
    holes=st.floats(0, 0.2),
    seed=st.integers(0, 10**6),
)
def test_any_shift_is_told_from_noise_with_its_lag(lag: int, noise: float, holes: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    here = walk(1500, seed)
    there = here * (1 + rng.normal(0, noise / 3, len(here)))
    here = here[rng.random(len(here)) >= holes]
    late = here.set_axis(here.index + lag * HOUR)
    assert shifted_hours(here, there) == 0
    assert shifted_hours(late, there) == lag


@settings(max_examples=40, deadline=None)
@given(seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).filter(lambda pair: pair[0] != pair[1]))
def test_markets_that_have_nothing_in_common_are_not_called_shifted(seeds: tuple[int, int]) -> None:
    assert shifted_hours(walk(700, seeds[0]), walk(700, seeds[1])) == 0


def test_too_little_in_common_says_nothing() -> None:
    short = walk(150)
    assert lag_correlations(short, short) == {}
    assert list(shift(CLOSE, short.set_axis(short.index + 5 * HOUR), short, "other")) == []
    assert lag_correlations(short.iloc[:0], short) == {}


def test_an_asset_that_follows_the_other_late_is_named() -> None:
    btc = walk(800)
    eth = (btc / 15).set_axis(btc.index + 5 * HOUR)
    parts = observed(CLOSE, btc), observed("eth_usd_close", eth)
    (finding,) = [f for f in check(pd.concat(parts), CATALOGUE) if f.kind == "time zone"]
    assert finding.series == "eth_usd_close"
    assert "match those of btc_usd_close 5 hours late" in finding.sentence


def test_bounds_of_a_range_are_plausible_and_what_lies_beyond_is_not() -> None:
    low, high = CATALOGUE.series["treasury_10y"].range
    days = pd.bdate_range("2024-01-01", periods=4, tz="UTC").as_unit("us")
    values = pd.Series([low, high, high + 0.5, low - 0.5], index=days)
    (finding,) = check(observed("treasury_10y", values), CATALOGUE)
    assert (finding.kind, finding.count) == ("out of range", 2)
    assert (finding.first, finding.last) == (days[2].to_pydatetime(), days[3].to_pydatetime())


def test_a_bar_without_movement_and_one_at_its_extremes_are_possible() -> None:
    parts = bars(walk())
    for field in ("high", "low", "open"):
        parts[field] = parts[field].copy()
        parts[field].iloc[20] = parts["close"].iloc[20]
    parts["volume"] = parts["volume"].copy()
    parts["volume"].iloc[20] = 0.0
    assert result(observed_bars(parts)) == []
    parts["volume"].iloc[100:102] = 0.0
    assert result(observed_bars(parts)) == [], "two hours without trades, quoted on"
    parts["volume"].iloc[100:200] = 0.0
    assert result(observed_bars(parts)) == [("btc_usd_volume", "no volume", 100)]


@pytest.mark.parametrize(("rest", "gap"), [(120, 0), (121, 1)])
def test_five_days_may_pass_between_daily_values(rest: int, gap: int) -> None:
    values = pd.Series([4.0, 4.1], index=pd.DatetimeIndex([START, START + rest * HOUR]))
    assert result(observed("treasury_10y", values)) == [("treasury_10y", "gap", 1)] * gap


@pytest.mark.parametrize(("name", "days"), [("cpi", 31), ("real_gdp", 92)])
def test_a_month_and_a_quarter_may_be_as_long_as_the_longest(name: str, days: int) -> None:
    low, high = CATALOGUE.series[name].range
    for rest, gap in ((days, 0), (days + 1, 1)):
        index = pd.DatetimeIndex([START, START + pd.Timedelta(days=rest)])
        assert result(observed(name, pd.Series((low + high) / 2, index=index))) == [(name, "gap", 1)] * gap


def test_two_hundred_common_returns_are_enough_at_each_lag() -> None:
    closes = walk(215)
    assert lag_correlations(closes.iloc[:200], closes.iloc[:200]) == {}
    assert lag_correlations(closes.iloc[:201], closes.iloc[:201]) == {0: pytest.approx(1.0)}
    assert list(lag_correlations(closes, closes)) == list(range(-14, 15))
    still = pd.Series(5.0, index=closes.index)
    assert lag_correlations(closes, still) == lag_correlations(still, closes) == {}


def test_a_correlation_is_that_of_the_winsorised_returns_at_the_lag() -> None:
    here, there = walk(400, 3), walk(400, 4)
    there.iloc[50] *= 3

    def returns(closes: "pd.Series[float]") -> "pd.Series[float]":
        raw = closes.pct_change().dropna()
        return raw.clip(raw.quantile(0.005), raw.quantile(0.995))

    correlations = lag_correlations(here, there)
    for lag in (-14, -3, 0, 5):
        moved = returns(there).set_axis(returns(there).index + lag * HOUR)
        assert correlations[lag] == pytest.approx(returns(here).corr(moved))


@pytest.mark.parametrize(
    ("correlations", "lag"),
    [
        ({}, 0),
        ({0: 0.1, 3: 0.3}, 0),
        ({0: 0.1, 3: 0.301}, 3),
        ({0: 0.2, -3: 0.4}, 0),
        ({0: 0.2, -3: 0.401}, -3),
        ({3: 0.9}, 3),
        ({0: 0.9, 1: 0.8}, 0),
    ],
)
def test_a_lag_is_significant_beyond_0_3_and_twice_what_there_is_at_zero(
    correlations: dict[int, float], lag: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "lag_correlations", lambda *_: correlations)
    assert shifted_hours(walk(), walk()) == lag


def test_a_tolerance_may_just_be_reached() -> None:
    here = pd.Series(100.0, index=pd.date_range(START, periods=3, freq="h"))
    assert list(disagreement(CLOSE, here, here * 1.25, "other", 0.25)) == []
    (finding,) = disagreement(CLOSE, here, here * [1.0, 1.25, 1.5], "other", 0.2)
    assert (finding.count, finding.first) == (2, here.index[1])
    assert "50.0%" in finding.sentence


# ── real markets ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real() -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Bitstamp's and Bitfinex's hourly closes of 2019."""
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    bitstamp = read_bars(next(DATA.glob("bitstamp*")))["close"]
    names = ["ts", "open", "close", "high", "low", "volume"]
    minutes = pd.read_csv(next(DATA.glob("bitfinex*")), names=names)
    minutes.index = pd.to_datetime(minutes["ts"], unit="ms", utc=True).dt.as_unit("us")
    bitfinex = minutes["close"].resample("h").last().dropna()
    return bitstamp["2019-01-01":"2019-12-31"], bitfinex


def test_two_real_markets_agree_at_lag_zero(real: tuple["pd.Series[float]", "pd.Series[float]"]) -> None:
    correlations = lag_correlations(*real)
    assert max(correlations, key=lambda lag: correlations[lag]) == 0
    assert correlations[0] > 0.9
    assert list(shift(CLOSE, *real, "bitfinex")) == []
    # Bitfinex's prices were higher while its tether reserves were in doubt
    (apart,) = disagreement(CLOSE, *real, "bitfinex")
    assert (apart.count, f"{apart.last:%Y-%m}") == (2105, "2019-09")
    assert "by 7.4% at most" in apart.sentence


@pytest.mark.parametrize("lag", [lag for lag in range(-12, 13) if lag])
def test_a_real_market_shifted_by_hours_is_found_with_its_lag(
    real: tuple["pd.Series[float]", "pd.Series[float]"], lag: int
) -> None:
    bitstamp, bitfinex = real
    start = random.Random(lag).randrange(5000)
    late = bitstamp.set_axis(bitstamp.index + lag * HOUR)[start : start + 720]
    (finding,) = shift(CLOSE, late, bitfinex, "bitfinex")
    assert f"match those of bitfinex {abs(lag)} hours {'late' if lag > 0 else 'early'}" in finding.sentence
    assert finding.kind == "time zone"


def test_real_bars_are_possible_and_complete() -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    history = read_bars(next(DATA.glob("bitstamp*")))
    parts = {str(name): history[name] for name in history.columns}
    assert check(observed_bars(parts), CATALOGUE) == []
