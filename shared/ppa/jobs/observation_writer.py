"""Store delivered observations, each exactly once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.catalogue import Series
from ppa.core.observations import PERIOD, SelectedObservations, select_observations
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.repository.observations import newest_values
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_table


@dataclass(frozen=True)
class WriteCounts:
    """Counts of new, revised and unchanged observations, and the earliest `known_at` of those stored."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    first_known_at: pd.Timestamp | None = None

    def __add__(self, other: "WriteCounts") -> "WriteCounts":
        moments = [m for m in (self.first_known_at, other.first_known_at) if m is not None]
        return WriteCounts(
            self.new + other.new,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
            min(moments, default=None),
        )


class ObservationWriter:
    """Store delivered observations, taking into account since when each series is followed live."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._status = series_status(platform)
        # imported data is not followed live; all of it is history
        followed = self._status["followed_since"].dropna().items() if platform.feed.live else ()
        self._followed = {str(name): utc(since) for name, since in followed}

    def newest_event(self, series: str) -> pd.Timestamp | None:
        """Return the newest stored period of a series, as of the creation of this writer."""
        return self._status["newest_event"].get(series)

    def fetch_from(self, series: Series, since: pd.Timestamp) -> pd.Timestamp:
        """Return the period from which to request a series for rows from `since` on.

        It is the earliest one whose value the first row may hold, or two before the newest stored one, which may have
        been revised.
        """
        newest = self.newest_event(series.name)
        return utc(since - series.max_age - series.period if newest is None else newest - 2 * series.period)

    def awaits(self, series: Series) -> bool:
        """Return True if a value of the series that is not stored yet may be known by now."""
        newest = self.newest_event(series.name)
        return newest is None or newest + 2 * series.period + series.lag <= self._platform.now()

    def record(self, delivered: pd.DataFrame) -> WriteCounts:
        """Store one delivery, a frame with OBSERVATION_COLUMNS.

        Values another source has served are never overwritten; gaps are filled.
        """
        if delivered.empty:
            return WriteCounts()
        stored = self._stored(delivered)
        others = _of_another_source(delivered, stored)
        selected = select_observations(
            delivered[~others],
            stored,
            catalogue=self._platform.catalogue,
            followed_since=self._followed,
            now=self._platform.now(),
            exact_vintages=self._platform.feed.exact,
        )
        if len(selected.rows):
            self._platform.warehouse.merge("observations", to_table(selected.rows))
        return _counts(selected) + WriteCounts(unchanged=int(others.sum()))

    def _stored(self, delivered: pd.DataFrame) -> pd.DataFrame:
        return newest_values(
            self._platform,
            sorted(delivered["series"].unique()),
            delivered["event_time"].min(),
            delivered["event_time"].max() + pd.Timedelta(hours=1),
        )


def _of_another_source(delivered: pd.DataFrame, stored: pd.DataFrame) -> NDArray[np.bool_]:
    """Return a mask of the delivered values whose period already has a value from another source."""
    if len({*stored["source"].unique(), *delivered["source"].unique()}) == 1:
        return np.zeros(len(delivered), dtype=bool)
    served_by = stored.set_index(PERIOD)["source"].reindex(pd.MultiIndex.from_frame(delivered[PERIOD]))
    return np.asarray(served_by.notna() & (served_by.to_numpy() != delivered["source"].to_numpy()))


def _counts(selected: SelectedObservations) -> WriteCounts:
    first = selected.rows["known_at"].min() if len(selected.rows) else None
    return WriteCounts(selected.new, selected.revised, selected.unchanged, first)
