"""How every page is answered: a template, never kept by caches, since the next deployment changes it."""

from flask import Response, make_response, render_template


def page(template: str, **values: object) -> Response:
    """`template` as a page that the browser asks for anew each time."""
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "no-store"
    return response
