"""Values as JSON: times in ISO 8601 with Z, NaN and NA as null; long work as lines of JSON."""

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from flask import Response, stream_with_context

from frontend.context import platform
from shared.errors import PpaError
from shared.frames import utc
from shared.secrets import redactor

logger = logging.getLogger("ppa.web")

STREAM = "application/x-ndjson"
AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def answer(body: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(plain(body), allow_nan=False), status, mimetype="application/json")


def plain(value: object) -> Any:
    """A value made of what JSON has."""
    if type(value) in AS_THEY_ARE:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, pd.Series | pd.Index | np.ndarray):
        return _array(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def _array(values: "pd.Series[Any] | pd.Index[Any] | np.ndarray[Any, Any]") -> list[object]:
    """The many numbers of a chart at once; anything else one by one."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        numbers = np.asarray(values)
        listed: list[object] = numbers.tolist()
        for at in np.flatnonzero(~np.isfinite(numbers)).tolist():
            listed[at] = None
        return listed
    return [plain(item) for item in values.tolist()]


def _scalar(value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, np.generic):
        return _scalar(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def iso(moment: datetime) -> str:
    """A time as `2026-01-31T12:00:00Z`, with microseconds where it has any."""
    return utc(moment).isoformat().replace("+00:00", "Z")


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
    return [_scalar(value) for value in values.tolist()]


def lines(events: Iterable[object]) -> Response:
    """Long work as a stream of JSON lines: an object an event; the last is {"result": …} or {"problem": …}."""
    # a proxy that gathers an answer before it passes it on would hold the first line back until the last
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return Response(stream_with_context(_lines(events)), headers=headers, mimetype=STREAM)


def _lines(events: Iterable[object]) -> Iterator[str]:
    event: object = None
    try:
        for event in events:
            yield _line(plain(event))
        yield _line({"result": plain(event)})
    except PpaError as error:
        more = {"remedy": error.remedy, "verdicts": error.verdicts}
        yield _problem(error.status, error.code, str(error), **{k: v for k, v in more.items() if v})
    except Exception:
        # the answer has begun, so that no error handler can say it any more
        logger.exception("unforeseen error in a stream")
        yield _problem(500, "internal", "Something went wrong here, and the work stopped; the log says what.")


def _problem(status: int, code: str, detail: str, **more: object) -> str:
    detail = redactor(platform().settings).text(detail)
    return _line({"problem": {"status": status, "code": code, "detail": detail, **more}})


def _line(body: object) -> str:
    return json.dumps(body, allow_nan=False) + "\n"
