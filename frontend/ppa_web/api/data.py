"""Replay, parity check, quality check and call plan."""

from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta
from msgspec.structs import asdict

from ppa.core.contracts.common import HourRange
from ppa.core.contracts.record import Body, Time
from ppa.core.errors import NotFound
from ppa.jobs.replay import replay
from ppa.reports.parity import verify_parity
from ppa.reports.quality import TrackedFinding, check_stored, serious_findings
from ppa.reports.status import data_plan
from ppa.repository.acknowledgements import acknowledge
from ppa_web.api.json_response import json_response, lines
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.contents import JsonLines
from ppa_web.openapi.operation import operation
from ppa_web.responses import data as shapes
from ppa_web.responses.progress import Progress

data = Blueprint("data", __name__, url_prefix="/api/v1")


FindingId = Annotated[str, Meta(description="Identifier of a finding", examples=["0a1b2c3d4e5f"])]


class AcknowledgementBody(Body, frozen=True, kw_only=True):
    """Acknowledgement of a finding."""

    reason: Annotated[
        str,
        Meta(
            min_length=1, max_length=500, description="Why it needs no action", examples=["Verified by hand."]
        ),
    ]


class ReplayHours(HourRange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours to replay; `to` is not one of them."""

    since: Annotated[Time, Meta(description="First hour", examples=["2026-02-20T00:00:00Z"])]
    until: Annotated[Time, Meta(description="Hour after the last", examples=["2026-02-20T05:00:00Z"])]


@data.post("/replay")
@require("editor")
@operation(JsonLines((Progress,), Progress))
def post_replay(body: ReplayHours) -> Response:
    """Replay the hours from `from` to `to` (JSON) with the active models; streams progress."""
    return lines(replay(platform(), body.since, body.until))


@data.get("/parity")
@operation(shapes.ParityReport)
def parity(query: HourRange) -> Response:
    """Recompute the rows of a range and compare them with the stored ones, bit for bit."""
    return json_response(verify_parity(platform(), query.since, query.until))


@data.get("/data/check")
@operation(shapes.DataCheck)
def check(query: HourRange) -> Response:
    """Quality findings in the observations of a range, including a comparison of bars with a second source."""
    return json_response(check_stored(platform(), query.since, query.until))


@data.get("/data/findings")
@operation(shapes.TrackedFindings)
def get_findings() -> Response:
    """Serious findings in all stored data, each with its acknowledgement if there is one."""
    return json_response({"findings": [_finding_json(one) for one in serious_findings(platform())]})


@data.put("/data/findings/<finding_id>/acknowledgement")
@require("editor")
@operation(shapes.Acknowledged, problems=(NotFound,))
def put_acknowledgement(finding_id: FindingId, body: AcknowledgementBody) -> Response:
    """Record that a finding needs no action, so that it is open no longer."""
    if finding_id not in {one.finding_id for one in serious_findings(platform())}:
        raise NotFound(f"There is no finding {finding_id!r}; GET /api/v1/data/findings lists all of them.")
    return json_response(asdict(acknowledge(platform(), finding_id, user(), body.reason)))


@data.get("/data/plan")
@operation(shapes.CallPlan)
def plan() -> Response:
    """Calls of each provider that the slow series need, with their due times."""
    return json_response({"plan": [{"sentence": str(part), **vars(part)} for part in data_plan(platform())]})


def _finding_json(tracked: TrackedFinding) -> dict[str, object]:
    given = tracked.acknowledgement
    return {
        "finding_id": tracked.finding_id,
        **vars(tracked.finding),
        "acknowledged_at": given and given.at,
        "acknowledged_by": given and given.by,
        "reason": given and given.reason,
    }
