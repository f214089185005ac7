"""Alpha Vantage: daily to yearly series, one call each.

Every response has status 200; errors and rate limits are recognised by the body.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.ops.clock import Clock, utc_now
from ppa.providers.client import Client, is_within, observations, parse_dates, parse_numbers
from ppa.providers.http import HttpSession, document_error
from ppa.providers.protocol import ProviderError

BASE_URL = "https://www.alphavantage.co"
EXCHANGE_RATES = "FX_DAILY"
# the compact response has 100 rows: weekdays and some Sundays
COMPACT_SPAN = timedelta(days=100)
# duration of a limit by the wording of the response; if it names several, the shortest was reached
_LIMITS = (
    (re.compile(r"per[ -]second", re.IGNORECASE), timedelta(seconds=2)),
    (re.compile(r"per[ -]minute", re.IGNORECASE), timedelta(minutes=1)),
    (re.compile(r"per[ -]day|daily rate", re.IGNORECASE), timedelta(days=1)),
)
_BAD_KEY = re.compile(r"api ?key\b.{0,40}\b(invalid|missing)", re.IGNORECASE | re.DOTALL)
_MAX_REFUSAL_LENGTH = 4000
_RATES = "Time Series FX (Daily)"


class AlphaVantage:
    """Adapter whose source symbol is the API's function and whose source parameters are that function's parameters."""

    name = "alphavantage"

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
        query = {"apikey": key or ""}
        self._client = Client(self.name, base_url, session, query=query, key=key, limit_in=rate_limit_in)

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Always raise ProviderError: the free plan has no hourly bars."""
        raise ProviderError(f"alphavantage: no bars of {asset.pair} are available.")

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Return no quotes: one call per quote would use up the daily allowance within minutes."""
        return []

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Fetch a series with one call and yield it as one frame.

        `known_at` is NaT because the API's dates are reference periods, not publication dates.
        """
        params = {"function": source.symbol, **source.parameters, **self._size(source, since)}
        document, at = self._client.json("/query", params)
        dates, values = self._read(document)
        wanted = is_within(dates, series.cadence, since, until, at)
        order = np.flatnonzero(wanted)[dates[wanted].argsort()]
        if len(order):
            yield observations(series.name, dates[order], values[order], self.name)

    def _size(self, source: Source, since: datetime) -> dict[str, str]:
        if source.symbol != EXCHANGE_RATES:
            return {}
        return {"outputsize": "compact" if self._clock() - since < COMPACT_SPAN else "full"}

    def _read(self, document: Any) -> tuple[pd.DatetimeIndex, npt.NDArray[np.float64]]:
        with self._client.reading():
            if "data" in document:
                rows = [(row["date"], row["value"]) for row in document["data"]]
            elif _RATES in document:
                rows = [(day, bar["4. close"]) for day, bar in document[_RATES].items()]
            else:
                raise self._client.error(document_error(document) or f"no data in {document}")
            return parse_dates([day for day, _ in rows]), parse_numbers([value for _, value in rows])


def rate_limit_in(text: str) -> timedelta | None:
    """Duration of the rate limit that a response body reports, or None if it reports none."""
    if len(text) > _MAX_REFUSAL_LENGTH:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not document.keys() & {"Information", "Note"}:
        return None
    message = document_error(document)
    if _BAD_KEY.search(message):
        return None
    return next((duration for pattern, duration in _LIMITS if pattern.search(message)), None)
