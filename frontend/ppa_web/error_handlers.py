"""Errors as people and programs read them: a page, or a problem body (RFC 9457)."""

import json
import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed, NotFound, SecurityError

from ppa.core.errors import PpaError, Unauthenticated
from ppa.ops.secrets import redactor
from ppa.ops.tracing import current_trace
from ppa_web.context import platform

logger = logging.getLogger("ppa.web")
FAULT = 500
MAX_HOST_SHOWN = 100


def problem(status: int, code: str, detail: str, **more: object) -> Response:
    """An `application/problem+json` answer; `more` are further members, such as a remedy."""
    body = {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def init_problems(app: Flask) -> None:
    """Turn every error into a clear answer; what was not foreseen is logged, and said in general words."""

    @app.errorhandler(PpaError)
    def _ours(error: PpaError) -> Response:
        more = {"remedy": error.remedy, "verdicts": error.verdicts}
        return _answer(error.status, error.code, str(error), **{k: v for k, v in more.items() if v})

    @app.errorhandler(Unauthenticated)
    def _stranger(error: Unauthenticated) -> Response:
        # no page: a page shows something of what is stored
        answer = problem(error.status, error.code, str(error))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Identity-Aware Proxy"'
        return answer

    @app.errorhandler(BadHost)
    @app.errorhandler(SecurityError)
    def _other_host(_error: HTTPException) -> Response:
        # no page: without a host there is no address to put into its links
        host = request.environ.get("HTTP_HOST", "")[:MAX_HOST_SHOWN]
        return problem(400, "untrusted_host", f"This app does not answer as {host!r}.")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error.code or 500, error.name.lower().replace(" ", "_"), _said(error))

    @app.errorhandler(Exception)
    def _unforeseen(_error: Exception) -> Response:
        logger.exception("unforeseen error at %s", request.path)
        return _answer(
            500, "internal", "Something went wrong here; the log says what. Nothing was changed by it."
        )


def _said(error: HTTPException) -> str:
    """A sentence about this app, where HTTP's own speaks of servers and spelling."""
    if error.description != type(error).description:
        return error.description or error.name
    if isinstance(error, NotFound):
        there = "GET /api/v1 lists what there is" if _for_programs() else "the links above lead to every page"
        return f"Nothing is kept at {request.path}; {there}."
    if isinstance(error, MethodNotAllowed):
        takes = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
        return f"{request.path} takes {', '.join(takes)}, not {request.method}."
    return error.description or error.name


def _for_programs() -> bool:
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/functions/"))


def _answer(status: int, code: str, detail: str, **more: object) -> Response:
    """The clear answer, without a secret that an error may quote; a fault of ours names what the log has it under."""
    detail = redactor(platform().settings).text(detail)
    if status >= FAULT:
        more["trace"] = current_trace()
    if _for_programs():
        return problem(status, code, detail, **more)
    return Response(render_template("problem.html", status=status, detail=detail), status)
