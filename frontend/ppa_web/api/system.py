"""Status, assets, live prices, Grafana, current user and health checks."""

from flask import Blueprint, Response, request

from ppa.ops.addresses import split_address
from ppa.reports.status import RUNS_SINCE
from ppa.reports.status.readiness import readiness
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_frame
from ppa_web.api.json_response import json_response, records
from ppa_web.context import current_status, platform
from ppa_web.grafana import embedding
from ppa_web.identity import person
from ppa_web.openapi.operation import operation
from ppa_web.responses import status as shapes
from ppa_web.responses.data import Assets
from ppa_web.responses.predictions import Quotes

system = Blueprint("system", __name__)


@system.get("/api/v1/status")
@operation(shapes.Status)
def get_status() -> Response:
    """Status of the platform, as shown by System info."""
    return json_response(current_status())


@system.get("/api/v1/grafana")
@operation(shapes.Grafana)
def grafana() -> Response:
    """State of the embedded Grafana, with the address of its dashboard."""
    return json_response(embedding(platform(), request.host_url.rstrip("/")))


@system.get("/api/v1/warehouse")
@operation(shapes.WarehouseKind)
def warehouse() -> Response:
    """Kind of the warehouse, with its BigQuery dataset as `project.dataset` where it has one, for notebooks."""
    dataset = bigquery_dataset()
    return json_response({"kind": "bigquery" if dataset else "embedded", "dataset": dataset})


def bigquery_dataset() -> str | None:
    """BigQuery dataset of the warehouse as `project.dataset`, for notebooks; None for other warehouses."""
    address = split_address(platform().settings.warehouse_address)
    return f"{address.netloc}.{address.path.strip('/')}" if address.scheme == "bigquery" else None


@system.get("/api/v1/assets")
@operation(Assets)
def assets() -> Response:
    """Assets with the range of their bars."""
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
@operation(Quotes)
def quotes() -> Response:
    """Latest live price of each asset, with its age."""
    now = platform().now()
    frame = to_frame(platform().warehouse.query("quotes", since=now.floor("h") - RUNS_SINCE))
    return json_response(
        {"quotes": records(frame.assign(age_seconds=(now - frame["ts"]).dt.total_seconds()))}
    )


@system.get("/api/v1/me")
@operation(shapes.Me)
def me() -> Response:
    """Email address and role of the user."""
    return json_response({"email": person().email, "role": person().role})


@system.get("/healthz")
@operation(shapes.Alive)
def healthz() -> Response:
    """Liveness probe: the process responds."""
    return json_response({"status": "ok"})


@system.get("/readyz")
@operation({200: shapes.Readiness, 503: shapes.Readiness})
def readyz() -> Response:
    """Readiness probe: 503 if the warehouse has no rows, or only old ones."""
    state = readiness(platform())
    return json_response(state, 200 if state["status"] == "ok" else 503)
