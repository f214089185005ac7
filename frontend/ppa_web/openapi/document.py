"""The OpenAPI 3.1 document, made from the routes of an app and the declarations of their views."""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import msgspec
from flask import Flask
from msgspec.structs import FieldInfo, fields
from werkzeug.routing import Rule

from ppa.core.contracts.problem import Problem
from ppa.core.contracts.record import json_schema
from ppa.core.problems import MEDIA_TYPE, problem_json
from ppa_web.identity import HEALTH, Role, role_of_view
from ppa_web.openapi.arguments import is_repeated
from ppa_web.openapi.contents import Content, Empty, File, Form, Header, Json, JsonLines
from ppa_web.openapi.examples import example_of
from ppa_web.openapi.functions import FUNCTIONS
from ppa_web.openapi.operation import Operation, operation_of
from ppa_web.openapi.problems import EVERY, OF_PROBES, TooLarge, problem_responses
from ppa_web.responses.shape import Shape

OPENAPI = "3.1.0"
REFERENCE = "#/components/schemas/{name}"
DESCRIPTION = (
    "Labels, datasets, models and predictions of the Price Prediction App. Pages, the command `ppa` and the Python "
    "client use this API and nothing beside it. All times are UTC, in ISO 8601. A failed request is answered by a "
    "problem document (RFC 9457), whose `detail` says what is wrong and what to do."
)
FUNCTION_NOTE = (
    " At home it is served here; in the cloud, at the root of an address of its own, for Cloud Scheduler."
)
CAP_NOTE = " Only in the cloud, at the root of an address of its own, for Pub/Sub."
# prefix of the endpoints that serve former paths
DEPRECATED = "deprecated_"
# an item of a list that is separated by commas
WITHOUT_COMMA = {"pattern": "^[^,]+$"}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """An operation where it is served: method, path, first paragraph of its description, and the role it requires."""

    method: str
    path: str
    operation: Operation
    summary: str
    tag: str
    role: Role | None
    deprecated: bool = False

    @property
    def operation_id(self) -> str:
        """Identifier from method and path."""
        words = re.findall(r"\w+", self.path.removeprefix("/api/v1"))
        return "_".join([self.method, *words]) if words else f"{self.method}_index"


def openapi_document(app: Flask) -> JsonObject:
    """Return the document of an app's routes and of the functions."""
    routes = [*routes_of(app), *function_routes()]
    schemas = Schemas(routes)
    paths: dict[str, JsonObject] = {}
    for route in sorted(routes, key=lambda one: (one.path, one.method)):
        paths.setdefault(route.path, {})[route.method] = _operation_object(route, schemas)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Price Prediction App",
            "version": version("price-prediction-app"),
            "description": DESCRIPTION,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This app"}],
        "tags": [{"name": tag, "description": words} for tag, words in sorted(_tags(routes).items())],
        "paths": paths,
        "components": {"responses": _problem_objects(), "schemas": schemas.components},
    }


def routes_of(app: Flask) -> Iterator[Route]:
    """Yield every route of the app whose view is declared."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        declared = operation_of(view)
        if declared:
            yield _route(rule, view, declared)


def function_routes() -> Iterator[Route]:
    """Yield the functions."""
    for name, declared in FUNCTIONS.items():
        function = getattr(import_module(f"ppa.functions.{name}"), name)
        note = CAP_NOTE if name == "cap" else FUNCTION_NOTE
        yield Route("post", f"/functions/{name}", declared, _words(function) + note, "functions", None)


def _route(rule: Rule, view: Callable[..., Any], declared: Operation) -> Route:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    module, name = view.__module__.rpartition(".")[2], rule.endpoint.rpartition(".")[2]
    return Route(
        method.lower(),
        _PARAMETER.sub(r"{\1}", rule.rule),
        declared,
        _words(view),
        module,
        None if rule.rule in HEALTH else role_of_view(view, method),
        name.startswith(DEPRECATED),
    )


def _words(function: Callable[..., Any]) -> str:
    return inspect.cleandoc(function.__doc__ or "")


def _tags(routes: Sequence[Route]) -> Mapping[str, str]:
    modules = {route.tag: f"ppa_web.api.{route.tag}" for route in routes}
    words = {tag: (sys.modules[name].__doc__ or "") for tag, name in modules.items() if name in sys.modules}
    return {
        tag: words[tag].partition("\n\n")[0].strip() if tag in words else "HTTP functions of the jobs."
        for tag in modules
    }


class Schemas:
    """JSON Schemas of all types that routes take and return, made at once so that they share components."""

    def __init__(self, routes: Sequence[Route]) -> None:
        kinds = [Problem, *dict.fromkeys(kind for route in routes for kind in _kinds(route.operation))]
        schemas, components = msgspec.json.schema_components(
            kinds, schema_hook=json_schema, ref_template=REFERENCE
        )
        self._by_kind = {_key(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
        open_names = {kind.__name__ for kind in _shapes(Shape)}
        self.components = {
            name: _readable(schema, drop_closed=name in open_names) for name, schema in components.items()
        }

    def of(self, kind: Any) -> JsonObject:
        """Return the schema of a type."""
        return self._by_kind[_key(kind)]


def _key(kind: Any) -> str:
    return repr(kind)


def _shapes(kind: type[Shape]) -> Iterator[type[Shape]]:
    """Yield all shapes of responses."""
    for one in kind.__subclasses__():
        yield one
        yield from _shapes(one)


def _readable(schema: JsonObject, *, drop_closed: bool) -> JsonObject:
    """Return a component with a clean description. Those of responses stay open: later versions may add fields."""
    closed = ("additionalProperties",) if drop_closed and schema.get("additionalProperties") is False else ()
    kept = {name: value for name, value in schema.items() if name not in closed}
    return kept | ({"description": inspect.cleandoc(kept["description"])} if "description" in kept else {})


def _kinds(declared: Operation) -> Iterator[Any]:
    """Yield the types that an operation takes and returns."""
    yield from declared.path.values()
    yield from (field.type for field in _fields(declared.query))
    if declared.body is not None:
        yield declared.body
    yield from declared.returned()


def _fields(kind: type[Any] | None) -> Sequence[FieldInfo]:
    return fields(kind) if kind is not None else ()


def _operation_object(route: Route, schemas: Schemas) -> JsonObject:
    declared = route.operation
    summary, _, more = route.summary.partition("\n\n")
    role = f"Requires the role {route.role}." if route.role not in (None, "viewer") else ""
    described: JsonObject = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": " ".join(summary.split()),
        "description": "\n\n".join(part for part in (more.strip(), role) if part),
        "deprecated": route.deprecated,
        "parameters": list(_parameters(declared, schemas)),
        "requestBody": _request_body(declared, schemas),
        "responses": dict(_responses(route, schemas)),
    }
    return {name: value for name, value in described.items() if value}


def _parameters(declared: Operation, schemas: Schemas) -> Iterator[JsonObject]:
    for name, kind in declared.path.items():
        yield _parameter(name, "path", schemas.of(kind), example_of(kind), required=True)
    for field in _fields(declared.query):
        yield _query_parameter(field, schemas.of(field.type))
    for name, header in declared.headers.items():
        yield {
            "name": name,
            "in": "header",
            "description": header.description,
            "schema": {"type": "string"},
            "example": header.example,
        }


def _query_parameter(field: FieldInfo, schema: JsonObject) -> JsonObject:
    parameter = _parameter(
        field.encode_name, "query", schema, example_of(field.type), required=field.required
    )
    if schema.get("type") == "array" and not is_repeated(field):
        parameter |= {"style": "form", "explode": False}
        parameter["schema"] = {**parameter["schema"], "items": {**WITHOUT_COMMA, **schema["items"]}}
    default = _default(field)
    if default is not None:
        parameter["schema"] = {**parameter["schema"], "default": default}
    return parameter


def _default(field: FieldInfo) -> Any:
    """Return the default of an argument as JSON; None where it is open or empty."""
    given = field.default
    if isinstance(given, str | int | float | bool) and given != "":
        return given
    if isinstance(given, tuple) and given:
        return list(given)
    return None


def _parameter(name: str, place: str, schema: JsonObject, example: Any, *, required: bool) -> JsonObject:
    plain = {key: value for key, value in schema.items() if key not in ("description", "examples")}
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": schema["description"],
        "schema": plain,
        "example": example,
    }


def _request_body(declared: Operation, schemas: Schemas) -> JsonObject:
    if declared.body is not None:
        content = {
            "application/json": {"schema": schemas.of(declared.body), "example": example_of(declared.body)}
        }
        return {"required": not declared.body_optional, "content": content}
    if isinstance(declared.upload, Form):
        return {
            "required": True,
            "content": {"multipart/form-data": {"schema": _form_schema(declared.upload)}},
        }
    if isinstance(declared.upload, File):
        file = declared.upload
        return {
            "description": file.description,
            "required": True,
            "content": {file.media_type: {"schema": {}, "example": file.example}},
        }
    return {}


def _form_schema(form: Form) -> JsonObject:
    files = {
        name: {"type": "string", "contentMediaType": "application/octet-stream", "description": words}
        for name, words in form.files.items()
    }
    texts = {name: {"type": "string", "description": words} for name, words in form.texts.items()}
    return {"type": "object", "properties": files | texts, "required": list(form.required)}


def _responses(route: Route, schemas: Schemas) -> Iterator[tuple[str, JsonObject]]:
    declared, named = route.operation, problem_responses()
    for status, contents in sorted(declared.responses.items()):
        yield str(status), _response(route, status, contents, schemas)
    for status in sorted(problem_statuses(route.path, declared) - set(declared.responses)):
        yield str(status), {"$ref": f"#/components/responses/{named[status].name}"}


def problem_statuses(path: str, declared: Operation) -> frozenset[int]:
    """Return the statuses of the problems that an operation may return."""
    errors = [*(OF_PROBES if path in HEALTH else EVERY), *declared.problems]
    has_body = declared.body is not None or declared.upload is not None
    return frozenset(error.status for error in [*errors, *((TooLarge,) if has_body else ())])


def _response(route: Route, status: int, contents: Sequence[Content], schemas: Schemas) -> JsonObject:
    body: JsonObject = {}
    headers: dict[str, Header] = {}
    words: list[str] = []
    for content in contents:
        for media_type, described in _media_types(content, schemas).items():
            body[media_type] = _either(body[media_type], described) if media_type in body else described
        headers |= content.headers if isinstance(content, Json | File) else {}
        if isinstance(content, File | Empty):
            words.append(content.description)
    if status in problem_statuses(route.path, route.operation):
        body |= _problem_object(status)["content"]
    shown = {
        name: {"description": header.description, "schema": {"type": "string"}, "example": header.example}
        for name, header in headers.items()
    }
    return {
        "description": " ".join(words) or _title(contents, schemas),
        **({"headers": shown} if shown else {}),
        **({"content": body} if body else {}),
    }


def _either(one: JsonObject, other: JsonObject) -> JsonObject:
    """Return a body that is one or the other, with the example of the first."""
    return {**one, "schema": {"anyOf": [one["schema"], other["schema"]]}}


def _title(contents: Sequence[Content], schemas: Schemas) -> str:
    """Return the description of the JSON object that a response holds."""
    kind = next(
        content.kind if isinstance(content, Json) else content.result
        for content in contents
        if isinstance(content, Json | JsonLines)
    )
    reference = schemas.of(kind).get("$ref", "")
    described = schemas.components.get(reference.rpartition("/")[2], {})
    return str(described.get("description", "One of several objects.")).partition("\n\n")[0]


def _media_types(content: Content, schemas: Schemas) -> JsonObject:
    if isinstance(content, Json):
        return {"application/json": {"schema": schemas.of(content.kind), "example": example_of(content.kind)}}
    if isinstance(content, JsonLines):
        return {"application/x-ndjson": _lines(content, schemas)}
    if isinstance(content, File):
        return {content.media_type: _file(content)}
    return {}


def _file(content: File) -> JsonObject:
    """Return a file: JSON is an object, other text a string, and what has no example neither."""
    if not content.example:
        return {"schema": {}}
    if content.media_type.endswith("json"):
        return {"schema": {"type": "object"}, "example": json.loads(content.example)}
    return {"schema": {"type": "string"}, "example": content.example}


def _lines(content: JsonLines, schemas: Schemas) -> JsonObject:
    """Return a stream: OpenAPI 3.1 has no schema for a line, so `x-line` holds it."""
    events = [schemas.of(kind) for kind in content.events]
    last = [
        {"type": "object", "required": ["result"], "properties": {"result": schemas.of(content.result)}},
        {"type": "object", "required": ["problem"], "properties": {"problem": schemas.of(Problem)}},
    ]
    shown = [*(example_of(kind) for kind in content.events), {"result": example_of(content.result)}]
    return {
        "schema": {"type": "string", "description": "JSON objects, a line each."},
        "x-line": {"anyOf": [*events, *last]},
        "example": "".join(json.dumps(one) + "\n" for one in shown),
    }


def _problem_objects() -> JsonObject:
    return {one.name: _problem_object(status) for status, one in problem_responses().items()}


def _problem_object(status: int) -> JsonObject:
    one = problem_responses()[status]
    schema = {"$ref": REFERENCE.format(name=Problem.__name__)}
    return {
        "description": one.description,
        "content": {MEDIA_TYPE: {"schema": schema, "example": problem_json(one.example)}},
    }
