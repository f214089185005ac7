"""Data served by the fakes: frames of bars and values, under the symbols of the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import Asset, Catalogue, Series, Source
from ppa.ops.catalogue_file import load_catalogue

COINBASE_ORDER = ("low", "high", "open", "close", "volume")
HOUR = pd.Timedelta(hours=1)
PERIODS = {
    "hourly": pd.DateOffset(hours=1),
    "daily": pd.DateOffset(days=1),
    "monthly": pd.DateOffset(months=1),
    "quarterly": pd.DateOffset(months=3),
    "yearly": pd.DateOffset(years=1),
}


@dataclass(frozen=True)
class BarTable:
    """Bars by open time: a DatetimeIndex in UTC, and columns open, high, low, close, volume and optionally vwap."""

    frame: pd.DataFrame
    length: pd.Timedelta = HOUR

    @cached_property
    def opens(self) -> npt.NDArray[np.int64]:
        """Open times in epoch seconds, ascending."""
        return pd.DatetimeIndex(self.frame.index).as_unit("s").asi8

    @cached_property
    def candles(self) -> list[str]:
        """Bars in Coinbase's format."""
        columns = [self.opens.tolist(), *(self.frame[name].tolist() for name in COINBASE_ORDER)]
        return ["[" + ",".join(map(number, row)) + "]" for row in zip(*columns, strict=True)]

    def between(self, first: float, last: float) -> slice:
        """Bars that open in [first, last], epoch seconds."""
        return slice(int(np.searchsorted(self.opens, first)), int(np.searchsorted(self.opens, last, "right")))

    @cached_property
    def daily(self) -> "BarTable":
        """Bars by UTC day."""
        how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
        days = self.frame.resample("D").agg(how).dropna(subset="close")
        return BarTable(days, pd.Timedelta(days=1))


def flat_bars(values: pd.DataFrame) -> BarTable:
    """Daily bars from a table (event_time, value), constant within the day."""
    reference = values.dropna(subset="value").drop_duplicates("event_time", keep="last")
    price = pd.Series(reference["value"].to_numpy(), index=pd.DatetimeIndex(reference["event_time"]))
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    return BarTable(pd.DataFrame(columns).assign(volume=1.0).sort_index(), pd.Timedelta(days=1))


def number(value: float) -> str:
    """JSON number in the providers' format: integers without a fraction."""
    return str(int(value)) if value == int(value) else repr(float(value))


def pairs(values: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, float]]:
    """Start and value of each period."""
    return zip(
        pd.DatetimeIndex(values["event_time"]), values["value"].astype("float64").tolist(), strict=True
    )


@dataclass
class World:
    """Bars by asset id, and levels by series name.

    A frame of levels has columns `event_time` (UTC), `value`, and `known_at` (the day of the vintage) if the series is
    in FRED's archive. A missing value is NaN. FRED's CSV has had two formats.
    """

    bars: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    levels: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=load_catalogue)
    old_fred_csv: bool = False

    def __post_init__(self) -> None:
        self._tables = {asset: BarTable(frame) for asset, frame in self.bars.items()}
        self._flat = {
            name: flat_bars(frame) for name, frame in self.levels.items() if self._cadence(name) == "daily"
        }

    def hourly(self, provider: str, symbol: str) -> BarTable | None:
        """Hourly bars of a provider's symbol."""
        asset = self._asset(provider, symbol)
        return self._tables.get(asset.id) if asset else None

    def daily(self, provider: str, symbol: str) -> BarTable | None:
        """Daily bars of a provider's symbol."""
        hourly, series = self.hourly(provider, symbol), self.series(provider, symbol)
        if hourly:
            return hourly.daily
        return self._flat.get(series.name) if series else None

    def series(
        self, provider: str, symbol: str, parameters: Mapping[str, str] | None = None
    ) -> Series | None:
        """Series of a provider's symbol and parameters."""
        for name in self.levels:
            series = self.catalogue.series[name]
            if _has(series.sources, provider, symbol, parameters):
                return series
        return None

    def symbols(self, provider: str) -> list[str]:
        """Symbols of a provider with data."""
        sources = [source for asset in self.bars for source in self.catalogue.assets[asset].sources]
        sources += [source for name in self.levels for source in self.catalogue.series[name].sources]
        return [source.symbol for source in sources if source.provider == provider]

    def present(self, series: Series, now: datetime) -> pd.DataFrame:
        """Values known at `now`: the newest of each period, oldest period first."""
        values, moment = self.levels[series.name], pd.Timestamp(now)
        if "known_at" in values:
            values = values[values["known_at"] <= moment].sort_values(["event_time", "known_at"])
        ended = pd.DatetimeIndex(values["event_time"]) + PERIODS[series.cadence] <= moment
        return values[ended].drop_duplicates("event_time", keep="last").sort_values("event_time")

    def _asset(self, provider: str, symbol: str) -> Asset | None:
        assets = (self.catalogue.assets[name] for name in self.bars)
        return next((asset for asset in assets if _has(asset.sources, provider, symbol, None)), None)

    def _cadence(self, name: str) -> str:
        return self.catalogue.series[name].cadence


def _has(sources: Sequence[Source], provider: str, symbol: str, parameters: Mapping[str, str] | None) -> bool:
    return any(
        source.provider == provider
        and source.symbol == symbol
        and (parameters is None or dict(source.parameters) == dict(parameters))
        for source in sources
    )
