"""Import batches, and files beside what is stored."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from ppa.core.contracts.imports import Mode, State
from ppa_web.responses.data import Finding
from ppa_web.responses.progress import FileReport, PreviewChart
from ppa_web.responses.shape import Count, Moment, Number, Person, SeriesName, Sha256, Shape

BatchName = Annotated[str, Meta(examples=["btc-7484ba2c"])]
Contradiction = Annotated[
    str | None,
    Meta(
        description="Sentence on the values that differ from those of the source; null if there are none",
        examples=[
            "prices.csv contradicts what is stored: 6 of 12 values differ from those of the source csv."
        ],
    ),
]


class Batch(Shape, frozen=True, kw_only=True):
    """An import batch in its present state."""

    batch_id: Annotated[BatchName, Meta(description="Identifier")]
    subject: Annotated[str, Meta(description="Asset or series of its values", examples=["BTC"])]
    series: Annotated[list[SeriesName], Meta(description="Series that it speaks for")]
    source: Annotated[str, Meta(description="Source", examples=["csv"])]
    file: Annotated[str, Meta(description="Name of the file", examples=["prices.csv"])]
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the file")]
    mode: Annotated[Mode, Meta(description="What happened where stored values differed", examples=["plain"])]
    options: Annotated[
        dict[str, Any], Meta(description="Options that were given", examples=[{"time_zone": "UTC"}])
    ]
    understood: Annotated[
        dict[str, Any], Meta(description="How the file was read", examples=[{"rows": 24, "hours": 24}])
    ]
    rows: Annotated[Count, Meta(description="Values")]
    first: Annotated[Moment, Meta(description="First period")]
    last: Annotated[Moment, Meta(description="Last period")]
    by: Annotated[Person, Meta(description="User who imported it")]
    at: Annotated[Moment, Meta(description="Time of the import")]
    counts: Annotated[
        dict[str, Count],
        Meta(description="Values by what became of them", examples=[{"new": 120, "unchanged": 0}]),
    ]
    state: Annotated[State, Meta(description="State", examples=["stored"])]
    ended_at: Annotated[Moment | None, Meta(description="Time from which it does not count")]
    ended_by: Annotated[Person | None, Meta(description="User who withdrew it")]
    reason: Annotated[str | None, Meta(description="Reason", examples=["wrong time zone"])]


class Batches(Shape, frozen=True, kw_only=True):
    """Import batches."""

    imports: Annotated[list[Batch], Meta(description="Batches, newest first")]


class BatchResult(Shape, frozen=True, kw_only=True):
    """The batch that was stored or withdrawn, and what became of its values in words."""

    stage: Annotated[
        str, Meta(description="In words", examples=["120 new observations, 0 revised, 0 unchanged"])
    ]
    step: Annotated[Number, Meta(ge=0, description="Steps done", examples=[1])]
    steps: Annotated[Number, Meta(ge=0, description="Steps in all", examples=[1])]
    batch: Annotated[Batch | UnsetType, Meta(description="The batch; absent in a dry run")] = UNSET


class Overlap(Shape, frozen=True, kw_only=True):
    """Values of a file whose period is filled already."""

    same: Annotated[Count, Meta(description="Equal to those of its source")]
    different: Annotated[Count, Meta(description="Different from those of its source")]
    other: Annotated[Count, Meta(description="Of periods that another source fills")]
    largest: Annotated[Number, Meta(description="Largest relative difference, volumes excepted")]
    first: Annotated[Moment | None, Meta(description="First period that differs")]
    last: Annotated[Moment | None, Meta(description="Last period that differs")]
    batches: Annotated[list[BatchName], Meta(description="Imports that state the other values")]


class ImportComparison(Shape, frozen=True, kw_only=True):
    """A line of a dry run: the file beside what is stored."""

    overlap: Annotated[Overlap, Meta(description="Values that both have")]
    contradiction: Contradiction
    lines: Annotated[
        list[str], Meta(description="In sentences", examples=[["12 values are stored already."]])
    ]


class FilePreview(Shape, frozen=True, kw_only=True):
    """A file as it would be imported."""

    report: Annotated[FileReport, Meta(description="How it was understood")]
    findings: Annotated[list[Finding], Meta(description="Findings in the file")]
    chart: Annotated[PreviewChart, Meta(description="Closes for a chart")]
    overlap: Annotated[Overlap, Meta(description="Values that are stored as well")]
    contradiction: Contradiction
