"""Alpha Vantage: daily to yearly series, one call each, where every failure is HTTP 200."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.ops.clock import Clock, utc_now
from ppa.providers.client import Client, days, numbers, observations, within
from ppa.providers.http import HttpSession, message_in
from ppa.providers.protocol import ProviderError, Quote

BASE_URL = "https://www.alphavantage.co"
EXCHANGE_RATES = "FX_DAILY"
# the compact answer has 100 rows, of weekdays and some Sundays
COMPACT_SPAN = timedelta(days=100)
# for how long a limit holds, by what the answer says; it may name several: the shortest was reached
_LIMITS = (
    (re.compile(r"per[ -]second", re.IGNORECASE), timedelta(seconds=2)),
    (re.compile(r"per[ -]minute", re.IGNORECASE), timedelta(minutes=1)),
    (re.compile(r"per[ -]day|daily rate", re.IGNORECASE), timedelta(days=1)),
)
_BAD_KEY = re.compile(r"api ?key\b.{0,40}\b(invalid|missing)", re.IGNORECASE | re.DOTALL)
_MAX_REFUSAL_LENGTH = 4000
_RATES = "Time Series FX (Daily)"


class AlphaVantage:
    """Series whose symbol is a function, and whose parameters are the function's."""

    name = "alphavantage"

    def __init__(
        self,
        base_url: str = BASE_URL,
        key: str | None = None,
        *,
        clock: Clock = utc_now,
        session: HttpSession | None = None,
    ) -> None:
        """Without a key every call is refused by the provider."""
        self._clock = clock
        session = session or HttpSession(clock=clock)
        query = {"apikey": key or ""}
        self._client = Client(self.name, base_url, session, query=query, key=key, limit_in=limit_said)

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """There are none that a free key may have: ProviderError."""
        raise ProviderError(f"alphavantage: there are no bars of {asset.pair} here.")

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """There are none: a call each would use up the day's calls within minutes."""
        return []

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """One frame, from one call; `known_at` is NaT: the dates here are what a value is about."""
        params = {"function": source.symbol, **source.parameters, **self._size(source, since)}
        document, at = self._client.json("/query", params)
        dates, values = self._read(document)
        wanted = within(dates, series.cadence, since, until, at)
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
                raise self._client.error(message_in(document) or f"no data in {document}")
            return days([day for day, _ in rows]), numbers([value for _, value in rows])


def limit_said(text: str) -> timedelta | None:
    """How long the limit lasts that an answer reports, or None where it reports none."""
    if len(text) > _MAX_REFUSAL_LENGTH:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not document.keys() & {"Information", "Note"}:
        return None
    words = message_in(document)
    if _BAD_KEY.search(words):
        return None
    return next((lasts for said, lasts in _LIMITS if said.search(words)), None)
