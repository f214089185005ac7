"""Check every response of an app against its declaration, while other tests ask for it."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from flask import Flask, Response, current_app, request

from ppa.core.contracts.problem import Problem
from ppa.core.problems import MEDIA_TYPE
from ppa.core.times import BEGINNING
from ppa_web.api.json_response import STREAM
from ppa_web.openapi.contents import Content, Empty, File, Json, JsonLines
from ppa_web.openapi.document import problem_statuses
from ppa_web.openapi.operation import operation_of

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """The last line of a stream that went well."""

    result: msgspec.Raw


class Failure(msgspec.Struct, forbid_unknown_fields=True):
    """The last line of a stream that failed."""

    problem: Problem


def watch(app: Flask) -> list[str]:
    """Check all responses from now on; return the list that what is wrong is added to."""
    wrong: list[str] = []

    @app.after_request
    def _check(response: Response) -> Response:
        declared = operation_of(current_app.view_functions.get(request.endpoint or "", watch))
        if declared is None:
            return response
        where = f"{request.method} {request.full_path} {response.status_code}"
        if response.mimetype == MEDIA_TYPE:
            if response.status_code not in problem_statuses(str(request.url_rule), declared):
                wrong.append(f"{where}: the problem is not declared")
            wrong.extend(f"{where}: {fault}" for fault in faults(response.get_data(), Problem))
        elif response.status_code in declared.responses:
            _check_contents(response, declared.responses[response.status_code], where, wrong)
        else:
            wrong.append(f"{where}: the status is not declared")
        return response

    return wrong


def _check_contents(response: Response, contents: Iterable[Content], where: str, wrong: list[str]) -> None:
    kinds = [one.kind for one in contents if isinstance(one, Json)]
    streams = [one for one in contents if isinstance(one, JsonLines)]
    media_types = [one.media_type for one in contents if isinstance(one, File)]
    if response.mimetype == "application/json" and kinds:
        wrong.extend(f"{where}: {fault}" for fault in faults(response.get_data(), *kinds))
    elif response.mimetype == STREAM and streams:
        response.response = _watched(response.response, streams[0], where, wrong)
    elif response.mimetype not in media_types and not any(isinstance(one, Empty) for one in contents):
        wrong.append(f"{where}: {response.mimetype} is not declared")


def _watched(lines: Any, stream: JsonLines, where: str, wrong: list[str]) -> Iterator[Any]:
    for line in lines:
        yield line
        raw = line if isinstance(line, bytes) else line.encode()
        if any(not list(faults(raw, kind)) for kind in (*stream.events, Failure)):
            continue
        try:
            last = msgspec.json.decode(raw, type=Result)
        except msgspec.ValidationError:
            wrong.append(f"{where}: the line {raw[:200]!r} is not declared")
        else:
            wrong.extend(f"{where}: {fault}" for fault in faults(bytes(last.result), stream.result))


def faults(text: bytes, *kinds: Any) -> Iterator[str]:
    """Yield what is wrong with JSON that is to be one of some types; nothing if it is one of them."""
    actual = []
    for kind in kinds:
        try:
            _decoder(kind).decode(text)
        except (msgspec.DecodeError, ValueError) as error:
            actual.append(str(error))
        else:
            return
    yield from actual


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind, dec_hook=_moment)


def _moment(_kind: type, value: object) -> object:
    """Return any time for a text in ISO 8601; ValueError for other values."""
    if not MOMENT.fullmatch(str(value)):
        raise ValueError(f"{value!r} is no time in ISO 8601")
    return BEGINNING
