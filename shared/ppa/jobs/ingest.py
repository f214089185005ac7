"""Ingest live quotes, closed bars and slower series."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import pandas as pd

from ppa.core.catalogue import Asset, Series
from ppa.core.times import HOUR, utc
from ppa.jobs.backfill import OVERLAP
from ppa.jobs.build import rebuild_after_race
from ppa.jobs.observation_writer import ObservationWriter, WriteCounts
from ppa.jobs.outcome_revisions import flipped_outcomes
from ppa.platform import Platform
from ppa.providers.call_plan import SLOW_MINUTE
from ppa.providers.protocol import ProviderError, RateLimited
from ppa.storage.arrow import records_table

# hour (UTC) in which all slower series are fetched again, for revisions
REVISIONS_HOUR = 22


def ingest(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """Run one minute's ingestion; a provider's failure is reported in the result and does not stop the others."""
    ingestion = _Ingestion(platform)
    ingestion.quotes()
    ingestion.bars(lacking=True)
    if scheduled_for.minute == SLOW_MINUTE:
        ingestion.slow_series(everything=scheduled_for.hour == REVISIONS_HOUR)
    return ingestion.report()


def fetch_missing(platform: Platform) -> tuple[Mapping[str, str], Sequence[str]]:
    """Fetch and store closed bars that have not arrived, or all series if the feed has exact vintages.

    With exact vintages, a row built before fetching would miss values that were known at its as-of time; without
    them, late values count as known from their arrival.

    Returns
    -------
    failures : mapping of str to str
        Error messages, by asset or series.
    rate_limited : sequence of str
        Assets and series whose provider currently allows no further calls.
    """
    if not platform.feed.live:
        return {}, ()
    ingestion = _Ingestion(platform)
    ingestion.bars(lacking=not platform.feed.exact)
    if platform.feed.exact:
        ingestion.slow_series(everything=True)
    return ingestion.failures, sorted(ingestion.rate_limited)


def fetch_exact(platform: Platform) -> None:
    """Fetch missing data if the feed has exact vintages; for predictions made between two hourly jobs."""
    if platform.feed.exact:
        fetch_missing(platform)


class _Ingestion:
    """One ingestion: fetches, stores and counts; `failures` and `rate_limited` are collected on the way."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._writer = ObservationWriter(platform)
        self._counts = WriteCounts()
        self._history_from = utc(platform.settings.history_from)
        self.failures: dict[str, str] = {}
        self.rate_limited: set[str] = set()
        self._flipped: Mapping[str, Mapping[str, int]] = {}

    def quotes(self) -> None:
        """Store live prices."""
        with self._catching("quotes"):
            assets = list(self._platform.catalogue.assets.values())
            quotes = self._platform.feed.quotes(assets, partial(self._fail, "quotes"))
            if quotes:
                self._platform.warehouse.append("quotes", records_table(quotes))

    def bars(self, *, lacking: bool) -> None:
        """Store new bars of all assets, or with `lacking` only of those that lack a closed bar."""
        assets = self._platform.catalogue.assets.values()
        started = self._platform.now()
        self._store({a.id: partial(self._bars, a) for a in assets if not lacking or self._lacks_bars(a)})
        if self._counts.new + self._counts.revised:
            self._flipped = flipped_outcomes(self._platform, started, OVERLAP)

    def slow_series(self, *, everything: bool) -> None:
        """Store the daily and slower series that may have a new value, or with `everything` all of them."""
        slower = [s for s in self._platform.catalogue.series.values() if s.cadence != "hourly"]
        due = [series for series in slower if everything or self._writer.awaits(series)]
        self._store({series.name: partial(self._slow, series) for series in due})

    def report(self) -> Mapping[str, object]:
        """Return the counts, changed outcomes and failures, as the run records them."""
        return {
            "rows": self._counts.new + self._counts.revised,
            "revised": self._counts.revised,
            "flipped": self._flipped,
            "failures": self.failures,
        }

    @contextmanager
    def _catching(self, name: str) -> Iterator[None]:
        """Record a provider's failure and continue."""
        try:
            yield
        except ProviderError as error:
            self._fail(name, error)

    def _fail(self, name: str, error: ProviderError) -> None:
        if isinstance(error, RateLimited):
            self.rate_limited.add(name)
        previous = self.failures.get(name)
        self.failures[name] = f"{previous}; {error}" if previous else str(error)

    def _store(self, fetches: Mapping[str, Callable[[], Iterator[pd.DataFrame]]]) -> None:
        """Store all deliveries at once, including those received before a failure."""
        delivered: list[pd.DataFrame] = []
        for name, fetch in fetches.items():
            with self._catching(name):
                delivered.extend(fetch())
        if delivered:
            started = self._platform.now()
            counts = self._writer.record(pd.concat(delivered, ignore_index=True))
            rebuild_after_race(self._platform, counts.first_known_at, started)
            self._counts += counts

    def _lacks_bars(self, asset: Asset) -> bool:
        newest = self._writer.newest_event(asset.series("close"))
        return newest is None or newest < self._platform.now().floor("h") - HOUR

    def _bars(self, asset: Asset) -> Iterator[pd.DataFrame]:
        """Fetch bars since the newest one, and the days before it: bars may arrive late or be revised."""
        newest = self._writer.newest_event(asset.series("close"))
        if newest is not None:
            on_error = partial(self._fail, asset.id)
            return self._platform.feed.bars(asset, newest - OVERLAP, self._platform.now(), on_error)
        # a backfill continues from the newest bar, so bars stored before it would leave a gap
        if self._platform.feed.serves(asset.sources):
            raise ProviderError(f"{asset.pair} has no history yet: run the function backfill first.")
        return iter(())

    def _slow(self, series: Series) -> Iterator[pd.DataFrame]:
        since = self._writer.fetch_from(series, self._history_from)
        on_error = partial(self._fail, series.name)
        return self._platform.feed.series(series, since, self._platform.now(), on_error)
