"""Protocol that every market data provider implements."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.core.errors import Unavailable

# known_at is NaT if the source has no vintages; the platform then sets it


class ProviderError(Unavailable):
    """A provider failed; the message quotes the provider and never contains a key."""

    code = "provider"


class RateLimited(ProviderError):
    """A provider refuses calls until `retry_at` (UTC)."""

    code = "rate_limited"

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Provider(Protocol):
    """A market data source. Frames have OBSERVATION_COLUMNS, times in UTC; they are yielded oldest first.

    Only periods that have ended are delivered: an open bar is not an observation. Methods raise ProviderError, after
    yielding the frames received before the failure.
    """

    name: str

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield hourly bars that open in [since, until), one row per field, such as series `btc_usd_open`."""

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield values of one series whose periods begin in [since, until)."""

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Fetch the current price of each asset that this source serves."""
