"""Keep `features_hourly` what it is: a cache of the pure function of the observations."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from shared.features import as_of_frame, as_of_time, history_needed, last_closed_hour, row_hashes
from shared.frames import HOUR, hours_between, to_frame, to_table, utc
from shared.jobs.reach import series_status
from shared.platform import Platform

CHUNK = pd.Timedelta(days=732)


@dataclass(frozen=True)
class Built:
    """The first and the last hour with a row of the present catalogue, how many rows, and since when the last is so.

    `at` is when the build of the last row began: it, and all before it, know what was stored by then.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    rows: int
    at: pd.Timestamp


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
    """Make and store the rows of [since, until), a chunk at a time, the newest last; yields how many hours are done."""
    start, began = since, platform.now()
    while start < until:
        end = min(start + CHUNK, until)
        hours = hours_between(start, end)
        if len(hours):
            platform.warehouse.merge(
                "features_hourly", to_table(_stored_form(platform, hours, began)), replace=True
            )
        yield len(hours)
        start = end


def rebuild_after(platform: Platform, known_at: pd.Timestamp | None = None) -> Iterator[int]:
    """Build what is missing, and again every row that other observations than it was made of may change.

    Those are the ones known from `known_at` on, and what was stored since the newest row was built.
    """
    first, last = buildable(platform)
    if first is None or last is None:
        return
    built = built_rows(platform)
    # the hourly job may have made the newest rows of a new catalogue first; a build that was killed leaves a hole
    whole = (
        built and built.first <= first and len(hours_between(built.first, built.last + HOUR)) == built.rows
    )
    if built and whole:
        late = known_since(platform, built)
        first = max(first, min(_first_cut_after(t) for t in (built.last, known_at, late) if t is not None))
    yield from build_rows(platform, first, last + HOUR)


def outdated(platform: Platform) -> bool:
    """Whether what was stored since the newest row was built may change a row: history that came late."""
    built = built_rows(platform)
    late = built and known_since(platform, built)
    return bool(built and late and late <= as_of_time(built.last, platform.catalogue))


def rebuild_overtaken(platform: Platform, known_at: pd.Timestamp | None, stored_from: pd.Timestamp) -> None:
    """Make rows anew that were built while what was stored from `stored_from` on was on its way into the store.

    They could have known it, from `known_at` on, and look as if they did.
    """
    if known_at is None or known_at >= stored_from:
        return
    built = built_rows(platform)
    if built and built.at >= stored_from and known_at <= as_of_time(built.last, platform.catalogue):
        deque(rebuild_after(platform, known_at), maxlen=0)


def known_since(platform: Platform, built: Built) -> pd.Timestamp | None:
    """The earliest moment from which anything is known that was stored after the newest row's build began."""
    found = platform.warehouse.query("known_since", stored_after=built.at)["known_at"].to_pylist()[0]
    return None if found is None else utc(found)


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


def built_rows(platform: Platform) -> Built | None:
    """Which rows of the present catalogue there are; None where there are none."""
    table = platform.warehouse.query("feature_span", catalogue_version=platform.catalogue.version)
    span = table.to_pylist()[0]
    if not span["hours"]:
        return None
    return Built(utc(span["first_hour"]), utc(span["last_hour"]), span["hours"], utc(span["built_at"]))


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


def _first_cut_after(moment: pd.Timestamp) -> pd.Timestamp:
    """An hour no later than the first one that what is known from a moment on can be in."""
    return (moment - 2 * HOUR).floor("h")


def _stored_form(platform: Platform, hours: pd.DatetimeIndex, began: pd.Timestamp) -> pd.DataFrame:
    rows = make_rows(platform, hours)
    return rows.assign(
        catalogue_version=platform.catalogue.version, built_at=began, row_hash=row_hashes(rows)
    ).reset_index()
