"""FRED: /graph/fredgraph.csv without a key, and the API's observations and vintage dates with one."""

import json
from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from ppa.core.catalogue import Series
from tests.fakes.messages import Reply, Request, as_json
from tests.fakes.world import World, pairs

MAX_VINTAGES = 2000
FIRST_DAY, LAST_DAY = "1776-07-04", "9999-12-31"
NOT_IN_ARCHIVE = "Bad Request.  The series does not exist in ALFRED but may exist in FRED."


def answer(world: World, request: Request) -> Reply:
    """Response to a request."""
    if request.path == "/graph/fredgraph.csv":
        return _csv(world, request)
    if request.query.get("api_key", "bad").startswith("bad"):
        return _refusal("Bad Request.  The value for variable api_key is not registered.")
    series = world.series("fred", request.query.get("series_id", ""))
    if series is None:
        return _refusal("Bad Request.  The series does not exist.")
    archived = "known_at" in world.levels[series.name]
    if request.path == "/fred/series/vintagedates":
        return _vintage_dates(world, series, request) if archived else _refusal(NOT_IN_ARCHIVE)
    if archived and "realtime_start" in request.query:
        return _vintages(world, series, request)
    return _present(world, series, request)


def _csv(world: World, request: Request) -> Reply:
    symbol = request.query.get("id", "")
    series = world.series("fred", symbol)
    if series is None:
        return Reply(
            404, "<!DOCTYPE html><html><body><h1>Error - St. Louis Fed</h1></body></html>", "text/html"
        )
    values = _observed(world.present(series, request.data_until), request.query, "cosd", "coed")
    header, missing = ("DATE", ".") if world.old_fred_csv else ("observation_date", "")
    lines = [f"{header},{symbol}"]
    lines += [f"{day:%Y-%m-%d},{text(value, missing)}" for day, value in pairs(values)]
    return Reply(200, "\n".join(lines) + "\n", "application/csv")


def text(value: float, missing: str) -> str:
    """Format a value as FRED does."""
    return missing if pd.isna(value) else repr(float(value))


def _present(world: World, series: Series, request: Request) -> Reply:
    today = f"{request.now:%Y-%m-%d}"
    values = _observed(world.present(series, request.data_until), request.query)
    rows = [_row(day, value, today, today) for day, value in pairs(values)]
    return _page(request, today, today, "observations", rows)


def _vintages(world: World, series: Series, request: Request) -> Reply:
    first = request.query["realtime_start"]
    last = request.query.get("realtime_end", f"{request.now:%Y-%m-%d}")
    days = [day for day in _days(world, series, request.data_until) if first <= day <= last]
    if len(days) > MAX_VINTAGES:
        return _refusal(
            f"Bad Request.  There are {len(days)} vintage dates in the specified real-time period: {first} to "
            f"{last}.  This exceeds the maximum number of vintage dates allowed for this file type "
            f"({MAX_VINTAGES})."
        )
    if not any(day <= last for day in _days(world, series, request.data_until)):
        return _refusal(NOT_IN_ARCHIVE)
    rows = _rows_in(_observed(_known(world, series, request.data_until), request.query), first, last)
    return _page(request, first, last, "observations", rows)


def _known(world: World, series: Series, until: datetime) -> pd.DataFrame:
    values = world.levels[series.name]
    return values[values["known_at"] <= pd.Timestamp(until)].sort_values(["event_time", "known_at"])


def _rows_in(values: pd.DataFrame, first: str, last: str) -> list[dict[str, str]]:
    ends = values.groupby("event_time")["known_at"].shift(-1) - pd.Timedelta(days=1)
    starts = values["known_at"].dt.strftime("%Y-%m-%d")
    spans = zip(values["event_time"], values["value"], starts, ends, strict=True)
    rows = []
    for event_time, value, start, end in spans:
        until = LAST_DAY if pd.isna(end) else f"{end:%Y-%m-%d}"
        if start <= last and until >= first:
            rows.append(_row(event_time, value, max(start, first), min(until, last)))
    return rows


def _vintage_dates(world: World, series: Series, request: Request) -> Reply:
    days = _days(world, series, request.data_until)
    return _page(request, FIRST_DAY, LAST_DAY, "vintage_dates", days)


def _days(world: World, series: Series, until: datetime) -> list[str]:
    return sorted(set(_known(world, series, until)["known_at"].dt.strftime("%Y-%m-%d")))


def _observed(
    values: pd.DataFrame,
    query: Mapping[str, str],
    start: str = "observation_start",
    end: str = "observation_end",
) -> pd.DataFrame:
    first, last = (
        pd.Timestamp(query.get(name, default), tz="UTC")
        for name, default in ((start, FIRST_DAY), (end, "2262-01-01"))
    )
    return values[(values["event_time"] >= first) & (values["event_time"] <= last)]


def _row(event_time: pd.Timestamp, value: float, first: str, last: str) -> dict[str, str]:
    day = f"{event_time:%Y-%m-%d}"
    return {"realtime_start": first, "realtime_end": last, "date": day, "value": text(value, ".")}


def _page(
    request: Request, first: str, last: str, key: str, items: list[dict[str, str]] | list[str]
) -> Reply:
    offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 100000))
    about = {
        "observation_start": request.query.get("observation_start", "1600-01-01"),
        "observation_end": request.query.get("observation_end", LAST_DAY),
        "units": "lin",
        "output_type": 1,
        "file_type": "json",
    }
    return as_json(
        {
            "realtime_start": first,
            "realtime_end": last,
            **(about if key == "observations" else {}),
            "order_by": "observation_date" if key == "observations" else "vintage_date",
            "sort_order": "asc",
            "count": len(items),
            "offset": offset,
            "limit": limit,
            key: items[offset : offset + limit],
        }
    )


def _refusal(message: str) -> Reply:
    return Reply(400, json.dumps({"error_code": 400, "error_message": message}))
