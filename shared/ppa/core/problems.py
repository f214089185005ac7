"""Errors as problem documents (RFC 9457), for programs to read."""

from ppa.core.errors import PpaError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **members: object) -> dict[str, object]:
    """A problem document; `members` are further ones, such as a remedy."""
    return {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
        **members,
    }


def problem_of(error: PpaError) -> dict[str, object]:
    """The problem document of an error; it names the remedy and the verdicts that the error has."""
    members = {"remedy": error.remedy, "verdicts": error.verdicts}
    return problem(error.status, error.code, str(error), **{k: v for k, v in members.items() if v})
