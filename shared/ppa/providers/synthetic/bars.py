"""Synthetic hourly bars of an asset, generated one year at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppa.providers.synthetic.market import HOUR_US, MarketYear, activity, reverting, weighted_shock
from ppa.providers.synthetic.parameters import BarProcess, Floats, Ints, Process
from ppa.providers.synthetic.streams import autoregressive, generator, stationary_noise

HOUR_DAYS = 1 / 24
MISSING_SHARE = 1 / 2000
LATE_SHARE, LATE_HOURS = 1 / 3000, (1.0, 30.0)
JITTER_SECONDS = 120.0
GAP_SHARE, GAP_SIZE = 0.03, 0.0003
BUSY_DEVIATION, BUSY_HOURS = 0.5, 18.0
VOLUME_DECIMALS = 4


@dataclass(frozen=True)
class PriceYear:
    """Hourly price path of a year, on the process's scale; `step` is the standard deviation of one hour."""

    own: Floats
    step: Floats
    shock: Floats
    deviation: Floats
    open: Floats
    close: Floats


@dataclass(frozen=True)
class BarYear:
    """Hourly bars of a year; `fields` has shape (hours, BAR_FIELDS). Hours that are not `present` are not served."""

    hours: Ints
    known_at: Ints
    present: NDArray[np.bool_]
    fields: Floats
    price: PriceYear
    busy: Floats
    decimals: int


def bar_year(
    seed: int, name: str, process: BarProcess, year: int, market: MarketYear, before: BarYear | None
) -> BarYear:
    """Generate the bars of a year, continuing from the year before."""
    random = generator(seed, f"bars {name}", year)
    price = _price(random, process, market, before.price if before else None)
    candles = _candles(random, process.price, price)
    size = len(market.hours)
    busy = stationary_noise(random, size, BUSY_DEVIATION, BUSY_HOURS, before.busy[-1] if before else 0.0)
    volume = _volume(process, market, price, busy)
    present = random.random(size) >= MISSING_SHARE
    known_at = market.hours + HOUR_US + _delay(random, size)
    fields = np.column_stack([*candles[:4], volume, candles[4]])
    return BarYear(market.hours, known_at, present, fields, price, busy, process.price.decimals)


def _price(
    random: np.random.Generator, process: BarProcess, market: MarketYear, before: PriceYear | None
) -> PriceYear:
    size = len(market.hours)
    own = reverting(random, size, before.own[-1] if before else 0.0)
    shock = weighted_shock(own, {"crypto": market.shock}, {"crypto": process.loading})
    step = market.volatility * process.price.step(HOUR_DAYS)
    persistence = process.price.persistence(HOUR_DAYS)
    deviation = autoregressive(step * shock, persistence, before.deviation[-1] if before else 0.0)
    close = process.price.path(market.hours + HOUR_US) + deviation
    first = before.close[-1] if before else process.price.path(market.hours[:1])[0]
    gap = np.where(random.random(size) < GAP_SHARE, random.standard_normal(size) * GAP_SIZE, 0.0)
    return PriceYear(own, step, shock, deviation, np.r_[first, close[:-1]] + gap, close)


def _candles(random: np.random.Generator, process: Process, price: PriceYear) -> tuple[Floats, ...]:
    """Open, high, low, close and vwap; the extremes are those of a Brownian bridge from open to close."""
    size = len(price.open)
    high = _bridge_maximum(price.open, price.close, price.step, 1 - random.random(size))
    low = -_bridge_maximum(-price.open, -price.close, price.step, 1 - random.random(size))
    typical = low + (high - low) * random.random(size)
    vwap = (price.open + high + low + price.close + 2 * typical) / 6
    return tuple(process.level(scaled) for scaled in (price.open, high, low, price.close, vwap))


def _bridge_maximum(start: Floats, end: Floats, deviation: Floats, uniform: Floats) -> Floats:
    """Maximum of a Brownian bridge; Glasserman, Monte Carlo Methods in Financial Engineering (2003), section 6.4."""
    return (start + end + np.sqrt((end - start) ** 2 - 2 * deviation**2 * np.log(uniform))) / 2


def _volume(process: BarProcess, market: MarketYear, price: PriceYear, busy: Floats) -> Floats:
    moved = 0.8 * np.log(market.volatility) + 0.7 * np.log(activity(market.hours)) + 0.3 * np.abs(price.shock)
    return np.round(process.volume * np.exp(busy + moved), VOLUME_DECIMALS)


def _delay(random: np.random.Generator, size: int) -> Ints:
    usual = random.random(size) * JITTER_SECONDS
    late = random.uniform(*LATE_HOURS, size) * 3600
    seconds = np.where(random.random(size) < LATE_SHARE, late, usual)
    return seconds.astype(np.int64) * 1_000_000
