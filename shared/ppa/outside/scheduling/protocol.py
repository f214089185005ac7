"""Protocol of the schedulers that call the jobs: Cloud Scheduler, or the local timer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ppa.outside.scheduling.schedules import Schedule


@dataclass(frozen=True)
class JobState:
    """State of a scheduled job; `next` is the time of its next call (UTC), None while it is paused."""

    paused: bool
    next: datetime | None


class Scheduler(Protocol):
    """Calls jobs by their schedules. Methods may raise Unavailable, or WarehouseError for the local timer."""

    def states(self) -> Mapping[str, JobState]:
        """State of each scheduled job."""

    def pause(self, schedule: Schedule) -> None:
        """Pause a job until it is resumed; no effect if it is paused already."""

    def resume(self, schedule: Schedule) -> None:
        """Resume a job from its next due time on."""

    def run(self, schedule: Schedule) -> str:
        """Run a job once, now, even if it is paused; return a message about the result so far."""
