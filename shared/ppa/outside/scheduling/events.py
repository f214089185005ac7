"""What was done with the schedules, when and by whom: kept for good, in `schedule_events`."""

from dataclasses import dataclass
from datetime import datetime

from ppa.storage.arrow import rows_table
from ppa.storage.warehouse import Warehouse

PAUSED, RESUMED, RUN = "paused", "resumed", "run"


@dataclass(frozen=True)
class Event:
    """Something that somebody did with a schedule."""

    event: str
    at: datetime
    by: str


def newest_events(warehouse: Warehouse) -> dict[str, dict[str, Event]]:
    """The newest event of each kind, by job and kind."""
    found: dict[str, dict[str, Event]] = {}
    for row in warehouse.query("schedule_events").to_pylist():
        found.setdefault(row["job"], {})[row["event"]] = Event(row["event"], row["at"], row["by"])
    return found


def pause_of(events: dict[str, Event]) -> Event | None:
    """The pause that no resumption has followed."""
    pause, resumption = events.get(PAUSED), events.get(RESUMED)
    return pause if pause and (resumption is None or resumption.at < pause.at) else None


def is_paused(warehouse: Warehouse, job: str) -> bool:
    """Return whether the timer at home leaves the job out."""
    return pause_of(newest_events(warehouse).get(job, {})) is not None


def record_event(warehouse: Warehouse, job: str, event: Event) -> None:
    """Write it down."""
    warehouse.merge("schedule_events", rows_table([{"job": job, **vars(event)}]))
