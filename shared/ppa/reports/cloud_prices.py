"""What Google Cloud charges: a list with the day it is of."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

TIB = 1 << 40


@cache
def prices() -> Mapping[str, Any]:
    """The list, in US dollars."""
    path = Path(__file__).with_name("cloud_prices.json")
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def free_query_bytes() -> int:
    """Bytes of a month's queries that are free."""
    return int(prices()["bigquery_query_tib"]["free"] * TIB)


def query_usd(billed: float) -> float:
    """What so many bytes billed in one month cost, the free ones taken off."""
    return float(max(billed - free_query_bytes(), 0.0) / TIB * prices()["bigquery_query_tib"]["price"])
