"""Logical time of a scheduled call, from the header sent by Cloud Scheduler."""

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.times import parse_time

SCHEDULE_TIME = "X-CloudScheduler-ScheduleTime"


def logical_time(header: str | None, now: pd.Timestamp) -> pd.Timestamp:
    """Logical time of a run: the schedule's time, equal for all retries, or the current minute for a manual run.

    Raises `BadInput` if the header cannot be parsed.
    """
    if header is None:
        return now.floor("min")
    try:
        return parse_time(header)
    except ValueError:
        raise BadInput(f"{SCHEDULE_TIME} is {header!r}; use a time such as 2026-01-31T12:07:00Z.") from None
