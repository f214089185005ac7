"""What can go wrong, each with one clear sentence: what was wrong, with what, and what to do."""

from collections.abc import Mapping, Sequence


class PpaError(Exception):
    """An error a person can act on. `status` is its HTTP status, `code` its short name in the API.

    `remedy` is what to do, where that is a sentence of its own, and `verdicts` are the steps that led here, where
    there were steps. `str()` is the sentence followed by the remedy.
    """

    status = 500
    code = "internal"
    verdicts: Sequence[Mapping[str, str]] = ()

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} {remedy}".strip())
        self.sentence = sentence
        self.remedy = remedy


class BadInput(PpaError):
    """The request or file cannot be used as it is."""

    status = 400
    code = "bad_input"


class Unauthenticated(PpaError):
    """Nobody knows who asks."""

    status = 401
    code = "unauthenticated"


class Forbidden(PpaError):
    """It is known who asks, and they may not."""

    status = 403
    code = "forbidden"


class NotFound(PpaError):
    """There is nothing by that name."""

    status = 404
    code = "not_found"


class Conflict(PpaError):
    """It cannot be done in the present state of the store."""

    status = 409
    code = "conflict"


class WarehouseHeld(Conflict):
    """Another process has the embedded warehouse open."""


class Refused(PpaError):
    """A model file was understood and is not accepted."""

    status = 422
    code = "refused"


class Unavailable(PpaError):
    """Something outside does not answer at the moment; trying again later may help."""

    status = 503
    code = "unavailable"


class WarehouseError(PpaError):
    """The warehouse cannot be opened or refuses a statement."""

    status = 503
    code = "warehouse"
