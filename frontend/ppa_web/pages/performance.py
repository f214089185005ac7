"""How good a model has been since it was made."""

from flask import Blueprint, Response

from ppa.repository.models import find_model
from ppa_web.context import platform
from ppa_web.pages.rendering import page

performance = Blueprint("performance", __name__)


@performance.get("/performance")
def choose() -> Response:
    """`/performance`: all models that have made predictions or may."""
    return page("performances.html")


@performance.get("/performance/<model_id>")
def show(model_id: str) -> Response:
    """`/performance/<model_id>`; the query holds the origin."""
    return page("performance.html", model_id=find_model(platform(), model_id).model_id)
