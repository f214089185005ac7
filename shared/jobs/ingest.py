"""Follow the market: live quotes, the bars that have closed, and the slow series."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from shared.catalogue import Asset, Series
from shared.frames import HOUR, rows_table, utc
from shared.jobs.backfill import OVERLAP
from shared.jobs.record import Recorded, Recorder
from shared.platform import Platform
from shared.providers.interface import ProviderError

# daily and slower series are asked for once an hour, away from the full hour's bars, and all of them,
# for revisions, once a day
SLOW_MINUTE = 20
REVISIONS_HOUR = 22


def ingest(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """One minute's work; failures of a source are reported in the result, and stop nothing else."""
    intake = _Intake(platform)
    intake.attempt("quotes", partial(_store_quotes, platform))
    for asset in platform.catalogue.assets.values():
        if intake.lacks_bars(asset):
            intake.attempt(asset.id, partial(intake.bars, asset))
    if scheduled_for.minute == SLOW_MINUTE:
        intake.slow_series(everything=scheduled_for.hour == REVISIONS_HOUR)
    return intake.report()


def complete(platform: Platform) -> Mapping[str, object]:
    """Store all that a source with exact vintages knows by now, so that no row is made without it."""
    intake = _Intake(platform)
    for asset in platform.catalogue.assets.values():
        intake.attempt(asset.id, partial(intake.bars, asset))
    intake.slow_series(everything=True)
    return intake.report()


class _Intake:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._recorder = Recorder(platform)
        self._recorded = Recorded()
        self._beginning = utc(platform.settings.history_from)
        self._failures: dict[str, str] = {}

    def attempt(self, what: str, work: Callable[[], Recorded]) -> None:
        """Do it, or note the provider's own words."""
        try:
            self._recorded += work()
        except ProviderError as error:
            self._failures[what] = str(error)

    def lacks_bars(self, asset: Asset) -> bool:
        """Whether a bar has closed that is not stored yet."""
        newest = self._recorder.newest_event(asset.series("close"))
        return newest is None or newest < self._platform.now().floor("h") - HOUR

    def bars(self, asset: Asset) -> Recorded:
        """Fetch and store what is new, and ask again for the last days: a bar may arrive late, or be revised."""
        now = self._platform.now()
        newest = self._recorder.newest_event(asset.series("close"))
        if newest is None:
            return self._no_history(asset)
        return self._recorder.record_all(list(self._platform.feed.bars(asset, newest - OVERLAP, now)))

    def _no_history(self, asset: Asset) -> Recorded:
        """Bars begin with a backfill: it goes on from the newest one, and would never fetch what lies before."""
        if self._platform.feed.serves(asset.sources):
            raise ProviderError(f"{asset.pair} has no history yet: call the function backfill first.")
        return Recorded()

    def slow_series(self, *, everything: bool) -> None:
        """Fetch and store the daily and slower series of which a new value can be known, or all of them."""
        for series in self._platform.catalogue.series.values():
            if series.cadence != "hourly" and (everything or self._recorder.awaits(series)):
                self.attempt(series.name, partial(self._slow, series))

    def _slow(self, series: Series) -> Recorded:
        newest = self._recorder.newest_event(series.name)
        since = self._beginning - series.max_age if newest is None else newest - 2 * series.period
        return self._recorder.record_all(
            list(self._platform.feed.series(series, since, self._platform.now()))
        )

    def report(self) -> Mapping[str, object]:
        """What was stored and what failed."""
        return {
            "rows": self._recorded.new + self._recorded.revised,
            "revised": self._recorded.revised,
            "failures": self._failures,
        }


def _store_quotes(platform: Platform) -> Recorded:
    quotes = platform.feed.quotes(list(platform.catalogue.assets.values()))
    if quotes:
        platform.warehouse.append("quotes", rows_table([vars(quote) for quote in quotes]))
    return Recorded()
