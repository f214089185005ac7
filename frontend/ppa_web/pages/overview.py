"""The overview: what this is, and where each of the three steps stands."""

from flask import Blueprint, Response

from ppa_web.pages.rendering import page

overview = Blueprint("overview", __name__)


@overview.get("/")
def show() -> Response:
    """`/`."""
    return page("overview.html")
