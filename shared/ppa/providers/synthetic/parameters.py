"""Parameters of the synthetic processes: tuned in `parameters.toml`, else derived from a value range."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.catalogue import Asset, Catalogue, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Range = tuple[float, float]
TUNED = Path(__file__).with_name("parameters.toml")
DEFAULT_TURNOVER_USD = 1e7
MIN_PRICE = 1e-9


@dataclass(frozen=True)
class Process:
    """Mean-reverting noise around a path. `volatility` is annual, on the scale of `anchors`."""

    times: Ints
    anchors: Floats
    logarithmic: bool
    volatility: float
    halflife: float
    loadings: Mapping[str, float]
    revision: float
    range: Range

    def path(self, at: Ints) -> Floats:
        """Path at the given times (epoch µs), on the process's scale."""
        return np.interp(at, self.times, self.anchors)

    def level(self, scaled: Floats) -> Floats:
        """Convert from the process's scale to values, rounded to `decimals` and clipped to the range."""
        values = np.exp(scaled) if self.logarithmic else scaled
        return np.asarray(np.clip(np.round(values, self.decimals), *self.range))

    def step(self, days: float) -> float:
        """Standard deviation of the noise over a period of `days`."""
        return self.volatility * math.sqrt(days / 365.25)

    def persistence(self, days: float) -> float:
        """Share of a deviation that remains after `days`."""
        return math.pow(0.5, days / self.halflife)

    @property
    def decimals(self) -> int:
        """Number of decimals that values are rounded to."""
        first = math.exp(self.anchors[0]) if self.logarithmic else max(abs(self.anchors[0]), 1e-2)
        return max(0, 5 - math.floor(math.log10(first)))


@dataclass(frozen=True)
class BarProcess:
    """Process of an asset's price, its loading on the market, and its volume (coins) in an average hour."""

    price: Process
    loading: float
    volume: float


def factor_weights() -> Mapping[str, Mapping[str, float]]:
    """Loadings of each daily factor on the factors before it."""
    weights: Mapping[str, Mapping[str, float]] = _tuned()["factors"]
    return weights


def series_process(series: Series) -> Process:
    """Process of one series."""
    return _process(_defaults(series.range) | _tuned()["series"].get(series.name, {}), series.range)


def bar_process(asset: Asset, catalogue: Catalogue) -> BarProcess:
    """Process of an asset's price, always on the log scale, and of its volume."""
    low, high = catalogue.series[asset.series("close")].range
    plausible = (max(low, high * MIN_PRICE), high)
    entry = _defaults(plausible) | _asset_defaults(plausible) | _tuned()["assets"].get(asset.id, {})
    price = _process(entry, plausible)
    volume = entry.get("volume", DEFAULT_TURNOVER_USD / math.exp(price.anchors[0]))
    return BarProcess(price, entry["loading"], volume)


@cache
def _tuned() -> Mapping[str, Any]:
    return tomllib.loads(TUNED.read_text(encoding="utf-8"))


def _defaults(plausible: Range) -> dict[str, Any]:
    low, high = plausible
    shared = {"halflife": 120.0, "loadings": {}, "revision": 0.0}
    if low > 0:
        width = math.log(high / low)
        return shared | {
            "scale": "log",
            "path": {"2017": math.sqrt(low * high)},
            "volatility": min(0.2, width / 6),
        }
    return shared | {"scale": "linear", "path": {"2017": (low + high) / 2}, "volatility": (high - low) / 20}


def _asset_defaults(plausible: Range) -> dict[str, float]:
    low, high = plausible
    return {"volatility": min(0.7, math.log(high / low) / 12), "halflife": 30.0, "loading": 0.6}


def _process(entry: Mapping[str, Any], plausible: Range) -> Process:
    levels = np.array(list(entry["path"].values()), dtype=np.float64)
    return Process(
        times=np.array([np.datetime64(moment, "us") for moment in entry["path"]]).astype(np.int64),
        anchors=np.log(levels) if entry["scale"] == "log" else levels,
        logarithmic=entry["scale"] == "log",
        volatility=entry["volatility"],
        halflife=entry["halflife"],
        loadings=entry["loadings"],
        revision=entry["revision"],
        range=plausible,
    )
