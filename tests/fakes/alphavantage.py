"""Alpha Vantage: /query?function=…; every failure has status 200."""

from collections.abc import Mapping

import pandas as pd

from tests.fakes.faults import ALPHAVANTAGE_BODIES
from tests.fakes.fred import text
from tests.fakes.messages import Reply, Request, as_json
from tests.fakes.world import World, pairs

COMPACT_ROWS = 100
_NOT_OURS = ("function", "apikey", "outputsize", "datatype")


def answer(world: World, request: Request) -> Reply:
    """Response to a request."""
    if request.query.get("apikey", "bad").startswith("bad"):
        return Reply(200, ALPHAVANTAGE_BODIES["bad key"])
    function = request.query.get("function", "")
    parameters = {name: value for name, value in request.query.items() if name not in _NOT_OURS}
    series = world.series("alphavantage", function, parameters)
    if request.path != "/query" or series is None:
        return Reply(200, ALPHAVANTAGE_BODIES["bad call"])
    values = world.present(series, request.data_until).iloc[::-1]
    if function == "FX_DAILY":
        return _exchange_rates(values, request.query)
    interval = parameters.get("interval", series.cadence)
    data = [{"date": f"{day:%Y-%m-%d}", "value": text(value, ".")} for day, value in pairs(values)]
    return as_json({"name": series.name, "interval": interval, "unit": "unit", "data": data})


def _exchange_rates(values: pd.DataFrame, query: Mapping[str, str]) -> Reply:
    size = query.get("outputsize", "compact")
    values = values.dropna(subset="value").head(COMPACT_ROWS if size == "compact" else len(values))
    bars = ("1. open", "2. high", "3. low", "4. close")
    days = {f"{day:%Y-%m-%d}": dict.fromkeys(bars, f"{value:.5f}") for day, value in pairs(values)}
    meta = {
        "1. Information": "Forex Daily Prices (open, high, low, close)",
        "2. From Symbol": query["from_symbol"],
        "3. To Symbol": query["to_symbol"],
        "4. Output Size": size,
        "5. Last Refreshed": next(iter(days), ""),
        "6. Time Zone": "UTC",
    }
    return as_json({"Meta Data": meta, "Time Series FX (Daily)": days})
