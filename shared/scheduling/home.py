"""The schedules at home: a timer in the app's own process calls what is not paused; the warehouse keeps pauses."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import functions_framework

from shared.errors import Unavailable
from shared.platform import Platform
from shared.schedules import Schedule, load_schedules
from shared.scheduling.calls import scheduler_headers
from shared.scheduling.events import newest_events, pause_of
from shared.scheduling.interface import State
from shared.tracing import trace_headers

FUNCTIONS = Path(__file__).parents[2] / "functions"


class HomeScheduler:
    """`Scheduler` whose state is what `schedule_events` says; a run by hand goes through the function as deployed."""

    def __init__(self, platform: Platform) -> None:
        self._warehouse, self._clock = platform.warehouse, platform.clock

    def states(self) -> Mapping[str, State]:
        """As the protocol says."""
        events, now = newest_events(self._warehouse), self._clock()
        paused = {job for job, done in events.items() if pause_of(done)}
        return {
            job: State(job in paused, None if job in paused else schedule.next_after(now))
            for job, schedule in load_schedules().items()
        }

    def is_paused(self, job: str) -> bool:
        """Whether the timer is to leave it out."""
        return pause_of(newest_events(self._warehouse).get(job, {})) is not None

    def pause(self, schedule: Schedule) -> None:
        """The event that is written down is the pause."""

    def resume(self, schedule: Schedule) -> None:
        """As with a pause."""

    def run(self, schedule: Schedule) -> str:
        """Call the function in this process, and wait for it."""
        answer = call_function(schedule, self._clock())
        if answer.status_code >= 400:
            raise Unavailable(f"{schedule.job} ran and failed: {answer.get_json()['detail']}")
        rows = answer.get_json().get("rows", 0)
        return f"{schedule.job} ran: {rows} {'row' if rows == 1 else 'rows'} written."


def call_function(schedule: Schedule, due: datetime) -> Any:
    """A call as Cloud Scheduler makes it, for the full minute of `due`, without a socket."""
    return (
        _function(schedule.function)
        .test_client()
        .post(
            f"/?{schedule.query}",
            headers=scheduler_headers(schedule.job, due.replace(second=0)) | trace_headers(),
        )
    )


@cache
def _function(name: str) -> Any:
    return functions_framework.create_app(name, str(FUNCTIONS / name / "main.py"))  # type: ignore[no-untyped-call]
