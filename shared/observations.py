"""What is stored of what a source delivers, and since when it counts as known.

Nothing is overwritten: a value that differs from the stored one is a revision, a new observation with a
later `known_at`. Pure: frames in, frames out. All times are `datetime64[us, UTC]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from shared.catalogue import Catalogue

# a series is followed live from the first value that was stored this soon after it could be known
FRESH = timedelta(minutes=15)
STORED_COLUMNS = ("series", "event_time", "known_at", "value", "source", "basis", "ingested_at")


@dataclass(frozen=True)
class Intake:
    """Observations to store, and how many of those delivered were new, revised or there already."""

    rows: pd.DataFrame
    new: int
    revised: int
    unchanged: int


def take_in(
    delivered: pd.DataFrame,
    stored: pd.DataFrame,
    *,
    catalogue: Catalogue,
    followed_since: Mapping[str, pd.Timestamp],
    now: datetime,
) -> Intake:
    """Choose and stamp what to store of `delivered` (OBSERVATION_COLUMNS).

    `stored` is the newest value of each series and event_time already there; `followed_since` says since
    when the platform follows a series live. `known_at` is the source's own vintage where it has one; else
    the end of the period plus the catalogue's lag for history from before that moment, and never earlier
    than `now` for what came after.
    """
    unique = delivered.drop_duplicates(["series", "event_time", "known_at"], keep="last")
    before = stored.set_index(["series", "event_time"])["value"]
    previous = before.reindex(pd.MultiIndex.from_frame(unique[["series", "event_time"]])).to_numpy()
    vintage = unique["known_at"].notna().to_numpy()
    is_new = pd.isna(previous)
    unchanged = previous == unique["value"].to_numpy()
    keep = vintage | ~unchanged
    rows = _stamped(unique, vintage, is_new, catalogue, followed_since, now)[keep]
    new, revised = int((is_new & keep).sum()), int((~is_new & ~unchanged).sum())
    return Intake(rows[list(STORED_COLUMNS)], new, revised, len(delivered) - new - revised)


def _stamped(
    rows: pd.DataFrame,
    vintage: "pd.api.extensions.ExtensionArray | object",
    is_new: object,
    catalogue: Catalogue,
    followed_since: Mapping[str, pd.Timestamp],
    now: datetime,
) -> pd.DataFrame:
    moment = pd.Timestamp(now).as_unit("us")
    natural = rows["event_time"] + rows["series"].map(_delays(catalogue))
    live_from = rows["series"].map(dict(followed_since)).astype(natural.dtype).fillna(moment - FRESH)
    history = pd.Series(is_new, index=rows.index) & (natural < live_from)
    arrival = natural.where(natural > moment, moment)
    basis = history.map({True: "lag", False: "arrival"})
    own = pd.Series(vintage, index=rows.index)
    return rows.assign(
        known_at=rows["known_at"].where(own, natural.where(history, arrival)).astype(natural.dtype),
        basis=basis.where(~own, "vintage"),
        ingested_at=moment,
    )


def _delays(catalogue: Catalogue) -> dict[str, pd.Timedelta]:
    return {name: pd.Timedelta(series.period + series.lag) for name, series in catalogue.series.items()}
