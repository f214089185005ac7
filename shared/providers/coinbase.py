"""Coinbase Exchange, keyless: hourly bars since a product was listed, and its last trade."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from shared.catalogue import Asset, Series, Source
from shared.clock import Clock, utc_now
from shared.providers.client import Client, bar_rows, observations, within
from shared.providers.http import HttpSession
from shared.providers.interface import ProviderError, Quote

BASE_URL = "https://api.exchange.coinbase.com"
BUCKETS_A_PAGE = 300
_BUCKETS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
_COLUMNS = ("time", "low", "high", "open", "close", "volume")


class Coinbase:
    """Pages of at most 300 buckets, newest first; a bucket without trades is not in them."""

    name = "coinbase"

    def __init__(
        self,
        base_url: str = BASE_URL,
        key: str | None = None,
        *,
        clock: Clock = utc_now,
        session: HttpSession | None = None,
    ) -> None:
        """`key` is not used: these answers are public."""
        self._clock = clock
        session = session or HttpSession(clock=clock)
        self._client = Client(self.name, base_url, session, limit_lasts=timedelta(seconds=1))

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Closed hourly bars, a frame a page; this source has no vwap."""
        for bars in self._pages(source.symbol, "hourly", since, until):
            yield bar_rows(asset, bars, self.name)

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Closes of whole UTC days (or hours), a frame a page."""
        if series.cadence not in _BUCKETS:
            raise ProviderError(
                f"coinbase: {series.name} is {series.cadence}; only hours and days are had here."
            )
        for bars in self._pages(source.symbol, series.cadence, since, until):
            closes = bars["close"].to_numpy(dtype="float64")
            yield observations(series.name, pd.DatetimeIndex(bars.index), closes, self.name)

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """The last trade of each asset, a call each."""
        pairs = [
            (asset, source) for asset in assets for source in asset.sources if source.provider == self.name
        ]
        return [self._quote(asset, source.symbol) for asset, source in pairs]

    def _quote(self, asset: Asset, product: str) -> Quote:
        ticker, _ = self._client.json(f"/products/{product}/ticker", {})
        with self._client.reading():
            traded_at = pd.Timestamp(ticker["time"]).floor("us").to_pydatetime().astimezone(UTC)
            return Quote(asset.id, traded_at, float(ticker["price"]), self.name)

    def _pages(self, product: str, cadence: str, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        bucket = _BUCKETS[cadence]
        start = pd.Timestamp(since).ceil(bucket).to_pydatetime()
        while start < min(until, self._clock()):
            page = self._page(product, cadence, start, until)
            if not page.empty:
                yield page
            start += BUCKETS_A_PAGE * bucket

    def _page(self, product: str, cadence: str, start: datetime, until: datetime) -> pd.DataFrame:
        bucket = _BUCKETS[cadence]
        # both ends are inclusive
        last = start + (BUCKETS_A_PAGE - 1) * bucket
        params = {"granularity": f"{bucket.total_seconds():.0f}", "start": _iso(start), "end": _iso(last)}
        candles, at = self._client.json(f"/products/{product}/candles", params)
        with self._client.reading():
            table = np.array(candles, dtype="float64").reshape(-1, len(_COLUMNS))
            opens = pd.DatetimeIndex(pd.to_datetime(table[:, 0].astype("int64"), unit="s", utc=True))
            bars = pd.DataFrame(table[:, 1:], index=opens.as_unit("us"), columns=list(_COLUMNS[1:]))
            end = min(until, last + bucket)
            return bars[within(opens, cadence, start, end, at)].sort_index()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
