"""Scheduler on a local machine: a timer in the app's process calls the jobs that are not paused."""

from collections.abc import Mapping

from ppa.core.errors import Unavailable
from ppa.outside.scheduling.calls import FunctionCall
from ppa.outside.scheduling.events import newest_events, pause_of
from ppa.outside.scheduling.protocol import JobState
from ppa.outside.scheduling.schedules import Schedule, load_schedules
from ppa.platform import Platform


class HomeScheduler:
    """`Scheduler` whose state is stored in `schedule_events`; manual runs call the function as deployed."""

    def __init__(self, platform: Platform, call: FunctionCall) -> None:
        self._warehouse, self._clock, self._call = platform.warehouse, platform.clock, call

    def states(self) -> Mapping[str, JobState]:
        """See `Scheduler.states`."""
        events, now = newest_events(self._warehouse), self._clock()
        paused = {job for job, done in events.items() if pause_of(done)}
        return {
            job: JobState(job in paused, None if job in paused else schedule.next_after(now))
            for job, schedule in load_schedules().items()
        }

    def pause(self, schedule: Schedule) -> None:
        """Do nothing: the logged event is the pause."""

    def resume(self, schedule: Schedule) -> None:
        """Do nothing: the logged event ends the pause."""

    def run(self, schedule: Schedule) -> str:
        """Call the function in this process and wait for it."""
        response = self._call(schedule, self._clock())
        if response.status_code >= 400:
            raise Unavailable(f"{schedule.job} ran and failed: {response.get_json()['detail']}")
        rows = response.get_json().get("rows", 0)
        return f"{schedule.job} ran: {rows} {'row' if rows == 1 else 'rows'} written."
