"""Data import, replay, parity check, quality check and call plan."""

import tempfile
from collections.abc import Iterator, Mapping
from shutil import copyfileobj
from typing import BinaryIO

from flask import Blueprint, Response, request

from ppa.core.errors import BadInput
from ppa.core.times import BEGINNING, END
from ppa.importing import Preview
from ppa.jobs.csv_import import import_bars
from ppa.jobs.replay import replay
from ppa.platform import Platform
from ppa.reports.parity import verify_parity
from ppa.reports.quality import check_stored
from ppa.reports.status import data_plan
from ppa_web.api.json_response import json_response, lines
from ppa_web.api.reading_texts import reading_texts
from ppa_web.api.request_args import body, span, text
from ppa_web.context import platform
from ppa_web.identity import require

PIECE = 1 << 20  # bytes

data = Blueprint("data", __name__, url_prefix="/api/v1")


@data.post("/imports")
@require("admin")
def post_import() -> Response:
    """Import the file in the request's body; streams progress, the preview, and the number of stored rows.

    With `dry_run=1` nothing is stored.
    """
    options = {
        "name": text("name", "the file"),
        "asset_id": text("asset", "BTC"),
        "texts": reading_texts(),
        "dry_run": text("dry_run") == "1",
    }
    given = _request_file()
    response = lines(_import_events(platform(), given, options))
    response.call_on_close(given.close)  # if the client has disconnected, the generator never starts
    return response


@data.post("/replay")
@require("editor")
def post_replay() -> Response:
    """Replay the hours from `from` to `to` (JSON) with the active models; streams progress."""
    given = body()
    if not (given.get("from") and given.get("to")):
        raise BadInput("The hours to replay are missing; give `from` and `to`, such as 2022-07-01.")
    since, until = span(given, BEGINNING, END)
    return lines(replay(platform(), since, until))


@data.get("/parity")
def parity() -> Response:
    """Recompute the rows of a range and compare them with the stored ones, bit for bit."""
    return json_response(verify_parity(platform(), *span(request.args, BEGINNING, END)))


@data.get("/data/check")
def check() -> Response:
    """Quality findings in the observations of a range, including a comparison of bars with a second source."""
    return json_response(check_stored(platform(), *span(request.args, BEGINNING, END)))


@data.get("/data/plan")
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
