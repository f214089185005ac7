"""Read from a model file's schema what it would build, without building anything.

Every node that skops' loaders (0.16, protocol 2) would visit is visited here, and each must be on the allow-list
for exactly that place. skops replaces a node whose `__id__` it has seen by the earlier one, so nodes with the same
id must be equal; otherwise an object checked for one place could end up in another.
"""

import json
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from zipfile import ZipFile

from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety import allowlist
from ppa.modelfiles.safety.archive import SCHEMA, FileLimits
from ppa.modelfiles.safety.arrays import check_array
from ppa.modelfiles.safety.schema_nodes import (
    CHILDREN,
    NOWHERE,
    JsonValue,
    Node,
    Place,
    bounds_of,
    identify,
    no_children,
    text_of,
)
from ppa.modelfiles.safety.tree_checks import check_lightgbm, check_xgboost

_MAX_DEPTH = 100
_VERSION_KEY = "_sklearn_version"
_SAVE_AGAIN = "Save the model again with skops 0.16 and the scikit-learn version of this platform."


@dataclass
class Contents:
    """Contents of a schema: the types it would build and the scikit-learn versions its estimators state."""

    root: str = ""
    types: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    callables: set[str] = field(default_factory=set)


def read_schema(archive: ZipFile, limits: FileLimits) -> Contents:
    """Read the archive's schema; raise ModelRefused if it is malformed or contains disallowed types."""
    schema = _parse(archive.read(SCHEMA))
    walk = _Walk(archive, limits)
    try:
        walk.visit(schema, NOWHERE, 0)
    except (KeyError, TypeError, ValueError) as error:
        _refuse_disallowed(walk.contents)
        raise _malformed(f"it does not have the form that skops writes ({error})") from error
    _refuse_disallowed(walk.contents)
    _check_root(schema, walk.contents)
    return walk.contents


def _parse(raw: bytes) -> Node:
    try:
        schema = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"it is not valid JSON ({type(error).__name__})") from error
    if not isinstance(schema, dict) or schema.get("protocol") != allowlist.PROTOCOL:
        raise _malformed(f"it does not state protocol {allowlist.PROTOCOL}")
    return schema


class _Walk:
    """Visit each node once and return its fingerprint, which is equal for nodes that build equal objects."""

    def __init__(self, archive: ZipFile, limits: FileLimits) -> None:
        self.contents = Contents()
        self._archive = archive
        self._unpacked_left = limits.unpacked
        self._by_id: dict[int, int] = {}
        self._arrays: set[str] = set()

    def visit(self, node: JsonValue, place: Place, depth: int) -> int:
        if depth > _MAX_DEPTH:
            raise ValueError(f"more than {_MAX_DEPTH} levels")
        if not isinstance(node, dict):
            raise TypeError("a node is not an object")
        loader, name = identify(node)
        self._check_type(loader, name, place)
        self._read_scalar(node, loader, place)
        find = CHILDREN.get(loader, no_children)
        parts = tuple((at, self.visit(child, at, depth + 1)) for child, at in find(node, name, place))
        fingerprint = hash((loader, name, self._data(node, loader), parts))
        if not self._is_repeated(node, fingerprint):
            self._count_array(node, loader)
        return fingerprint

    def _check_type(self, loader: str, name: str, place: Place) -> None:
        self.contents.types.add(name)
        self.contents.root = self.contents.root or name
        if allowlist.HANDLES.get(place, loader) != loader:
            raise TypeError(f"{place[0]}.{place[1]} is not a model")
        if loader == "FunctionNode" and name in allowlist.FUNCTIONS.get(place, ()):
            return
        if place in allowlist.AT_PLACE.get((loader, name), ()):
            return
        if loader in allowlist.CALLABLE_LOADERS:
            self.contents.callables.add(name)
        elif name not in allowlist.BY_LOADER.get(loader, ()):
            self.contents.refused.add(name)
        if place in allowlist.MUST_BE_NULL and loader != "JsonNode":
            self.contents.callables.add(name)

    def _read_scalar(self, node: Node, loader: str, place: Place) -> None:
        if loader != "JsonNode":
            return
        value = json.loads(text_of(node["content"]))
        if isinstance(value, list | dict):
            raise TypeError("a scalar is a list or object")
        if value is not None and place in allowlist.MUST_BE_NULL:
            self.contents.callables.add(f"{place[0]}.{place[1]}")
        if place in allowlist.HANDLES:
            check_lightgbm(value)
        if place[1] == _VERSION_KEY:
            self.contents.versions.add(str(value))

    def _data(self, node: Node, loader: str) -> str:
        """Return the node's own content, without its children."""
        if loader == "NdArrayNode" and node["type"] == "numpy":
            return self._array(text_of(node["file"]))
        if loader == "BytearrayNode":
            return self._native(text_of(node["file"]))
        if loader == "SliceNode":
            return bounds_of(node["content"])
        return str(node["content"]) if loader == "JsonNode" else ""

    def _array(self, file: str) -> str:
        if file not in self._arrays:
            check_array(self._archive, file)
            self._arrays.add(file)
        member = self._archive.getinfo(file)
        return f"{member.CRC} {member.file_size}"

    def _native(self, file: str) -> str:
        check_xgboost(self._archive.read(file))
        return f"{self._archive.getinfo(file).CRC} {self._archive.getinfo(file).file_size}"

    def _is_repeated(self, node: Node, fingerprint: int) -> bool:
        saved_id = node.get("__id__")
        if saved_id is None:
            return False
        if not isinstance(saved_id, int):
            raise TypeError("an __id__ is not a number")
        repeated = saved_id in self._by_id
        if self._by_id.setdefault(saved_id, fingerprint) != fingerprint:
            raise ValueError("two different nodes have the same __id__")
        return repeated

    def _count_array(self, node: Node, loader: str) -> None:
        """Count an array for every node that refers to it, as each builds its own copy."""
        if loader == "NdArrayNode" and node["type"] == "numpy":
            self._unpacked_left -= self._archive.getinfo(text_of(node["file"])).file_size
        if self._unpacked_left < 0:
            raise ValueError("its arrays are referenced so often that they would exceed the memory limit")


def _refuse_disallowed(contents: Contents) -> None:
    if contents.callables:
        raise ModelRefused(
            "model_callable",
            f"The model file refers to {_some(contents.callables)}; functions are never loaded from a file.",
            "Replace FunctionTransformer, custom scorers, metrics and kernels by scikit-learn's own "
            "estimators with parameters that are numbers or names.",
        )
    if contents.refused:
        raise ModelRefused(
            "model_type_not_allowed",
            f"The model file contains {_some(contents.refused)}, which is not allowed.",
            f"Use the types listed in docs/models.md, fitted and saved with scikit-learn {version_of('scikit-learn')}; "
            "other versions name some parts differently.",
        )


def _check_root(schema: Node, contents: Contents) -> None:
    if schema["__loader__"] != "ObjectNode" or contents.root not in allowlist.ESTIMATORS:
        raise ModelRefused(
            "model_not_an_estimator",
            f"The model file contains a {contents.root}, not a scikit-learn classifier.",
            "Save the fitted classifier or pipeline itself, not a list or dictionary around it.",
        )


def _some(names: set[str], at_most: int = 5) -> str:
    shown = [name[:120] for name in sorted(names)[:at_most]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _malformed(why: str) -> ModelRefused:
    return ModelRefused(
        "model_schema_unsound", f"The model file's schema.json is invalid: {why}.", _SAVE_AGAIN
    )
