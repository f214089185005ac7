"""Keep `features_hourly` what it is: a cache of the pure function of the observations."""

from collections.abc import Iterator

import pandas as pd

from shared.features import as_of_frame, as_of_time, history_needed, last_closed_hour, row_hashes
from shared.frames import END, HOUR, hours_between, to_frame, to_table, utc
from shared.jobs.record import series_status
from shared.platform import Platform

CHUNK = pd.Timedelta(days=732)


def make_rows(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of some hours, from the observations that were known by then."""
    return as_of_frame(observations_for(platform, hours), platform.catalogue, hours)


def observations_for(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The observations that the rows of some hours may use."""
    catalogue, first = platform.catalogue, hours.min()
    needs: dict[pd.Timestamp, list[str]] = {}
    for name, series in catalogue.series.items():
        needs.setdefault(history_needed(first, series), []).append(name)
    cut = as_of_time(hours.max(), catalogue)
    tables = [
        platform.warehouse.query("observations", series=names, since=since, known_until=cut)
        for since, names in needs.items()
    ]
    return pd.concat([to_frame(table) for table in tables], ignore_index=True)


def build_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[int]:
    """Make and store the rows of [since, until), a chunk at a time; yields how many hours are done."""
    start = since
    while start < until:
        end = min(start + CHUNK, until)
        hours = hours_between(start, end)
        if len(hours):
            platform.warehouse.merge("features_hourly", to_table(_stored_form(platform, hours)), replace=True)
        yield len(hours)
        start = end


def rebuild_after(platform: Platform, known_at: pd.Timestamp | None) -> Iterator[int]:
    """Build what is missing, and again every row that observations known from `known_at` on may change."""
    first, last = buildable(platform)
    if first is None or last is None:
        return
    begun, built, hours = _span(platform)
    # the hourly job may have made the newest rows of a new catalogue first; a build that was killed leaves a hole
    whole = begun is not None and begun <= first and len(hours_between(begun, built + HOUR)) == hours
    since = min(t for t in (built, known_at) if t is not None) if whole else first
    yield from build_rows(platform, max(first, (since - 2 * HOUR).floor("h")), last + HOUR)


def buildable(platform: Platform) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """The first and last hour that rows are kept for: those with bars, as far as they have closed."""
    status = series_status(platform)
    bars = [
        a.series("close") for a in platform.catalogue.assets.values() if a.series("close") in status.index
    ]
    if not bars:
        return None, None
    last_bar = status.loc[bars, "newest_event"].max()
    closed = last_closed_hour(platform.now(), platform.catalogue)
    return status.loc[bars, "first_event"].min(), min(last_bar, closed)


def built_until(platform: Platform) -> pd.Timestamp | None:
    """The last hour that has a row of the present catalogue."""
    begun, built, _ = _span(platform)
    return None if begun is None else built


def stored_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Rows of [since, until) as they are cached: indexed by ts, a column a feature, and `row_hash`."""
    table = platform.warehouse.query(
        "feature_rows", since=since, until=until, catalogue_version=platform.catalogue.version
    )
    columns = ["ts", "row_hash", *platform.catalogue.feature_names]
    return to_frame(table.select(columns)).set_index("ts").sort_index()


def held_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """The same from memory, for pages: as it is stored, but read only where it has changed."""
    rows = platform.memory.rows(platform.warehouse, platform.catalogue)
    first, end = rows.index.searchsorted([since, until])
    return rows.iloc[first:end]


def _span(platform: Platform) -> tuple[pd.Timestamp | None, pd.Timestamp, int]:
    """The first and the last hour that have a row of the present catalogue, and how many there are; None, END, 0."""
    table = platform.warehouse.query("feature_span", catalogue_version=platform.catalogue.version)
    span = table.to_pylist()[0]
    if not span["hours"]:
        return None, END, 0
    return utc(span["first_hour"]), utc(span["last_hour"]), span["hours"]


def _stored_form(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    rows = make_rows(platform, hours)
    return rows.assign(
        catalogue_version=platform.catalogue.version, built_at=platform.now(), row_hash=row_hashes(rows)
    ).reset_index()
