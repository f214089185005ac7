"""Errors as people and programs read them: a page, or a problem body (RFC 9457)."""

import logging

import msgspec
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed, NotFound

from ppa.core.contracts.problem import Problem
from ppa.core.errors import PpaError, Unauthenticated
from ppa.core.problems import internal_problem, problem, problem_of
from ppa.ops.secrets import redactor
from ppa.ops.tracing import current_trace
from ppa_web.context import platform
from ppa_web.problem_response import problem_response
from ppa_web.security import untrusted_host

logger = logging.getLogger("ppa.web")
FAULT = 500


def init_problems(app: Flask) -> None:
    """Respond to every error with a problem document; unforeseen errors are logged and described in general."""

    @app.errorhandler(PpaError)
    def _ours(error: PpaError) -> Response:
        return _response(problem_of(error))

    @app.errorhandler(Unauthenticated)
    def _stranger(error: Unauthenticated) -> Response:
        # no page: a page shows something of what is stored
        response = problem_response(problem_of(error))
        response.headers["WWW-Authenticate"] = 'Bearer realm="Identity-Aware Proxy"'
        return response

    @app.errorhandler(BadHost)
    def _unreadable_host(_error: BadHost) -> Response:
        # no page: without a host there is no address to put into its links
        return untrusted_host()

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _response(
            problem(error.code or 500, error.name.lower().replace(" ", "_"), _description(error))
        )

    @app.errorhandler(Exception)
    def _unforeseen(_error: Exception) -> Response:
        logger.exception("unforeseen error at %s", request.path)
        detail = "Something went wrong here; the log says what. Nothing was changed by it."
        return _response(internal_problem(detail))


def _description(error: HTTPException) -> str:
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


def _response(body: Problem) -> Response:
    """The problem as JSON, or as a page without secrets; a fault of the app carries the id of its trace."""
    if _for_programs():
        traced = msgspec.structs.replace(body, trace=current_trace()) if body.status >= FAULT else body
        return problem_response(traced)
    detail = redactor(platform().settings).text(body.detail)
    return Response(render_template("problem.html", status=body.status, detail=detail), body.status)
