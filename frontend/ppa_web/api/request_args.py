"""Pass a request's query and body to views as typed records; BadInput names every argument that is invalid."""

import math
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, get_type_hints

import pandas as pd
from flask import Response, request

from ppa.core.contracts.conversion import converted, converted_query
from ppa.core.errors import BadInput
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import parse_time

WHOLE = re.compile(r"-?[0-9]{1,9}")


def with_arguments(view: Callable[..., Response]) -> Callable[..., Response]:
    """Pass the request's query and JSON body to a view as its parameters `query` and `body`.

    The records that these are annotated with declare the arguments, their bounds and their descriptions. Decorate
    below `require`, so that the role is checked first.
    """
    kinds = {name: kind for name, kind in get_type_hints(view).items() if name in _READ}

    @wraps(view)
    def with_records(**path: object) -> Response:
        return view(**path, **{name: _READ[name](kind) for name, kind in kinds.items()})

    return with_records


def text(name: str, default: str = "") -> str:
    """A query argument as text."""
    return request.args.get(name, default)


def whole_number(name: str, default: int, minimum: int, maximum: int) -> int:
    """A query argument as an integer within bounds."""
    given = request.args.get(name)
    if given is None:
        return default
    if not WHOLE.fullmatch(given) or not minimum <= int(given) <= maximum:
        raise BadInput(f"{name} is {given!r}; give a whole number from {minimum} to {maximum}.")
    return int(given)


def fraction(name: str, default: float, maximum: float) -> float:
    """A query argument as a fraction from 0 to `maximum`."""
    given = request.args.get(name)
    value = default if given is None else _number(name, given)
    if not 0 <= value <= maximum:
        raise BadInput(f"{name} is {given!r}; give a fraction from 0 to {maximum:g}, such as 0.002 for 0.2%.")
    return value


def moment(name: str, given: object) -> pd.Timestamp | None:
    """Parse a time, in UTC unless it states an offset; None if it is empty."""
    if given in (None, ""):
        return None
    try:
        return parse_time(given)
    except ValueError:
        raise BadInput(f"{name} is {given!r}; give a time such as 2021-06-30T00:00:00Z.") from None


def span(
    given: Mapping[str, object], beginning: pd.Timestamp, end: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """`from` and `to` of a query or body, with defaults for missing ones."""
    since, until = moment("from", given.get("from")) or beginning, moment("to", given.get("to")) or end
    if since >= until:
        raise BadInput(f"from must be before to: {since:%F %R} is not before {until:%F %R}.")
    return since, until


def body() -> dict[str, Any]:
    """JSON object in the request's body."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise BadInput(
            "The request's body must be a JSON object; send it with Content-Type: application/json."
        )
    return given


_READ: Mapping[str, Callable[[type[Any]], object]] = {
    "query": lambda kind: converted_query(kind, request.args),
    "body": lambda kind: converted(kind, body()),
}


def label_definition(fields: Any) -> LabelDefinition:
    """Label definition from a query or body."""
    start, end = moment("from", fields.get("from")), moment("to", fields.get("to"))
    return LabelDefinition(
        str(fields.get("asset", "BTC")).upper(),
        fields.get("mode", "touch"),
        int(_number("lookahead", fields.get("lookahead", 24), whole=True)),
        _number("threshold", fields.get("threshold", 0.02)),
        start,
        end,
        _optional("stop_loss", fields),
        None if (window := _optional("volatility_window", fields, whole=True)) is None else int(window),
    )


def _optional(name: str, fields: Any, *, whole: bool = False) -> float | None:
    given = fields.get(name)
    return None if given in (None, "") else _number(name, given, whole=whole)


def _number(name: str, given: object, *, whole: bool = False) -> float:
    try:
        number = float(str(given))
    except ValueError:
        raise BadInput(f"{name} is {given!r}; give a number.") from None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        raise BadInput(f"{name} is {given!r}; give a {'whole' if whole else 'finite'} number.")
    return number
