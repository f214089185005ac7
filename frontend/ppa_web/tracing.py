"""Trace of each request: that of the page or caller, or a new one; the response names it."""

from contextlib import ExitStack

from flask import Flask, Response, g, request

from ppa.ops.tracing import current_trace, request_trace, tracing

HEADER = "X-Request-Id"


def init_tracing(app: Flask) -> None:
    """Set the trace at the start of each request, clear it afterwards, and add it to every template."""

    @app.before_request
    def _begin() -> None:
        g.tracing = ExitStack()
        g.tracing.enter_context(tracing(request_trace(request.headers.get)))

    @app.after_request
    def _name(response: Response) -> Response:
        response.headers[HEADER] = current_trace() or ""
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        g.pop("tracing", ExitStack()).close()

    app.context_processor(lambda: {"trace": current_trace()})
