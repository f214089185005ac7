"""Keep `features_hourly` what it is: a cache of the pure function of the observations."""

from collections import deque
from collections.abc import Iterator

import pandas as pd

from ppa.core.features.rows import as_of_time, row_hashes
from ppa.core.times import HOUR, hours_between, utc
from ppa.platform import Platform
from ppa.repository.rows import CHUNK, Built, buildable, built_rows, make_rows
from ppa.storage.arrow import to_table


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
        late = earliest_known_at(platform, built)
        first = max(first, min(_first_cut_after(t) for t in (built.last, known_at, late) if t is not None))
    yield from build_rows(platform, first, last + HOUR)


def has_late_history(platform: Platform) -> bool:
    """Whether what was stored since the newest row was built may change a row: history that came late."""
    built = built_rows(platform)
    late = built and earliest_known_at(platform, built)
    return bool(built and late and late <= as_of_time(built.last, platform.catalogue))


def rebuild_after_race(platform: Platform, known_at: pd.Timestamp | None, stored_from: pd.Timestamp) -> None:
    """Make rows anew that were built while what was stored from `stored_from` on was on its way into the store.

    They could have known it, from `known_at` on, and look as if they did.
    """
    if known_at is None or known_at >= stored_from:
        return
    built = built_rows(platform)
    if built and built.at >= stored_from and known_at <= as_of_time(built.last, platform.catalogue):
        deque(rebuild_after(platform, known_at), maxlen=0)


def earliest_known_at(platform: Platform, built: Built) -> pd.Timestamp | None:
    """The earliest moment from which anything is known that was stored after the newest row's build began."""
    found = platform.warehouse.query("earliest_known_at", stored_after=built.at)["known_at"].to_pylist()[0]
    return None if found is None else utc(found)


def _first_cut_after(moment: pd.Timestamp) -> pd.Timestamp:
    """An hour no later than the first one that what is known from a moment on can be in."""
    return (moment - 2 * HOUR).floor("h")


def _stored_form(platform: Platform, hours: pd.DatetimeIndex, began: pd.Timestamp) -> pd.DataFrame:
    rows = make_rows(platform, hours)
    return rows.assign(
        catalogue_version=platform.catalogue.version, built_at=began, row_hash=row_hashes(rows)
    ).reset_index()
