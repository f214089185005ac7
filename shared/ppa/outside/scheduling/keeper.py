"""What a person does with the schedules: each act is carried out, and written down with who and when."""

from dataclasses import dataclass
from datetime import datetime

from ppa.core.errors import NotFound
from ppa.ops.clock import Clock
from ppa.outside.scheduling.events import PAUSED, RESUMED, RUN, Event, newest_events, pause_of, record_event
from ppa.outside.scheduling.protocol import Scheduler, State
from ppa.outside.scheduling.schedules import Schedule, load_schedules
from ppa.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Kept:
    """A schedule as System info shows it; times in UTC.

    `by` and `since` say who paused it and when, where that was done here; `run_by` and `run_at` are of the
    latest run by hand.
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


class Keeper:
    """Lists, pauses, resumes and runs the schedules."""

    def __init__(self, scheduler: Scheduler, warehouse: Warehouse, clock: Clock) -> None:
        self._scheduler, self._warehouse, self._clock = scheduler, warehouse, clock

    def schedules(self) -> list[Kept]:
        """Every schedule, as it is now."""
        states, events = self._scheduler.states(), newest_events(self._warehouse)
        return [_kept(one, states.get(job), events.get(job, {})) for job, one in load_schedules().items()]

    def pause(self, job: str, user: str) -> str:
        """Stop calling a job; what happened, as a sentence."""
        self._scheduler.pause(_schedule(job))
        self._record(job, PAUSED, user)
        return f"{job} is paused."

    def resume(self, job: str, user: str) -> str:
        """Call it again; what happened, as a sentence."""
        self._scheduler.resume(_schedule(job))
        self._record(job, RESUMED, user)
        return f"{job} is called again."

    def run(self, job: str, user: str) -> str:
        """Call it once, now; what happened, as a sentence. Written down first: a run that fails was asked for too."""
        schedule = _schedule(job)
        self._record(job, RUN, user)
        return self._scheduler.run(schedule)

    def _record(self, job: str, event: str, user: str) -> None:
        record_event(self._warehouse, job, Event(event, self._clock(), user))


def _schedule(job: str) -> Schedule:
    schedules = load_schedules()
    if job not in schedules:
        raise NotFound(f"There is no schedule {job!r}; there are {', '.join(schedules)}.")
    return schedules[job]


def _kept(schedule: Schedule, state: State | None, events: dict[str, Event]) -> Kept:
    """A schedule that nobody calls counts as paused: it was never made, or was deleted."""
    state, run = state or State(True, None), events.get(RUN)
    pause = pause_of(events) if state.paused else None
    return Kept(
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
