"""Request tracing: one trace id from the page through functions to queries.

A trace id has 32 hex digits, as in https://www.w3.org/TR/trace-context and in Google's header.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

GOOGLE_HEADER, W3C_HEADER = "X-Cloud-Trace-Context", "traceparent"
_GOOGLE = re.compile(r"([0-9a-f]{32})(?![0-9a-f])")
_W3C = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z")
_current: ContextVar[str | None] = ContextVar("trace", default=None)


def current_trace() -> str | None:
    """Trace id of the current request; None outside of a request."""
    return _current.get()


def request_trace(header: Callable[[str], str | None]) -> str:
    """Read the trace id from a request's headers, or create one; `header` looks up a header by name."""
    match = _W3C.match(header(W3C_HEADER) or "") or _GOOGLE.match(header(GOOGLE_HEADER) or "")
    return match[1] if match else uuid.uuid4().hex


@contextmanager
def tracing(trace: str) -> Iterator[None]:
    """Set the current trace id within a context."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def trace_headers() -> dict[str, str]:
    """Headers that pass the current trace id to another service; empty outside of a request."""
    trace = current_trace()
    return {W3C_HEADER: f"00-{trace}-{uuid.uuid4().hex[:16]}-01"} if trace else {}
