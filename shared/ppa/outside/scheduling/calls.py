"""HTTP calls of jobs in the format of Cloud Scheduler."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ppa.ops.schedule_time import SCHEDULE_TIME
from ppa.outside.scheduling.schedules import Schedule

# calls the function of a schedule for a due time (UTC) and returns its response
FunctionCall = Callable[[Schedule, datetime], Any]


def scheduler_headers(job: str, due: datetime) -> dict[str, str]:
    """Headers that Cloud Scheduler sends with a call that is due at `due` (UTC)."""
    return {
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": job,
        SCHEDULE_TIME: due.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
