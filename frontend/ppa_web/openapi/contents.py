"""Bodies of responses and requests that are not a single JSON object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Header:
    """A header of a request or response: its meaning and an example."""

    description: str
    example: str


@dataclass(frozen=True)
class Json:
    """A JSON object of a type that msgspec knows."""

    kind: Any
    headers: Mapping[str, Header] = field(default_factory=dict)


@dataclass(frozen=True)
class JsonLines:
    """A stream of JSON objects, a line each: any of `events`, then `{"result": …}` or `{"problem": …}`."""

    events: tuple[Any, ...]
    result: Any


@dataclass(frozen=True)
class File:
    """A file of a media type; `example` is its beginning where it is text."""

    media_type: str
    description: str
    example: str = ""
    headers: Mapping[str, Header] = field(default_factory=dict)


@dataclass(frozen=True)
class Empty:
    """No body."""

    description: str


@dataclass(frozen=True)
class Form:
    """A multipart form with parts that are files or texts: a description of each, by name."""

    files: Mapping[str, str]
    texts: Mapping[str, str]
    required: tuple[str, ...]


Content = Json | JsonLines | File | Empty
