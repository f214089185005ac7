"""Common drivers of all synthetic series: an hourly crypto market and daily factors correlated with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ppa.providers.synthetic.parameters import Floats, Ints, factor_weights
from ppa.providers.synthetic.streams import autoregressive, fat_tailed, generator, stationary_noise

HOUR_US = 3_600_000_000
REVERSAL = -0.065
FAST_VOLATILITY, FAST_HOURS = 0.25, 12.0
SLOW_VOLATILITY, SLOW_HOURS = 0.3, 15 * 24.0
FACTOR_VOLATILITY, FACTOR_DAYS = 0.3, 25.0


@dataclass(frozen=True)
class MarketYear:
    """Crypto market of a year, by hour: open (epoch µs), volatility relative to the average, and standardised shock."""

    hours: Ints
    fast: Floats
    slow: Floats
    volatility: Floats
    shock: Floats

    @property
    def daily_shock(self) -> Floats:
        """Daily shocks, of about unit variance."""
        daily: Floats = (self.volatility * self.shock).reshape(-1, 24).sum(axis=1) / math.sqrt(24)
        return daily


@dataclass(frozen=True)
class FactorYear:
    """Daily factors of a year: log volatility and shock of each."""

    volatility: Mapping[str, Floats]
    shock: Mapping[str, Floats]


def market_year(seed: int, year: int, before: MarketYear | None) -> MarketYear:
    """Generate the crypto market of a year."""
    hours = hours_of(year)
    random = generator(seed, "market", year)
    fast = stationary_noise(
        random, len(hours), FAST_VOLATILITY, FAST_HOURS, before.fast[-1] if before else 0.0
    )
    slow = stationary_noise(
        random, len(hours), SLOW_VOLATILITY, SLOW_HOURS, before.slow[-1] if before else 0.0
    )
    shock = reverting(random, len(hours), before.shock[-1] if before else 0.0)
    unit = FAST_VOLATILITY**2 + SLOW_VOLATILITY**2
    return MarketYear(hours, fast, slow, activity(hours) * np.exp(fast + slow - unit), shock)


def reverting(random: np.random.Generator, size: int, last: float) -> Floats:
    """Standardised shocks with slightly negative autocorrelation."""
    noise = fat_tailed(random, size) * math.sqrt(1 - REVERSAL**2)
    return autoregressive(noise, REVERSAL, last)


def factor_year(seed: int, year: int, market: MarketYear, before: FactorYear | None) -> FactorYear:
    """Generate the daily factors of a year, each loading on the ones before it."""
    shocks = {"crypto": market.daily_shock}
    volatilities: dict[str, Floats] = {}
    for name, weights in factor_weights().items():
        random = generator(seed, f"factor {name}", year)
        last = before.volatility[name][-1] if before else 0.0
        size = len(market.daily_shock)
        volatilities[name] = stationary_noise(random, size, FACTOR_VOLATILITY, FACTOR_DAYS, last)
        own = fat_tailed(random, size) * np.exp(volatilities[name] - FACTOR_VOLATILITY**2)
        shocks[name] = weighted_shock(own, shocks, weights)
    return FactorYear(volatilities, shocks)


def weighted_shock(own: Floats, shocks: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Shock that loads on others by `weights`; `own` contributes the rest of its unit variance."""
    rest = math.sqrt(max(0.0, 1 - sum(weight**2 for weight in weights.values())))
    return sum((weight * shocks[name] for name, weight in weights.items()), rest * own)


def activity(hours: Ints) -> Floats:
    """Relative trading activity: highest at 15:00 UTC, lowest at 3:00, lower on weekends; about 1 on average."""
    hour = hours // HOUR_US % 24
    weekday = (hours // HOUR_US // 24 + 3) % 7
    of_day = 1 + 0.25 * np.cos(2 * np.pi * (hour - 15) / 24)
    return np.asarray(of_day * np.where(weekday >= 5, 0.8, 1.07))


def hours_of(year: int) -> Ints:
    """Open times (epoch µs) of all hours of a year."""
    hours = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[h]")
    return hours.astype("datetime64[us]").astype(np.int64)
