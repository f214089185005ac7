"""Declaration of an operation: the arguments, responses and problems of a view.

The view's own signature declares its arguments. `query` and `body` are annotated with records, whose fields have
types, bounds, descriptions and examples; parameters of the path are annotated with types. What is declared is what is
read, checked and documented.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from flask import Response

from ppa.core.errors import PpaError
from ppa_web.openapi.arguments import read_body, read_query
from ppa_web.openapi.contents import Content, File, Form, Header, Json, JsonLines

View = Callable[..., Response]
Returned = Content | type[Any] | Any


@dataclass(frozen=True)
class Operation:
    """Arguments, responses and problems of an operation.

    `path` maps parameters of the path to their types; `query` and `body` are types of records, or None. `upload` is a
    body that is no JSON; `headers` are those of the request that it reads. `problems` are the errors that it may
    return beyond those of every operation.
    """

    responses: Mapping[int, Sequence[Content]]
    problems: Sequence[type[PpaError]] = ()
    path: Mapping[str, Any] = field(default_factory=dict)
    query: type[Any] | None = None
    body: type[Any] | None = None
    body_optional: bool = False
    upload: Form | File | None = None
    headers: Mapping[str, Header] = field(default_factory=dict)

    def returned(self) -> Iterator[Any]:
        """Yield the types of the JSON that the responses hold."""
        for contents in self.responses.values():
            for content in contents:
                if isinstance(content, Json):
                    yield content.kind
                elif isinstance(content, JsonLines):
                    yield from (*content.events, content.result)


def operation(
    *returned: Returned,
    problems: Sequence[type[PpaError]] = (),
    upload: Form | File | None = None,
    headers: Mapping[str, Header] | None = None,
) -> Callable[[View], View]:
    """Declare a view: pass it `query` and `body` as the records that it is annotated with.

    `returned` are the contents of responses with status 200, or one mapping of contents by status. A type stands for
    a JSON object of it. Decorate below `require`, so that the role is checked first.
    """

    def declared(view: View) -> View:
        hints = get_type_hints(view, include_extras=True)
        hints.pop("return", None)
        query, body = hints.pop("query", None), hints.pop("body", None)
        optional = NoneType in get_args(body)
        kind = next((one for one in get_args(body) if one is not NoneType), body) if optional else body
        readers = _readers(query, kind, optional)

        @wraps(view)
        def with_records(**path: object) -> Response:
            return view(**path, **{name: read() for name, read in readers.items()})

        plain: Any = with_records if readers else view
        plain.operation = Operation(
            _by_status(returned), tuple(problems), hints, query, kind, optional, upload, headers or {}
        )
        return cast(View, plain)

    return declared


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return the declaration of a view; None without one."""
    declared: Operation | None = getattr(view, "operation", None)
    return declared


def _readers(query: Any, body: Any, optional: bool) -> Mapping[str, Callable[[], object]]:
    readers: dict[str, Callable[[], object]] = {}
    if query is not None:
        readers["query"] = lambda: read_query(query)
    if body is not None:
        readers["body"] = lambda: read_body(body, optional=optional)
    return readers


def _by_status(returned: Sequence[Returned]) -> Mapping[int, Sequence[Content]]:
    by_status = returned[0] if isinstance(returned[0], Mapping) else {200: returned}
    return {status: _contents(one) for status, one in by_status.items()}


def _contents(returned: Any) -> Sequence[Content]:
    listed = returned if isinstance(returned, tuple) else (returned,)
    return tuple(one if isinstance(one, get_args(Content)) else Json(one) for one in listed)
