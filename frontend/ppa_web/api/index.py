"""Index of the API, generated from its routes."""

import json
from typing import cast

from flask import Blueprint, Response, current_app

from ppa_web.api.json_response import json_response
from ppa_web.openapi.document import DEPRECATED, openapi_document
from ppa_web.openapi.operation import operation
from ppa_web.responses.status import Index, OpenApi

index = Blueprint("index", __name__)
ROOT = "/api/v1"


@index.get(ROOT, strict_slashes=False)
@operation(Index)
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


@index.get(f"{ROOT}/openapi.json")
@operation(OpenApi)
def get_openapi() -> Response:
    """The OpenAPI 3.1 document of this API and of the functions."""
    return Response(_document(), mimetype="application/json")


def _document() -> str:
    """The document as text, made once for each app."""
    held = current_app.extensions
    if "openapi" not in held:
        held["openapi"] = json.dumps(openapi_document(current_app._get_current_object()))  # type: ignore[attr-defined]
    return cast(str, held["openapi"])
