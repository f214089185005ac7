"""Overview page with the state of each of the three steps."""

from flask import Blueprint, Response

from ppa_web.pages.rendering import page

overview = Blueprint("overview", __name__)


@overview.get("/")
def show() -> Response:
    """Page `/`."""
    return page("overview.html")
