"""Log of manual changes to the schedules, with time and user, in the table `schedule_events`."""

from dataclasses import dataclass
from datetime import datetime

from ppa.storage.arrow import rows_table
from ppa.storage.warehouse import Warehouse

PAUSED, RESUMED, RUN = "paused", "resumed", "run"


@dataclass(frozen=True)
class Event:
    """A manual change to a schedule."""

    event: str
    at: datetime
    by: str


def newest_events(warehouse: Warehouse) -> dict[str, dict[str, Event]]:
    """Newest event of each kind, by job and kind."""
    newest: dict[str, dict[str, Event]] = {}
    for row in warehouse.query("schedule_events").to_pylist():
        newest.setdefault(row["job"], {})[row["event"]] = Event(row["event"], row["at"], row["by"])
    return newest


def pause_of(events: dict[str, Event]) -> Event | None:
    """The pause in effect: one that no later resumption has ended."""
    pause, resumption = events.get(PAUSED), events.get(RESUMED)
    return pause if pause and (resumption is None or resumption.at < pause.at) else None


def is_paused(warehouse: Warehouse, job: str) -> bool:
    """True if the job is paused."""
    return pause_of(newest_events(warehouse).get(job, {})) is not None


def record_event(warehouse: Warehouse, job: str, event: Event) -> None:
    """Append an event to the log."""
    warehouse.merge("schedule_events", rows_table([{"job": job, **vars(event)}]))
