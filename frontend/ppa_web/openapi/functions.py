"""Declarations of the HTTP functions, which Cloud Scheduler and Pub/Sub call."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from ppa.core.contracts.record import Arguments, Body
from ppa.core.errors import BadInput, NotFound
from ppa.ops.schedule_time import SCHEDULE_TIME
from ppa_web.openapi.contents import Header, Json
from ppa_web.openapi.operation import Operation
from ppa_web.responses.progress import BackfillResult, CapResult, IngestResult, PredictResult

SCHEDULE = {
    SCHEDULE_TIME: Header("Time that the call was due, UTC; now by default", "2026-03-01T12:07:00Z"),
}


class ShardQuery(Arguments, frozen=True, kw_only=True):
    """Models to predict with."""

    shard: Annotated[
        str,
        Meta(
            description="A part of the models, as its number and the count of parts; all by default",
            pattern=r"^([1-9][0-9]{0,2}/[1-9][0-9]{0,2})?$",
            examples=["1/4"],
        ),
    ] = ""


class PubsubMessage(Body, frozen=True, kw_only=True):
    """A message of Pub/Sub."""

    data: Annotated[
        str,
        Meta(
            description="Base64 of JSON with costAmount, budgetAmount and currencyCode",
            examples=["eyJjb3N0QW1vdW50IjogNS4yLCAiYnVkZ2V0QW1vdW50IjogNSwgImN1cnJlbmN5Q29kZSI6ICJVU0QifQ=="],
        ),
    ]


class Notification(Body, frozen=True, kw_only=True):
    """A budget's notification, as Pub/Sub pushes it."""

    message: Annotated[PubsubMessage, Meta(description="The message")]


def _called(result: Any, **options: Any) -> Operation:
    return Operation({200: (Json(result),)}, (NotFound,), headers=SCHEDULE, **options)


FUNCTIONS: Mapping[str, Operation] = {
    "ingest": _called(IngestResult),
    "predict": _called(PredictResult, query=ShardQuery),
    "backfill": _called(BackfillResult),
    "cap": Operation({200: (Json(CapResult),)}, (BadInput,), body=Notification),
}
