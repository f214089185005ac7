"""Coinbase Exchange: hourly and daily bars since a product's listing, and its last trade; no key is needed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.ops.clock import Clock, utc_now
from ppa.providers.client import Client, bar_rows, observations
from ppa.providers.http import HttpSession
from ppa.providers.protocol import ProviderError

BASE_URL = "https://api.exchange.coinbase.com"
BUCKETS_A_PAGE = 300
PAGES_A_FRAME = 60
_BUCKETS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
_COLUMNS = ("time", "low", "high", "open", "close", "volume")

# rows of _COLUMNS
Candles = npt.NDArray[np.float64]


class Coinbase:
    """Adapter for candles, which come in pages of at most 300, newest first; buckets without trades are left out."""

    name = "coinbase"

    def __init__(
        self,
        base_url: str = BASE_URL,
        key: str | None = None,
        *,
        clock: Clock = utc_now,
        session: HttpSession | None = None,
    ) -> None:
        """`key` is ignored: the endpoints are public."""
        self._clock = clock
        session = session or HttpSession(clock=clock)
        self._client = Client(self.name, base_url, session, limit_lasts=timedelta(seconds=1))

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield closed hourly bars, up to PAGES_A_FRAME pages per frame; the source has no vwap."""
        for candles in _batched(self._pages(source.symbol, "hourly", since, until)):
            columns = {name: candles[:, at] for at, name in enumerate(_COLUMNS)}
            yield bar_rows(asset, _opens(candles), columns, self.name)

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield daily or hourly closes (UTC), up to PAGES_A_FRAME pages per frame."""
        if series.cadence not in _BUCKETS:
            raise ProviderError(
                f"coinbase: {series.name} is {series.cadence}; only hourly and daily data is available."
            )
        for candles in _batched(self._pages(source.symbol, series.cadence, since, until)):
            closes = candles[:, _COLUMNS.index("close")]
            yield observations(series.name, _opens(candles), closes, self.name)

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Fetch the last trade of each asset, one call per asset."""
        pairs = [
            (asset, source) for asset in assets for source in asset.sources if source.provider == self.name
        ]
        return [self._quote(asset, source.symbol) for asset, source in pairs]

    def _quote(self, asset: Asset, product: str) -> Quote:
        ticker, _ = self._client.json(f"/products/{product}/ticker", {})
        with self._client.reading():
            traded_at = pd.to_datetime(ticker["time"], utc=True).floor("us").as_unit("us")
            return Quote(asset.id, traded_at, float(ticker["price"]), self.name)

    def _pages(self, product: str, cadence: str, since: datetime, until: datetime) -> Iterator[Candles]:
        bucket = _BUCKETS[cadence]
        start = pd.Timestamp(since).ceil(bucket).to_pydatetime()
        while start < min(until, self._clock()):
            # both ends are inclusive
            last = start + (BUCKETS_A_PAGE - 1) * bucket
            yield self._page(product, bucket, start, min(until, last + bucket))
            start = last + bucket

    def _page(self, product: str, bucket: timedelta, start: datetime, end: datetime) -> Candles:
        seconds = bucket.total_seconds()
        last = start + (BUCKETS_A_PAGE - 1) * bucket
        params = {"granularity": f"{seconds:.0f}", "start": _iso(start), "end": _iso(last)}
        body, at = self._client.json(f"/products/{product}/candles", params)
        with self._client.reading():
            candles = np.array(body, dtype="float64").reshape(-1, len(_COLUMNS))
            opens, first = np.unique(candles[:, 0], return_index=True)
            wanted = (
                (opens >= start.timestamp()) & (opens < end.timestamp()) & (opens + seconds <= at.timestamp())
            )
            return candles[first[wanted]]


def _batched(pages: Iterator[Candles]) -> Iterator[Candles]:
    """Concatenate pages into larger frames; on an error, yield the pages received so far before raising it."""
    batch: list[Candles] = []
    failure: ProviderError | None = None
    try:
        for page in pages:
            batch.append(page)
            if len(batch) == PAGES_A_FRAME:
                yield from _concatenated(batch)
                batch = []
    except ProviderError as error:
        failure = error
    yield from _concatenated(batch)
    if failure:
        raise failure


def _concatenated(batch: list[Candles]) -> Iterator[Candles]:
    if any(len(page) for page in batch):
        yield np.concatenate(batch)


def _opens(candles: Candles) -> pd.DatetimeIndex:
    seconds = candles[:, 0].astype("int64").astype("datetime64[s]")
    return pd.DatetimeIndex(seconds.astype("datetime64[us]"), tz="UTC")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
