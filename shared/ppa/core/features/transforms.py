"""Transforms from levels to features, selected by the `transform` of a catalogue entry.

Only +, -, *, / and square roots in a fixed order are used, without library reductions. These are exact under IEEE 754,
so that one live row and eight years of rows are bit-identical on any machine. Arrays are float64 on a grid of
consecutive hours that begins at midnight UTC and covers whole days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOUR_US = 3_600_000_000
HOURS_PER_DAY = 24
# one week of hourly returns needs one more hour; daily bars need two whole days
LOOKBACK_HOURS = 169
MIN_COVERAGE = 0.5


@dataclass(frozen=True)
class Grid:
    """Consecutive hours; `opens_us` are their opens in epoch microseconds."""

    opens_us: NDArray[np.int64]

    @property
    def closes_us(self) -> NDArray[np.int64]:
        """Closes of the hours in epoch microseconds."""
        return self.opens_us + HOUR_US

    @property
    def last_complete_day(self) -> NDArray[np.int64]:
        """Position of the last day of the grid that ended by each hour's close; -1 for none."""
        return (np.arange(len(self.opens_us)) + 1) // HOURS_PER_DAY - 1


Transform = Callable[[Grid, Sequence[Floats], int], Floats]


def level(_grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Level of the series, unchanged."""
    return inputs[0]


def difference(_grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """First input minus the second."""
    return inputs[0] - inputs[1]


def simple_return(_grid: Grid, inputs: Sequence[Floats], hours: int) -> Floats:
    """Return over `hours`, as a fraction of the earlier value."""
    return inputs[0] / _lag(inputs[0], hours) - 1.0


def volatility(grid: Grid, inputs: Sequence[Floats], hours: int) -> Floats:
    """Root mean square of the last `hours` hourly returns."""
    squares = np.square(simple_return(grid, inputs, 1))
    return np.sqrt(_trailing_mean(squares, hours))


def ratio_to_mean(_grid: Grid, inputs: Sequence[Floats], hours: int) -> Floats:
    """Ratio of the value to the mean of the last `hours`, the current hour included; NaN where the mean is 0."""
    mean = _trailing_mean(inputs[0], hours)
    return inputs[0] / np.where(mean == 0.0, np.nan, mean)


def daily_open(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """First value of the last complete UTC day."""
    return _first_of_day(grid, _days(inputs[0]))


def daily_close(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Last value of the last complete UTC day."""
    return _first_of_day(grid, _days(inputs[0])[:, ::-1])


def daily_high(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Highest value of the last complete UTC day."""
    return _last_complete(grid, np.fmax.reduce(_days(inputs[0]), axis=1))


def daily_low(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Lowest value of the last complete UTC day."""
    return _last_complete(grid, np.fmin.reduce(_days(inputs[0]), axis=1))


def daily_sum(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Sum over the last complete UTC day."""
    return _last_complete(grid, _day_sum(inputs[0]))


def daily_vwap(grid: Grid, inputs: Sequence[Floats], _hours: int) -> Floats:
    """Volume-weighted mean price of the last complete UTC day; inputs are hourly prices and volumes."""
    price, volume = inputs
    weight = np.where(np.isnan(price), np.nan, volume)
    total = _day_sum(weight)
    return _last_complete(grid, _day_sum(price * volume) / np.where(total == 0.0, np.nan, total))


def hour_of_day(grid: Grid, _inputs: Sequence[Floats], _hours: int) -> Floats:
    """Hour of the day in UTC, 0 to 23."""
    return ((grid.opens_us // HOUR_US) % HOURS_PER_DAY).astype(np.float64)


def day_of_week(grid: Grid, _inputs: Sequence[Floats], _hours: int) -> Floats:
    """Day of the week in UTC, from 0 for Monday to 6 for Sunday; the epoch began on a Thursday."""
    return ((grid.opens_us // (HOUR_US * HOURS_PER_DAY) + 3) % 7).astype(np.float64)


TRANSFORMS: Mapping[str, Transform] = {
    "level": level,
    "difference": difference,
    "return": simple_return,
    "volatility": volatility,
    "ratio_to_mean": ratio_to_mean,
    "daily_open": daily_open,
    "daily_close": daily_close,
    "daily_high": daily_high,
    "daily_low": daily_low,
    "daily_sum": daily_sum,
    "daily_vwap": daily_vwap,
    "hour_of_day": hour_of_day,
    "day_of_week": day_of_week,
}
WINDOWED = frozenset({"return", "volatility", "ratio_to_mean"})


def _lag(values: Floats, hours: int) -> Floats:
    lagged = np.full_like(values, np.nan)
    lagged[hours:] = values[: max(len(values) - hours, 0)]
    return lagged


def _trailing_mean(values: Floats, hours: int) -> Floats:
    """Mean of the values of the last `hours`; NaN where fewer than half of them are present."""
    present = ~np.isnan(values)
    filled = np.where(present, values, 0.0)
    total, count = np.zeros_like(values), np.zeros_like(values)
    # newest first, one hour at a time, so that the order of the additions is the same in every frame
    for lag in range(min(hours, len(values))):
        total[lag:] += filled[: len(values) - lag]
        count[lag:] += present[: len(values) - lag]
    return np.where(count >= hours * MIN_COVERAGE, total / np.maximum(count, 1.0), np.nan)


def _days(values: Floats) -> Floats:
    return values.reshape(-1, HOURS_PER_DAY)


def _day_sum(values: Floats) -> Floats:
    days = _days(values)
    total = np.zeros(len(days))
    for hour in range(HOURS_PER_DAY):
        total += np.where(np.isnan(days[:, hour]), 0.0, days[:, hour])
    return np.where(np.isnan(days).all(axis=1), np.nan, total)


def _first_of_day(grid: Grid, days: Floats) -> Floats:
    first = np.argmin(np.isnan(days), axis=1)
    return _last_complete(grid, days[np.arange(len(days)), first])


def _last_complete(grid: Grid, by_day: Floats) -> Floats:
    day = grid.last_complete_day
    return np.where(day >= 0, by_day[day], np.nan) if len(by_day) else np.empty(0)
