"""Step 1: choose a price and a label, see it, save it, download the dataset."""

from flask import Blueprint, Response

from ppa.core.evaluation.profit import MAX_FEE
from ppa.core.labels.criterion import MAX_LOOKAHEAD, MIN_VOLATILITY_WINDOW
from ppa.ops.addresses import split_address
from ppa_web.context import platform
from ppa_web.pages.rendering import page

configure = Blueprint("configure", __name__)


@configure.get("/configure")
def show() -> Response:
    """`/configure`; the query holds the whole state of the page."""
    limits = {"most_hours": MAX_LOOKAHEAD, "least_window": MIN_VOLATILITY_WINDOW, "most_fee": MAX_FEE}
    return page("configure.html", bigquery=bigquery_dataset(), **limits)


def bigquery_dataset() -> str | None:
    """`project.dataset` where the warehouse is BigQuery, for those who read it from a notebook."""
    address = split_address(platform().settings.warehouse_address)
    return f"{address.netloc}.{address.path.strip('/')}" if address.scheme == "bigquery" else None
