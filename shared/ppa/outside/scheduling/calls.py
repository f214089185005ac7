"""A call of a job as Cloud Scheduler makes it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ppa.ops.schedule_time import SCHEDULE_TIME
from ppa.outside.scheduling.schedules import Schedule

# calls the function of a schedule for a due time (UTC); returns its response
FunctionCall = Callable[[Schedule, datetime], Any]


def scheduler_headers(job: str, due: datetime) -> dict[str, str]:
    """What Cloud Scheduler sends with a call for the time `due` (UTC)."""
    return {
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": job,
        SCHEDULE_TIME: due.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
