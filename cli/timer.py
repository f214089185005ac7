"""A timer in place of Cloud Scheduler: calls the functions over HTTP, with the headers that it sends."""

import logging
import threading
from datetime import datetime

import requests

from shared.clock import utc_now
from shared.jobs.serving import SCHEDULE_TIME
from shared.schedules import Schedule, load_schedules

logger = logging.getLogger("ppa.timer")


class Timer:
    """A thread a schedule; a call that is missed while another runs is not made up for: the job catches up."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, args=(schedule,), name=f"timer-{schedule.job}", daemon=True)
            for schedule in load_schedules().values()
        ]

    def start(self) -> None:
        """Begin; every job is called once at once, for the time at which it was last due."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, and wait for calls that are under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _follow(self, schedule: Schedule) -> None:
        self._call(schedule, schedule.last_until(utc_now()))
        while not self._stopping.is_set():
            due = schedule.next_after(utc_now())
            if self._stopping.wait((due - utc_now()).total_seconds()):
                return
            self._call(schedule, due)

    def _call(self, schedule: Schedule, due: datetime) -> None:
        headers = scheduler_headers(schedule.job, due)
        url = f"{self._base}/functions/{schedule.function}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.post(url, headers=headers, timeout=schedule.deadline_seconds).raise_for_status()
        except requests.RequestException as error:
            logger.warning("%s failed: %s", schedule.job, error)


def scheduler_headers(job: str, due: datetime) -> dict[str, str]:
    """What Cloud Scheduler sends with a call."""
    return {
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": job,
        SCHEDULE_TIME: due.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
