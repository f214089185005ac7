"""Index of the API, generated from its routes."""

from flask import Blueprint, Response, current_app

from ppa_web.api.json_response import json_response

index = Blueprint("index", __name__)
ROOT = "/api/v1"
# prefix of the endpoints that serve former paths; the index leaves them out
DEPRECATED = "deprecated_"


@index.get(ROOT, strict_slashes=False)
def get_index() -> Response:
    """Every path below `/api/v1` with its method and a description."""
    endpoints = {}
    for rule in current_app.url_map.iter_rules():
        if rule.rule.startswith(ROOT) and not rule.endpoint.rpartition(".")[2].startswith(DEPRECATED):
            method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
            docstring = current_app.view_functions[rule.endpoint].__doc__ or ""
            endpoints[f"{method} {rule.rule}"] = " ".join(docstring.split("\n\n")[0].split())
    by_path = sorted(endpoints.items(), key=lambda item: item[0].split()[::-1])
    return json_response({"endpoints": dict(by_path)})
