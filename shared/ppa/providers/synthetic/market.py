"""What moves everything: the crypto market by the hour, and daily factors that go with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ppa.providers.synthetic.parameters import Floats, Ints, factor_weights
from ppa.providers.synthetic.streams import autoregressive, fat_tailed, generator, wandering

HOUR_US = 3_600_000_000
REVERSAL = -0.065
FAST_VOLATILITY, FAST_HOURS = 0.25, 12.0
SLOW_VOLATILITY, SLOW_HOURS = 0.3, 15 * 24.0
FACTOR_VOLATILITY, FACTOR_DAYS = 0.3, 25.0


@dataclass(frozen=True)
class MarketYear:
    """Every hour of a year: its open (epoch µs), volatility relative to the average, and standard shock."""

    hours: Ints
    fast: Floats
    slow: Floats
    volatility: Floats
    shock: Floats

    @property
    def daily_shock(self) -> Floats:
        """The shock of each day, of about unit variance."""
        daily: Floats = (self.volatility * self.shock).reshape(-1, 24).sum(axis=1) / math.sqrt(24)
        return daily


@dataclass(frozen=True)
class FactorYear:
    """Every day of a year: each factor's log volatility and shock."""

    volatility: Mapping[str, Floats]
    shock: Mapping[str, Floats]


def market_year(seed: int, year: int, before: MarketYear | None) -> MarketYear:
    """The crypto market in a year."""
    hours = hours_of(year)
    random = generator(seed, "market", year)
    fast = wandering(random, len(hours), FAST_VOLATILITY, FAST_HOURS, before.fast[-1] if before else 0.0)
    slow = wandering(random, len(hours), SLOW_VOLATILITY, SLOW_HOURS, before.slow[-1] if before else 0.0)
    shock = reverting(random, len(hours), before.shock[-1] if before else 0.0)
    unit = FAST_VOLATILITY**2 + SLOW_VOLATILITY**2
    return MarketYear(hours, fast, slow, activity(hours) * np.exp(fast + slow - unit), shock)


def reverting(random: np.random.Generator, size: int, last: float) -> Floats:
    """Standard shocks that go against the one before slightly more often than not."""
    noise = fat_tailed(random, size) * math.sqrt(1 - REVERSAL**2)
    return autoregressive(noise, REVERSAL, last)


def factor_year(seed: int, year: int, market: MarketYear, before: FactorYear | None) -> FactorYear:
    """The daily factors in a year, each with the weights it has on those before it."""
    shocks = {"crypto": market.daily_shock}
    volatilities: dict[str, Floats] = {}
    for name, weights in factor_weights().items():
        random = generator(seed, f"factor {name}", year)
        last = before.volatility[name][-1] if before else 0.0
        size = len(market.daily_shock)
        volatilities[name] = wandering(random, size, FACTOR_VOLATILITY, FACTOR_DAYS, last)
        own = fat_tailed(random, size) * np.exp(volatilities[name] - FACTOR_VOLATILITY**2)
        shocks[name] = mixed(own, shocks, weights)
    return FactorYear(volatilities, shocks)


def mixed(own: Floats, shocks: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """A shock that loads on others by `weights`, and for the rest of its variance is its own."""
    rest = math.sqrt(max(0.0, 1 - sum(weight**2 for weight in weights.values())))
    return sum((weight * shocks[name] for name, weight in weights.items()), rest * own)


def activity(hours: Ints) -> Floats:
    """How busy an hour is: most at 15:00 UTC, least at 3:00, less on weekends; about 1 on average."""
    hour = hours // HOUR_US % 24
    weekday = (hours // HOUR_US // 24 + 3) % 7
    of_day = 1 + 0.25 * np.cos(2 * np.pi * (hour - 15) / 24)
    return np.asarray(of_day * np.where(weekday >= 5, 0.8, 1.07))


def hours_of(year: int) -> Ints:
    """The opens of all hours of a year, epoch microseconds."""
    hours = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[h]")
    return hours.astype("datetime64[us]").astype(np.int64)
