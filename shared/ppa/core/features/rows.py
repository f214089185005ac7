"""Point-in-time feature rows from observations, for history, the live hour, CSV downloads and replays alike.

The row of hour `ts` has the as-of time `ts + 1h + grace`. Its level of each series is the newest observation whose
`known_at` is at or before the as-of time; transforms combine the levels of this and earlier rows. An observation that
became known later therefore never changes the row.
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
    """Build the feature rows of `hours`: indexed by `ts` (UTC), one float64 column per feature in catalogue order.

    `observations` has the columns series, event_time, known_at (UTC) and value, in any order, and must include the
    history given by `history_needed`. A value that is missing or older than its series' `max_age` is NaN.

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


def as_of_time(ts: pd.Timestamp, catalogue: Catalogue) -> pd.Timestamp:
    """As-of time of the row `ts`."""
    return ts + HOUR + catalogue.grace


def last_closed_hour(now: pd.Timestamp, catalogue: Catalogue) -> pd.Timestamp:
    """Newest hour whose row can be built at `now`."""
    return (now - catalogue.grace).floor("h") - HOUR


def history_needed(first: pd.Timestamp, series: Series) -> pd.Timestamp:
    """Earliest `event_time` of a series that a row at or after `first` can use."""
    return first - pd.Timedelta(hours=LOOKBACK_HOURS) - series.period - series.max_age


def row_hashes(frame: pd.DataFrame) -> list[str]:
    """SHA-256 of each row: its hour, the column names in order, and its float64 values."""
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
    """As-of levels of every series on an hourly grid that covers the requested hours and their look-back."""

    observations: pd.DataFrame
    catalogue: Catalogue
    hours: pd.DatetimeIndex

    def __post_init__(self) -> None:
        if str(self.hours.tz) != "UTC" or (microseconds(self.hours) % HOUR_US).any():
            raise BadInput("Rows need full hours in UTC. Floor the times and set the time zone.")
        if self.observations["known_at"].isna().any():
            raise BadInput("Every observation needs a known_at. Set it before building rows.")

    def frame(self) -> pd.DataFrame:
        """Build the requested rows."""
        columns = {f.name: self._feature(f.transform, f.inputs, f.hours) for f in self.catalogue.features}
        return pd.DataFrame(columns, index=self.hours.astype(UTC_US).rename("ts"))

    @cached_property
    def grid(self) -> Grid:
        """Consecutive hours from midnight before the look-back to the end of the last requested day."""
        if not len(self.hours):
            return Grid(np.empty(0, dtype=np.int64))
        first = (self.hours.min() - pd.Timedelta(hours=LOOKBACK_HOURS)).floor("D")
        last = self.hours.max().floor("D") + pd.Timedelta(hours=23)
        return Grid(microseconds(pd.date_range(first, last, freq="h")))

    @cached_property
    def wanted(self) -> Ints:
        """Positions of the requested rows on the grid."""
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
        too_old = age_us(self.grid.closes_us, event_times, series) > _us(series.max_age)
        return np.where(too_old, np.nan, values)

    def _newest(self, series: Series) -> tuple[Floats, Floats]:
        """Value and event time (µs) of the newest observation known at each as-of time; NaN where none."""
        rows = self._by_series.get(series.name)
        as_of = self.grid.closes_us + _us(self.catalogue.grace)
        if rows is None:
            missing = np.full(len(as_of), np.nan)
            return missing, missing
        known_at, events, values = newest_by_known(*rows)
        position = np.searchsorted(known_at, as_of, side="right") - 1
        exists = position >= 0
        return np.where(exists, values[position], np.nan), np.where(exists, events[position], np.nan)

    @cached_property
    def _by_series(self) -> Mapping[str, tuple[Ints, Ints, Floats]]:
        """known_at (µs), event_time (µs) and value of each series, sorted by known_at, then event_time."""
        codes, names = pd.factorize(self.observations["series"])
        known_at = microseconds(pd.DatetimeIndex(self.observations["known_at"]))
        events = microseconds(pd.DatetimeIndex(self.observations["event_time"]))
        values = self.observations["value"].to_numpy(dtype=np.float64)
        order = np.lexsort((events, known_at, codes))
        edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
        parts = [order[a:b] for a, b in itertools.pairwise(edges)]
        return {name: (known_at[at], events[at], values[at]) for name, at in zip(names, parts, strict=True)}


def newest_by_known(known_at: Ints, events: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    """Keep the observations that were the newest at the time they became known.

    The input is sorted by known_at, then event_time. An observation of an older period than one already known is
    dropped, since it is never the newest.
    """
    newest = events >= np.maximum.accumulate(events)
    return known_at[newest], events[newest], values[newest]


def age_us(at: Ints, events: Ints | Floats, series: Series) -> Ints | Floats:
    """Age at `at` of values whose periods begin at `events`, in µs since the end of the period."""
    return at - events - _us(series.period)


def _us(delta: "pd.Timedelta | object") -> int:
    return pd.Timedelta(delta).value // 1000  # type: ignore[arg-type]
