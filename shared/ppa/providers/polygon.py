"""Polygon (now Massive): hourly bars, daily closes of a ticker or of a whole market, and live prices."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.core.times import utc
from ppa.ops.clock import Clock, utc_now
from ppa.providers.client import Client, bar_rows, is_within, observations, parse_numbers
from ppa.providers.http import HttpSession, document_error
from ppa.providers.protocol import ProviderError

BASE_URL = "https://api.massive.com"
# the API's maximum; it counts the minute bars that hourly bars are built from
LIMIT = 50_000
TICKERS_A_SNAPSHOT = 250
# windows of up to this many days are read as whole markets: one call per day then serves every ticker
GROUPED_DAYS = 3
GROUPED_KEPT = timedelta(minutes=15)
_MARKETS = {"X:": "global/market/crypto", "C:": "global/market/fx"}
_STOCKS = "us/market/stocks"
_FIELDS = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v", "vwap": "vw"}

# cheaper plans get DELAYED
_SERVED = ("OK", "DELAYED")

Bars = Mapping[str, npt.NDArray[np.float64]]
Closes = tuple[pd.DatetimeIndex, npt.NDArray[np.float64], datetime]


class Polygon:
    """Adapter; tickers are `X:…` for coins, `C:…` for currencies and metals, else US stocks and funds."""

    name = "polygon"

    def __init__(
        self,
        base_url: str = BASE_URL,
        key: str | None = None,
        *,
        clock: Clock = utc_now,
        session: HttpSession | None = None,
    ) -> None:
        """Without a key the provider refuses every call."""
        self._clock = clock
        session = session or HttpSession(clock=clock)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = Client(self.name, base_url, session, headers=headers, key=key)
        self._kept: dict[tuple[str, date], tuple[Mapping[str, float], datetime]] = {}

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield closed hourly bars with their vwap, one frame per page."""
        first, last = _milliseconds(since), _milliseconds(min(until, self._clock())) - 1
        for results, at in self._pages(source.symbol, "hour", first, last) if first <= last else ():
            opens, bars = self._read(results)
            wanted = _oldest_first(opens, is_within(opens, "hourly", since, until, at))
            if len(wanted):
                chosen = {name: column[wanted] for name, column in bars.items()}
                yield bar_rows(asset, opens[wanted], chosen, self.name)

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield daily closes; a short window is read from whole-market days, which are cached for GROUPED_KEPT."""
        if series.cadence != "daily":
            raise ProviderError(f"polygon: {series.name} is {series.cadence}; only daily data is available.")
        days = _days_between(since, until, self._clock())
        read = self._grouped if len(days) <= GROUPED_DAYS else self._ranged
        for dates, closes, at in read(source.symbol, days):
            wanted = _oldest_first(dates, is_within(dates, "daily", since, until, at))
            if len(wanted):
                yield observations(series.name, dates[wanted], closes[wanted], self.name)

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Fetch the last trade of each asset, up to 250 per call; unknown tickers are left out."""
        tickers = {s.symbol: asset.id for asset in assets for s in asset.sources if s.provider == self.name}
        names = list(tickers)
        groups = [names[at : at + TICKERS_A_SNAPSHOT] for at in range(0, len(names), TICKERS_A_SNAPSHOT)]
        return [quote for group in groups for quote in self._snapshot(group, tickers)]

    def _snapshot(self, group: Sequence[str], assets: Mapping[str, str]) -> list[Quote]:
        params = {"ticker.any_of": ",".join(group), "limit": str(TICKERS_A_SNAPSHOT)}
        results, _ = self._results("/v3/snapshot", params)
        with self._client.reading():
            trades = {result["ticker"]: result["last_trade"] for result in results if "error" not in result}
            return [
                Quote(assets[ticker], utc(_moment(trade["last_updated"])), float(trade["price"]), self.name)
                for ticker, trade in trades.items()
            ]

    def _ranged(self, ticker: str, days: pd.DatetimeIndex) -> Iterator[Closes]:
        for results, at in self._pages(ticker, "day", f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"):
            opens, bars = self._read(results)
            # the day of a US stock begins at midnight in New York
            yield opens.floor("D"), bars["close"], at

    def _grouped(self, ticker: str, days: pd.DatetimeIndex) -> Iterator[Closes]:
        for day in days:
            closes, at = self._market(_MARKETS.get(ticker[:2], _STOCKS), day.date())
            if ticker in closes:
                yield pd.DatetimeIndex([day]), np.array([closes[ticker]]), at

    def _market(self, market: str, day: date) -> tuple[Mapping[str, float], datetime]:
        oldest = self._clock() - GROUPED_KEPT
        fresh = {asked: kept for asked, kept in self._kept.items() if kept[1] > oldest}
        if (market, day) not in fresh:
            results, at = self._results(f"/v2/aggs/grouped/locale/{market}/{day}", {"adjusted": "true"})
            with self._client.reading():
                fresh[market, day] = {result["T"]: float(result["c"]) for result in results}, at
        self._kept = fresh
        return fresh[market, day]

    def _pages(
        self, ticker: str, span: str, first: int | str, last: int | str
    ) -> Iterator[tuple[list[Any], datetime]]:
        path = f"/v2/aggs/ticker/{ticker}/range/1/{span}/{first}/{last}"
        params = {"adjusted": "true", "sort": "asc", "limit": str(LIMIT)}
        followed = []
        while path:
            if (path, params) in followed:
                raise self._client.error(f"next_url repeats {path}")
            followed.append((path, params))
            results, at, path, params = self._page(path, params)
            yield results, at

    def _page(self, path: str, params: dict[str, str]) -> tuple[list[Any], datetime, str, dict[str, str]]:
        document, at = self._document(path, params)
        with self._client.reading():
            following = urlsplit(document.get("next_url") or "")
            # only the path is used, so that the key is sent to the configured address alone
            path = following.path[following.path.index("/v2/") :] if following.path else ""
            return list(document.get("results") or []), at, path, dict(parse_qsl(following.query))

    def _results(self, path: str, params: Mapping[str, str]) -> tuple[list[Any], datetime]:
        document, at = self._document(path, params)
        with self._client.reading():
            return list(document.get("results") or []), at

    def _document(self, path: str, params: Mapping[str, str]) -> tuple[Any, datetime]:
        document, at = self._client.json(path, params)
        with self._client.reading():
            if document.get("status") not in _SERVED:
                raise self._client.error(document_error(document) or f"status {document.get('status')!r}")
        return document, at

    def _read(self, results: list[Any]) -> tuple[pd.DatetimeIndex, Bars]:
        with self._client.reading():
            opens = np.array([int(result["t"]) for result in results], dtype="int64")
            bars = {
                name: parse_numbers([result.get(key) for result in results]) for name, key in _FIELDS.items()
            }
            return pd.DatetimeIndex(opens.astype("datetime64[ms]").astype("datetime64[us]"), tz="UTC"), bars


def _oldest_first(begins: pd.DatetimeIndex, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Positions of the wanted periods without duplicates, in order of time."""
    _, first = np.unique(begins.asi8, return_index=True)
    return np.asarray(first[wanted[first]])


def _days_between(since: datetime, until: datetime, now: datetime) -> pd.DatetimeIndex:
    """Days (UTC) that begin in [since, until) and have ended by `now`."""
    end = min(pd.Timestamp(until), pd.Timestamp(now).floor("D"))
    return pd.date_range(pd.Timestamp(since).ceil("D"), end, freq="D", inclusive="left").as_unit("us")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(nanoseconds) // 1000)
