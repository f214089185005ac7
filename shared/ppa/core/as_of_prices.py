"""Comparison of the closes that rows had with the newest known ones, which labels and outcomes use.

A provider revises few closes, and by little. Where rows and labels use different prices in more than a trace of the
hours, the rows are about other hours or another market than the labels, and a model may learn from the difference.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from ppa.core.times import HOUR

# relative difference from which two closes are different, beyond the rounding of sums
SAME = 1e-9
MAX_SHARE, MAX_DIFFERENCE = 0.01, 0.05


@dataclass(frozen=True)
class ClosePair:
    """As-of and newest close of every hour that has both.

    `frame` is indexed by hour (UTC) and has the columns as_of, newest and known_at, the time from which the newest
    close was known.
    """

    frame: pd.DataFrame

    def within(
        self, since: pd.Timestamp, until: pd.Timestamp, accepted_until: pd.Timestamp | None = None
    ) -> "CloseMismatch | None":
        """Return how the closes of [since, until) differ, None if they are the same.

        Newest closes that were known by `accepted_until` (UTC) are not counted as different.
        """
        first, end = self.frame.index.searchsorted([since, until])
        closes = self.frame.iloc[first:end]
        apart = (closes["newest"] / closes["as_of"] - 1).abs()
        open_ones = True if accepted_until is None else closes["known_at"] > accepted_until
        far = apart[(apart > SAME) & open_ones]
        if far.empty:
            return None
        return CloseMismatch(
            len(closes),
            len(far),
            float(far.max()),
            far.index[0],
            far.index[-1],
            pd.Timestamp(str(far.idxmax())),
        )


@dataclass(frozen=True)
class CloseMismatch:
    """Number of hours compared and of those that differ, the largest relative difference, and where (UTC)."""

    hours: int
    differing: int
    largest: float
    first: pd.Timestamp
    last: pd.Timestamp
    worst: pd.Timestamp

    @property
    def serious(self) -> bool:
        """True if rows and labels must not be used together."""
        return self.differing > MAX_SHARE * self.hours or self.largest > MAX_DIFFERENCE

    def sentence(self, series: str, stated_by: str) -> str:
        """Return a sentence that names the hours and the import or source whose values differ."""
        return (
            f"{series}: the close of {self.differing:,} of {self.hours:,} hours in the rows differs from the newest "
            f"known one, which labels use, by up to {self.largest:.1%} at {self.worst:%Y-%m-%d %H:%M}, from "
            f"{self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC; these values come from {stated_by}."
        )


def close_pairs(vintages: pd.DataFrame, grace: timedelta) -> ClosePair:
    """Pair the closes of each hour; `vintages` has event_time, known_at and value, sorted by the first two."""
    events = vintages["event_time"]
    in_time = np.asarray(vintages["known_at"] <= events + HOUR + grace)
    # a value that is stated again has been known since it was first stated
    restated = events.eq(events.shift()) & vintages["value"].eq(vintages["value"].shift())
    newest = vintages[~restated].drop_duplicates("event_time", keep="last").set_index("event_time")
    as_of = vintages[in_time].drop_duplicates("event_time", keep="last").set_index("event_time")["value"]
    newest = newest.reindex(as_of.index)
    return ClosePair(
        pd.DataFrame({"as_of": as_of, "newest": newest["value"], "known_at": newest["known_at"]})
    )
