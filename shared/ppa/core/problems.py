"""Errors as problem documents (RFC 9457), for programs to read."""

from collections.abc import Mapping

import msgspec

from ppa.core.contracts.problem import Problem
from ppa.core.errors import PpaError

MEDIA_TYPE = "application/problem+json"


# what to do about a problem whose detail does not say it
GENERAL_REMEDIES: Mapping[int, str] = {
    400: "Correct the request; the page /api shows what it takes.",
    401: "Sign in, and try again.",
    403: "Ask the person who deployed the app for the role that it requires.",
    404: "Check the names in the address; the lists of the API show what there is.",
    409: "Look at the present state, and decide again.",
    413: "Send less at once.",
    422: "Change the model as the checks say, and upload it again.",
    500: "Try again; if it fails again, look up the request in the log.",
    503: "Try again in a minute.",
}


def problem(status: int, code: str, detail: str, title: str = "", remedy: str = "") -> Problem:
    """Return a problem document; its title is the code in words, unless another is given.

    The remedy is by default what the detail says after its last semicolon, or a general one for the status.
    """
    return Problem(
        type="about:blank",
        title=title or code.replace("_", " "),
        status=status,
        code=code,
        detail=detail,
        remedy=remedy or _remedy_in(detail) or GENERAL_REMEDIES.get(status, GENERAL_REMEDIES[400]),
    )


def _remedy_in(detail: str) -> str:
    """Return the part after the last semicolon as a sentence: errors read `what is wrong; what to do`."""
    remedy = detail.rpartition("; ")[2] if "; " in detail else ""
    return remedy[:1].upper() + remedy[1:]


def internal_problem(detail: str) -> Problem:
    """Return the problem document of a fault of the platform itself."""
    return problem(500, "internal", detail, remedy=GENERAL_REMEDIES[500])


def problem_of(error: PpaError) -> Problem:
    """Return the problem document of an error, with its remedy, its verdicts and the wrong fields."""
    return msgspec.structs.replace(
        problem(error.status, error.code, str(error), remedy=error.remedy),
        verdicts=error.verdicts,
        errors=error.errors,
    )


def problem_json(body: Problem) -> dict[str, object]:
    """Return a problem document as a JSON object, without the members that it lacks."""
    members: dict[str, object] = msgspec.to_builtins(body)
    return members
