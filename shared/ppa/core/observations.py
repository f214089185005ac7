"""Selection of delivered observations to store, with the time from which each is known.

Stored values are never overwritten: a value that differs from the stored one is a revision, a new observation with a
later `known_at`. All times are `datetime64[us, UTC]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ppa.core.catalogue import Catalogue
from ppa.core.publication import publication_times

# the columns of what a source delivers
OBSERVATION_COLUMNS = ("series", "event_time", "known_at", "value", "source")
PERIOD = ["series", "event_time"]
KEY = [*PERIOD, "known_at"]
STORED_COLUMNS = [*KEY, "value", "source", "basis", "ingested_at"]
VINTAGE, LAG, ARRIVAL, REVISED = "vintage", "lag", "arrival", "revision"
# a revision is known after the value it revises, even if both arrive at the same time
TICK = pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class SelectedObservations:
    """Observations to store, with the number of new, revised and unchanged values delivered."""

    rows: pd.DataFrame
    new: int
    revised: int
    unchanged: int


def select_observations(
    delivered: pd.DataFrame,
    stored: pd.DataFrame,
    *,
    catalogue: Catalogue,
    followed_since: Mapping[str, pd.Timestamp],
    now: datetime,
    exact_vintages: bool = False,
) -> SelectedObservations:
    """Select the observations to store from `delivered` (columns `OBSERVATION_COLUMNS`), and set their known_at.

    `stored` holds the newest stored value and its known_at for each series and event_time; `followed_since` maps a
    series to the time of its first stored observation. known_at is the source's vintage, or else the end of the period
    plus the catalogue's lag. A value published after the platform began to follow its series is known from `now` at the
    earliest, unless the vintages are exact. A revision without a vintage is known from `now`.
    """
    rows = delivered.sort_values("known_at", kind="stable", na_position="first")
    rows = rows.drop_duplicates(KEY, keep="last", ignore_index=True)
    before = stored.set_index(PERIOD).reindex(pd.MultiIndex.from_frame(rows[PERIOD])).reset_index(drop=True)
    is_new, same = before["value"].isna(), before["value"] == rows["value"]
    stamped = _stamped(
        rows, before["known_at"], ~is_new & ~same, catalogue, followed_since, now, exact_vintages
    )
    # older vintages are always kept, since storing a key twice has no effect; they are never revisions
    basis, latest = stamped["basis"], ~rows.duplicated(PERIOD, keep="last")
    keep = (basis == VINTAGE) | (is_new & (basis == LAG)) | (~same & latest)
    new, revised = int((is_new & keep).sum()), int((~is_new & ~same & keep).sum())
    return SelectedObservations(
        stamped.loc[keep, STORED_COLUMNS], new, revised, len(delivered) - new - revised
    )


def imported_observations(
    values: pd.DataFrame,
    *,
    catalogue: Catalogue,
    followed_since: Mapping[str, pd.Timestamp],
    now: datetime,
    as_revision: bool,
) -> pd.DataFrame:
    """Return the rows of `observations` of an import, without regard to what is stored.

    Every value is known as history, as if it were the first of its period. With `as_revision`, each is also known from
    `now`, so that it revises the value that its source has stated before.
    """
    nothing = pd.DataFrame({name: values[name].iloc[:0] for name in (*KEY, "value")})
    rows = select_observations(
        values, nothing, catalogue=catalogue, followed_since=followed_since, now=now
    ).rows
    if not as_revision:
        return rows
    moment = pd.Timestamp(now).as_unit("us")
    earlier = rows[rows["known_at"] < moment]
    return pd.concat([rows, earlier.assign(known_at=moment, basis=REVISED)], ignore_index=True)


def _stamped(
    rows: pd.DataFrame,
    known_before: "pd.Series[pd.Timestamp]",
    differs: "pd.Series[bool]",
    catalogue: Catalogue,
    followed_since: Mapping[str, pd.Timestamp],
    now: datetime,
    exact_vintages: bool,
) -> pd.DataFrame:
    moment = pd.Timestamp(now).as_unit("us")
    vintage = rows["known_at"].notna()
    by_lag = publication_times(rows["series"], rows["event_time"], catalogue)
    natural = rows["known_at"].astype(by_lag.dtype).fillna(by_lag)
    first_contact = rows["series"].map(dict(followed_since)).astype(by_lag.dtype).fillna(moment)
    history = (natural < first_contact) & (vintage | ~differs)
    if exact_vintages:
        history |= vintage
    return rows.assign(
        known_at=natural.where(history, _latest(natural, moment, known_before + TICK)).astype(by_lag.dtype),
        basis=np.select([history & vintage, history], [VINTAGE, LAG], ARRIVAL),
        ingested_at=moment,
    )


def _latest(
    natural: "pd.Series[pd.Timestamp]", moment: pd.Timestamp, after: "pd.Series[pd.Timestamp]"
) -> "pd.Series[pd.Timestamp]":
    received = natural.where(natural > moment, moment)
    return received.mask(after > received, after)
