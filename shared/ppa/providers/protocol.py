"""What the platform asks of a source of market data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.errors import Unavailable

# known_at is NaT where the source has no vintage of its own: the platform then stamps it


class ProviderError(Unavailable):
    """A source failed; the message carries its own words, never a key."""

    code = "provider"


class RateLimited(ProviderError):
    """A source said no more for now; `retry_at` (UTC) is when to ask again."""

    code = "rate_limited"

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


@dataclass(frozen=True)
class Quote:
    """A live price in US dollars at `ts` (UTC)."""

    asset: str
    ts: datetime
    price: float
    source: str


class Provider(Protocol):
    """A source. Frames have OBSERVATION_COLUMNS, times in UTC; pages come as they arrive, oldest first.

    Only periods that have ended by now are delivered: an open bar is not an observation. Methods raise
    ProviderError, after having yielded what came before.
    """

    name: str

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Hourly bars that open in [since, until), a row a field: series `btc_usd_open`, `btc_usd_close`, …"""

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Values of one series whose periods begin in [since, until)."""

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """The present price of each asset that this source has."""
