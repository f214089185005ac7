"""Pages for step 2: comparison of models of one label, and one model in detail."""

from flask import Blueprint, Response

from ppa.modelfiles.safety.archive import format_size, max_model_size
from ppa.repository.models import find_model
from ppa_web.context import platform
from ppa_web.pages.rendering import page

models = Blueprint("models", __name__)


@models.get("/models")
def compare() -> Response:
    """Page `/models`; label and selected models are stored in the query."""
    maximum = max_model_size(platform().settings)
    return page("models.html", most_bytes=maximum, maximum=format_size(maximum))


@models.get("/models/<model_id>")
def show(model_id: str) -> Response:
    """Page `/models/<model_id>`."""
    return page("model.html", model_id=find_model(platform(), model_id).model_id)
