"""The doctors of times and prices name what was planted into good data, and nothing in good data."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.quality import price_doctor, time_doctor
from ppa.core.quality.time_doctor import ShiftedWeeks, repeated_bars, shifted_weeks
from tests.fakes.data import read_bars

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "btc"
HOUR = pd.Timedelta(hours=1)
MONDAY = pd.Timestamp("2017-08-07", tz="UTC").as_unit("us")
WEEKS = 20


def market(seed: int = 1, weeks: int = WEEKS) -> pd.DataFrame:
    """Hourly bars of a market that trades most in the afternoon (UTC)."""
    rng = np.random.default_rng(seed)
    hours = pd.date_range(MONDAY, periods=weeks * 168, freq="h", unit="us")
    close = 4000 * np.exp(rng.normal(0, 0.006, len(hours)).cumsum())
    opened = np.append(4000, close[:-1])
    wick = rng.uniform(0.0005, 0.004, (2, len(hours)))
    volume = 300 * np.exp(np.cos((hours.hour - 15) / 24 * 2 * np.pi) + rng.normal(0, 0.3, len(hours)))
    return pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) * (1 + wick[0]),
            "low": np.minimum(opened, close) * (1 - wick[1]),
            "close": close,
            "volume": volume,
        },
        index=hours,
    )


def like(bars: pd.DataFrame, seed: int, noise: float) -> pd.DataFrame:
    """Bars of another market whose returns are those of `bars` with noise of this size."""
    rng = np.random.default_rng(seed)
    factor = np.exp(
        rng.normal(0, noise, len(bars)).cumsum() if noise > 0.002 else rng.normal(0, noise, len(bars))
    )
    prices = bars[["open", "high", "low", "close"]].mul(factor, axis=0) / 13
    return prices.assign(volume=bars["volume"] * rng.uniform(0.5, 2, len(bars)))


def stamped_in(bars: pd.DataFrame, first: str, last: str, zone: str) -> pd.DataFrame:
    """Bars with local times for UTC where they open in [first, last); of two bars of an hour the later one wins."""
    inside = (bars.index >= pd.Timestamp(first, tz="UTC")) & (bars.index < pd.Timestamp(last, tz="UTC"))
    local = bars.index.tz_convert(zone).tz_localize(None).tz_localize("UTC")
    moved = bars.set_axis(bars.index.where(~inside, local)).sort_index(kind="stable")
    return moved[~moved.index.duplicated(keep="last")]


def diagnosed(bars: Mapping[str, pd.DataFrame]) -> list[ShiftedWeeks]:
    return shifted_weeks(
        {name: one["close"] for name, one in bars.items()},
        {name: one["volume"] for name, one in bars.items()},
    )


@pytest.mark.parametrize("order", [("mine", "other"), ("other", "mine")])
def test_weeks_in_local_time_are_named_with_their_zone_and_repair(order):
    good = market()
    bars = {
        "other": like(good, 2, 0.001),
        "mine": stamped_in(good, "2017-09-25", "2017-11-13", "America/New_York"),
    }
    (one,) = diagnosed({name: bars[name] for name in order})
    assert one.series == "mine"
    sentence = time_doctor.describe(one)
    assert sentence.startswith(
        "weeks of 2017-09-25 to 2017-11-12 look like US/Eastern: their returns match those of other"
    )
    first, second = time_doctor.repair(one).removeprefix("--shift ").split(" --shift ")
    assert first.endswith("..2017-11-05T02:00=+4h")
    assert second.startswith("2017-11-05T02:00..")
    assert second.endswith("=+5h")
    start, end = (
        pd.Timestamp(first[:16], tz="UTC"),
        pd.Timestamp(second.split("..")[1].split("=")[0], tz="UTC"),
    )
    assert abs(start - pd.Timestamp("2017-09-24T20:00Z")) <= 6 * HOUR
    assert abs(end - pd.Timestamp("2017-11-12T19:00Z")) <= 6 * HOUR


def test_a_third_series_tells_which_of_two_is_shifted():
    good = market()
    shifted = good.set_axis(good.index + 9 * HOUR).drop(columns="volume").assign(volume=np.nan)
    others = {"eth": like(good, 3, 0.004), "sol": like(good, 4, 0.004)}
    for bars in ({"btc": shifted, **others}, {**others, "btc": shifted}):
        (one,) = diagnosed(bars)
        assert (one.series, one.lag, set(one.others)) == ("btc", 9, {"eth", "sol"})
    (finding,) = time_doctor.to_findings([one])
    assert (finding.kind, finding.serious) == ("time zone", True)
    assert "look like Asia/Tokyo" in finding.sentence
    assert "=-9h" in finding.remedy


@pytest.mark.parametrize("order", [("mine", "other"), ("other", "mine")])
def test_of_two_whole_series_the_volume_by_hour_of_day_tells_which_one_is_shifted(order):
    good = market()
    hours = pd.DatetimeIndex(good.index).hour
    good["volume"] = 300 * np.exp(np.array(time_doctor._MARKET_PROFILE)[hours])
    bars = {"other": like(good, 2, 0.001), "mine": good.set_axis(good.index - 7 * HOUR)}
    (one,) = diagnosed({name: bars[name] for name in order})
    assert (one.series, one.lag, one.certain) == ("mine", -7, True)


@pytest.mark.parametrize("order", [("mine", "other"), ("other", "mine")])
def test_of_two_whole_series_a_change_of_clocks_tells_which_one_is_shifted(order):
    good = market().assign(volume=np.nan)
    local = good.index.tz_convert("America/New_York").tz_localize(None).tz_localize("UTC")
    mine = good.set_axis(local)
    bars = {"other": like(good, 2, 0.001), "mine": mine[~mine.index.duplicated(keep="last")]}
    shifts = diagnosed({name: bars[name] for name in order})
    assert {(one.series, one.certain) for one in shifts} == {("mine", True)}


def test_where_nothing_tells_the_sentence_names_both():
    good = market().assign(volume=np.nan)
    (one,) = diagnosed({"other": like(good, 2, 0.001), "mine": good.set_axis(good.index - 7 * HOUR)})
    assert time_doctor.describe(one).endswith("nothing tells whether mine or other is at fault")


@settings(max_examples=15, deadline=None)
@given(
    lag=st.integers(-12, 12).filter(bool),
    week=st.integers(1, 12),
    length=st.integers(2, 6),
    seed=st.integers(0, 999),
)
def test_any_lag_of_any_weeks_is_named(lag, week, length, seed):
    good = market(seed)
    first = MONDAY + week * time_doctor.WEEK
    inside = (good.index >= first) & (good.index < first + length * time_doctor.WEEK)
    moved = good.set_axis(good.index.where(~inside, good.index + lag * HOUR)).sort_index(kind="stable")
    bad = moved[~moved.index.duplicated(keep="last")]
    shifts = diagnosed({"other": like(good, seed + 1, 0.001), "mine": bad})
    assert [(one.series, one.lag) for one in shifts] == [("mine", lag)]
    assert abs(shifts[0].first - first) <= time_doctor.WEEK
    assert abs(shifts[0].until - first - length * time_doctor.WEEK) <= time_doctor.WEEK


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), noise=st.sampled_from([0.0, 0.001, 0.004, 0.02]))
def test_markets_at_the_same_hours_are_not_called_shifted(seed, noise):
    good = market(seed)
    assert diagnosed({"one": good, "other": like(good, seed + 1, noise), "strange": market(seed + 2)}) == []


def test_zones_are_told_by_their_change_of_clocks():
    mondays = list(pd.date_range("2023-03-06", periods=5, freq="7D", tz="UTC"))
    assert time_doctor.likely_zones(mondays, [-5, -4, -4, -4, -4]) == ["US/Eastern"]
    assert "America/Phoenix" in time_doctor.likely_zones(mondays, [-7] * 5)
    assert time_doctor.likely_zones(mondays, [5] * 5) == []


def test_a_volume_at_other_hours_is_told_by_its_profile():
    volume = market()["volume"]
    late = volume.set_axis(volume.index + 6 * HOUR)
    assert time_doctor.profile_lag(volume[:1000], volume[1000:]) == 0
    assert time_doctor.profile_lag(late[:1000], volume[1000:]) == 6
    assert time_doctor.profile_lag(volume[:1000], late[1000:]) == -6
    assert time_doctor.profile_lag(volume[:5], volume) == 0


def test_hours_that_are_there_twice_are_named():
    good = market()
    again = good.copy()
    again.iloc[1200:1300] = good.iloc[1000:1100].to_numpy()
    (finding,) = repeated_bars("mine", again)
    assert (finding.kind, finding.count, finding.serious) == ("repeated bars", 100, True)
    assert "equal those of 200 hours before" in finding.sentence
    assert repeated_bars("mine", good) == []


def examined(bars: pd.DataFrame) -> list[tuple[str, int]]:
    return [(finding.kind, finding.count) for finding in price_doctor.examine("btc_usd_close", bars)]


PRICES = ["open", "high", "low", "close"]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), calm=st.sampled_from([0.05, 1.0]))
def test_a_good_market_has_no_findings(seed, calm):
    bars = market(seed, weeks=6)
    bars[PRICES] = np.exp(np.log(bars[PRICES]) * calm)
    assert examined(bars) == []


@pytest.mark.parametrize("factor", [0.01, 0.1, 100.0, 1000.0])
@pytest.mark.parametrize(("start", "stop"), [(700, 701), (500, 900), (0, 200), (3000, WEEKS * 168)])
def test_a_block_in_another_unit_is_named_with_its_factor(factor, start, stop):
    bars = market()
    bars.iloc[start:stop, :4] *= factor
    (block,) = price_doctor.blocks(bars["close"].to_numpy())
    assert (block.start, block.stop, block.unit) == (start, stop, True)
    assert block.factor == pytest.approx(factor)
    (finding,) = price_doctor.examine("btc_usd_close", bars)
    assert (finding.kind, finding.count, finding.serious) == ("unit", stop - start, True)
    assert f"prices are {'1/' if factor < 1 else ''}{max(factor, 1 / factor):,.3g} " in finding.sentence


def test_a_spike_is_judged_at_the_scale_of_its_bars():
    """A jump of 6% that reverts is a spike in a calm market, and nothing in a wild one."""
    wild = market()
    calm = wild.copy()
    calm[PRICES] = np.exp(np.log(wild[PRICES]) * 0.3)
    wild[PRICES] = np.exp(np.log(wild[PRICES]) * 4)
    for bars, expected in ((calm, [("spike", 1)]), (wild, [])):
        at = bars.index[1500]
        bars.loc[at, ["close", "high"]] *= 1.06
        bars.loc[at, "high"] = max(bars.loc[at, "high"], bars.loc[at, "close"])
        assert examined(bars) == expected


def test_a_move_that_stays_is_no_spike():
    bars = market()
    bars.iloc[1500:, :4] *= 1.12
    assert examined(bars) == []


@pytest.mark.parametrize(("field", "factor"), [("low", 0.00001), ("low", 0.7), ("high", 1.4), ("high", 50.0)])
def test_a_wick_far_outside_the_body_is_named(field, factor):
    bars = market()
    bars.loc[bars.index[1234], field] *= factor
    (finding,) = price_doctor.examine("btc_usd_close", bars)
    assert (finding.kind, finding.count) == ("wick", 1)
    assert finding.first == bars.index[1234].to_pydatetime()
    assert finding.serious == (factor < 1 / 3 or factor > 3)


def test_a_volume_of_zero_while_the_price_moves_is_named():
    bars = market()
    bars.iloc[100:300, 4] = 0.0
    assert examined(bars) == [("no volume", 200)]


def test_hours_of_a_handful_of_minutes_are_thin():
    counts = np.full(500, 58)
    counts[[20, 400]] = [5, 30]
    assert list(np.flatnonzero(price_doctor.thin(counts))) == [20]
    assert not price_doctor.thin(np.full(500, 4)).any(), "a file of quarter hours, or of few trades"


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no real data in {DATA}")
def test_a_real_market_has_no_findings_and_its_weeks_in_local_time_are_named():
    bitstamp = read_bars(next(DATA.glob("bitstamp*")))
    assert price_doctor.examine("bitstamp", bitstamp) == []
    assert repeated_bars("bitstamp", bitstamp) == []
    minutes = pd.read_csv(
        next(DATA.glob("bitfinex*")), names=["ts", "open", "close", "high", "low", "volume"]
    )
    minutes.index = pd.to_datetime(minutes["ts"], unit="ms", utc=True).dt.as_unit("us")
    bitfinex = minutes.resample("h").agg({"close": "last", "volume": "sum"}).dropna()
    assert diagnosed({"bitstamp": bitstamp, "bitfinex": bitfinex}) == []
    local = stamped_in(bitstamp, "2019-09-23", "2019-11-11", "America/New_York")
    for bars in ({"bitstamp": local, "bitfinex": bitfinex}, {"bitfinex": bitfinex, "bitstamp": local}):
        (one,) = diagnosed(bars)
        assert one.series == "bitstamp"
        assert time_doctor.describe(one).startswith("weeks of 2019-09-23 to 2019-11-10 look like US/Eastern")
