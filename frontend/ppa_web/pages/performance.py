"""Pages with the performance of models since activation."""

from flask import Blueprint, Response

from ppa.repository.models import find_model
from ppa_web.context import platform
from ppa_web.pages.rendering import page

performance = Blueprint("performance", __name__)


@performance.get("/performance")
def choose() -> Response:
    """Page `/performance`: list of all models."""
    return page("performances.html")


@performance.get("/performance/<model_id>")
def show(model_id: str) -> Response:
    """Page `/performance/<model_id>`; the origin is stored in the query."""
    return page("performance.html", model_id=find_model(platform(), model_id).model_id)
