"""Status of the platform, and probes."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ppa_web.responses.data import Cadence, Provider
from ppa_web.responses.policies import Schedule
from ppa_web.responses.shape import (
    Address,
    Bytes,
    Count,
    Moment,
    Month,
    Number,
    Person,
    Sentence,
    SeriesName,
    Shape,
    Share,
    Usd,
)

Job = Annotated[str, Meta(examples=["ingest"])]


class StatusProblem(Shape, frozen=True, kw_only=True):
    """A problem of the platform."""

    code: Annotated[str, Meta(description="Its entry in the runbook", examples=["ingest_silent"])]
    title: Annotated[str, Meta(description="Title", examples=["Nothing is being ingested"])]
    sentence: Annotated[str, Meta(description="In words", examples=["ingest has not succeeded for 3 hours."])]


class SeriesState(Shape, frozen=True, kw_only=True):
    """Freshness of a series; some fields are absent without observations."""

    name: Annotated[SeriesName, Meta(description="Series")]
    cadence: Annotated[Cadence, Meta(description="Cadence")]
    observations: Annotated[Count, Meta(description="Observations")]
    late: Annotated[bool, Meta(description="True if it is older than allowed")]
    failure: Annotated[Sentence | None, Meta(description="Error of the last fetch")]
    allowed_hours: Annotated[Number, Meta(description="Age in hours from which it is late")]
    source: Annotated[Provider | UnsetType, Meta(description="Provider")] = UNSET
    newest_event: Annotated[Moment | UnsetType, Meta(description="Start of the newest period")] = UNSET
    known_at: Annotated[Moment | UnsetType, Meta(description="Time it was known")] = UNSET
    age_hours: Annotated[Number | UnsetType, Meta(description="Age in hours")] = UNSET


class ProviderState(Shape, frozen=True, kw_only=True):
    """Calls to a provider."""

    provider: Annotated[Provider, Meta(description="Provider")]
    used: Annotated[Count | None, Meta(description="Calls of the last 24 hours, where they are counted")]
    per_day: Annotated[Count | None, Meta(description="Calls a day that are allowed")]
    free_at: Annotated[Moment | None, Meta(description="Time of the next free call")]
    needed: Annotated[Count | None, Meta(description="Calls that a day's refresh needs")]
    postponed: Annotated[Count, Meta(description="Calls postponed because of the limit")]
    failure: Annotated[Sentence | None, Meta(description="Latest error")]


class CoveredHour(Shape, frozen=True, kw_only=True):
    """Predictions due and made in an hour."""

    ts: Annotated[Moment, Meta(description="Hour")]
    owed: Annotated[Count, Meta(description="Predictions that were due")]
    live: Annotated[Count, Meta(description="Live predictions")]
    buffer: Annotated[Count, Meta(description="Backfilled predictions")]
    without: Annotated[Count, Meta(description="Models without a prediction, for a reason")]


class Coverage(Shape, frozen=True, kw_only=True):
    """Predictions due and made in the last seven days."""

    since: Annotated[Moment, Meta(description="First hour")]
    until: Annotated[Moment, Meta(description="Hour after the last")]
    share: Annotated[Share | None, Meta(description="Share of due predictions that were made")]
    missing: Annotated[Count, Meta(description="Due predictions that are missing without a reason")]
    reasons: Annotated[
        dict[str, Count],
        Meta(description="Hours without a prediction, by reason", examples=[{"late_data": 2}]),
    ]
    hours: Annotated[list[CoveredHour], Meta(description="Hours")]


class Cost(Shape, frozen=True, kw_only=True):
    """BigQuery's cost of the month; a lower bound."""

    month: Annotated[Month, Meta(description="Month")]
    bytes_billed: Annotated[Bytes, Meta(description="Bytes billed")]
    by_job: Annotated[dict[str, Bytes], Meta(description="Bytes billed by job", examples=[{"ingest": 0}])]
    by_pages: Annotated[Bytes, Meta(description="Bytes billed for pages, since this process started")]
    free_bytes: Annotated[Bytes, Meta(description="Bytes a month that are free")]
    usd: Annotated[Usd, Meta(description="US dollars so far")]
    usd_at_this_pace: Annotated[Usd, Meta(description="US dollars by the end of the month")]
    budget_usd: Annotated[Usd, Meta(description="Budget of the month in US dollars")]
    prices_as_of: Annotated[str, Meta(description="Date of the prices", examples=["2026-08-01"])]


class JobRun(Shape, frozen=True, kw_only=True):
    """A run of a job."""

    job: Annotated[Job, Meta(description="Job")]
    scheduled_for: Annotated[Moment, Meta(description="Time it was due")]
    started_at: Annotated[Moment, Meta(description="Start")]
    finished_at: Annotated[Moment, Meta(description="End")]
    status: Annotated[Literal["ok", "error"], Meta(description="Outcome", examples=["ok"])]
    rows: Annotated[Count, Meta(description="Rows written")]
    bytes_billed: Annotated[Bytes | None, Meta(description="Bytes billed")]
    error: Annotated[Sentence | None, Meta(description="Error")]
    trace: Annotated[
        str | None, Meta(description="Trace in the log", examples=["79eb94b53a21455789edca04c9699feb"])
    ]
    seconds: Annotated[Number, Meta(description="Duration in seconds")]


class TimelineStep(Shape, frozen=True, kw_only=True):
    """Runs of a job in a quarter of an hour."""

    at: Annotated[Moment, Meta(description="Start of the quarter")]
    runs: Annotated[Count, Meta(description="Runs")]
    failed: Annotated[Count, Meta(description="Runs that failed")]
    slowest: Annotated[Number, Meta(description="Duration of the slowest run in seconds")]


class Timeline(Shape, frozen=True, kw_only=True):
    """Runs of the last 24 hours."""

    since: Annotated[Moment, Meta(description="Start")]
    until: Annotated[Moment, Meta(description="End")]
    step_seconds: Annotated[Count, Meta(description="Seconds of a step")]
    lanes: Annotated[
        dict[str, list[TimelineStep]],
        Meta(
            description="Steps by job; those without a run are left out",
            examples=[{"ingest": [{"at": "2026-03-01T12:00:00Z", "runs": 15, "failed": 0, "slowest": 1.2}]}],
        ),
    ]


class ModelCounts(Shape, frozen=True, kw_only=True):
    """Number of models."""

    registered: Annotated[Count, Meta(description="Registered models")]
    active: Annotated[Count, Meta(description="Active models")]


class Storage(Shape, frozen=True, kw_only=True):
    """Bytes stored, and where."""

    warehouse_bytes: Annotated[Bytes, Meta(description="Bytes of the warehouse")]
    warehouse: Annotated[str, Meta(description="Place of the warehouse", examples=["on this machine"])]
    models_bytes: Annotated[Bytes, Meta(description="Bytes of the models' files")]
    models: Annotated[str, Meta(description="Place of the models' files", examples=["on this machine"])]


class Sandbox(Shape, frozen=True, kw_only=True):
    """Measured confinement of the process that examines models, on the machine that answers."""

    means: Annotated[
        list[str], Meta(description="Means of the kernel in force", examples=[["Landlock", "seccomp"]])
    ]
    refused: Annotated[
        list[str], Meta(description="Attempts that were refused", examples=[["write a file", "connect"]])
    ]
    not_refused: Annotated[
        list[str], Meta(description="Attempts not known to be refused", examples=[["read other files"]])
    ]
    sentence: Annotated[Sentence, Meta(description="In words")]


class Status(Shape, frozen=True, kw_only=True):
    """Status of the platform."""

    version: Annotated[str, Meta(description="Version of the app", examples=["0.1.0"])]
    now: Annotated[Moment, Meta(description="Time of the platform")]
    source: Annotated[str, Meta(description="Kind of the data: real, synthetic or empty", examples=["real"])]
    source_note: Annotated[
        str, Meta(description="The data in a sentence", examples=["Real data from coinbase, fred."])
    ]
    catalogue_version: Annotated[str, Meta(description="Version of the catalogue", examples=["c1362e0eb"])]
    last_closed_hour: Annotated[Moment, Meta(description="Last hour that has closed")]
    first_hour: Annotated[Moment | None, Meta(description="First row")]
    last_hour: Annotated[Moment | None, Meta(description="Last row")]
    rows: Annotated[Count, Meta(description="Rows")]
    verdict: Annotated[Literal["well", "paused", "failing"], Meta(description="Verdict", examples=["well"])]
    healthy: Annotated[bool, Meta(description="True without problems")]
    problems: Annotated[list[StatusProblem], Meta(description="What is wrong")]
    notices: Annotated[
        list[str],
        Meta(description="Schedules paused by people", examples=[["predict is paused by ada@example.com."]]),
    ]
    series: Annotated[list[SeriesState], Meta(description="Series, late ones first")]
    providers: Annotated[list[ProviderState], Meta(description="Providers in use")]
    coverage: Annotated[Coverage, Meta(description="Predictions due and made")]
    cost: Annotated[Cost, Meta(description="BigQuery's cost of the month")]
    failures: Annotated[
        dict[str, str], Meta(description="Latest errors by asset or series", examples=[{"gold": "fred: 500"}])
    ]
    jobs: Annotated[list[JobRun], Meta(description="Latest runs, newest first")]
    last_success: Annotated[
        dict[str, Moment],
        Meta(description="Last success by job", examples=[{"ingest": "2026-03-01T12:01:00Z"}]),
    ]
    timeline: Annotated[Timeline, Meta(description="Runs of the last 24 hours")]
    schedules: Annotated[list[Schedule], Meta(description="Schedules")]
    models: Annotated[ModelCounts, Meta(description="Number of models")]
    storage: Annotated[Storage, Meta(description="Bytes stored")]
    versions: Annotated[
        dict[str, str], Meta(description="Versions of the libraries", examples=[{"pandas": "3.1.1"}])
    ]
    sandbox: Annotated[Sandbox, Meta(description="Confinement of the process that examines models")]


class Grafana(Shape, frozen=True, kw_only=True):
    """Grafana, embedded in System info."""

    state: Annotated[
        Literal["off", "shown", "other_site", "silent", "refused"],
        Meta(description="State", examples=["shown"]),
    ]
    url: Annotated[Address | None, Meta(description="Address of the dashboard")]
    words: Annotated[str, Meta(description="The state in words", examples=["Grafana does not respond."])]


class WarehouseKind(Shape, frozen=True, kw_only=True):
    """Kind of the warehouse."""

    kind: Annotated[Literal["bigquery", "embedded"], Meta(description="Kind", examples=["bigquery"])]
    dataset: Annotated[
        str | None,
        Meta(
            description="BigQuery dataset; null for the embedded one", examples=["project.price_prediction"]
        ),
    ]


class Me(Shape, frozen=True, kw_only=True):
    """The user of the request."""

    email: Annotated[Person, Meta(description="Email address")]
    role: Annotated[Literal["viewer", "editor", "admin"], Meta(description="Role", examples=["editor"])]


class Alive(Shape, frozen=True, kw_only=True):
    """The process responds."""

    status: Annotated[Literal["ok"], Meta(description="Always ok", examples=["ok"])]


class Readiness(Shape, frozen=True, kw_only=True):
    """Readiness of the platform."""

    status: Annotated[
        Literal["ok", "empty", "stale"], Meta(description="ok, or why it is not ready", examples=["ok"])
    ]
    last_hour: Annotated[Moment | None, Meta(description="Last row")]
    last_closed_hour: Annotated[Moment, Meta(description="Last hour that has closed")]


class OpenApi(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenAPI document."""

    openapi: Annotated[str, Meta(description="Version of OpenAPI", examples=["3.1.0"])]
    info: Annotated[
        dict[str, Any],
        Meta(
            description="Title and version", examples=[{"title": "Price Prediction App", "version": "0.1.0"}]
        ),
    ]
    paths: Annotated[
        dict[str, Any],
        Meta(description="Operations by path and method", examples=[{"/api/v1/me": {"get": {}}}]),
    ]


class Index(Shape, frozen=True, kw_only=True):
    """Every path of the API."""

    endpoints: Annotated[
        dict[str, str],
        Meta(
            description="Description by method and path",
            examples=[{"GET /api/v1/me": "Email address and role of the user."}],
        ),
    ]
