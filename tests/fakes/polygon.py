"""Polygon (Massive): aggregates of one ticker, of a market's whole day, and the snapshot."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pandas as pd

from tests.fakes.messages import Reply, Request, as_json
from tests.fakes.world import BarTable, World

# the real service writes its own address into next_url
PUBLIC_URL = "https://api.polygon.io"
MAX_BASE_AGGREGATES = 50000
REQUEST_ID = "6a7e466379af0a71039d60cc78e72282"
_RANGE = re.compile(r"/v2/aggs/ticker/([^/]+)/range/1/(hour|day)/([^/]+)/([^/]+)")
_GROUPED = re.compile(r"/v2/aggs/grouped/locale/(global|us)/market/(crypto|fx|stocks)/(\d{4}-\d\d-\d\d)")
_PREFIXES = {"crypto": "X:", "fx": "C:"}
# a US trading day is stamped with its midnight in New York
_NEW_YORK_MIDNIGHT = 5 * 3600


def answer(world: World, request: Request) -> Reply:
    """Response to a request."""
    if refusal := _refusal(request):
        return refusal
    if asked := _RANGE.fullmatch(request.path):
        return _range(world, request, *asked.groups())
    if asked := _GROUPED.fullmatch(request.path):
        return _grouped(world, request, asked[2], asked[3])
    if request.path == "/v3/snapshot":
        return _snapshot(world, request)
    return as_json({"status": "ERROR", "request_id": REQUEST_ID, "error": "Not Found"}, 404)


def _refusal(request: Request) -> Reply | None:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    key = bearer or request.query.get("apiKey", "")
    if not key or key.startswith("bad"):
        return as_json({"status": "ERROR", "request_id": REQUEST_ID, "error": "Unknown API Key"}, 401)
    if key.startswith("poor"):
        message = "You are not entitled to this data. Please upgrade your plan."
        return as_json({"status": "NOT_AUTHORIZED", "request_id": REQUEST_ID, "message": message}, 403)
    return None


def _range(world: World, request: Request, ticker: str, span: str, first: str, last: str) -> Reply:
    table = (world.hourly if span == "hour" else world.daily)("polygon", ticker)
    bars = _bars(table, ticker, span, _ms(first), min(_ms(last, end=True), _now_ms(request)))
    limit = min(int(_cursor(request).get("limit", "5000")), MAX_BASE_AGGREGATES)
    # the limit counts the minute bars that hourly bars are built from
    page = bars[: max(1, limit // 60) if span == "hour" else limit]
    body = {"ticker": ticker} | _aggregates(page)
    if len(page) < len(bars):
        cursor = urlsafe_b64encode(f"limit={limit}".encode()).decode()
        following = bars[len(page)]["t"]
        body["next_url"] = (
            f"{PUBLIC_URL}/v2/aggs/ticker/{ticker}/range/1/{span}/{following}/{last}?cursor={cursor}"
        )
    return as_json(body)


def _cursor(request: Request) -> Mapping[str, str]:
    """State of the next page, stored in the cursor of next_url."""
    cursor = request.query.get("cursor")
    return dict(parse_qsl(urlsafe_b64decode(cursor).decode())) if cursor else request.query


def _bars(
    table: BarTable | None, ticker: str, span: str, first: float, last: float
) -> list[dict[str, float | int | str]]:
    if table is None:
        return []
    shift = _NEW_YORK_MIDNIGHT if span == "day" and ":" not in ticker else 0
    here = table.between(first / 1000 - shift, last / 1000 - shift)
    opens = ((table.opens[here] + shift) * 1000).tolist()
    return [_bar(moment, bar) for moment, (_, bar) in zip(opens, table.frame[here].iterrows(), strict=True)]


def _bar(moment: int, bar: "pd.Series[float]") -> dict[str, float | int | str]:
    names = {"v": "volume", "vw": "vwap", "o": "open", "c": "close", "h": "high", "l": "low"}
    given = {short: float(bar[name]) for short, name in names.items() if name in bar and pd.notna(bar[name])}
    return {**given, "t": moment, "n": 1}


def _aggregates(bars: list[dict[str, float | int | str]]) -> dict[str, object]:
    actual: dict[str, object] = {"results": bars} if bars else {}
    counts = {"queryCount": len(bars), "resultsCount": len(bars), "adjusted": True, "status": "OK"}
    return counts | {"request_id": REQUEST_ID, "count": len(bars)} | actual


def _grouped(world: World, request: Request, market: str, day: str) -> Reply:
    first = _ms(day)
    last = min(_ms(day, end=True), _now_ms(request))
    bars = []
    for ticker in _tickers(world, market):
        table = world.daily("polygon", ticker)
        bars += [{"T": ticker, **bar} for bar in _bars(table, ticker, "day", first, last)]
    return as_json(_aggregates(bars))


def _tickers(world: World, market: str) -> list[str]:
    prefix = _PREFIXES.get(market)
    tickers = world.symbols("polygon")
    return [name for name in tickers if (name.startswith(prefix) if prefix else ":" not in name)]


def _snapshot(world: World, request: Request) -> Reply:
    asked = request.query.get("ticker.any_of", "").split(",")
    limit = int(request.query.get("limit", 10))
    results = [result for ticker in asked for result in _shot(world, ticker, request.data_until)]
    return as_json({"request_id": REQUEST_ID, "status": "OK", "results": results[:limit]})


def _shot(world: World, ticker: str, now: datetime) -> Iterator[dict[str, object]]:
    table = world.hourly("polygon", ticker) or world.daily("polygon", ticker)
    bars = table.frame[table.between(0, now.timestamp())] if table else pd.DataFrame()
    if table is None or bars.empty:
        yield {"ticker": ticker, "error": "NOT_FOUND", "message": "Ticker not found."}
        return
    bar = bars.iloc[-1]
    traded_at = min(pd.Timestamp(now), bars.index[-1] + table.length)
    session = {name: bar[name] for name in ("open", "high", "low", "close", "volume")}
    trade = {"price": bar["close"], "size": 0.1, "exchange": 1, "id": "517478762"}
    yield {
        "ticker": ticker,
        "type": "crypto" if ticker.startswith("X:") else "fx",
        "name": ticker,
        "market_status": "open",
        "session": session,
        "last_trade": {**trade, "last_updated": traded_at.value},
    }


def _now_ms(request: Request) -> float:
    return request.data_until.timestamp() * 1000


def _ms(moment: str, *, end: bool = False) -> float:
    if "-" not in moment:
        return int(moment)
    day = datetime.strptime(moment, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=int(end))
    return day.timestamp() * 1000 - int(end)
