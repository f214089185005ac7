"""Step 1: choose a price and a label, see it, save it, download the dataset."""

from flask import Blueprint, Response

from frontend.pages.rendering import page

configure = Blueprint("configure", __name__)


@configure.get("/configure")
def show() -> Response:
    """`/configure`; the query holds the whole state of the page."""
    return page("configure.html")
