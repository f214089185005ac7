"""Problems that operations may return, by status, with an example of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from ppa.core.contracts.problem import Problem
from ppa.core.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    PpaError,
    Refused,
    Unauthenticated,
    Unavailable,
)
from ppa.core.problems import problem_of


class TooLarge(PpaError):
    """The request exceeds the size limit."""

    status = 413
    code = "request_entity_too_large"


class Internal(PpaError):
    """An error of the platform itself."""


EVERY: Sequence[type[PpaError]] = (BadInput, Unauthenticated, Forbidden, Internal, Unavailable)
# probes are not authenticated
OF_PROBES: Sequence[type[PpaError]] = (BadInput, Internal, Unavailable)

_EXAMPLES: Sequence[PpaError] = (
    BadInput("limit is '0'.", "Give a whole number from 1 to 1000."),
    Unauthenticated("The sign-in of Identity-Aware Proxy does not hold; reload the page to sign in again."),
    Forbidden(
        "ada@example.com has the role viewer, but this requires editor; ask the person who deployed the app."
    ),
    NotFound("There is no model 'nobody-v1'; GET /api/v1/models lists all models."),
    Conflict("my-model-v1 expired on 2026-02-01 00:00; set a later expiry first."),
    TooLarge("The request exceeds 256 MiB; send a smaller file."),
    Refused("The model file is not a skops file (a zip archive).", "Save the model with ppa.dump_model."),
    Internal("Something went wrong here; the log says what. Nothing was changed by it."),
    Unavailable("MLflow does not respond; try again in a minute."),
)
EXAMPLES: Mapping[int, PpaError] = {error.status: error for error in _EXAMPLES}


@dataclass(frozen=True)
class ProblemResponse:
    """Problems of one status: the name among the components, what they mean, and an example."""

    name: str
    description: str
    example: Problem


def problem_responses() -> Mapping[int, ProblemResponse]:
    """Return the problem responses by status."""
    return {
        status: ProblemResponse(
            HTTPStatus(status).phrase.title().replace(" ", ""),
            (error.__doc__ or "").strip(),
            problem_of(error),
        )
        for status, error in EXAMPLES.items()
    }
