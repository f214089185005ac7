"""Follow the market: live quotes, the bars that have closed, and the slow series."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from ppa.storage.arrow import rows_table

REVISIONS_HOUR = 22


def ingest(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """One minute's work; failures of a source are reported in the result, and stop nothing else."""
    intake = _Intake(platform)
    intake.quotes()
    intake.bars(lacking=True)
    if scheduled_for.minute == SLOW_MINUTE:
        intake.slow_series(everything=scheduled_for.hour == REVISIONS_HOUR)
    return intake.report()


@dataclass(frozen=True)
class Fetched:
    """What failed of a fetch, by what was asked for, and what of it was refused for want of a free call."""

    failures: Mapping[str, str] = field(default_factory=dict)
    limited: tuple[str, ...] = ()


def fetch_missing(platform: Platform) -> Fetched:
    """Store what has not arrived: bars that have closed, or all that a source with exact vintages knows by now.

    Of the latter no row may be made without it; what others deliver so late is known from its arrival.
    """
    if not platform.feed.live:
        return Fetched()
    intake = _Intake(platform)
    intake.bars(lacking=not platform.feed.exact)
    if platform.feed.exact:
        intake.slow_series(everything=True)
    return intake.fetched()


def fetch_exact(platform: Platform) -> None:
    """The same where no row may be made without it, and nothing elsewhere: for what answers between two hourly jobs."""
    if platform.feed.exact:
        fetch_missing(platform)


class _Intake:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._recorder = ObservationWriter(platform)
        self._recorded = WriteCounts()
        self._beginning = utc(platform.settings.history_from)
        self._failures: dict[str, str] = {}
        self._limited: set[str] = set()
        self._flipped: Mapping[str, Mapping[str, int]] = {}

    def quotes(self) -> None:
        """Store live prices."""
        with self._noting("quotes"):
            assets = list(self._platform.catalogue.assets.values())
            quotes = self._platform.feed.quotes(assets, partial(self._note, "quotes"))
            if quotes:
                self._platform.warehouse.append("quotes", rows_table([vars(quote) for quote in quotes]))

    def bars(self, *, lacking: bool) -> None:
        """Store what is new of the bars: of all assets, or of those that lack one which has closed by now."""
        assets = self._platform.catalogue.assets.values()
        began = self._platform.now()
        self._store({a.id: partial(self._bars, a) for a in assets if not lacking or self._lacks_bars(a)})
        if self._recorded.new + self._recorded.revised:
            self._flipped = flipped_outcomes(self._platform, began, OVERLAP)

    def slow_series(self, *, everything: bool) -> None:
        """Store the daily and slower series of which a new value can be known, or all of them."""
        slow = [s for s in self._platform.catalogue.series.values() if s.cadence != "hourly"]
        due = [series for series in slow if everything or self._recorder.awaits(series)]
        self._store({series.name: partial(self._slow, series) for series in due})

    def fetched(self) -> Fetched:
        """What failed."""
        return Fetched(dict(self._failures), tuple(sorted(self._limited)))

    def report(self) -> Mapping[str, object]:
        """What was stored and what failed."""
        return {
            "rows": self._recorded.new + self._recorded.revised,
            "revised": self._recorded.revised,
            "flipped": self._flipped,
            "failures": self._failures,
        }

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        """Note a source's failure in its own words, and go on."""
        try:
            yield
        except ProviderError as error:
            self._note(what, error)

    def _note(self, what: str, error: ProviderError) -> None:
        if isinstance(error, RateLimited):
            self._limited.add(what)
        before = self._failures.get(what)
        self._failures[what] = f"{before}; {error}" if before else str(error)

    def _store(self, fetches: Mapping[str, Callable[[], Iterator[pd.DataFrame]]]) -> None:
        """Store all deliveries at once, what came before a failure included."""
        delivered: list[pd.DataFrame] = []
        for what, fetch in fetches.items():
            with self._noting(what):
                delivered.extend(fetch())
        if delivered:
            began = self._platform.now()
            recorded = self._recorder.record(pd.concat(delivered, ignore_index=True))
            rebuild_after_race(self._platform, recorded.first_known_at, began)
            self._recorded += recorded

    def _lacks_bars(self, asset: Asset) -> bool:
        newest = self._recorder.newest_event(asset.series("close"))
        return newest is None or newest < self._platform.now().floor("h") - HOUR

    def _bars(self, asset: Asset) -> Iterator[pd.DataFrame]:
        """Bars since the newest and of the days before it: a bar may arrive late, or be revised."""
        newest = self._recorder.newest_event(asset.series("close"))
        if newest is not None:
            failed = partial(self._note, asset.id)
            return self._platform.feed.bars(asset, newest - OVERLAP, self._platform.now(), failed)
        # bars begin with a backfill: it goes on from the newest one, and would never fetch what lies before
        if self._platform.feed.serves(asset.sources):
            raise ProviderError(f"{asset.pair} has no history yet: call the function backfill first.")
        return iter(())

    def _slow(self, series: Series) -> Iterator[pd.DataFrame]:
        newest = self._recorder.newest_event(series.name)
        since = self._beginning - series.max_age if newest is None else newest - 2 * series.period
        failed = partial(self._note, series.name)
        return self._platform.feed.series(series, since, self._platform.now(), failed)
