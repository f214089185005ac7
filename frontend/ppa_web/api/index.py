"""What the API has, from its own routes."""

from flask import Blueprint, Response, current_app

from ppa_web.api.json_response import json_response

index = Blueprint("index", __name__)
ROOT = "/api/v1"


@index.get(ROOT, strict_slashes=False)
def get_index() -> Response:
    """Every address below `/api/v1`, its methods, and what it does."""
    found = {}
    for rule in current_app.url_map.iter_rules():
        if rule.rule.startswith(ROOT):
            method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
            said = current_app.view_functions[rule.endpoint].__doc__ or ""
            found[f"{method} {rule.rule}"] = " ".join(said.split("\n\n")[0].split())
    return json_response({"endpoints": dict(sorted(found.items(), key=lambda item: item[0].split()[::-1]))})
