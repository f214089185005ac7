"""A call of a job as Cloud Scheduler makes it."""

from datetime import datetime

from shared.jobs.serving import SCHEDULE_TIME


def scheduler_headers(job: str, due: datetime) -> dict[str, str]:
    """What Cloud Scheduler sends with a call for the time `due` (UTC)."""
    return {
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": job,
        SCHEDULE_TIME: due.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
