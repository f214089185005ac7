"""Errors as problem documents (RFC 9457), for programs to read."""

import msgspec

from ppa.core.contracts.problem import Problem
from ppa.core.errors import PpaError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, title: str = "") -> Problem:
    """Return a problem document; its title is the code in words, unless another is given."""
    return Problem(
        type="about:blank", title=title or code.replace("_", " "), status=status, code=code, detail=detail
    )


def problem_of(error: PpaError) -> Problem:
    """Return the problem document of an error, with its remedy, its verdicts and the wrong fields."""
    return msgspec.structs.replace(
        problem(error.status, error.code, str(error)),
        remedy=error.remedy,
        verdicts=error.verdicts,
        errors=error.errors,
    )


def problem_json(body: Problem) -> dict[str, object]:
    """Return a problem document as a JSON object, without the members that it lacks."""
    members: dict[str, object] = msgspec.to_builtins(body)
    return members
