"""Random streams, one calendar year at a time; each year follows from the seed and the year before.

Whole years are generated for any request, so that no value depends on the requested span.
"""

import math
import threading
from collections.abc import Callable
from itertools import accumulate
from typing import Generic, TypeVar
from zlib import crc32

import numpy as np

from ppa.providers.synthetic.parameters import Floats

FIRST_YEAR = 2015
FIRST_BAR_YEAR = 2017
TAIL_DEGREES = 5
MAX_SHOCK = 10.0
Year = TypeVar("Year")


class Years(Generic[Year]):
    """Years generated in order from `first` on and cached, by `make(year, previous year or None)`."""

    def __init__(self, make: Callable[[int, Year | None], Year], first: int = FIRST_YEAR) -> None:
        self._make = make
        self._first = first
        self._years: list[Year] = []
        self._lock = threading.Lock()

    def __getitem__(self, year: int) -> Year:
        with self._lock:
            while self._first + len(self._years) <= year:
                before = self._years[-1] if self._years else None
                self._years.append(self._make(self._first + len(self._years), before))
            return self._years[year - self._first]


def generator(seed: int, name: str, year: int) -> np.random.Generator:
    """Random generator of one stream in one year."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(name.encode()), year]))


def fat_tailed(random: np.random.Generator, size: int) -> Floats:
    """Student's t noise with unit variance, clipped to plausible values."""
    scale = math.sqrt((TAIL_DEGREES - 2) / TAIL_DEGREES)
    return np.clip(random.standard_t(TAIL_DEGREES, size) * scale, -MAX_SHOCK, MAX_SHOCK)


def autoregressive(noise: Floats, persistence: float, last: float) -> Floats:
    """Compute y[t] = persistence * y[t-1] + noise[t], continuing from `last`."""
    series = accumulate(noise.tolist(), lambda before, now: persistence * before + now, initial=last)
    return np.array(list(series)[1:], dtype=np.float64)


def stationary_noise(
    random: np.random.Generator, size: int, deviation: float, memory: float, last: float
) -> Floats:
    """Autoregressive noise with standard deviation `deviation` and a memory of `memory` steps."""
    persistence = math.exp(-1 / memory)
    noise = random.standard_normal(size) * deviation * math.sqrt(1 - persistence**2)
    return autoregressive(noise, persistence, last)
