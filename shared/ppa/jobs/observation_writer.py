"""Store delivered observations, each exactly once, and decide which of them count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.catalogue import Series
from ppa.core.contracts.imports import ImportBatch
from ppa.core.observations import KEY, PERIOD, TICK, SelectedObservations, select_observations
from ppa.core.precedence import counting
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.repository.imports import held_batches, import_batches
from ppa.repository.observations import delivered_observations, followed_since
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_table


@dataclass(frozen=True)
class WriteCounts:
    """Counts of new, revised and unchanged observations, and the earliest `known_at` of those that rows may use."""

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
    """Store what providers deliver, taking into account since when each series is followed live."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._newest = series_status(platform)["newest_event"]

    def newest_event(self, series: str) -> pd.Timestamp | None:
        """Return the newest stored period of a series, as of the creation of this writer."""
        return self._newest.get(series)

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

        Values another provider has served are never overwritten; gaps are filled. Values of periods that an import was
        the first to fill are stored too, and count once that import is withdrawn.
        """
        if delivered.empty:
            return WriteCounts()
        stored = self._stored(delivered)
        served = _newest_served(stored)
        others = _of_another_source(delivered, served)
        selected = select_observations(
            delivered[~others],
            served,
            catalogue=self._platform.catalogue,
            followed_since=followed(self._platform, sorted(delivered["series"].unique())),
            now=self._platform.now(),
            exact_vintages=self._platform.feed.exact,
        )
        batches = import_batches(self._platform) if stored["batch"].notna().any() else []
        written = write_counting(self._platform, stored, selected.rows.assign(batch=None), batches)
        return _counts(selected, written) + WriteCounts(unchanged=int(others.sum()))

    def _stored(self, delivered: pd.DataFrame) -> pd.DataFrame:
        return delivered_observations(
            self._platform,
            sorted(delivered["series"].unique()),
            delivered["event_time"].min(),
            delivered["event_time"].max() + pd.Timedelta(hours=1),
        )


def followed(platform: Platform, series: Sequence[str]) -> dict[str, pd.Timestamp]:
    """Return since when each series is followed live; without a live feed, all values are history."""
    return dict(followed_since(platform, series)) if platform.feed.live else {}


def write_counting(
    platform: Platform, stored: pd.DataFrame, added: pd.DataFrame, batches: Sequence[ImportBatch]
) -> pd.DataFrame:
    """Store the rows `added`, and which rows count, in one transaction; return the rows that were written.

    `stored` holds every stored row of the periods concerned, `batches` the import batches.
    """
    written, changed = added.assign(counted=None), False
    if stored["batch"].notna().any() or added["batch"].notna().any():
        written, changed = _counted_anew(stored, added, batches, platform.now())
    if not len(written):
        return written
    platform.warehouse.merge("observations", to_table(written), replace=changed)
    settled = _settle(platform, written)
    # a row that was corrected is there twice; what counts of it is the newer state
    both = pd.concat([part for part in (written, settled) if len(part)], ignore_index=True)
    return both[~_keys(both).duplicated(keep="last")]


def _settle(platform: Platform, written: pd.DataFrame) -> pd.DataFrame:
    """Decide anew which rows count in the periods just written, and return the rows that this changes.

    An import and a provider's delivery of the same periods may each have read what is stored before the other wrote.
    Whichever writes last sees both here, and what counts is a function of what is stored, so they agree in the end.
    """
    series, first, last = set(written["series"]), written["event_time"].min(), written["event_time"].max()
    batches = held_batches(platform)
    if not any(series & set(one.series) and one.first <= last and first <= one.last for one in batches):
        return written.iloc[:0]
    stored = delivered_observations(platform, sorted(series), first, last + TICK)
    corrected, _ = _counted_anew(stored, stored.iloc[:0], batches, platform.now())
    if len(corrected):
        platform.warehouse.merge("observations", to_table(corrected), replace=True)
    return corrected


def _counted_anew(
    stored: pd.DataFrame, added: pd.DataFrame, batches: Sequence[ImportBatch], now: pd.Timestamp
) -> tuple[pd.DataFrame, bool]:
    """Return the rows to write, and whether stored ones are among them."""
    added = added[~_keys(added).isin(_keys(stored))] if len(stored) else added
    undated = pd.Series(pd.NaT, added.index, dtype="datetime64[us, UTC]")
    parts = [stored, added.assign(counted=None, counted_at=undated)]
    rows = pd.concat([part.astype({"counted": object}) for part in parts if len(part)], ignore_index=True)
    new = np.arange(len(rows)) >= len(stored)
    counts = counting(rows, batches)
    changed = counts != np.asarray(rows["counted"].ne(False))
    newest = rows["counted_at"].max()
    moment = now if pd.isna(newest) else max(now, newest + TICK)
    dated = np.where(new, rows["batch"].notna(), changed).astype(bool)
    rows["counted"] = rows["counted"].mask(changed, pd.Series(counts, dtype=object))
    rows["counted_at"] = rows["counted_at"].mask(dated, moment)
    return rows[new | changed], bool((changed & ~new).any())


def _keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[KEY].assign(batch=rows["batch"].fillna("")))


def _newest_served(stored: pd.DataFrame) -> pd.DataFrame:
    """Return the newest value of each period that a provider has served."""
    served = stored[stored["batch"].isna()].sort_values("known_at")
    return served.drop_duplicates(PERIOD, keep="last")


def _of_another_source(delivered: pd.DataFrame, stored: pd.DataFrame) -> NDArray[np.bool_]:
    """Return a mask of the delivered values whose period already has a value from another source."""
    if len({*stored["source"].unique(), *delivered["source"].unique()}) == 1:
        return np.zeros(len(delivered), dtype=bool)
    served_by = stored.set_index(PERIOD)["source"].reindex(pd.MultiIndex.from_frame(delivered[PERIOD]))
    return np.asarray(served_by.notna() & (served_by.to_numpy() != delivered["source"].to_numpy()))


def _counts(selected: SelectedObservations, written: pd.DataFrame) -> WriteCounts:
    counting_now = written[written["counted"].ne(False)]
    first = counting_now["known_at"].min() if len(counting_now) else None
    behind = len(written) - len(counting_now)
    return WriteCounts(selected.new - behind, selected.revised, selected.unchanged + behind, first)
