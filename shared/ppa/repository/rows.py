"""Hourly feature rows: cached ones, and rows built from the observations known at their time."""

from dataclasses import dataclass

import pandas as pd

from ppa.core.catalogue import Catalogue
from ppa.core.features.rows import as_of_frame, as_of_time, history_needed, last_closed_hour
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_frame

CHUNK = pd.Timedelta(days=732)


@dataclass(frozen=True)
class Built:
    """First and last hour with a row of the current catalogue, and the number of rows.

    `at` is when the build of the last row started: all rows include the observations stored by then.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    rows: int
    at: pd.Timestamp


def make_rows(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """Build the rows of `hours` from the observations known at each hour's as-of time."""
    return as_of_frame(observations_for(platform, hours), platform.catalogue, hours)


def observations_for(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the observations that the rows of `hours` may use."""
    cut = as_of_time(hours.max(), platform.catalogue)
    tables = [
        platform.warehouse.query("observations", series=names, since=since, known_until=cut)
        for since, names in series_by_history(platform.catalogue, hours.min()).items()
    ]
    return pd.concat([to_frame(table) for table in tables], ignore_index=True)


def series_by_history(catalogue: Catalogue, first: pd.Timestamp) -> dict[pd.Timestamp, list[str]]:
    """Group the series by the earliest period (UTC) that a row at or after `first` can use."""
    needs: dict[pd.Timestamp, list[str]] = {}
    for name, series in catalogue.series.items():
        needs.setdefault(history_needed(first, series), []).append(name)
    return needs


def buildable(platform: Platform) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the first and last closed hour with bars, for which rows are built; None without bars."""
    first, last = bar_span(platform)
    closed = last_closed_hour(platform.now(), platform.catalogue)
    return first, None if last is None else min(last, closed)


def bar_span(platform: Platform) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the first and last hour with bars of any asset; None without bars."""
    status = series_status(platform)
    closes = [asset.series("close") for asset in platform.catalogue.assets.values()]
    bars = status[status.index.isin(closes)]
    return (None, None) if bars.empty else (bars["first_event"].min(), bars["newest_event"].max())


def built_rows(platform: Platform) -> Built | None:
    """Return the span of cached rows of the current catalogue; None if there are none."""
    table = platform.warehouse.query("feature_span", catalogue_version=platform.catalogue.version)
    span = table.to_pylist()[0]
    if not span["hours"]:
        return None
    return Built(utc(span["first_hour"]), utc(span["last_hour"]), span["hours"], utc(span["built_at"]))


def stored_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the cached rows of [since, until), indexed by ts (UTC): `row_hash` and one column per feature."""
    table = platform.warehouse.query(
        "feature_rows", since=since, until=until, catalogue_version=platform.catalogue.version
    )
    columns = ["ts", "row_hash", *platform.catalogue.feature_names]
    return to_frame(table.select(columns)).set_index("ts").sort_index()


def held_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the cached rows of [since, until) from the series cache, which reads only changed rows; for pages."""
    rows = platform.series_cache.rows(platform.warehouse, platform.catalogue)
    first, end = rows.index.searchsorted([since, until])
    return rows.iloc[first:end]
