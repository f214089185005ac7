"""Step 2: models of one label side by side, and one model in detail."""

from flask import Blueprint, Response

from frontend.context import platform
from frontend.pages.rendering import page
from shared.models.models import find_model
from shared.models.safety.archive import largest, sized

models = Blueprint("models", __name__)


@models.get("/models")
def compare() -> Response:
    """`/models`; the query holds the label and the ticked models."""
    most = largest(platform().settings)
    return page("models.html", most_bytes=most, most=sized(most))


@models.get("/models/<model_id>")
def show(model_id: str) -> Response:
    """`/models/<model_id>`."""
    return page("model.html", model_id=find_model(platform(), model_id).model_id)
