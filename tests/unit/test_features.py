"""Point-in-time rows: examples, then properties against an oracle."""

import hashlib
import math
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.errors import BadInput
from ppa.core.features.rows import (
    as_of_frame,
    as_of_time,
    history_needed,
    last_closed_hour,
    row_hashes,
)
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.core.times import BEGINNING
from ppa.ops.catalogue_file import load_catalogue
from ppa.ops.clock import fixed
from ppa.providers.synthetic import SyntheticProvider
from ppa.storage.series_cache import Vintages
from tests.unit.builders import DAY, HOUR, START, hours_from, observed, random_observations, small_catalogue

CATALOGUE = small_catalogue()
CLOSE, YIELD, CPI = "btc_usd_close", "treasury_10y", "cpi"
DAYS = 14
HOURS = hours_from(START, DAYS * 24)
MINUTE, MICROSECOND = pd.Timedelta(minutes=1), pd.Timedelta(microseconds=1)
NOON = pd.Timestamp("2024-03-05 12:00", tz="UTC").as_unit("us")

seeds = st.integers(0, 2**31)
chances = st.sampled_from([0.0, 0.02, 0.3])
some_hours = st.lists(st.sampled_from(list(HOURS)), min_size=1, max_size=6)


def frame_of(observations, hours=HOURS, catalogue=CATALOGUE):
    return as_of_frame(observations, catalogue, pd.DatetimeIndex(hours))


def value(rows, name, hour=NOON):
    return frame_of(observed(rows), [hour])[name].iloc[0]


def bar(hour, close, known_at):
    return (CLOSE, hour, known_at, close)


# ── examples: what a row may know ────────────────────────────────────────────────────────────────


def test_a_bar_that_comes_just_before_the_cut_is_in_its_row_and_one_that_comes_after_is_not():
    cut = as_of_time(NOON, CATALOGUE)
    assert cut == NOON + HOUR + 5 * MINUTE
    assert value([bar(NOON, 100.0, cut)], CLOSE) == 100.0
    assert math.isnan(value([bar(NOON, 100.0, cut + MICROSECOND)], CLOSE))


def test_a_revision_changes_the_rows_cut_after_it_and_none_before():
    day, release = NOON.floor("D") - 2 * DAY, NOON - 3 * HOUR
    rows = [(YIELD, day, release, 4.0), (YIELD, day, NOON + HOUR, 4.5)]
    assert value(rows, YIELD, NOON - HOUR) == 4.0
    assert value(rows, YIELD, NOON) == 4.5


def test_a_late_value_about_an_older_period_does_not_take_the_place_of_a_newer_one():
    older, newer = NOON.floor("D") - 3 * DAY, NOON.floor("D") - 2 * DAY
    rows = [(YIELD, newer, NOON - 5 * HOUR, 4.0), (YIELD, older, NOON - HOUR, 9.0)]
    assert value(rows, YIELD) == 4.0


def test_of_values_known_at_once_the_newest_period_counts():
    older, newer = NOON.floor("D") - 3 * DAY, NOON.floor("D") - 2 * DAY
    both = [(YIELD, newer, NOON, 4.0), (YIELD, older, NOON, 9.0)]
    assert value(both, YIELD) == value(both[::-1], YIELD) == 4.0


def test_a_value_is_carried_to_its_greatest_age_and_no_further():
    series = CATALOGUE.series[YIELD]
    event = NOON.floor("D") - 5 * DAY
    last = event + series.period + series.max_age - HOUR
    rows = [(YIELD, event, event + 2 * DAY, 4.0)]
    assert value(rows, YIELD, last) == 4.0
    assert math.isnan(value(rows, YIELD, last + HOUR))


def test_a_bar_that_came_two_days_late_is_missing_from_those_two_days():
    rows = [bar(hour, 100.0 + i, hour + HOUR) for i, hour in enumerate(hours_from(NOON - 30 * HOUR, 60))]
    late = [bar(h, v, k + 2 * DAY if h == NOON else k) for _, h, k, v in rows]
    built = frame_of(observed(late), hours_from(NOON - 2 * HOUR, 5))
    assert built[CLOSE].isna().tolist() == [False, False, True, False, False]
    assert built["btc_usd_return_1h"].isna().tolist() == [False, False, True, True, False]


def test_a_series_without_observations_is_missing_and_the_calendar_never_is():
    built = frame_of(observed([]), [NOON])
    assert built.columns[built.notna().all()].tolist() == ["hour_of_day", "day_of_week"]
    assert built.iloc[0][["hour_of_day", "day_of_week"]].tolist() == [12.0, 1.0]


def test_columns_are_the_catalogues_in_its_order_and_rows_the_hours_asked_for():
    hours = pd.DatetimeIndex([NOON + HOUR, NOON - DAY, NOON])
    built = frame_of(observed([bar(NOON, 1.0, NOON)]), hours)
    assert tuple(built.columns) == CATALOGUE.feature_names
    assert built.index.tolist() == hours.tolist()
    assert (built.index.name, str(built.index.dtype)) == ("ts", "datetime64[us, UTC]")
    assert set(built.dtypes.astype(str)) == {"float64"}


def test_no_hours_make_no_rows():
    none = pd.DatetimeIndex([], tz="UTC")
    observations = random_observations(CATALOGUE, 1, 3)
    assert frame_of(observations, none).shape == (0, len(CATALOGUE.features))
    assert row_hashes(frame_of(observations, none)) == []


@pytest.mark.parametrize(
    "hours",
    [
        pd.DatetimeIndex([NOON + MINUTE]),
        pd.DatetimeIndex([NOON.tz_localize(None)]),
        pd.DatetimeIndex([NOON.tz_convert("America/New_York")]),
        pd.DatetimeIndex([NOON, pd.NaT]),
    ],
    ids=["not on the hour", "no zone", "another zone", "no time"],
)
def test_rows_are_made_for_full_hours_in_utc_only(hours):
    with pytest.raises(BadInput, match="full hours in UTC"):
        frame_of(observed([]), hours)


def test_what_nobody_knows_the_arrival_of_makes_no_row():
    with pytest.raises(BadInput, match="known_at"):
        frame_of(observed([bar(NOON, 100.0, pd.NaT)]), [NOON])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-03-05 12:04:59.999999", "2024-03-05 10:00"),
        ("2024-03-05 12:05:00", "2024-03-05 11:00"),
        ("2024-03-05 13:04:00", "2024-03-05 11:00"),
        ("2024-01-01 00:05:00", "2023-12-31 23:00"),
    ],
)
def test_an_hour_is_closed_when_it_is_cut(now, expected):
    assert last_closed_hour(pd.Timestamp(now, tz="UTC"), CATALOGUE) == pd.Timestamp(expected, tz="UTC")


@given(st.datetimes(pd.Timestamp("2017-01-01"), pd.Timestamp("2030-01-01")))
def test_the_last_closed_hour_is_the_newest_one_cut_by_now(moment):
    now = pd.Timestamp(moment, tz="UTC")
    last = last_closed_hour(now, CATALOGUE)
    assert as_of_time(last, CATALOGUE) <= now < as_of_time(last + HOUR, CATALOGUE)


# ── the oracle: the definition, an hour and a value at a time ─────────────────────────────────────


class Oracle:
    """Rows computed from the definition in plain Python."""

    def __init__(self, observations, catalogue=CATALOGUE):
        self.catalogue, self._levels = catalogue, {}
        self._known = {name: [] for name in catalogue.series}
        for series, event, reference, number in observations.itertuples(index=False):
            self._known[series].append((event.to_pydatetime(), reference.to_pydatetime(), number))

    def newest(self, name, hour):
        cut = (hour + HOUR + self.catalogue.grace).to_pydatetime()
        reference = [seen for seen in self._known[name] if seen[1] <= cut]
        return max(reference, default=None)

    def age(self, name, hour):
        """Ages in hours; NaN where the row has no level."""
        newest, series = self.newest(name, hour), self.catalogue.series[name]
        age = newest and hour + HOUR - newest[0] - series.period
        return math.nan if newest is None or age > series.max_age else age / HOUR

    def level(self, name, hour):
        if (name, hour) not in self._levels:
            newest, series = self.newest(name, hour), self.catalogue.series[name]
            fresh = newest is not None and hour + HOUR - newest[0] - series.period <= series.max_age
            self._levels[name, hour] = newest[2] if fresh else math.nan
        return self._levels[name, hour]

    def change(self, name, hour, hours):
        return self.level(name, hour) / self.level(name, hour - hours * HOUR) - 1

    def feature(self, feature, hour):
        name, *others = feature.inputs or ("",)
        match feature.transform:
            case "level":
                return self.level(name, hour)
            case "difference":
                return self.level(name, hour) - self.level(others[0], hour)
            case "return":
                return self.change(name, hour, feature.hours)
            case "volatility":
                changes = [self.change(name, hour - lag * HOUR, 1) ** 2 for lag in range(feature.hours)]
                return math.sqrt(mean(changes))
            case "ratio_to_mean":
                average = mean([self.level(name, hour - lag * HOUR) for lag in range(feature.hours)])
                return self.level(name, hour) / average if average else math.nan
            case "hour_of_day":
                return float(hour.hour)
            case "day_of_week":
                return float(hour.day_of_week)
            case _:
                return self.daily(feature, hour)

    def daily(self, feature, hour):
        midnight = (hour + HOUR).floor("D") - DAY
        days = [[self.level(name, midnight + lag * HOUR) for lag in range(24)] for name in feature.inputs]
        there = [numbers for numbers in zip(*days, strict=True) if not math.isnan(numbers[0])]
        if not there:
            return math.nan
        first = [numbers[0] for numbers in there]
        match feature.transform:
            case "daily_open":
                return first[0]
            case "daily_close":
                return first[-1]
            case "daily_high":
                return max(first)
            case "daily_low":
                return min(first)
            case "daily_sum":
                return sum(first)
            case "daily_vwap":
                traded = [(price, volume) for price, volume in there if not math.isnan(volume)]
                weight = sum(volume for _, volume in traded)
                return sum(price * volume for price, volume in traded) / weight if weight else math.nan
        raise NotImplementedError(feature.transform)


def mean(values):
    there = [v for v in values if not math.isnan(v)]
    return sum(there) / len(there) if len(there) * 2 >= len(values) else math.nan


@settings(max_examples=15, deadline=None)
@given(seeds, chances, chances, chances, some_hours)
def test_rows_are_those_of_the_oracle(seed, gaps, late, revised, hours):
    observations = random_observations(CATALOGUE, seed, DAYS, gaps=gaps, late=late, revised=revised)
    built, oracle = frame_of(observations, hours), Oracle(observations)
    for hour, row in zip(hours, built.to_dict("records"), strict=True):
        expected = {f.name: oracle.feature(f, hour) for f in CATALOGUE.features}
        assert row == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(seeds, chances, chances, some_hours)
def test_ages_are_those_of_the_oracle(seed, gaps, late, hours):
    observations = random_observations(CATALOGUE, seed, DAYS, gaps=gaps, late=late)
    oracle = Oracle(observations)
    for name, series in CATALOGUE.series.items():
        own = observations[observations["series"] == name].sort_values(["event_time", "known_at"])
        held = Vintages(own[["event_time", "known_at", "value"]], BEGINNING, BEGINNING)
        ages = held.age_hours(pd.DatetimeIndex(hours), series, CATALOGUE.grace)
        expected = [oracle.age(name, hour) for hour in hours]
        assert ages.tolist() == pytest.approx(expected, nan_ok=True)


# ── no future in a row ───────────────────────────────────────────────────────────────────────────


def with_another_future(observations, cut, random):
    """Observations equal up to `cut`; later ones are changed, removed or added."""
    future = observations["known_at"] > cut
    kept = ~future | (random.random(len(future)) < 0.6)
    noise = np.where(future, random.uniform(-1e9, 1e9, len(future)), observations["value"])
    changed = observations.assign(value=noise)[kept]
    invented = observations.sample(min(300, len(observations)), random_state=int(random.integers(2**31)))
    after = cut + pd.to_timedelta(random.integers(1, 10**12, len(invented)), unit="us")
    extra = invented.assign(known_at=after, value=random.uniform(-1e9, 1e9, len(invented)))
    return pd.concat([changed, extra]).sample(frac=1.0, random_state=1)


@settings(max_examples=25, deadline=None)
@given(seeds, chances, chances, chances, st.sampled_from(list(HOURS)))
def test_nothing_known_after_the_cut_changes_a_row(seed, gaps, late, revised, hour):
    observations = random_observations(CATALOGUE, seed, DAYS, gaps=gaps, late=late, revised=revised)
    cut = as_of_time(hour, CATALOGUE)
    other = with_another_future(observations, cut, np.random.default_rng(seed))
    until_then = HOURS[hour >= HOURS]
    assert row_hashes(frame_of(other))[: len(until_then)] == row_hashes(frame_of(observations, until_then))


@settings(max_examples=10, deadline=None)
@given(seeds, st.sampled_from(list(HOURS)))
def test_what_was_known_by_the_cut_does_change_it(seed, hour):
    observations, cut = random_observations(CATALOGUE, seed, DAYS), as_of_time(hour, CATALOGUE)
    one, other = (pd.concat([observations, observed([bar(hour, close, cut)])]) for close in (1.0, 2.0))
    assert row_hashes(frame_of(one, [hour])) != row_hashes(frame_of(other, [hour]))


# ── the same row, whoever asks, with whatever others ─────────────────────────────────────────────


def only_needed(observations, hours, catalogue=CATALOGUE):
    """The observations that a live job reads: from `history_needed` on, known by the last as-of time."""
    first = {name: history_needed(min(hours), series) for name, series in catalogue.series.items()}
    recent = observations["event_time"] >= observations["series"].map(first)
    return observations[recent & (observations["known_at"] <= as_of_time(max(hours), catalogue))]


@settings(max_examples=25, deadline=None)
@given(seeds, chances, chances, chances, some_hours)
def test_any_hours_in_any_order_are_those_of_the_whole_frame(seed, gaps, late, revised, hours):
    observations = random_observations(CATALOGUE, seed, DAYS, gaps=gaps, late=late, revised=revised)
    whole = dict(zip(HOURS, row_hashes(frame_of(observations)), strict=True))
    expected = [whole[hour] for hour in hours]
    assert row_hashes(frame_of(observations, hours)) == expected
    assert row_hashes(frame_of(only_needed(observations, hours), hours)) == expected
    alone = [row_hashes(frame_of(only_needed(observations, [hour]), [hour])) for hour in hours]
    assert [only for (only,) in alone] == expected


@settings(max_examples=15, deadline=None)
@given(seeds, some_hours)
def test_neither_the_order_of_observations_nor_those_of_others_matter(seed, hours):
    observations = random_observations(CATALOGUE, seed, DAYS)
    strangers = random_observations(CATALOGUE, seed + 1, DAYS)
    strangers["series"] = "eth_" + strangers["series"]
    mixed = pd.concat([strangers, observations], ignore_index=True)
    shuffled = mixed.sample(frac=1.0, random_state=seed)[list(reversed(mixed.columns))]
    assert row_hashes(frame_of(shuffled, hours)) == row_hashes(frame_of(observations, hours))


def test_every_row_of_the_real_catalogue_is_the_same_alone_as_in_a_season():
    catalogue, now = load_catalogue(), pd.Timestamp("2024-03-01", tz="UTC")
    source, old = SyntheticProvider(catalogue, clock=fixed(now)), now - 4 * 366 * DAY
    pages = [*source.bars(catalogue.asset("BTC"), None, now - 90 * DAY, now)]
    pages += [
        page
        for series in catalogue.series.values()
        if series.cadence != "hourly"
        for page in source.series(series, None, old, now)
    ]
    observations = pd.concat(pages)[list(OBSERVATION_COLUMNS)]
    hours = hours_from((now - 60 * DAY).as_unit("us"), 59 * 24)
    season = as_of_frame(observations, catalogue, hours)
    assert season.filter(like="btc").notna().mean().min() > 0.9
    for hour in hours[:: len(hours) // 12]:
        alone = as_of_frame(only_needed(observations, [hour], catalogue), catalogue, pd.DatetimeIndex([hour]))
        pd.testing.assert_frame_equal(alone, season.loc[[hour]], check_exact=True)
        assert row_hashes(alone) == row_hashes(season.loc[[hour]])


# ── hashes ───────────────────────────────────────────────────────────────────────────────────────


def table(values, columns=("one", "two"), hour=NOON):
    return pd.DataFrame([values], columns=list(columns), index=pd.DatetimeIndex([hour], name="ts"))


BEFORE = row_hashes(table([1.0, 2.0]))


@pytest.mark.parametrize(
    "other",
    [
        table([1.0, np.nextafter(2.0, 3.0)]),
        table([2.0, 1.0]),
        table([1.0, np.nan]),
        table([1.0, 2.0], ("one", "three")),
        table([2.0, 1.0], ("two", "one")),
        table([1.0, 2.0], hour=NOON + HOUR),
        table([1.0, 2.0, 0.0], ("one", "two", "three")),
        table([1.0], ("one",)),
    ],
    ids=["last bit", "values", "missing", "name", "order", "hour", "one more", "one less"],
)
def test_a_hash_tells_any_difference(other):
    assert row_hashes(other) != BEFORE


def test_a_hash_does_not_tell_one_missing_value_or_zero_from_another():
    odd = np.frombuffer(np.uint64(0xFFF8_0000_DEAD_BEEF).tobytes(), dtype=np.float64)[0]
    assert math.isnan(odd)
    assert row_hashes(table([odd, 0.0])) == row_hashes(table([np.nan, -0.0]))


def test_a_hash_is_of_the_hour_not_of_how_it_is_written_down():
    frame = table([1.0, 2.0])
    assert row_hashes(frame.set_axis(frame.index.as_unit("ns"))) == BEFORE
    assert row_hashes(frame.set_axis(frame.index.tz_convert("Asia/Tokyo"))) == BEFORE
    assert row_hashes(frame.astype("Float64")) == BEFORE


def test_a_row_hashes_the_same_among_others():
    frame = frame_of(random_observations(CATALOGUE, 5, DAYS))
    hashes = row_hashes(frame)
    assert len(set(hashes)) == len(hashes)
    assert [row_hashes(frame.iloc[[i]])[0] for i in (0, 100, 335)] == [hashes[i] for i in (0, 100, 335)]


def test_a_hash_is_what_it_always_was():
    """A different hash function would mark every stored row as altered."""
    written = b"one\x1ftwo" + struct.pack("<qdd", (NOON - pd.Timestamp(0, tz="UTC")) // MICROSECOND, 1.0, 2.0)
    assert hashlib.sha256(written).hexdigest() == BEFORE[0]
