"""Step 2: models of one label side by side, and one model in detail."""

from flask import Blueprint, Response

from frontend.pages.rendering import page

models = Blueprint("models", __name__)


@models.get("/models")
def compare() -> Response:
    """`/models`; the query holds the label and the ticked models."""
    return page("models.html")


@models.get("/models/<model_id>")
def show(model_id: str) -> Response:
    """`/models/<model_id>`."""
    return page("model.html", model_id=model_id)
