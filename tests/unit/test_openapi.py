"""The OpenAPI document: complete, with examples that hold, and no change that breaks a client."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from ppa.functions.local import NAMES
from ppa_web.api import api
from ppa_web.assets import init_assets
from ppa_web.openapi.document import OPENAPI, openapi_document
from ppa_web.openapi.operation import operation_of
from ppa_web.pages import PAGES
from tools.api_changes import RELEASED, breaking_changes, present_document

DOCUMENT = present_document()
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
MEMBERS = ["detail", "remedy", "status", "title"]
HOW = "Take the change back; or, for a release that may break clients, run `make api-release` and commit the copy."


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Media types of the request and of the responses, with their schemas and examples."""
    for body in (operation.get("requestBody", {}), *map(resolved, operation["responses"].values())):
        yield from body.get("content", {}).items()


def resolved(response: dict[str, Any]) -> dict[str, Any]:
    """Return the response that a reference names."""
    name = response.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["responses"][name] if name else response


def validator(schema: dict[str, Any]) -> Any:
    """Return a validator of a schema whose references lead into the document."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def test_every_route_has_an_entry_but_pages_and_assets() -> None:
    app = Flask("ppa_web", static_folder=None)
    init_assets(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    pages = {rule.endpoint for rule in app.url_map.iter_rules()}
    app.register_blueprint(api)
    routes = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in pages]
    undeclared = [rule.rule for rule in routes if not operation_of(app.view_functions[rule.endpoint])]
    assert not undeclared, "decorate their views with `operation`, see docs/contributing.md"
    rules = {re.sub(r"<(\w+:)?(\w+)>", r"{\2}", rule.rule) for rule in routes}
    functions = {f"/functions/{name}" for name in (*NAMES, "cap")}
    assert set(DOCUMENT["paths"]) == rules | functions
    assert openapi_document(app)["paths"].keys() == set(DOCUMENT["paths"])


def test_the_document_is_openapi_31_and_its_operations_are_named_once() -> None:
    assert DOCUMENT["openapi"] == OPENAPI == "3.1.0"
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert {operation["tags"][0] for _, operation in OPERATIONS} == {tag["name"] for tag in DOCUMENT["tags"]}
    assert all(tag["description"] for tag in DOCUMENT["tags"])


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_operation_is_complete_and_its_examples_hold(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"].endswith((".", ":")) or "`" in operation["summary"]
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter
        validator(parameter["schema"]).validate(parameter["example"])
    for media_type, content in contents(operation):
        if media_type.endswith("json"):
            validator(content["schema"]).validate(content["example"])
        assert "example" in content or media_type in BINARY, (name, media_type)
    statuses = set(operation["responses"])
    assert statuses >= {"400", "500"}
    assert any(status < "300" for status in statuses)


BINARY = {"application/gzip", "application/vnd.apache.parquet", "multipart/form-data"}


def test_every_field_says_what_it_is() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_every_problem_has_title_detail_remedy_and_status(name: str) -> None:
    content = DOCUMENT["components"]["responses"][name]["content"]["application/problem+json"]
    assert set(MEMBERS) <= content["example"].keys()
    assert set(MEMBERS) <= set(DOCUMENT["components"]["schemas"]["Problem"]["required"])


def test_nothing_breaks_a_client_of_the_last_release() -> None:
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    assert breaking_changes(released, DOCUMENT) == [], HOW


# ── what breaks a client ────────────────────────────────────────────────────────────────────────

LIVE, LABELS, MODEL = "/api/v1/live", "/api/v1/labels", "/api/v1/models/{model_id}"


def parameter(document: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    """Return a parameter of a GET."""
    listed = document["paths"][path]["get"]["parameters"]
    return next(one for one in listed if one["name"] == name)


def fields(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the fields of a component."""
    return document["components"]["schemas"][name]["properties"]


BREAKING: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a path goes": (lambda d: d["paths"].pop(LIVE), "/api/v1/live was removed."),
    "a method goes": (lambda d: d["paths"][LABELS].pop("post"), "POST /api/v1/labels was removed."),
    "a field of a response goes": (lambda d: fields(d, "Model").pop("tags"), "the field tags was removed."),
    "a field may be absent": (
        lambda d: d["components"]["schemas"]["Model"]["required"].remove("tags"),
        "the field tags may now be absent.",
    ),
    "a field changes its type": (
        lambda d: fields(d, "Model")["version"].update(type="string"),
        ".version may now be string.",
    ),
    "a field may be null": (
        lambda d: fields(d, "Me").update(
            role={"anyOf": [fields(d, "Me")["role"], {"type": "null"}]},
        ),
        ".role may now be null.",
    ),
    "a parameter goes": (
        lambda d: d["paths"][LIVE]["get"]["parameters"].remove(parameter(d, LIVE, "days")),
        "the parameter days (query) was removed.",
    ),
    "a parameter becomes required": (
        lambda d: parameter(d, LIVE, "days").update(required=True),
        "the parameter days (query) is now required.",
    ),
    "a maximum falls": (
        lambda d: parameter(d, LIVE, "days")["schema"].update(maximum=30),
        "days (query): maximum is now 30, which is narrower.",
    ),
    "a minimum comes": (
        lambda d: parameter(d, LIVE, "have")["schema"].update(minLength=1),
        "have (query): minLength is now 1, which is narrower.",
    ),
    "a choice goes": (
        lambda d: parameter(d, LIVE, "rank")["schema"]["enum"].remove("brier"),
        "rank (query): only accuracy, auc, lift, lower, profit are now taken.",
    ),
    "a field of a body becomes required": (
        lambda d: d["components"]["schemas"]["NewLabel"].update(required=["mode"]),
        "the field mode is now required.",
    ),
    "a field of a body goes": (lambda d: fields(d, "NewLabel").pop("name"), "the field name was removed."),
    "a body becomes required": (
        lambda d: d["paths"][f"{MODEL}/activation"]["put"]["requestBody"].update(required=True),
        "the body is now required.",
    ),
    "a response goes": (
        lambda d: d["paths"][LABELS]["post"]["responses"].pop("201"),
        "the response 201 was removed.",
    ),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_change_that_breaks_a_client_is_named(change: str) -> None:
    alter, words = BREAKING[change]
    after = copy.deepcopy(DOCUMENT)
    alter(after)
    result = breaking_changes(DOCUMENT, after)
    assert any(words in sentence for sentence in result), result


HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda d: None,
    "a new path": lambda d: d["paths"].update({"/api/v1/new": d["paths"][LIVE]}),
    "a new field of a response": lambda d: fields(d, "Model").update(colour={"type": "string"}),
    "a new parameter that may be left out": lambda d: d["paths"][LIVE]["get"]["parameters"].append(
        {"name": "zoom", "in": "query", "required": False, "schema": {"type": "integer"}}
    ),
    "a higher maximum": lambda d: parameter(d, LIVE, "days")["schema"].update(maximum=62),
    "a new choice": lambda d: parameter(d, LIVE, "rank")["schema"]["enum"].append("luck"),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_adds_something_breaks_nobody(change: str) -> None:
    after = copy.deepcopy(DOCUMENT)
    HARMLESS[change](after)
    assert breaking_changes(DOCUMENT, after) == []
