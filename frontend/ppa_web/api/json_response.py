"""Values as JSON: times in ISO 8601 with Z, NaN and NA as null; long work as lines of JSON."""

import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from flask import Response, stream_with_context

from ppa.core.contracts.problem import Problem
from ppa.core.errors import PpaError
from ppa.core.plain_json import jsonable, jsonable_scalar
from ppa.core.problems import internal_problem, problem_json, problem_of
from ppa.ops.secrets import redactor
from ppa_web.context import platform

logger = logging.getLogger("ppa.web")

STREAM = "application/x-ndjson"


def json_response(body: object, status: int = 200) -> Response:
    """Response with a JSON body."""
    return Response(json.dumps(jsonable(body), allow_nan=False), status, mimetype="application/json")


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of a frame as JSON objects."""
    columns = {str(name): _column(frame[name]) for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def stamps(hours: pd.DatetimeIndex) -> list[str]:
    """Full hours as ISO texts, all at once."""
    return [
        f"{text}Z"
        for text in np.datetime_as_string(hours.asi8.astype(f"M8[{hours.unit}]"), unit="s").tolist()
    ]


def _column(values: "pd.Series[Any]") -> list[object]:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        texts = np.datetime_as_string(values.dt.tz_localize(None).to_numpy(), unit="us")
        return [None if text == "NaT" else text.removesuffix(".000000") + "Z" for text in texts.tolist()]
    return [jsonable_scalar(value) for value in values.tolist()]


def lines(events: Iterable[object]) -> Response:
    """Long work as a stream of JSON lines: an object an event; the last is {"result": …} or {"problem": …}."""
    # a proxy that buffers a response would hold the first line back until the last
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return Response(stream_with_context(_lines(events)), headers=headers, mimetype=STREAM)


def _lines(events: Iterable[object]) -> Iterator[str]:
    event: object = None
    try:
        for event in events:
            yield _line(jsonable(event))
        yield _line({"result": jsonable(event)})
    except PpaError as error:
        yield _problem(problem_of(error))
    except Exception:
        # the response has begun, so no error handler can replace it
        logger.exception("unforeseen error in a stream")
        detail = "Something went wrong here, and the work stopped; the log says what."
        yield _problem(internal_problem(detail))


def _problem(body: Problem) -> str:
    return _line({"problem": redactor(platform().settings).json(problem_json(body))})


def _line(body: object) -> str:
    return json.dumps(body, allow_nan=False) + "\n"
