"""What a model file would build, read from its schema without building anything.

Every node that skops' loaders (0.16, protocol 2) would follow is followed here, and each has to be on the
allow-list in exactly that place. skops takes a node whose `__id__` it has met for the earlier one, so nodes
of one id have to be equal: else a checked place could be filled with what was checked for another.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zipfile import ZipFile

from shared.models import allowlist
from shared.models.archive import SCHEMA, FileLimits
from shared.models.arrays import check_array
from shared.models.refusal import ModelRefused

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
Node = dict[str, JsonValue]
Place = tuple[str, str]  # the type that owns an attribute, and the attribute's name; "" for its whole state
Children = Iterator[tuple[JsonValue, Place]]

_DEEPEST = 100
_STATE = ""
_NOWHERE: Place = ("", _STATE)
_VERSION_KEY = "_sklearn_version"
_SAVE_AGAIN = "Save the model again with skops 0.16 and the scikit-learn version of this platform."


@dataclass
class Contents:
    """What is in a schema: the types it would build and the scikit-learn versions its estimators state."""

    root: str = ""
    types: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    callables: set[str] = field(default_factory=set)


def read_schema(archive: ZipFile, limits: FileLimits) -> Contents:
    """The contents of the archive's schema; ModelRefused where it is malformed or not allowed."""
    schema = _parse(archive.read(SCHEMA))
    walk = _Walk(archive, limits)
    try:
        walk.visit(schema, _NOWHERE, 0)
    except (KeyError, TypeError, ValueError) as error:
        _refuse_what_was_found(walk.contents)
        raise _malformed(f"it does not have the form that skops writes ({error})") from error
    _refuse_what_was_found(walk.contents)
    _check_root(schema, walk.contents)
    return walk.contents


def _parse(raw: bytes) -> Node:
    try:
        schema = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"it is no readable JSON ({type(error).__name__})") from error
    if not isinstance(schema, dict) or schema.get("protocol") != allowlist.PROTOCOL:
        raise _malformed(f"it does not state protocol {allowlist.PROTOCOL}")
    return schema


class _Walk:
    """Visits each node once and returns its fingerprint: equal for nodes that build equal objects."""

    def __init__(self, archive: ZipFile, limits: FileLimits) -> None:
        self.contents = Contents()
        self._archive = archive
        self._unpacked_left = limits.unpacked
        self._by_id: dict[int, int] = {}
        self._arrays: set[str] = set()

    def visit(self, node: JsonValue, place: Place, depth: int) -> int:
        if depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} levels")
        if not isinstance(node, dict):
            raise TypeError("a node is no object")
        loader, name = _identify(node)
        self._judge(loader, name, place)
        self._read_scalar(node, loader, place)
        find = _CHILDREN.get(loader, _of_nothing)
        parts = tuple((at, self.visit(child, at, depth + 1)) for child, at in find(node, name, place))
        fingerprint = hash((loader, name, self._data(node, loader), parts))
        if not self._is_repeated(node, fingerprint):
            self._count_array(node, loader)
        return fingerprint

    def _judge(self, loader: str, name: str, place: Place) -> None:
        self.contents.types.add(name)
        self.contents.root = self.contents.root or name
        if loader == "FunctionNode" and name in allowlist.FUNCTIONS.get(place, ()):
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
        value = json.loads(_text(node["content"]))
        if isinstance(value, list | dict):
            raise TypeError("a scalar is none")
        if value is not None and place in allowlist.MUST_BE_NULL:
            self.contents.callables.add(f"{place[0]}.{place[1]}")
        if place[1] == _VERSION_KEY:
            self.contents.versions.add(str(value))

    def _data(self, node: Node, loader: str) -> str:
        """What a node holds itself, beside its children."""
        if loader == "NdArrayNode" and node["type"] == "numpy":
            return self._array(_text(node["file"]))
        if loader == "SliceNode":
            return _bounds(node["content"])
        return str(node["content"]) if loader == "JsonNode" else ""

    def _array(self, file: str) -> str:
        if file not in self._arrays:
            check_array(self._archive, file)
            self._arrays.add(file)
        member = self._archive.getinfo(file)
        return f"{member.CRC} {member.file_size}"

    def _is_repeated(self, node: Node, fingerprint: int) -> bool:
        saved_id = node.get("__id__")
        if saved_id is None:
            return False
        if not isinstance(saved_id, int):
            raise TypeError("an __id__ is no number")
        repeated = saved_id in self._by_id
        if self._by_id.setdefault(saved_id, fingerprint) != fingerprint:
            raise ValueError("two different nodes have one __id__")
        return repeated

    def _count_array(self, node: Node, loader: str) -> None:
        """One stored array may be named by many nodes, and is built anew for each."""
        if loader == "NdArrayNode" and node["type"] == "numpy":
            self._unpacked_left -= self._archive.getinfo(_text(node["file"])).file_size
        if self._unpacked_left < 0:
            raise ValueError("its arrays are used so often that they would fill the memory")


def _identify(node: Node) -> tuple[str, str]:
    return _text(node["__loader__"]), f"{_text(node['__module__'])}.{_text(node['__class__'])}"


def _of_nothing(_node: Node, _name: str, _place: Place) -> Children:
    yield from ()


def _of_object(node: Node, name: str, _place: Place) -> Children:
    content = node.get("content")
    if content is None:
        return
    state = _object(content)
    expected = "TupleNode" if name in allowlist.TUPLE_PARTS else "DictNode"
    stateless = state.get("__loader__") == "JsonNode" and state.get("content") == "null"
    if not stateless and state.get("__loader__") != expected:
        raise TypeError(f"the state of {name} is no {expected}")
    yield content, (name, _STATE)


def _of_dict(node: Node, _name: str, place: Place) -> Children:
    owner = place[0] if place[1] == _STATE else ""
    yield node["key_types"], _NOWHERE
    for key, child in _object(node["content"]).items():
        yield child, (owner, key)


def _of_sequence(node: Node, _name: str, _place: Place) -> Children:
    for child in _list(node["content"]):
        yield child, _NOWHERE


def _of_content(node: Node, _name: str, _place: Place) -> Children:
    yield node["content"], _NOWHERE


def _of_array(node: Node, _name: str, _place: Place) -> Children:
    if node["type"] == "numpy":
        return
    if node["type"] != "json":
        raise ValueError("an array is neither numpy nor json")
    yield node["shape"], _NOWHERE
    yield from _of_sequence(node, _name, _place)


def _of_reduce(node: Node, _name: str, _place: Place) -> Children:
    yield node["content"], _NOWHERE
    yield _object(node["__reduce__"])["args"], _NOWHERE


def _of_generator(node: Node, _name: str, _place: Place) -> Children:
    content = _object(node["content"])
    yield content["bit_generator"], _NOWHERE
    yield content["seed_seq"], _NOWHERE


_CHILDREN: dict[str, Callable[[Node, str, Place], Children]] = {
    "DTypeNode": _of_content,
    "DictNode": _of_dict,
    "ListNode": _of_sequence,
    "LossNode": _of_reduce,
    "NdArrayNode": _of_array,
    "ObjectNode": _of_object,
    "RandomGeneratorNode": _of_generator,
    "RandomStateNode": _of_content,
    "TreeNode": _of_reduce,
    "TupleNode": _of_sequence,
}


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is none")
    return value


def _object(value: JsonValue) -> Node:
    if not isinstance(value, dict):
        raise TypeError("an object is none")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError("a list is none")
    return value


def _bounds(value: JsonValue) -> str:
    content = _object(value)
    bounds = [content[key] for key in ("start", "stop", "step")]
    if not all(bound is None or isinstance(bound, int | str) for bound in bounds):
        raise TypeError("a slice's bound is no number or name")
    return repr(bounds)


def _refuse_what_was_found(contents: Contents) -> None:
    if contents.callables:
        raise ModelRefused(
            "model_callable",
            f"The model file refers to {_some(contents.callables)}; functions are never taken from a file.",
            "Replace FunctionTransformer, custom scorers, metrics and kernels by scikit-learn's own "
            "estimators with parameters that are numbers or names.",
        )
    if contents.refused:
        raise ModelRefused(
            "model_type_not_allowed",
            f"The model file contains {_some(contents.refused)}, which may not be built here.",
            "Use a scikit-learn classifier and transformers from the list in the documentation of models.",
        )


def _check_root(schema: Node, contents: Contents) -> None:
    if schema["__loader__"] != "ObjectNode" or contents.root not in allowlist.ESTIMATORS:
        raise ModelRefused(
            "model_not_an_estimator",
            f"The model file holds a {contents.root}, not a scikit-learn classifier.",
            "Save the fitted classifier or pipeline itself, not a list or dictionary around it.",
        )


def _some(names: set[str], at_most: int = 5) -> str:
    shown = [name[:120] for name in sorted(names)[:at_most]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _malformed(why: str) -> ModelRefused:
    return ModelRefused(
        "model_schema_unsound", f"The model file's schema.json cannot be used: {why}.", _SAVE_AGAIN
    )
