"""Series that are late: nothing newer than their cadence and their publication lag allow."""

from collections.abc import Iterator

import pandas as pd

from ppa.core.catalogue import Series
from ppa.platform import Platform
from ppa.repository.series_coverage import series_status

# a bar arrives some minutes after its hour, and a source may be down for one
STALE_BARS = pd.Timedelta(hours=2)


def allowed_age(series: Series) -> pd.Timedelta:
    """From the end of a series' newest period on; one that is older is late."""
    return series.max_age + STALE_BARS


def age_at(now: pd.Timestamp, newest: pd.Timestamp, series: Series) -> pd.Timedelta:
    """Age of a series at `now`, from the end of its `newest` period."""
    return now - (newest + series.period)


def late_series(platform: Platform) -> Iterator[tuple[str, pd.Timedelta]]:
    """Every stored series that is late, and its age."""
    newest = series_status(platform)["newest_event"]
    for name, series in platform.catalogue.series.items():
        if name in newest.index:
            age = age_at(platform.now(), newest[name], series)
            if age > allowed_age(series):
                yield name, age
