"""How good a model has been since it was made."""

from flask import Blueprint, Response

from frontend.context import platform
from frontend.pages.rendering import page
from shared.models.models import find_model

performance = Blueprint("performance", __name__)


@performance.get("/performance")
def choose() -> Response:
    """`/performance`: all models that have made predictions or may."""
    return page("performances.html")


@performance.get("/performance/<model_id>")
def show(model_id: str) -> Response:
    """`/performance/<model_id>`; the query holds the origin."""
    return page("performance.html", model_id=find_model(platform(), model_id).model_id)
