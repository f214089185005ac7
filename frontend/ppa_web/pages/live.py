"""Page for step 3: the price with the predictions of the active models."""

from flask import Blueprint, Response

from ppa_web.pages.rendering import page

live = Blueprint("live", __name__)


@live.get("/live")
def show() -> Response:
    """Page `/live`; asset, span and models are stored in the query."""
    return page("live.html")
