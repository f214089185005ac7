"""Lines of streamed responses, and the results of functions."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from ppa_web.responses.data import Finding
from ppa_web.responses.shape import Count, Moment, Number, Price, Shape


class Progress(Shape, frozen=True, kw_only=True):
    """Progress of a long task."""

    stage: Annotated[str, Meta(description="What is being done", examples=["backfilling 2026-03-01 12:00"])]
    step: Annotated[Number, Meta(ge=0, description="Steps done", examples=[24])]
    steps: Annotated[Number, Meta(ge=0, description="Steps in all", examples=[96])]


class MissingHours(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Hours without a bar."""

    from_: Annotated[Moment, Meta(description="First missing hour")]
    to: Annotated[Moment, Meta(description="Open of the next bar")]
    hours: Annotated[Count, Meta(description="Missing hours")]


class FileGaps(Shape, frozen=True, kw_only=True):
    """Gaps of a file."""

    count: Annotated[Count, Meta(description="Gaps")]
    hours: Annotated[Count, Meta(description="Missing hours")]
    first: Annotated[list[MissingHours], Meta(description="The first ten")]


class ImpossibleBars(Shape, frozen=True, kw_only=True):
    """Bars that cannot be, left out."""

    count: Annotated[Count, Meta(description="Bars")]
    first_lines: Annotated[list[Count], Meta(description="Lines of the first ten")]


class ColumnChoice(Shape, frozen=True, kw_only=True):
    """The column taken for a role."""

    role: Annotated[str, Meta(description="Role", examples=["close"])]
    column: Annotated[str, Meta(description="Heading", examples=["Close"])]
    reason: Annotated[str, Meta(description="Why it was taken", examples=["its heading says so"])]
    runner_up: Annotated[
        str, Meta(description="Heading of the second choice; empty without one", examples=["Price"])
    ]
    why_not: Annotated[str, Meta(description="Why that was not taken", examples=["it is rounded"])]


class FileReport(Shape, frozen=True, kw_only=True):
    """How a file was understood."""

    name: Annotated[str, Meta(description="Name", examples=["prices.csv"])]
    time_format: Annotated[str, Meta(description="How times are written", examples=["ISO 8601"])]
    time_zone: Annotated[str, Meta(description="Time zone", examples=["UTC, as the file says"])]
    order: Annotated[str, Meta(description="Order of the rows", examples=["oldest first"])]
    bar_minutes: Annotated[Count, Meta(description="Length of a bar in minutes", examples=[60])]
    rows: Annotated[Count, Meta(description="Rows")]
    hours: Annotated[Count, Meta(description="Hours they make")]
    packed: Annotated[
        str, Meta(description="How the file is compressed; empty if it is not", examples=["gzip"])
    ]
    header: Annotated[bool, Meta(description="True if it has a header")]
    duplicates: Annotated[Count, Meta(description="Identical rows, dropped")]
    empty: Annotated[Count, Meta(description="Rows without prices, left out")]
    columns: Annotated[
        dict[str, str], Meta(description="Headings by role", examples=[{"time": "Date", "close": "Close"}])
    ]
    choices: Annotated[list[ColumnChoice], Meta(description="Why each column was taken")]
    prices: Annotated[tuple[Price, Price], Meta(description="Least and most price")]
    volumes: Annotated[
        tuple[Number, Number] | None, Meta(description="Least and most volume of an hour; null if unknown")
    ]
    first_rows: Annotated[
        list[dict[str, Any]],
        Meta(
            description="First bars, as read",
            examples=[[{"line": 2, "ts": "2026-01-01T00:00:00Z", "close": 40050.0}]],
        ),
    ]
    unused: Annotated[list[str], Meta(description="Headings without a role", examples=[["Trades"]])]
    first: Annotated[Moment, Meta(description="First hour")]
    last: Annotated[Moment, Meta(description="Last hour")]
    gaps: Annotated[FileGaps, Meta(description="Gaps")]
    impossible: Annotated[ImpossibleBars, Meta(description="Bars that cannot be")]
    cut: Annotated[list[Moment], Meta(description="Incomplete hours at the ends, left out")]
    notes: Annotated[list[str], Meta(description="Notes", examples=[["volumes are in BTC"]])]


class PreviewChart(Shape, frozen=True, kw_only=True):
    """Closes of a file and stored ones, as columns."""

    ts: Annotated[list[Moment], Meta(description="Hours")]
    file: Annotated[list[Price | None], Meta(description="Closes of the file")]
    stored: Annotated[list[Price | None], Meta(description="Stored closes")]


class ImportPreview(Shape, frozen=True, kw_only=True):
    """A line of an import's stream: how the file was understood, and what looks wrong in it."""

    report: Annotated[FileReport, Meta(description="The understanding as fields")]
    findings: Annotated[list[Finding], Meta(description="Findings in the file")]
    chart: Annotated[PreviewChart, Meta(description="Closes for a chart")]
    lines: Annotated[
        list[str],
        Meta(description="All of it in sentences", examples=[["prices.csv: 24 hourly rows, oldest first."]]),
    ]


class SeriesPreview(Shape, frozen=True, kw_only=True):
    """A line of an import's stream: how the file of a series was understood."""

    lines: Annotated[
        list[str], Meta(description="In sentences", examples=[["rates.csv: 24 values of federal_funds."]])
    ]


class IngestResult(Shape, frozen=True, kw_only=True):
    """Result of an ingest run."""

    rows: Annotated[Count, Meta(description="Observations written")]
    revised: Annotated[Count, Meta(description="Of these, revisions")]
    flipped: Annotated[
        dict[str, dict[str, Count]],
        Meta(
            description="Predictions whose outcome a revision changed, by model and direction",
            examples=[{"my-model-v1": {"to_1": 1, "to_0": 0}}],
        ),
    ]
    failures: Annotated[
        dict[str, str], Meta(description="Errors by asset or series", examples=[{"gold": "fred: 500"}])
    ]


class PredictResult(Shape, frozen=True, kw_only=True):
    """Result of an hourly run."""

    rows: Annotated[Count, Meta(description="Predictions written")]
    hours: Annotated[Count, Meta(description="Hours predicted")]
    models: Annotated[Count, Meta(description="Models")]
    hour: Annotated[Moment, Meta(description="The closed hour")]
    failures: Annotated[
        dict[str, str] | UnsetType,
        Meta(description="Errors by asset or series, if any", examples=[{"gold": "fred: 500"}]),
    ] = UNSET
    rebuilt: Annotated[Count | UnsetType, Meta(description="Rows rebuilt after late history, if any")] = UNSET
    upkeep: Annotated[
        dict[str, Any] | UnsetType,
        Meta(description="What policies did, if anything", examples=[{"expiring": 1}]),
    ] = UNSET


class BackfillResult(Shape, frozen=True, kw_only=True):
    """Result of a slice of the backfill."""

    rows: Annotated[Count, Meta(description="Always 0: the summary counts")]
    summary: Annotated[str, Meta(description="In words", examples=["120 observations stored"])]
    complete: Annotated[bool, Meta(description="False if there is more to fetch")]


class CapResult(Shape, frozen=True, kw_only=True):
    """Result of a budget notification."""

    spend: Annotated[
        str, Meta(description="Spend in words", examples=["5.20 of 5.00 USD are spent this month"])
    ]
    paused: Annotated[list[str], Meta(description="Schedules that were paused", examples=[["ingest"]])]
