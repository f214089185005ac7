"""Structure of skops schemas (0.16, protocol 2): the child nodes that each loader visits."""

from collections.abc import Callable, Iterator

from ppa.modelfiles.safety import allowlist

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
Node = dict[str, JsonValue]
Place = tuple[str, str]  # the type that owns an attribute, and the attribute's name; "" for its whole state
Children = Iterator[tuple[JsonValue, Place]]

_STATE = ""
NOWHERE: Place = ("", _STATE)


def identify(node: Node) -> tuple[str, str]:
    """Return the loader a node requests and the type it would build."""
    return text_of(node["__loader__"]), f"{text_of(node['__module__'])}.{text_of(node['__class__'])}"


def no_children(_node: Node, _name: str, _place: Place) -> Children:
    """Yield nothing, for nodes without children."""
    yield from ()


def _of_object(node: Node, name: str, _place: Place) -> Children:
    content = node.get("content")
    if content is None:
        return
    state = object_of(content)
    expected = "TupleNode" if name in allowlist.TUPLE_PARTS else "DictNode"
    stateless = state.get("__loader__") == "JsonNode" and state.get("content") == "null"
    if not stateless and state.get("__loader__") != expected:
        raise TypeError(f"the state of {name} is not a {expected}")
    yield content, (name, _STATE)


def _of_dict(node: Node, _name: str, place: Place) -> Children:
    owner = place[0] if place[1] == _STATE else ""
    yield node["key_types"], NOWHERE
    for key, child in object_of(node["content"]).items():
        yield child, (owner, key)


def _of_sequence(node: Node, _name: str, _place: Place) -> Children:
    for child in list_of(node["content"]):
        yield child, NOWHERE


def _of_default_dict(node: Node, name: str, _place: Place) -> Children:
    content = object_of(node["content"])
    yield content["main"], NOWHERE
    yield content["default_factory"], (name, "default_factory")


def _of_content(node: Node, _name: str, _place: Place) -> Children:
    yield node["content"], NOWHERE


def _of_array(node: Node, _name: str, _place: Place) -> Children:
    if node["type"] == "numpy":
        return
    if node["type"] != "json":
        raise ValueError("an array is neither numpy nor json")
    yield node["shape"], NOWHERE
    yield from _of_sequence(node, _name, _place)


def _of_reduce(node: Node, _name: str, _place: Place) -> Children:
    yield node["content"], NOWHERE
    yield object_of(node["__reduce__"])["args"], NOWHERE


def _of_generator(node: Node, _name: str, _place: Place) -> Children:
    content = object_of(node["content"])
    yield content["bit_generator"], NOWHERE
    yield content["seed_seq"], NOWHERE


CHILDREN: dict[str, Callable[[Node, str, Place], Children]] = {
    "DTypeNode": _of_content,
    "DefaultDictNode": _of_default_dict,
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


def text_of(value: JsonValue) -> str:
    """Return `value` if it is a string; raise TypeError otherwise."""
    if not isinstance(value, str):
        raise TypeError("a string is expected")
    return value


def object_of(value: JsonValue) -> Node:
    """Return `value` if it is an object; raise TypeError otherwise."""
    if not isinstance(value, dict):
        raise TypeError("an object is expected")
    return value


def list_of(value: JsonValue) -> list[JsonValue]:
    """Return `value` if it is a list; raise TypeError otherwise."""
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def bounds_of(value: JsonValue) -> str:
    """Return the bounds of a slice as text; raise TypeError unless each is an integer, a string or null."""
    content = object_of(value)
    bounds = [content[key] for key in ("start", "stop", "step")]
    if not all(bound is None or isinstance(bound, int | str) for bound in bounds):
        raise TypeError("a slice's bound is not an integer or string")
    return repr(bounds)
