"""Synthetic series with one value per period, generated one year at a time."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from ppa.core.catalogue import Series
from ppa.providers.synthetic.market import HOUR_US, FactorYear, hours_of, weighted_shock
from ppa.providers.synthetic.parameters import Floats, Ints, Process
from ppa.providers.synthetic.streams import autoregressive, fat_tailed, generator

DAY_US = 24 * HOUR_US
DAYS_A_YEAR = 365.25
MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
REVISED_AFTER_US = 30 * DAY_US
MIN_JITTER_US, MAX_JITTER_US = 120_000_000, 4 * HOUR_US


@dataclass(frozen=True)
class LevelYear:
    """Observations of the periods that begin in a year, by event time, then known_at (epoch µs)."""

    events: Ints
    known_at: Ints
    levels: Floats
    deviation: Floats


def level_year(
    seed: int, series: Series, process: Process, year: int, factors: FactorYear, before: LevelYear | None
) -> LevelYear:
    """Generate the observations of a year, continuing from the year before."""
    starts, ends = periods(series, year)
    random = generator(seed, f"series {series.name}", year)
    days = DAYS_A_YEAR / len(starts)
    pooled = _pooled(factors, series.cadence, (starts - hours_of(year)[0]) // DAY_US)
    shock = weighted_shock(fat_tailed(random, len(starts)), pooled, process.loadings)
    last = before.deviation[-1] if before else 0.0
    deviation = autoregressive(process.step(days) * shock, process.persistence(days), last)
    values = process.level(process.path(starts) + deviation)
    known_at = ends + _delay(random, len(starts), series.lag // timedelta(microseconds=1))
    if process.revision:
        starts, known_at, values = _revised(random, process, starts, known_at, values)
    return LevelYear(starts, known_at, values, deviation)


def periods(series: Series, year: int) -> tuple[Ints, Ints]:
    """Start and end (epoch µs) of the periods that begin in a year; daily series have weekdays only, except coins."""
    if series.cadence in MONTHS:
        starts = np.arange(f"{year}-01", f"{year + 1}-01", MONTHS[series.cadence], dtype="datetime64[M]")
        return _epoch_us(starts), _epoch_us(starts + MONTHS[series.cadence])
    unit, length = ("h", HOUR_US) if series.cadence == "hourly" else ("D", DAY_US)
    opens = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype=f"datetime64[{unit}]")
    if series.cadence == "daily" and not is_coin(series):
        opens = opens[np.is_busday(opens)]
    return _epoch_us(opens), _epoch_us(opens) + length


def is_coin(series: Series) -> bool:
    """True for a series about a coin, which trades on weekends too."""
    return any(source.provider == "coinbase" or source.symbol.startswith("X:") for source in series.sources)


def _pooled(factors: FactorYear, cadence: str, day: Ints) -> dict[str, Floats]:
    """Shocks of the factors over each period; zero for hourly series, where a daily shock would reveal later hours."""
    if cadence == "hourly":
        return {name: np.zeros(len(day)) for name in factors.shock}
    if cadence == "daily":
        return {name: shock[day] for name, shock in factors.shock.items()}
    return {name: _over_months(shock, day) for name, shock in factors.shock.items()}


def _over_months(shock: Floats, first_days: Ints) -> Floats:
    lengths = np.diff(first_days, append=len(shock))
    return np.asarray(np.add.reduceat(shock, first_days) / np.sqrt(lengths))


def _delay(random: np.random.Generator, size: int, lag_us: int) -> Ints:
    """Publication lag with some jitter, which is small if the lag is small."""
    jitter = min(MAX_JITTER_US, max(MIN_JITTER_US, lag_us))
    seconds = (random.random(size) * jitter / 1e6).astype(np.int64)
    return lag_us + seconds * 1_000_000


def _revised(
    random: np.random.Generator, process: Process, starts: Ints, known_at: Ints, values: Floats
) -> tuple[Ints, Ints, Floats]:
    """Duplicate each value: a first estimate, then the value itself 30 days later."""
    error = 1 + process.revision * random.standard_normal(len(values))
    first = np.clip(np.round(values * error, process.decimals), *process.range)
    later = known_at + REVISED_AFTER_US
    return np.repeat(starts, 2), np.c_[known_at, later].ravel(), np.c_[first, values].ravel()


def _epoch_us(moments: NDArray[np.datetime64]) -> Ints:
    return moments.astype("datetime64[us]").astype(np.int64)
