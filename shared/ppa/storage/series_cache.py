"""Series and rows that pages read again and again, held in memory and brought up to date when their table changes.

Everything here equals what is stored, revisions and rebuilt rows included; yet the hourly job and the proof
of parity read the warehouse itself. Writers stamp what they write before it can be seen, so what was stamped within
`OVERLAP` of the newest is read again; where the number of rows is not the stored one, or a row has begun or ceased to
count, all of them are. What is new is looked for in recent partitions, so that a refresh scans those and not the whole
table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from ppa.core.catalogue import Catalogue, Series
from ppa.core.features.rows import HOUR_US, Ints, age_us, microseconds, newest_by_known
from ppa.core.features.transforms import Floats
from ppa.core.times import BEGINNING
from ppa.storage.arrow import to_frame
from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse import Warehouse

OVERLAP = pd.Timedelta(hours=1)
# What is new is about recent periods, which are partitions of their own; what is not shows by the number of rows.
RECENT = pd.Timedelta(days=35)


@dataclass(frozen=True)
class Vintages:
    """Every value that one series has had: event_time, known_at (UTC), value, in that order.

    `stamp` is when the last one was stored, `changed` when one last began or ceased to count.
    """

    frame: pd.DataFrame
    stamp: pd.Timestamp
    changed: pd.Timestamp

    @cached_property
    def newest(self) -> "pd.Series[float]":
        """The newest known value of every period, indexed by its event time."""
        newest = self.frame.drop_duplicates("event_time", keep="last")
        return pd.Series(newest["value"].to_numpy(), index=pd.DatetimeIndex(newest["event_time"]))

    def age_hours(self, hours: pd.DatetimeIndex, series: Series, grace: timedelta) -> Floats:
        """Age of the level in each row, in hours since the end of its period; NaN if the row has no level."""
        ends = microseconds(hours) + HOUR_US
        known_at, events = self._by_known
        place = np.searchsorted(known_at, ends + _us(grace), side="right") - 1
        if not len(known_at):
            return np.full(len(hours), np.nan)
        ages = age_us(ends, events[place], series)
        return np.where((place < 0) | (ages > _us(series.max_age)), np.nan, ages / HOUR_US)

    @cached_property
    def _by_known(self) -> tuple[Ints, Ints]:
        times = (microseconds(pd.DatetimeIndex(self.frame[name])) for name in ("known_at", "event_time"))
        known_at, events = times
        order = np.lexsort((events, known_at))
        return newest_by_known(known_at[order], events[order], self.frame["value"].to_numpy()[order])[:2]


class SeriesCache:
    """Series and rows as they are stored now; safe to use from several threads."""

    def __init__(self) -> None:
        self._cache = SingleFlightCache()

    def vintages(self, warehouse: Warehouse, series: str) -> Vintages:
        """Every value that a series has had."""
        token = warehouse.version_token("observations")
        return self._cache.update(
            ("vintages", series), lambda previous: _vintages(warehouse, series, previous), token
        )

    def rows(self, warehouse: Warehouse, catalogue: Catalogue) -> pd.DataFrame:
        """All rows of a catalogue: indexed by ts, a float64 column a feature, and `row_hash`. Not to be changed."""
        token = warehouse.version_token("features_hourly")
        return self._cache.update(
            ("rows", catalogue.version), lambda previous: _rows(warehouse, catalogue, previous), token
        ).frame

    def rows_if_held(self, warehouse: Warehouse, catalogue: Catalogue) -> pd.DataFrame | None:
        """`rows`, brought up to date, if they were read before; None if all of them would have to be read."""
        return self.rows(warehouse, catalogue) if ("rows", catalogue.version) in self._cache else None


@dataclass(frozen=True)
class _Rows:
    frame: pd.DataFrame
    stamp: pd.Timestamp


def _vintages(warehouse: Warehouse, series: str, previous: Vintages | None) -> Vintages:
    stamp, period = (
        (BEGINNING, BEGINNING)
        if previous is None or previous.frame.empty
        else (previous.stamp - OVERLAP, previous.frame["event_time"].iloc[-1] - RECENT)
    )
    fresh = to_frame(warehouse.query("vintages", one_series=series, stored_from=stamp, since=period))
    frame = fresh[["event_time", "known_at", "value"]]
    if fresh.empty:
        return (
            Vintages(frame, BEGINNING, BEGINNING) if previous is None else _vintages(warehouse, series, None)
        )
    stamp, changed = fresh["ingested_at"].max(), fresh["changed"].fillna(BEGINNING).iloc[0]
    if previous is None:
        return Vintages(frame, stamp, changed)
    frame = pd.concat([previous.frame, frame]).drop_duplicates(["event_time", "known_at"], keep="last")
    if changed == previous.changed and len(frame) == fresh["stored"].iloc[0]:
        return Vintages(frame.sort_values(["event_time", "known_at"], ignore_index=True), stamp, changed)
    return _vintages(warehouse, series, None)


def _rows(warehouse: Warehouse, catalogue: Catalogue, previous: _Rows | None) -> _Rows:
    stamp, hour = (
        (BEGINNING, BEGINNING)
        if previous is None or previous.frame.empty
        else (previous.stamp - OVERLAP, previous.frame.index[-1] - RECENT)
    )
    table = warehouse.query(
        "feature_rows_built", catalogue_version=catalogue.version, built_from=stamp, since=hour
    )
    fresh = to_frame(table.select(["ts", "row_hash", *catalogue.feature_names])).set_index("ts")
    stamps = to_frame(table.select(["built_at", "stored", "made"]))
    if previous is None or previous.frame.empty:
        return _Rows(fresh, stamps["built_at"].max() if len(fresh) else BEGINNING)
    kept = previous.frame[~previous.frame.index.isin(fresh.index)]
    frame = _in_order([kept, fresh])
    if len(fresh) and [len(frame), len(fresh)] == stamps[["stored", "made"]].iloc[0].tolist():
        return _Rows(frame, stamps["built_at"].max())
    return _rows(warehouse, catalogue, None)


def _in_order(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat([part for part in parts if len(part)])
    return frame if frame.index.is_monotonic_increasing else frame.sort_index()


def _us(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)
