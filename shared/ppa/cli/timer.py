"""Timer in place of Cloud Scheduler: calls the functions over HTTP with the same headers."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime

import requests

from ppa.core.errors import PpaError
from ppa.ops.clock import Clock, utc_now
from ppa.outside.scheduling.calls import scheduler_headers
from ppa.outside.scheduling.schedules import Schedule, load_schedules

logger = logging.getLogger("ppa.timer")

# longest pause in seconds between looks at the clock: waits do not advance while the machine sleeps
MAX_PAUSE = 20.0
LAST_MOMENT = 2.0


class Timer:
    """Calls jobs by their schedules, one thread each. A call missed during another run is skipped; jobs catch up."""

    def __init__(
        self,
        base: str,
        schedules: Iterable[Schedule] = (),
        *,
        clock: Clock = utc_now,
        paused: Callable[[str], bool] = lambda job: False,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._base = base
        self._clock = clock
        self._paused = paused
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait
        self._threads = [
            threading.Thread(target=self._follow, args=(schedule,), name=f"timer-{schedule.job}", daemon=True)
            for schedule in schedules or load_schedules().values()
        ]

    def start(self) -> None:
        """Start the threads; each job is called at once for its last due time."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, waiting a moment for calls in progress; the next start completes unfinished work."""
        self._stopping.set()
        until = time.monotonic() + LAST_MOMENT
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    def _follow(self, schedule: Schedule) -> None:
        due = schedule.last_until(self._clock())
        while not self._stopping.is_set():
            self._call_unless_paused(schedule, due)
            due = schedule.next_after(max(due, self._clock()))
            self._wait_until(due)

    def _call_unless_paused(self, schedule: Schedule, due: datetime) -> None:
        try:
            if not self._paused(schedule.job):
                self._call(schedule, due)
        except PpaError as error:
            # the thread goes on: the job catches up at its next call
            logger.warning("%s was not called: %s", schedule.job, error)

    def _wait_until(self, due: datetime) -> None:
        while not self._stopping.is_set() and (left := (due - self._clock()).total_seconds()) > 0:
            self._pause(min(left, MAX_PAUSE))

    def _call(self, schedule: Schedule, due: datetime) -> None:
        headers = scheduler_headers(schedule.job, due)
        url = f"{self._base}/functions/{schedule.function}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.post(url, headers=headers, timeout=schedule.deadline_seconds).raise_for_status()
        except requests.RequestException as error:
            logger.warning("%s failed: %s", schedule.job, error)
