"""Schedule manager: carries out manual changes to the schedules and logs them with time and user."""

from dataclasses import dataclass
from datetime import datetime

from ppa.core.contracts.jobs import ScheduleEvent, ScheduleEventKind
from ppa.core.errors import NotFound
from ppa.core.times import utc
from ppa.ops.clock import Clock
from ppa.outside.scheduling.events import newest_events, pause_of, record_event
from ppa.outside.scheduling.protocol import JobState, Scheduler
from ppa.outside.scheduling.schedules import Schedule, load_schedules
from ppa.storage.warehouse import Warehouse


@dataclass(frozen=True)
class ScheduleState:
    """State of a schedule as shown by System info; times in UTC.

    `by` and `since` are the user and time of a pause made in the app; `run_by` and `run_at` describe the latest manual
    run.
    """

    job: str
    cron: str
    description: str
    paused: bool
    by: str | None
    since: datetime | None
    next: datetime | None
    run_by: str | None
    run_at: datetime | None


class ScheduleManager:
    """Lists, pauses, resumes and runs the schedules."""

    def __init__(self, scheduler: Scheduler, warehouse: Warehouse, clock: Clock) -> None:
        self._scheduler, self._warehouse, self._clock = scheduler, warehouse, clock

    def schedules(self) -> list[ScheduleState]:
        """Current state of every schedule."""
        states, events = self._scheduler.states(), newest_events(self._warehouse)
        return [
            _schedule_state(one, states.get(job), events.get(job, {}))
            for job, one in load_schedules().items()
        ]

    def pause(self, job: str, user: str) -> str:
        """Pause a job; return a message for the user."""
        self._scheduler.pause(_schedule(job))
        self._record(job, "paused", user)
        return f"{job} is paused."

    def resume(self, job: str, user: str) -> str:
        """Resume a job; return a message for the user."""
        self._scheduler.resume(_schedule(job))
        self._record(job, "resumed", user)
        return f"{job} is resumed."

    def run(self, job: str, user: str) -> str:
        """Run a job once, now; return a message for the user. The request is logged first, even if the run fails."""
        schedule = _schedule(job)
        self._record(job, "run", user)
        return self._scheduler.run(schedule)

    def _record(self, job: str, event: ScheduleEventKind, user: str) -> None:
        record_event(self._warehouse, ScheduleEvent(job=job, at=utc(self._clock()), event=event, by=user))


def _schedule(job: str) -> Schedule:
    schedules = load_schedules()
    if job not in schedules:
        raise NotFound(f"There is no schedule {job!r}; choose one of {', '.join(schedules)}.")
    return schedules[job]


def _schedule_state(
    schedule: Schedule, state: JobState | None, events: dict[ScheduleEventKind, ScheduleEvent]
) -> ScheduleState:
    """State of one schedule; without a job in Cloud Scheduler it counts as paused."""
    state, run = state or JobState(True, None), events.get("run")
    pause = pause_of(events) if state.paused else None
    return ScheduleState(
        schedule.job,
        schedule.cron,
        schedule.description,
        state.paused,
        pause.by if pause else None,
        pause.at if pause else None,
        state.next,
        run.by if run else None,
        run.at if run else None,
    )
