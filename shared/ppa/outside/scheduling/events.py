"""Log of manual changes to the schedules, with time and user, in the table `schedule_events`."""

from ppa.core.contracts.jobs import ScheduleEvent, ScheduleEventKind
from ppa.storage.arrow import read_records, records_table
from ppa.storage.warehouse import Warehouse


def newest_events(warehouse: Warehouse) -> dict[str, dict[ScheduleEventKind, ScheduleEvent]]:
    """Newest event of each kind, by job and kind."""
    newest: dict[str, dict[ScheduleEventKind, ScheduleEvent]] = {}
    for event in read_records(ScheduleEvent, warehouse.query("schedule_events")):
        newest.setdefault(event.job, {})[event.event] = event
    return newest


def pause_of(events: dict[ScheduleEventKind, ScheduleEvent]) -> ScheduleEvent | None:
    """The pause in effect: one that no later resumption has ended."""
    pause, resumption = events.get("paused"), events.get("resumed")
    return pause if pause and (resumption is None or resumption.at < pause.at) else None


def is_paused(warehouse: Warehouse, job: str) -> bool:
    """True if the job is paused."""
    return pause_of(newest_events(warehouse).get(job, {})) is not None


def record_event(warehouse: Warehouse, event: ScheduleEvent) -> None:
    """Append an event to the log."""
    warehouse.merge("schedule_events", records_table([event]))
