"""The time that a scheduled call is about, from the header that Cloud Scheduler sends."""

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.times import utc

SCHEDULE_TIME = "X-CloudScheduler-ScheduleTime"


def logical_time(header: str | None, now: pd.Timestamp) -> pd.Timestamp:
    """The time a run is about: Scheduler's, the same for every retry; the full minute for a run by hand."""
    if header is None:
        return now.floor("min")
    try:
        return utc(header)
    except ValueError:
        raise BadInput(f"{SCHEDULE_TIME} is {header!r}; give a time such as 2026-01-31T12:07:00Z.") from None
