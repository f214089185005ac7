"""What is asked of whatever calls the jobs in time: Cloud Scheduler, or the timer at home."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ppa.outside.scheduling.schedules import Schedule


@dataclass(frozen=True)
class State:
    """Whether a job is paused, and when it is next called (UTC); None while it is paused."""

    paused: bool
    next: datetime | None


class Scheduler(Protocol):
    """Calls jobs by their schedules. Every method may raise Unavailable, or WarehouseError at home."""

    def states(self) -> Mapping[str, State]:
        """The state of each job that is scheduled."""

    def pause(self, schedule: Schedule) -> None:
        """Call it no more until it is resumed; nothing happens where it is paused already."""

    def resume(self, schedule: Schedule) -> None:
        """Call it again from its next due time on."""

    def run(self, schedule: Schedule) -> str:
        """Have it called once, now, paused or not; a sentence that says what came of it so far."""
