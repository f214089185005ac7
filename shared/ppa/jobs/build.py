"""Build and rebuild the rows of `features_hourly`, a cache of a pure function of the observations."""

from collections import deque
from collections.abc import Iterator

import pandas as pd

from ppa.core.features.rows import as_of_time, row_hashes
from ppa.core.times import BEGINNING, END, HOUR, hours_between, utc
from ppa.platform import Platform
from ppa.repository.rows import CHUNK, Built, bar_span, buildable, built_rows, make_rows
from ppa.storage.arrow import to_table

RETIRED = "retired"


def build_rows(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[int]:
    """Build and store the rows of [since, until) in chunks, oldest first; yields the number of hours of each."""
    start, started = since, platform.now()
    while start < until:
        end = min(start + CHUNK, until)
        hours = hours_between(start, end)
        if len(hours):
            platform.warehouse.merge(
                "features_hourly", to_table(_with_metadata(platform, hours, started)), replace=True
            )
        yield len(hours)
        start = end


def rebuild_after(platform: Platform, known_at: pd.Timestamp | None = None) -> Iterator[int]:
    """Build missing rows, and rebuild every row that newer observations may change.

    These are observations known from `known_at` on, and those that came or ceased to count since the newest row was
    built. Rows whose bars have been withdrawn are retired. Yields the
    number of hours of each chunk.
    """
    retire_rows(platform)
    first, last = buildable(platform)
    if first is None or last is None:
        return
    built = built_rows(platform)
    # gaps: the hourly job may build the newest rows of a new catalogue first, and a build may be interrupted
    complete = (
        built and built.first <= first and len(hours_between(built.first, built.last + HOUR)) == built.rows
    )
    if built and complete:
        late = earliest_known_at(platform, built)
        first = max(first, min(_first_hour_using(t) for t in (built.last, known_at, late) if t is not None))
    yield from build_rows(platform, first, last + HOUR)


def retire_rows(platform: Platform) -> None:
    """Retire the rows of hours before the first bar and after the last one, whose bars have been withdrawn.

    A retired row keeps its hour and nothing else, under a catalogue version that nobody reads.
    """
    built, (first, last) = built_rows(platform), bar_span(platform)
    if built is None:
        return
    spans = [(BEGINNING, END)] if first is None or last is None else [(BEGINNING, first), (last + HOUR, END)]
    for since, until in spans:
        if built.first < until and built.last >= since:
            _retire(platform, since, until)


def _retire(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> None:
    version = platform.catalogue.version
    stored = platform.warehouse.query("row_hashes", since=since, until=until, catalogue_version=version)
    if len(stored):
        fields = {"catalogue_version": RETIRED, "row_hash": RETIRED, "built_at": platform.now()}
        rows = stored.select(["ts"]).to_pandas().assign(**fields)
        platform.warehouse.merge("features_hourly", to_table(rows), replace=True)


def has_late_history(platform: Platform) -> bool:
    """Return True if observations that came or ceased to count since the newest row was built may change a row."""
    built = built_rows(platform)
    late = built and earliest_known_at(platform, built)
    return bool(built and late and late <= as_of_time(built.last, platform.catalogue))


def rebuild_after_race(platform: Platform, known_at: pd.Timestamp | None, stored_from: pd.Timestamp) -> None:
    """Rebuild rows that were built while observations were being stored and may have missed them.

    Affected are rows built since `stored_from`, when storing began, that could use observations known from
    `known_at` on.
    """
    if known_at is None or known_at >= stored_from:
        return
    built = built_rows(platform)
    if built and built.at >= stored_from and known_at <= as_of_time(built.last, platform.catalogue):
        deque(rebuild_after(platform, known_at), maxlen=0)


def earliest_known_at(platform: Platform, built: Built) -> pd.Timestamp | None:
    """Return the earliest `known_at` among observations that came or ceased to count since the newest row was built."""
    earliest = platform.warehouse.query("earliest_known_at", stored_after=built.at)["known_at"].to_pylist()[0]
    return None if earliest is None else utc(earliest)


def _first_hour_using(known_at: pd.Timestamp) -> pd.Timestamp:
    """Return a lower bound of the first hour whose row can use an observation known at `known_at`."""
    return (known_at - 2 * HOUR).floor("h")


def _with_metadata(platform: Platform, hours: pd.DatetimeIndex, started: pd.Timestamp) -> pd.DataFrame:
    rows = make_rows(platform, hours)
    return rows.assign(
        catalogue_version=platform.catalogue.version, built_at=started, row_hash=row_hashes(rows)
    ).reset_index()
