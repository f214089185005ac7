"""Find changes of the API that would break a client of the last release.

usage: python -m tools.api_changes            (print the breaking changes since the last release)
       python -m tools.api_changes release    (keep the present document as the last release's)

Requests may take more than before, responses may hold more than before; everything else breaks somebody.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from ppa_web.api import api
from ppa_web.openapi.document import openapi_document

RELEASED = Path(__file__).resolve().parents[1] / "tests" / "recorded" / "openapi.json"
# bounds of a request: +1 where a higher one narrows it, -1 where a lower one does
BOUNDS = {
    "minimum": 1,
    "exclusiveMinimum": 1,
    "minLength": 1,
    "minItems": 1,
    "maximum": -1,
    "exclusiveMaximum": -1,
    "maxLength": -1,
    "maxItems": -1,
}

Json = Mapping[str, Any]


def present_document() -> dict[str, Any]:
    """Return the document of the code as it is."""
    return openapi_document(present_app())


def present_app() -> Flask:
    """Return an app that has the routes of the API and no others."""
    app = Flask(__name__)
    app.register_blueprint(api)
    return app


def breaking_changes(before: Json, after: Json) -> list[str]:
    """Return a sentence for each change from `before` to `after` that breaks a client."""
    return list(_Comparison(before, after).paths())


class _Comparison:
    """Two documents, compared."""

    def __init__(self, before: Json, after: Json) -> None:
        self._before, self._after = before, after

    def paths(self) -> Iterator[str]:
        """Yield the breaking changes of all paths."""
        for path, operations in self._before["paths"].items():
            present = self._after["paths"].get(path)
            if present is None:
                yield f"{path} was removed."
                continue
            for method, operation in operations.items():
                where = f"{method.upper()} {path}"
                if method not in present:
                    yield f"{where} was removed."
                else:
                    yield from self._operation(where, operation, present[method])

    def _operation(self, where: str, before: Json, after: Json) -> Iterator[str]:
        yield from self._parameters(where, before, after)
        yield from self._body(where, before.get("requestBody", {}), after.get("requestBody", {}))
        for status, response in before["responses"].items():
            present = after["responses"].get(status)
            if status >= "400":
                continue
            if present is None:
                yield f"{where}: the response {status} was removed."
            else:
                yield from self._contents(f"{where} {status}", response, present)

    def _parameters(self, where: str, before: Json, after: Json) -> Iterator[str]:
        earlier, later = _by_name(before), _by_name(after)
        for name, parameter in later.items():
            if parameter.get("required") and not earlier.get(name, {}).get("required"):
                yield f"{where}: the parameter {name} is now required."
        for name, parameter in earlier.items():
            if name not in later:
                yield f"{where}: the parameter {name} was removed."
            else:
                yield from self._taken(f"{where}: {name}", parameter["schema"], later[name]["schema"])

    def _body(self, where: str, before: Json, after: Json) -> Iterator[str]:
        if after.get("required") and not before.get("required"):
            yield f"{where}: the body is now required."
        for media_type, content in before.get("content", {}).items():
            present = after.get("content", {}).get(media_type)
            if present is None:
                yield f"{where}: the body {media_type} is no longer taken."
            else:
                yield from self._taken(f"{where}: the body", content["schema"], present["schema"])

    def _contents(self, where: str, before: Json, after: Json) -> Iterator[str]:
        for media_type, content in before.get("content", {}).items():
            present = after.get("content", {}).get(media_type)
            if present is None:
                yield f"{where}: {media_type} is no longer returned."
                continue
            yield from self._returned(where, content["schema"], present["schema"])
            if "x-line" in content:
                yield from self._returned(f"{where} line", content["x-line"], present.get("x-line", {}))

    def _taken(self, where: str, before: Json, after: Json) -> Iterator[str]:
        """Yield what a request may no longer hold."""
        earlier, later = _kinds(self._before, before), _kinds(self._after, after)
        for name in earlier.keys() - later.keys():
            yield f"{where}: {name} is no longer taken."
        for name in earlier.keys() & later.keys():
            yield from self._narrowed(where, earlier[name], later[name])

    def _narrowed(self, where: str, before: Json, after: Json) -> Iterator[str]:
        yield from _narrower_bounds(where, before, after)
        if "enum" in after and not set(before.get("enum", [None])) <= set(after["enum"]):
            yield f"{where}: only {', '.join(map(str, after['enum']))} are now taken."
        if after.get("pattern", before.get("pattern")) != before.get("pattern"):
            yield f"{where}: the pattern is now {after['pattern']}."
        for name in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
            yield f"{where}: the field {name} is now required."
        for name, schema in before.get("properties", {}).items():
            if name in after.get("properties", {}):
                yield from self._taken(f"{where}.{name}", schema, after["properties"][name])
            else:
                yield f"{where}: the field {name} was removed."
        if "items" in before and "items" in after:
            yield from self._taken(f"{where}[]", before["items"], after["items"])

    def _returned(self, where: str, before: Json, after: Json) -> Iterator[str]:
        """Yield what a response may now hold, or lack."""
        earlier, later = _kinds(self._before, before), _kinds(self._after, after)
        for name in later.keys() - earlier.keys():
            yield f"{where} may now be {name}."
        for name in earlier.keys() - later.keys() - {"null"}:
            yield f"{where} is no longer {name}."
        for name in earlier.keys() & later.keys():
            yield from self._lacking(where, earlier[name], later[name])

    def _lacking(self, where: str, before: Json, after: Json) -> Iterator[str]:
        present = after.get("properties", {})
        for name, schema in before.get("properties", {}).items():
            if name not in present:
                yield f"{where}: the field {name} was removed."
                continue
            if name in before.get("required", ()) and name not in after.get("required", ()):
                yield f"{where}: the field {name} may now be absent."
            yield from self._returned(f"{where}.{name}", schema, present[name])
        for key in ("items", "additionalProperties"):
            if isinstance(before.get(key), dict) and isinstance(after.get(key), dict):
                yield from self._returned(f"{where}[]", before[key], after[key])
        pairs = zip(before.get("prefixItems", ()), after.get("prefixItems", ()), strict=False)
        for number, (one, other) in enumerate(pairs):
            yield from self._returned(f"{where}[{number}]", one, other)


def _narrower_bounds(where: str, before: Json, after: Json) -> Iterator[str]:
    for bound, sign in BOUNDS.items():
        if bound in after and (bound not in before or sign * (after[bound] - before[bound]) > 0):
            yield f"{where}: {bound} is now {after[bound]}, which is narrower."


def _by_name(operation: Json) -> dict[str, Json]:
    return {f"{one['name']} ({one['in']})": one for one in operation.get("parameters", ())}


def _kinds(document: Json, schema: Json) -> dict[str, Json]:
    """Return the alternatives of a schema by their type; objects by their name, where they have one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _kinds(document, document["components"]["schemas"][name])
    if "anyOf" in schema:
        return {name: one for part in schema["anyOf"] for name, one in _kinds(document, part).items()}
    kind = schema.get("type") or ("values" if "enum" in schema else "anything")
    return {str(kind): schema}


def main(arguments: list[str]) -> int:
    """Print the breaking changes, or keep the document."""
    document = present_document()
    if arguments == ["release"]:
        RELEASED.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"{RELEASED}\n")
        return 0
    changes = breaking_changes(json.loads(RELEASED.read_text(encoding="utf-8")), document)
    sys.stdout.write("".join(f"{change}\n" for change in changes) or "No change breaks a client.\n")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
