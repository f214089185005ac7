"""Problem documents (RFC 9457), and the fields that are wrong in a request."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from ppa.core.errors import BadInput, PpaError

MAX_VALUE_LENGTH = 80
# makes an error of a sentence and a remedy
ErrorType: TypeAlias = Callable[[str, str], PpaError]


class WrongField(msgspec.Struct, frozen=True):
    """A wrong field of a request or file: its name, what is wrong with which value, and what to do."""

    field: Annotated[str, Meta(description="Name of the field", examples=["limit"])]
    detail: Annotated[str, Meta(description="Value that it has", examples=["limit is '0'."])]
    remedy: Annotated[str, Meta(description="Remedy", examples=["Give a whole number from 1 to 1000."])]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The problem of a request that failed. `detail` includes the remedy."""

    type: Annotated[
        str, Meta(description="Kind of the problem; its code says more", examples=["about:blank"])
    ]
    title: Annotated[str, Meta(description="Code of the problem in words", examples=["bad input"])]
    status: Annotated[int, Meta(description="Status of the response", ge=400, le=599, examples=[400])]
    code: Annotated[str, Meta(description="Code for programs", examples=["bad_input"])]
    detail: Annotated[
        str,
        Meta(
            description="What is wrong, with which value, and what to do",
            examples=["limit is '0'. Give a whole number from 1 to 1000."],
        ),
    ]
    remedy: Annotated[
        str, Meta(description="What to do", examples=["Give a whole number from 1 to 1000."], min_length=1)
    ]
    verdicts: Annotated[
        Sequence[Mapping[str, str]], Meta(description="Verdicts of the checks of an upload")
    ] = ()
    errors: Annotated[Sequence[WrongField], Meta(description="Every wrong field")] = ()
    trace: Annotated[
        str, Meta(description="Trace of the request in the log, for a fault of the platform")
    ] = ""


def wrong_value(field: str, value: object, remedy: str) -> WrongField:
    """Return a field with a value that it cannot have."""
    return WrongField(field, f"{field} is {_short(value)}.", remedy)


def _short(value: object) -> str:
    text = str(value) if isinstance(value, datetime) else repr(value)
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[: MAX_VALUE_LENGTH - 1]}…"


def check(wrong: Iterable[WrongField], error: ErrorType = BadInput) -> None:
    """Raise `error` with the wrong fields, if there are any."""
    listed = list(wrong)
    if listed:
        raised = error(_joined(one.detail for one in listed), _remedy(listed))
        raised.errors = listed
        raise raised


def _joined(sentences: Iterable[str]) -> str:
    return f"{'; '.join(sentence.rstrip('.') for sentence in sentences)}."


def _remedy(wrong: Sequence[WrongField]) -> str:
    """Return the remedy of one field, or of each by its name."""
    if len(wrong) == 1:
        return wrong[0].remedy
    return _joined(f"{one.field}: {one.remedy[0].lower()}{one.remedy[1:]}" for one in wrong)
