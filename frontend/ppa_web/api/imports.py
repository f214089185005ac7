"""Import batches: preview and import a file, list the batches, and withdraw one."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from shutil import copyfileobj
from typing import Annotated, BinaryIO, Literal

from flask import Blueprint, Response, request
from msgspec import Meta, structs

from ppa.core.contracts.imports import ImportBatch, Mode
from ppa.core.contracts.record import Arguments, Body, whole
from ppa.core.errors import Conflict, NotFound
from ppa.core.import_batches import counts_sentence
from ppa.importing import Preview, ReadingTexts
from ppa.jobs.csv_import import MAX_SOURCE_LENGTH, SOURCE, Comparison, FileImport, import_bars
from ppa.jobs.import_batches import withdraw_batch
from ppa.jobs.series_import import SeriesFile, SeriesPreview, import_series
from ppa.repository.imports import find_batch, held_batches
from ppa_web.api.json_response import json_response, lines
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.arguments import REPEATED
from ppa_web.openapi.common_arguments import AssetName, Flag
from ppa_web.openapi.contents import File, JsonLines
from ppa_web.openapi.operation import operation
from ppa_web.responses import imports as shapes
from ppa_web.responses import progress
from ppa_web.responses.progress import ImportPreview, Progress

PIECE = 1 << 20  # bytes
BatchId = Annotated[str, Meta(description="Identifier of an import batch", examples=["btc-7484ba2c"])]

imports = Blueprint("imports", __name__, url_prefix="/api/v1/imports")


RATES = "date,value\n2026-01-01,4.25\n"
PRICES = "time,open,high,low,close,volume\n2026-01-01T00:00:00Z,40000,40100,39900,40050,5\n"


class FileQuery(Arguments, frozen=True, kw_only=True):
    """How to read a file, and what to do where it contradicts."""

    name: Annotated[str, Meta(description="Name of the file, for messages", examples=["prices.csv"])] = (
        "the file"
    )
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
    source: Annotated[
        str,
        Meta(
            pattern=whole(f"[A-Za-z_][A-Za-z0-9_]{{0,{MAX_SOURCE_LENGTH - 1}}}"),
            description="Name of the source, such as an exchange; no provider's",
            examples=["csv"],
            extra={"accepts": f"a name of up to {MAX_SOURCE_LENGTH} letters, digits and _"},
        ),
    ] = SOURCE
    mode: Annotated[
        Mode,
        Meta(
            description="What happens where stored values of the source differ: `plain` refuses the file, `replace` "
            "takes it for its hours, `keep` fills gaps only, `revision` makes its values known from now on",
            examples=["plain"],
        ),
    ] = "plain"
    dry_run: Annotated[Flag, Meta(description="1 to store nothing")] = "0"


class ImportQuery(FileQuery, frozen=True, kw_only=True):
    """How to read a file of bars."""

    asset: AssetName = "BTC"
    columns: Annotated[
        str,
        Meta(
            description="Names of the columns in order, or single ones as `role=heading`, separated by commas",
            examples=["time,open,high,low,close,volume"],
        ),
    ] = ""
    shift: Annotated[
        tuple[str, ...],
        Meta(
            description="Repair of times, `FROM..TO=+4h`; may be repeated",
            examples=[["..2026-02-01=+1h"]],
            extra=REPEATED,
        ),
    ] = ()


class SeriesQuery(FileQuery, frozen=True, kw_only=True):
    """How to read a file of a series, and when its values were known."""

    series: Annotated[
        str, Meta(description="Daily or slower series of the catalogue", examples=["federal_funds"])
    ]
    columns: Annotated[
        str,
        Meta(
            description="Single columns as `role=heading`, separated by commas; roles are time, value and known_at",
            examples=["time=DATE,value=DFF"],
        ),
    ] = ""
    lag: Annotated[
        Annotated[float, Meta(ge=0, le=100_000)] | None,
        Meta(
            description="Hours from the end of a period until its value was known; by default the catalogue's",
            examples=[24.0],
        ),
    ] = None


UPLOAD = File("application/octet-stream", "A file of bars: CSV, JSON or Parquet, plain or packed.", PRICES)
SERIES_UPLOAD = File(
    "application/octet-stream", "A file of a series: CSV, JSON or Parquet, plain or packed.", RATES
)


class Withdrawal(Body, frozen=True, kw_only=True):
    """Withdrawal of a batch."""

    reason: Annotated[
        str, Meta(max_length=500, description="Reason, which is recorded", examples=["wrong time zone"])
    ] = ""


@imports.get("")
@operation(shapes.Batches)
def get_imports() -> Response:
    """Import batches with their state, newest first."""
    return json_response({"imports": [batch_json(batch) for batch in reversed(held_batches(platform()))]})


@imports.get("/<batch_id>")
@operation(shapes.Batch, problems=(NotFound,))
def get_import(batch_id: BatchId) -> Response:
    """An import batch: its file, options, state, and how it was understood."""
    return json_response(batch_json(find_batch(platform(), batch_id)))


@imports.post("")
@require("admin")
@operation(
    JsonLines((Progress, ImportPreview, shapes.ImportComparison, shapes.BatchResult), shapes.BatchResult),
    upload=UPLOAD,
    problems=(Conflict,),
)
def post_import(query: ImportQuery) -> Response:
    """Import the file in the request's body as a batch; streams progress, the understanding and the batch.

    `mode` says what happens to values that contradict those stored of the same source: `plain` refuses the file,
    `replace`, `keep` and `revision` accept it. With `dry_run=1` nothing is stored.
    """
    asked, given = _asked(query), _request_file()
    response = lines(_batch_events(import_bars(platform(), given, asked, user())))
    response.call_on_close(given.close)  # if the client has disconnected, the generator never starts
    return response


@imports.post("/series")
@require("admin")
@operation(
    JsonLines(
        (Progress, progress.SeriesPreview, shapes.ImportComparison, shapes.BatchResult), shapes.BatchResult
    ),
    upload=SERIES_UPLOAD,
    problems=(NotFound, Conflict),
)
def post_series(query: SeriesQuery) -> Response:
    """Import the values of a series in the request's body as a batch; streams progress, understanding and batch.

    With a column `known_at`, each value is known from the time that the file states. `mode` and `dry_run` are those of
    an import of bars.
    """
    texts = ReadingTexts(query.columns, query.time_zone, query.dates, query.where)
    asked = SeriesFile(
        query.name, query.series, query.source, query.mode, texts, query.lag, query.dry_run == "1"
    )
    given = _request_file()
    response = lines(_batch_events(import_series(platform(), given, asked, user())))
    response.call_on_close(given.close)  # if the client has disconnected, the generator never starts
    return response


@imports.post("/preview")
@require("admin")
@operation(shapes.FilePreview, upload=UPLOAD, problems=(NotFound, Conflict))
def post_preview(query: ImportQuery) -> Response:
    """Read the file in the request's body and compare it with what is stored; nothing is written."""
    preview: dict[str, object] = {}
    with closing(_request_file()) as given:
        for event in import_bars(platform(), given, replace(_asked(query), dry_run=True), user()):
            if isinstance(event, Preview):
                preview |= event.to_dict()
            elif isinstance(event, Comparison):
                preview |= vars(event)
    return json_response(preview)


@imports.post("/<batch_id>/withdrawal")
@require("admin")
@operation(JsonLines((Progress, shapes.BatchResult), shapes.BatchResult), problems=(NotFound,))
def post_withdrawal(batch_id: BatchId, body: Withdrawal | None) -> Response:
    """Withdraw a batch, so that its values count nowhere; streams progress."""
    find_batch(platform(), batch_id)
    reason = body.reason if body is not None else ""
    return lines(_batch_events(withdraw_batch(platform(), batch_id, user(), reason)))


def batch_json(batch: ImportBatch) -> dict[str, object]:
    """JSON fields of a batch."""
    return structs.asdict(batch)


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


def _asked(query: ImportQuery) -> FileImport:
    texts = ReadingTexts(query.columns, query.time_zone, query.dates, query.where, query.shift)
    return FileImport(query.name, query.asset, query.source, query.mode, texts, query.dry_run == "1")


def _batch_events(events: Iterator[object]) -> Iterator[object]:
    for event in events:
        if isinstance(event, Preview):
            yield {**event.to_dict(), "lines": event.lines()}
        elif isinstance(event, Comparison):
            yield {**vars(event), "lines": event.lines()}
        elif isinstance(event, SeriesPreview):
            yield {"lines": list(event.lines)}
        elif isinstance(event, ImportBatch):
            yield {"stage": counts_sentence(event), "step": 1, "steps": 1, "batch": batch_json(event)}
        else:
            yield event
