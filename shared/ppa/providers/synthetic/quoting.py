"""Synthetic live prices: a path by the minute from an hour's open to its close."""

import math

import numpy as np

from ppa.providers.synthetic.bars import BarYear
from ppa.providers.synthetic.market import HOUR_US
from ppa.providers.synthetic.parameters import Floats
from ppa.providers.synthetic.streams import generator

MINUTES = 60


def minute_price(seed: int, name: str, year: BarYear, hour: int, minute: int) -> float:
    """Price in US dollars in a minute of the year's `hour`: a Brownian bridge within the hour's range."""
    open_, high, low, close = year.fields[hour, :4].tolist()
    bridge = _bridge(generator(seed, f"quotes {name}", int(year.hours[hour] // HOUR_US)))
    share = minute / MINUTES
    noise = float(year.price.step[hour] * bridge[minute])
    moved = open_ * math.exp(share * math.log(close / open_) + noise)
    return round(_reflected(moved, low, high), year.decimals)


def _reflected(price: float, low: float, high: float) -> float:
    """Price reflected at the bounds of [low, high]."""
    if low == high:
        return low
    place = (price - low) / (high - low) % 2
    return low + (high - low) * (1 - abs(1 - place))


def _bridge(random: np.random.Generator) -> Floats:
    walk = np.cumsum(random.standard_normal(MINUTES)) / math.sqrt(MINUTES)
    return np.asarray(np.r_[0.0, walk] - np.linspace(0, 1, MINUTES + 1) * walk[-1])
