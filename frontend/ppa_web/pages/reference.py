"""Page with the reference of the API."""

from flask import Blueprint, Response

from ppa_web.openapi.document import DESCRIPTION
from ppa_web.pages.rendering import page

reference = Blueprint("reference", __name__)


@reference.get("/api")
def show() -> Response:
    """Page `/api`: the OpenAPI document, to read."""
    return page("reference.html", description=DESCRIPTION)
