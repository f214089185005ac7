"""Data import, replay, parity check, quality check and call plan."""

import tempfile
from collections.abc import Iterator, Mapping
from shutil import copyfileobj
from typing import Annotated, BinaryIO, Literal

from flask import Blueprint, Response, request
from msgspec import Meta

from ppa.core.contracts.common import HourRange
from ppa.core.contracts.record import Arguments, Time
from ppa.importing import Preview, ReadingTexts
from ppa.jobs.csv_import import import_bars
from ppa.jobs.replay import replay
from ppa.platform import Platform
from ppa.reports.parity import verify_parity
from ppa.reports.quality import check_stored
from ppa.reports.status import data_plan
from ppa_web.api.json_response import json_response, lines
from ppa_web.context import platform
from ppa_web.identity import require
from ppa_web.openapi.arguments import REPEATED
from ppa_web.openapi.common_arguments import AssetName, Flag
from ppa_web.openapi.contents import File, JsonLines
from ppa_web.openapi.operation import operation
from ppa_web.responses import data as shapes
from ppa_web.responses.progress import ImportPreview, Progress

PIECE = 1 << 20  # bytes

data = Blueprint("data", __name__, url_prefix="/api/v1")


PRICES = "time,open,high,low,close,volume\n2026-01-01T00:00:00Z,40000,40100,39900,40050,5\n"


class ImportQuery(Arguments, frozen=True, kw_only=True):
    """How to read a file."""

    name: Annotated[str, Meta(description="Name of the file, for messages", examples=["prices.csv"])] = (
        "the file"
    )
    asset: AssetName = "BTC"
    columns: Annotated[
        str,
        Meta(
            description="Names of the columns in order, or single ones as `role=heading`, separated by commas",
            examples=["time,open,high,low,close,volume"],
        ),
    ] = ""
    time_zone: Annotated[
        str, Meta(description="Time zone of times without an offset", examples=["America/New_York"])
    ] = ""
    dates: Annotated[
        Literal["", "day-first", "month-first"],
        Meta(description="Order of dates that can be read both ways", examples=["day-first"]),
    ] = ""
    where: Annotated[
        tuple[str, ...],
        Meta(
            description="Rows to keep, `HEADING=VALUE`; may be repeated",
            examples=[["Symbol=BTC"]],
            extra=REPEATED,
        ),
    ] = ()
    shift: Annotated[
        tuple[str, ...],
        Meta(
            description="Repair of times, `FROM..TO=+4h`; may be repeated",
            examples=[["..2026-02-01=+1h"]],
            extra=REPEATED,
        ),
    ] = ()
    dry_run: Annotated[Flag, Meta(description="1 to store nothing")] = "0"


class ReplayHours(HourRange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours to replay; `to` is not one of them."""

    since: Annotated[Time, Meta(description="First hour", examples=["2026-02-20T00:00:00Z"])]
    until: Annotated[Time, Meta(description="Hour after the last", examples=["2026-02-20T05:00:00Z"])]


@data.post("/imports")
@require("admin")
@operation(
    JsonLines((Progress, ImportPreview), Progress),
    upload=File("application/octet-stream", "A file of bars: CSV, plain or compressed.", PRICES),
)
def post_import(query: ImportQuery) -> Response:
    """Import the file in the request's body; streams progress, the preview, and the number of stored rows.

    With `dry_run=1` nothing is stored.
    """
    options = {
        "name": query.name,
        "asset_id": query.asset,
        "texts": ReadingTexts(query.columns, query.time_zone, query.dates, query.where, query.shift),
        "dry_run": query.dry_run == "1",
    }
    given = _request_file()
    response = lines(_import_events(platform(), given, options))
    response.call_on_close(given.close)  # if the client has disconnected, the generator never starts
    return response


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


@data.get("/data/plan")
@operation(shapes.CallPlan)
def plan() -> Response:
    """Calls of each provider that the slow series need, with their due times."""
    return json_response({"plan": [{"sentence": str(part), **vars(part)} for part in data_plan(platform())]})


def _request_file() -> BinaryIO:
    """Copy the request's body to an unnamed temporary file, which is deleted with the process at the latest."""
    given = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this function
    try:
        copyfileobj(request.stream, given, PIECE)
        given.seek(0)
    except BaseException:
        given.close()
        raise
    return given


def _import_events(opened: Platform, file: BinaryIO, options: Mapping[str, object]) -> Iterator[object]:
    for event in import_bars(opened, file, **options):  # type: ignore[arg-type]
        yield {**event.to_dict(), "lines": event.lines()} if isinstance(event, Preview) else event
