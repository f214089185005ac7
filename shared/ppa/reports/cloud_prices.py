"""Google Cloud prices, with the date of the price list."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

TIB = 1 << 40


@cache
def prices() -> Mapping[str, Any]:
    """Price list in US dollars, as stored in `cloud_prices.json`."""
    path = Path(__file__).with_name("cloud_prices.json")
    price_list: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return price_list


def free_query_bytes() -> int:
    """Bytes of queries that are free each month."""
    return int(prices()["bigquery_query_tib"]["free"] * TIB)


def query_usd(billed: float) -> float:
    """Price in US dollars of `billed` query bytes in one month, after the free tier."""
    return float(max(billed - free_query_bytes(), 0.0) / TIB * prices()["bigquery_query_tib"]["price"])
