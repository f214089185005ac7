"""Coinbase Exchange: /products/<product>/candles and /ticker."""

import re
from datetime import UTC, datetime

from tests.fakes.messages import Reply, Request, as_json
from tests.fakes.world import BarTable, World

MAX_CANDLES = 300
GRANULARITIES = (60, 300, 900, 3600, 21600, 86400)
TOO_MANY = (
    "granularity too small for the requested time range. Count of aggregations requested exceeds "
    f"{MAX_CANDLES}"
)
_PATH = re.compile(r"/products/([^/]+)/(candles|ticker)")


def answer(world: World, request: Request) -> Reply:
    """Response to a request."""
    asked = _PATH.fullmatch(request.path)
    if not asked:
        return as_json({"message": "Route not found"}, 404)
    product, what = asked.groups()
    return _ticker(world, product, request) if what == "ticker" else _candles(world, product, request)


def _candles(world: World, product: str, request: Request) -> Reply:
    granularity = int(request.query.get("granularity", 60))
    if granularity not in GRANULARITIES:
        return as_json({"message": "Unsupported granularity"}, 400)
    now = request.data_until.timestamp()
    last = _seconds(request.query.get("end"), now)
    first = _seconds(request.query.get("start"), last - (MAX_CANDLES - 1) * granularity)
    if (last - first) / granularity > MAX_CANDLES:
        return as_json({"message": TOO_MANY}, 400)
    table = _table(world, product, granularity)
    if table is None:
        return as_json({"message": "NotFound"}, 404)
    candles = table.candles[table.between(first, min(last, now))]
    return Reply(200, "[" + ",".join(reversed(candles)) + "]")


def _table(world: World, product: str, granularity: int) -> BarTable | None:
    tables = {3600: world.hourly, 86400: world.daily}
    find = tables.get(granularity)
    return find("coinbase", product) if find else None


def _ticker(world: World, product: str, request: Request) -> Reply:
    table = world.hourly("coinbase", product) or world.daily("coinbase", product)
    now = request.data_until.timestamp()
    if table is None or table.opens[0] > now:
        return as_json({"message": "NotFound"}, 404)
    bar = table.frame.iloc[table.between(table.opens[0], now)].iloc[-1]
    traded_at = min(request.data_until, datetime.fromtimestamp(table.opens[-1], UTC) + table.length)
    return as_json(
        {
            "ask": str(bar["close"]),
            "bid": str(bar["close"]),
            "volume": str(bar["volume"]),
            "trade_id": 86326522,
            "price": str(bar["close"]),
            "size": "0.00698254",
            "time": f"{traded_at:%Y-%m-%dT%H:%M:%S.%f}123Z",
        }
    )


def _seconds(moment: str | None, default: float) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else default
