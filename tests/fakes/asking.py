"""Request data from the fakes through the platform's adapters."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from ppa.core.catalogue import BAR_FIELDS, Source
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.ops.catalogue_file import load_catalogue
from ppa.providers.alphavantage import AlphaVantage
from ppa.providers.coinbase import Coinbase
from ppa.providers.fred import Fred
from ppa.providers.http import HttpSession, RetryPolicy
from ppa.providers.polygon import Polygon
from ppa.providers.protocol import Provider
from ppa.providers.quota import QuotaGate
from tests.fakes.clock import HandClock
from tests.fakes.server import FakeProviders

CATALOGUE = load_catalogue()
BTC = CATALOGUE.assets["BTC"]
# contains characters that a URL must quote
KEY = "sesame+open/42"
NOW = datetime(2024, 3, 15, 12, 30, tzinfo=UTC)
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
ADAPTERS: Mapping[str, type[Coinbase] | type[Fred] | type[Polygon] | type[AlphaVantage]] = {
    "coinbase": Coinbase,
    "fred": Fred,
    "polygon": Polygon,
    "alphavantage": AlphaVantage,
}


def adapter(
    fakes: FakeProviders,
    name: str,
    key: str | None = KEY,
    *,
    gate: QuotaGate | None = None,
    read: float = 30.0,
) -> Provider:
    """Provider adapter on the fakes' clock, so that sleeping takes no real time."""
    clock = fakes.clock
    assert isinstance(clock, HandClock)
    session = HttpSession(
        clock=clock, sleep=clock.sleep, jitter=lambda: 0.5, gate=gate, retry_policy=RetryPolicy(read=read)
    )
    return ADAPTERS[name](fakes.url(name), key, clock=clock, session=session)


def source(name: str, provider: str) -> Source:
    """A provider's source of a series, or of an asset's bars."""
    owner = CATALOGUE.assets.get(name) or CATALOGUE.series[name]
    return next(source for source in owner.sources if source.provider == provider)


def hourly(count: int, *, until: datetime = NOW, without: Iterable[int] = ()) -> pd.DataFrame:
    """Hourly bars up to and including the one open at `until`, except at some positions."""
    opens = pd.date_range(end=pd.Timestamp(until).floor("h"), periods=count, freq="h").as_unit("us")
    close = np.round(40_000 + 100 * np.sin(np.arange(count)), 2)
    columns = {
        "open": close - 1,
        "high": close + 5.25,
        "low": close - 7,
        "close": close,
        "volume": close / 3e4,
    }
    bars = pd.DataFrame(columns | {"vwap": close + 0.125}, index=opens)
    return bars.drop(bars.index[list(without)])


def levels(dates: pd.DatetimeIndex, values: Iterable[float], **columns: object) -> pd.DataFrame:
    """A series as a World stores it."""
    return pd.DataFrame({"event_time": dates.as_unit("us"), "value": list(values), **columns})


def bars_of(provider: Provider, since: datetime, until: datetime) -> pd.DataFrame:
    """Delivered BTC bars with one column per field, after checking their form and order."""
    frames = list(provider.bars(BTC, source("BTC", provider.name), since, until))
    if not frames:
        return pd.DataFrame()
    assert all(not frame.empty for frame in frames)
    rows = pd.concat(frames)
    check_form(rows, provider.name)
    assert rows["event_time"].is_monotonic_increasing
    # pivot_table would silently average duplicate rows of an hour
    wide = rows.pivot(index="event_time", columns="series", values="value")  # noqa: PD010
    return wide.rename(columns=lambda name: name.removeprefix("btc_usd_"))


def series_of(provider: Provider, name: str, since: str, until: datetime = NOW) -> pd.DataFrame:
    """Delivered series, after checking its form."""
    begin = pd.Timestamp(since, tz="UTC").to_pydatetime()
    frames = list(provider.series(CATALOGUE.series[name], source(name, provider.name), begin, until))
    if not frames:
        return pd.DataFrame(columns=list(OBSERVATION_COLUMNS))
    rows = pd.concat(frames)
    check_form(rows, provider.name)
    assert (rows["series"] == name).all()
    return rows.reset_index(drop=True)


def check_form(rows: pd.DataFrame, provider: str) -> None:
    """Check the form of delivered observations."""
    assert tuple(rows.columns) == OBSERVATION_COLUMNS
    assert [str(rows[name].dtype) for name in ("event_time", "known_at")] == ["datetime64[us, UTC]"] * 2
    assert (rows["source"] == provider).all()
    assert rows["value"].notna().all()


def same_bars(delivered: pd.DataFrame, bars: pd.DataFrame, provider: str) -> None:
    """Assert that exactly these bars were delivered, bit for bit; only Polygon has a vwap."""
    if bars.empty:
        assert delivered.empty
        return
    fields = [field for field in BAR_FIELDS if field != "vwap" or provider == "polygon"]
    assert sorted(delivered.columns) == sorted(fields)
    pd.testing.assert_frame_equal(
        delivered[fields], bars[fields], check_names=False, check_exact=True, check_freq=False
    )
