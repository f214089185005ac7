"""An example of any type, put together from the examples of its parts."""

from collections.abc import Sequence
from typing import Any

from msgspec import inspect


def example_of(kind: Any) -> Any:
    """Return an example of a type as JSON; raises ValueError where a part has none."""
    return _example(inspect.type_info(kind))


def _example(kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.Metadata):
        stated = (kind.extra_json_schema or {}).get("examples")
        return stated[0] if stated else _example(kind.type)
    if isinstance(kind, inspect.StructType):
        return {field.encode_name: _example(field.type) for field in kind.fields}
    if isinstance(kind, inspect.UnionType):
        return _example(_first_stated(kind.types))
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.CollectionType):
        return [_example(kind.item_type)]
    if isinstance(kind, inspect.TupleType):
        return [_example(one) for one in kind.item_types]
    return _plain(kind)


def _plain(kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.BoolType):
        return True
    if isinstance(kind, inspect.DictType):
        return {_example(kind.key_type): _example(kind.value_type)}
    raise ValueError(f"{kind} has no example; give it one by Meta(examples=[...]).")


def _first_stated(kinds: Sequence[inspect.Type]) -> inspect.Type:
    """Return the first type of a union that is a value."""
    return next(one for one in kinds if not isinstance(one, inspect.NoneType))
