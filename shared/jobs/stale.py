"""Series that are late: nothing newer than their cadence and their publication lag allow."""

import logging
from collections.abc import Iterator

import pandas as pd

from shared.catalogue import Series
from shared.jobs.reach import series_status
from shared.platform import Platform

logger = logging.getLogger("ppa.jobs")

# a bar arrives some minutes after its hour, and a source may be down for one
STALE_BARS = pd.Timedelta(hours=2)


def allowed_age(series: Series) -> pd.Timedelta:
    """From the end of a series' newest period on; one that is older is late."""
    return series.max_age + STALE_BARS


def log_late(platform: Platform) -> None:
    """A line for every series that is late; terraform/monitoring.tf alerts on these events."""
    for name, age in late_series(platform) if platform.feed.live else ():
        late = {"series": name, "age_hours": round(age / pd.Timedelta(hours=1), 2)}
        fields = {"event": "stale_feature"} | late
        logger.warning("series %s is late: %s hours old", *late.values(), extra={"fields": fields})


def late_series(platform: Platform) -> Iterator[tuple[str, pd.Timedelta]]:
    """Every stored series that is late, and its age."""
    newest = series_status(platform)["newest_event"]
    for name, series in platform.catalogue.series.items():
        if name in newest.index:
            age = platform.now() - (newest[name] + series.period)
            if age > allowed_age(series):
                yield name, age
