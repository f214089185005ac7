"""Step 3: the price, the predictions of the active models, and the next ones."""

from flask import Blueprint, Response

from ppa_web.pages.rendering import page

live = Blueprint("live", __name__)


@live.get("/live")
def show() -> Response:
    """`/live`; the query holds the asset, the span and the model."""
    return page("live.html")
