"""API requests of each page view, and how often each page is viewed; the browser tests check them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Visit:
    """A page: its share of all views, its address, its API requests, and the request it polls while it is open."""

    share: float
    path: str
    asked: tuple[str, ...]
    polled: str = ""
    every_seconds: float = 0.0


LIVE = "live?asset=BTC&days=7&made=live&rank=lower"
MONTH = "chart?asset=BTC&from=2026-01-31T12:00:00Z&to=2026-03-02T12:00:00Z&points=720"
STRIP = "chart?asset=BTC&from=2017-01-01T00:00:00Z&points=400"
PREVIEW = "labels/preview?asset=BTC&mode=touch&lookahead=24&threshold=0.02&fee=0.002"
# Most views are of live predictions.
VISITS: Mapping[str, Visit] = {
    "overview": Visit(
        0.10,
        "/",
        ("quotes", "assets", "labels", "models", MONTH, "predictions?limit=1", "features", "status"),
    ),
    "configure": Visit(
        0.10,
        "/configure",
        ("assets", "chart?asset=BTC&points=2000", PREVIEW, STRIP, "features", "labels"),
    ),
    "models": Visit(
        0.10,
        "/models",
        ("comparison/labels", "models?label_id={label}", "comparison?models={model},{other}", "labels"),
    ),
    "model": Visit(
        0.05,
        "/models/{model}",
        (
            "models/{model}",
            "models/{model}/history",
            "models/{model}/reference",
            "models/{model}/policies",
        ),
    ),
    "live": Visit(0.45, "/live", ("assets", LIVE), LIVE, 15.0),
    "performances": Visit(0.05, "/performance", ("performance?origin=live",)),
    "performance": Visit(
        0.10,
        "/performance/{model}",
        (
            "models/{model}/performance?origin=live&window=all&fee=0.002",
            "models/{model}/drift?origin=live&window=all",
        ),
    ),
    "system": Visit(
        0.05, "/system", ("me", "grafana", "status", "policies", "alerts?limit=50"), "status", 30.0
    ),
}
