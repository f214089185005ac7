"""Rendering of pages from templates, without caching, as a deployment may change them."""

from flask import Response, make_response, render_template


def page(template: str, **values: object) -> Response:
    """Render `template` as a response that is not cached."""
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "no-store"
    return response
