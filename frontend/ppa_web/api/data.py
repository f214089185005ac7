"""Real input, replays, the proof of parity, checks and the plan of calls."""

import tempfile
from collections.abc import Iterator, Mapping
from shutil import copyfileobj
from typing import BinaryIO

from flask import Blueprint, Response, request

from ppa.core.errors import BadInput
from ppa.core.times import BEGINNING, END
from ppa.importing import CsvReport
from ppa.jobs.csv_import import import_bars
from ppa.jobs.replay import replay
from ppa.platform import Platform
from ppa.reports.parity import verify_parity
from ppa.reports.quality import check_stored
from ppa.reports.status import data_plan
from ppa_web.api.json_response import json_response, lines
from ppa_web.api.request_args import body, span, text
from ppa_web.context import platform
from ppa_web.identity import require

PIECE = 1 << 20  # bytes

data = Blueprint("data", __name__, url_prefix="/api/v1")


@data.post("/imports")
@require("admin")
def post_import() -> Response:
    """Import the file in the request's body; a stream of progress, the report, and what was stored."""
    columns = text("columns").split(",") if text("columns") else None
    options = {
        "name": text("name", "the file"),
        "asset_id": text("asset", "BTC"),
        "columns": columns,
        "time_zone": text("time_zone") or None,
    }
    given = _received()
    response = lines(_imported(platform(), given, options))
    response.call_on_close(given.close)  # where the client has gone, no line is made
    return response


@data.post("/replay")
@require("editor")
def post_replay() -> Response:
    """Replay the hours of {"from", "to"} with the active models; a stream of progress."""
    given = body()
    if not (given.get("from") and given.get("to")):
        raise BadInput("Give the hours to replay as from and to, such as 2022-07-01.")
    since, until = span(given, BEGINNING, END)
    return lines(replay(platform(), since, until))


@data.get("/parity")
def parity() -> Response:
    """Make the rows of a range again and compare them, bit for bit."""
    return json_response(verify_parity(platform(), *span(request.args, BEGINNING, END)))


@data.get("/data/check")
def check() -> Response:
    """What looks wrong in the observations of a range, also by what a second source says of the bars."""
    return json_response(check_stored(platform(), *span(request.args, BEGINNING, END)))


@data.get("/data/plan")
def plan() -> Response:
    """How many calls the slow series need of each provider, and when each is due."""
    return json_response({"plan": [{"sentence": str(part), **vars(part)} for part in data_plan(platform())]})


def _received() -> BinaryIO:
    """The request's body in a file without a name, which goes with the process at the latest."""
    given = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this function
    try:
        copyfileobj(request.stream, given, PIECE)
        given.seek(0)
    except BaseException:
        given.close()
        raise
    return given


def _imported(opened: Platform, file: BinaryIO, options: Mapping[str, object]) -> Iterator[object]:
    for event in import_bars(opened, file, **options):  # type: ignore[arg-type]
        yield _reported(event) if isinstance(event, CsvReport) else event


def _reported(report: CsvReport) -> dict[str, object]:
    return {"report": report.to_dict(), "lines": report.lines()}
