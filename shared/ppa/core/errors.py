"""Errors of the platform, with a sentence, an optional remedy and an HTTP status."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most errors name no fields, and msgspec takes time to load
    from ppa.core.contracts.problem import WrongField

# what Python raises where data has another shape than the code that reads it expects
MALFORMED = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


class PpaError(Exception):
    """Base class of errors that users can act on; `status` is the HTTP status, `code` the error code of the API.

    `remedy` is what to do, where that is a sentence of its own. `verdicts` are the steps that led here and `errors` the
    wrong fields, where there are any. `str()` is the sentence followed by the remedy.
    """

    status = 500
    code = "internal"
    verdicts: Sequence[Mapping[str, str]] = ()
    errors: Sequence["WrongField"] = ()

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} {remedy}".strip())
        self.sentence = sentence
        self.remedy = remedy


class BadInput(PpaError):
    """The request or file is invalid."""

    status = 400
    code = "bad_input"


class Unauthenticated(PpaError):
    """The request is not authenticated."""

    status = 401
    code = "unauthenticated"


class Forbidden(PpaError):
    """The authenticated user lacks the required role."""

    status = 403
    code = "forbidden"


class NotFound(PpaError):
    """The requested object does not exist."""

    status = 404
    code = "not_found"


class Conflict(PpaError):
    """The request conflicts with the stored state."""

    status = 409
    code = "conflict"


class WarehouseHeld(Conflict):
    """The embedded warehouse is open in another process."""


class Refused(PpaError):
    """A readable model file failed an upload check."""

    status = 422
    code = "refused"


class Unavailable(PpaError):
    """An external service is unavailable at the moment; retrying later may help."""

    status = 503
    code = "unavailable"


class WarehouseError(PpaError):
    """The warehouse cannot be opened, or it rejected a statement."""

    status = 503
    code = "warehouse"
