"""How it is: status, catalogue, live prices, health."""

from flask import Blueprint, Response, request

from ppa.reports.status import RUNS_SINCE
from ppa.reports.status.readiness import readiness
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_frame
from ppa_web.api.json_response import json_response, records
from ppa_web.context import current_status, platform
from ppa_web.grafana import embedding
from ppa_web.identity import person

system = Blueprint("system", __name__)


@system.get("/api/v1/status")
def get_status() -> Response:
    """Everything that System info shows."""
    return json_response(current_status())


@system.get("/api/v1/grafana")
def grafana() -> Response:
    """Whether the page may show Grafana, and its dashboard's address."""
    return json_response(embedding(platform(), request.host_url.rstrip("/")))


@system.get("/api/v1/assets")
def assets() -> Response:
    """The assets, and how far their bars reach."""
    stored = series_status(platform()).reindex(
        [a.series("close") for a in platform().catalogue.assets.values()]
    )
    spans = stored[["first_event", "newest_event"]].itertuples(index=False)
    return json_response(
        {
            "assets": [
                {"id": a.id, "name": a.name, "pair": a.pair, "first": first, "last": last}
                for a, (first, last) in zip(platform().catalogue.assets.values(), spans, strict=True)
            ]
        }
    )


@system.get("/api/v1/quotes")
def quotes() -> Response:
    """The newest live price of each asset, and its age."""
    now = platform().now()
    frame = to_frame(platform().warehouse.query("quotes", since=now.floor("h") - RUNS_SINCE))
    return json_response(
        {"quotes": records(frame.assign(age_seconds=(now - frame["ts"]).dt.total_seconds()))}
    )


@system.get("/api/v1/me")
def me() -> Response:
    """Who asks, and what they may do."""
    return json_response({"email": person().email, "role": person().role})


@system.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return json_response({"status": "ok"})


@system.get("/readyz")
def readyz() -> Response:
    """The warehouse answers and has rows that are fresh enough; 503 where it has none, or only old ones."""
    state = readiness(platform())
    return json_response(state, 200 if state["status"] == "ok" else 503)
