"""Words for the values that a field accepts: the remedy in errors, and the reference in documents."""

import pandas as pd
from msgspec import inspect


def accepted(kind: inspect.Type) -> str:
    """Return the values of a type in words, such as `a whole number from 1 to 1000`.

    The words can be stated by `Meta(extra={"accepts": …})`, for a pattern above all.
    """
    if isinstance(kind, inspect.Metadata):
        stated = (kind.extra or {}).get("accepts")
        return str(stated) if stated else accepted(kind.type)
    if isinstance(kind, inspect.UnionType):
        return ", or ".join(accepted(one) for one in kind.types)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _number(kind)
    if isinstance(kind, inspect.StrType):
        return _text(kind)
    if isinstance(kind, inspect.LiteralType):
        return f"one of {', '.join(map(str, kind.values))}"
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return _list(kind)
    if isinstance(kind, inspect.DictType):
        return f"an object, each value {accepted(kind.value_type)}"
    return _WORDS.get(type(kind)) or _other(kind)


_WORDS: dict[type, str] = {
    inspect.NoneType: "null",
    inspect.BoolType: "true or false",
    inspect.StructType: "an object",
    inspect.RawType: "JSON",
}


def _other(kind: inspect.Type) -> str:
    is_time = isinstance(kind, inspect.CustomType) and kind.cls is pd.Timestamp
    return "a time such as 2021-06-30T00:00:00Z" if is_time else "a value"


def _number(kind: inspect.IntType | inspect.FloatType) -> str:
    noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
    if kind.gt is not None and kind.lt is not None:
        return f"{noun} between {kind.gt:g} and {kind.lt:g}"
    if kind.ge is not None and kind.le is not None:
        return f"{noun} from {_plain(kind.ge)} to {_plain(kind.le)}"
    limits = (("above", kind.gt), ("of at least", kind.ge), ("below", kind.lt), ("of at most", kind.le))
    stated = " and ".join(f"{words} {_plain(limit)}" for words, limit in limits if limit is not None)
    return f"{noun} {stated}".strip()


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def _text(kind: inspect.StrType) -> str:
    if kind.pattern is not None:
        return f"text that matches {kind.pattern}"
    return "text" if kind.max_length is None else f"text of at most {kind.max_length:,} characters"


def _list(kind: inspect.ListType | inspect.VarTupleType) -> str:
    length = f" of at most {kind.max_length}" if kind.max_length is not None else ""
    return f"a list{length}, each {accepted(kind.item_type)}"
