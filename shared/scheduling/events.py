"""What was done with the schedules, when and by whom: kept for good, in `schedule_events`."""

from dataclasses import dataclass
from datetime import datetime

from shared.frames import rows_table
from shared.warehouse import Warehouse

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


def record_event(warehouse: Warehouse, job: str, event: Event) -> None:
    """Write it down."""
    warehouse.merge("schedule_events", rows_table([{"job": job, **vars(event)}]))
