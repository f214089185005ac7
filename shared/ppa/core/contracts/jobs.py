"""Runs of jobs, and events of their schedules."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored

ScheduleEventKind = Literal["paused", "resumed", "run"]


class JobRun(Stored, frozen=True, kw_only=True):
    """One run of one job."""

    layout: ClassVar = Layout(
        "job_runs",
        key=("job", "scheduled_for", "attempt"),
        partition=("scheduled_for", "DAY"),
        cluster=("job",),
    )

    job: Annotated[str, Meta(description="Job")]
    scheduled_for: Annotated[Time, Meta(description="Logical time of the run")]
    attempt: Annotated[str, Meta(description="Execution id; distinguishes deliveries of one schedule")]
    started_at: Annotated[Time, Meta(description="When it started")]
    finished_at: Annotated[Time, Meta(description="When it ended")]
    status: Annotated[Literal["ok", "error"], Meta(description="ok or error")]
    rows: Annotated[int, Meta(description="Rows written")]
    bytes_billed: Annotated[int, Meta(description="Bytes the warehouse billed")]
    error: Annotated[str | None, Meta(description="Error message")] = None
    detail: Annotated[Mapping[str, Any], Meta(description="Details, as a JSON object")]
    trace: Annotated[
        str | None, Meta(description="Trace id of the request, found in logs and query jobs")
    ] = None


class ScheduleEvent(Stored, frozen=True, kw_only=True):
    """Events of schedules; append-only."""

    layout: ClassVar = Layout("schedule_events", key=("job", "at", "event"), cluster=("job",))

    job: Annotated[str, Meta(description="Job")]
    at: Annotated[Time, Meta(description="When")]
    event: Annotated[ScheduleEventKind, Meta(description="paused, resumed or run")]
    by: Annotated[str, Meta(description="Who asked for it")]
