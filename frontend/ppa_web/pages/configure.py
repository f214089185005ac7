"""Page for step 1: define, preview and save a label, and download its dataset."""

from flask import Blueprint, Response

from ppa.core.contracts.label import MAX_LOOKAHEAD, MIN_VOLATILITY_WINDOW
from ppa.core.dataset_names import dataset_name
from ppa.core.evaluation.profit import MAX_FEE
from ppa.platform import SYNTHETIC
from ppa_web.api.system import bigquery_dataset
from ppa_web.context import platform
from ppa_web.pages.rendering import page

configure = Blueprint("configure", __name__)


@configure.get("/configure")
def show() -> Response:
    """Page `/configure`; its state is stored in the query."""
    limits = {"most_hours": MAX_LOOKAHEAD, "least_window": MIN_VOLATILITY_WINDOW, "most_fee": MAX_FEE}
    file_name = dataset_name("{label_id}", synthetic=platform().data_kind() == SYNTHETIC)
    return page("configure.html", bigquery=bigquery_dataset(), file_name=file_name, **limits)
