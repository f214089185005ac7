"""Rows from observations: the only code that makes a row, for history, the live hour, the CSV and a replay.

A row `ts` is cut at its as-of time, `ts + 1h + grace`. For each series it uses the newest observation
whose `known_at` is at or before that cut, and nothing else; transforms then combine such levels of this
and earlier rows. So no observation known after a row's as-of time can change that row.
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.catalogue import Catalogue, Series
from ppa.core.errors import BadInput
from ppa.core.features.transforms import LOOKBACK_HOURS, TRANSFORMS, Floats, Grid

Ints = NDArray[np.int64]
HOUR_US = 3_600_000_000
HOUR = pd.Timedelta(hours=1)
UTC_US = "datetime64[us, UTC]"


def as_of_frame(observations: pd.DataFrame, catalogue: Catalogue, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of `hours`: indexed by `ts` (UTC), a float64 column a feature, in the catalogue's order.

    `observations` has the columns series, event_time, known_at (UTC) and value, in any order, and should
    reach back as far as `history_needed` says. A value that is missing or too old is NaN.

    Examples
    --------
    >>> import pandas as pd
    >>> import ppa
    >>> hours = pd.date_range("2026-01-01", periods=2, freq="h", tz="UTC")
    >>> observations = pd.DataFrame({
    ...     "series": "btc_usd_close",
    ...     "event_time": hours,
    ...     "known_at": hours + pd.Timedelta("1h"),  # the bar's close
    ...     "value": [90_000.0, 90_900.0],
    ... })
    >>> frame = as_of_frame(observations, ppa.load_catalogue(), hours)
    >>> frame["btc_usd_return_1h"].round(4).tolist()
    [nan, 0.01]
    """
    return AsOfLevels(observations, catalogue, hours).frame()


def age_frame(observations: pd.DataFrame, catalogue: Catalogue, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """How old each series' level is in the rows of `hours`, in hours since the end of its period."""
    levels = AsOfLevels(observations, catalogue, hours)
    ages = {name: levels.age_hours(series)[levels.wanted] for name, series in catalogue.series.items()}
    return pd.DataFrame(ages, index=hours.astype(UTC_US).rename("ts"))


def as_of_time(ts: pd.Timestamp, catalogue: Catalogue) -> pd.Timestamp:
    """When the row `ts` is cut."""
    return ts + HOUR + catalogue.grace


def last_closed_hour(now: pd.Timestamp, catalogue: Catalogue) -> pd.Timestamp:
    """The newest hour whose row may exist at `now`."""
    return (now - catalogue.grace).floor("h") - HOUR


def history_needed(first: pd.Timestamp, series: Series) -> pd.Timestamp:
    """The earliest `event_time` of a series that a row at or after `first` may use."""
    return first - pd.Timedelta(hours=LOOKBACK_HOURS) - series.period - series.max_age


def row_hashes(frame: pd.DataFrame) -> list[str]:
    """SHA-256 of every row of a frame: of its hour, its column names in order, and its float64 values."""
    header = "\x1f".join(frame.columns).encode()
    values = np.ascontiguousarray(frame.to_numpy(dtype="<f8", na_value=np.nan))
    canonical = np.where(np.isnan(values), np.nan, values) + 0.0
    stamps = microseconds(pd.DatetimeIndex(frame.index))
    prefix = hashlib.sha256(header)
    return [_row_hash(prefix, int(t), row) for t, row in zip(stamps, canonical, strict=True)]


def microseconds(times: pd.DatetimeIndex) -> Ints:
    """Epoch microseconds of a UTC index."""
    return times.as_unit("us").asi8


def _row_hash(prefix: "hashlib._Hash", stamp: int, row: Floats) -> str:
    digest = prefix.copy()
    digest.update(stamp.to_bytes(8, "little", signed=True))
    digest.update(row.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class AsOfLevels:
    """Levels of every series on the hourly grid that the wanted rows and their look-back cover."""

    observations: pd.DataFrame
    catalogue: Catalogue
    hours: pd.DatetimeIndex

    def __post_init__(self) -> None:
        if str(self.hours.tz) != "UTC" or (microseconds(self.hours) % HOUR_US).any():
            raise BadInput("Rows are asked for by full hours in UTC: floor the times and set the zone.")
        if self.observations["known_at"].isna().any():
            raise BadInput("Every observation needs its known_at: stamp what has none before making rows.")

    def frame(self) -> pd.DataFrame:
        """The wanted rows."""
        columns = {f.name: self._feature(f.transform, f.inputs, f.hours) for f in self.catalogue.features}
        return pd.DataFrame(columns, index=self.hours.astype(UTC_US).rename("ts"))

    def age_hours(self, series: Series) -> Floats:
        """Age of a series' level on the grid, in hours; NaN where there is no level."""
        _, event_times = self._newest(series)
        return (self.grid.closes_us - event_times - _us(series.period)) / HOUR_US

    @cached_property
    def grid(self) -> Grid:
        """Consecutive hours, from midnight before the look-back to the end of the last wanted day."""
        if not len(self.hours):
            return Grid(np.empty(0, dtype=np.int64))
        first = (self.hours.min() - pd.Timedelta(hours=LOOKBACK_HOURS)).floor("D")
        last = self.hours.max().floor("D") + pd.Timedelta(hours=23)
        return Grid(microseconds(pd.date_range(first, last, freq="h")))

    @cached_property
    def wanted(self) -> Ints:
        """Positions of the wanted rows on the grid."""
        if not len(self.hours):
            return np.empty(0, dtype=np.int64)
        positions: Ints = (microseconds(self.hours) - self.grid.opens_us[0]) // HOUR_US
        return positions

    @cached_property
    def _levels(self) -> Mapping[str, Floats]:
        return {name: self._level(series) for name, series in self.catalogue.series.items()}

    def _feature(self, transform: str, inputs: Sequence[str], hours: int) -> Floats:
        levels = [self._levels[name] for name in inputs]
        return TRANSFORMS[transform](self.grid, levels, hours)[self.wanted]

    def _level(self, series: Series) -> Floats:
        values, event_times = self._newest(series)
        too_old = self.grid.closes_us - event_times - _us(series.period) > _us(series.max_age)
        return np.where(too_old, np.nan, values)

    def _newest(self, series: Series) -> tuple[Floats, Floats]:
        """Value and event time (µs) of the newest observation known at each as-of time; NaN where none."""
        rows = self._by_series.get(series.name)
        as_of = self.grid.closes_us + _us(self.catalogue.grace)
        if rows is None:
            nothing = np.full(len(as_of), np.nan)
            return nothing, nothing
        known, events, values = newest_by_known(*rows)
        position = np.searchsorted(known, as_of, side="right") - 1
        found = position >= 0
        return np.where(found, values[position], np.nan), np.where(found, events[position], np.nan)

    @cached_property
    def _by_series(self) -> Mapping[str, tuple[Ints, Ints, Floats]]:
        """known_at and event_time (µs) and value of each series, in the order in which they became known."""
        codes, names = pd.factorize(self.observations["series"])
        known = microseconds(pd.DatetimeIndex(self.observations["known_at"]))
        events = microseconds(pd.DatetimeIndex(self.observations["event_time"]))
        values = self.observations["value"].to_numpy(dtype=np.float64)
        order = np.lexsort((events, known, codes))
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        parts = [order[a:b] for a, b in itertools.pairwise(edges)]
        return {name: (known[at], events[at], values[at]) for name, at in zip(names, parts, strict=True)}


def newest_by_known(known: Ints, events: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """Keep the observations that were the newest ones at the moment they became known.

    Input is sorted by known_at, then event_time. What arrives about an older period than one already
    known is left out: it never is the newest.
    """
    newest = events >= np.maximum.accumulate(events)
    return known[newest], events[newest], values[newest]


def _us(delta: "pd.Timedelta | object") -> int:
    return pd.Timedelta(delta).value // 1000  # type: ignore[arg-type]
