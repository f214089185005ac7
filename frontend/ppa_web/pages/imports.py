"""Page Import: preview and store files of one's own, and withdraw what was misread."""

from flask import Blueprint, Response

from ppa_web.pages.rendering import page

imports = Blueprint("imports", __name__)


@imports.get("/imports")
def show() -> Response:
    """Page `/imports`."""
    return page("imports.html")
