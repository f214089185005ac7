"""Find late series: series whose newest value is older than their cadence and publication lag allow."""

from collections.abc import Iterator

import pandas as pd

from ppa.core.catalogue import Series
from ppa.platform import Platform
from ppa.repository.series_coverage import series_status

# bars arrive a few minutes after their hour, and an outage of an hour is tolerated
STALE_BARS = pd.Timedelta(hours=2)


def allowed_age(series: Series) -> pd.Timedelta:
    """Return the maximum age of a series, counted from the end of its newest period; an older series is late."""
    return series.max_age + STALE_BARS


def age_at(now: pd.Timestamp, newest: pd.Timestamp, series: Series) -> pd.Timedelta:
    """Age of a series at `now`, from the end of its `newest` period."""
    return now - (newest + series.period)


def late_series(platform: Platform) -> Iterator[tuple[str, pd.Timedelta]]:
    """Yield every stored series that is late, with its age."""
    newest = series_status(platform)["newest_event"]
    for name, series in platform.catalogue.series.items():
        if name in newest.index:
            age = age_at(platform.now(), newest[name], series)
            if age > allowed_age(series):
                yield name, age
