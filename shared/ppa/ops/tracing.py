"""Which request a piece of work belongs to, so that it can be followed from a page to a function to a query.

A trace is 32 hex digits, as https://www.w3.org/TR/trace-context names it and Google's front ends pass it on.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

GOOGLES, STANDARD = "X-Cloud-Trace-Context", "traceparent"
_GOOGLES = re.compile(r"([0-9a-f]{32})(?![0-9a-f])")
_STANDARD = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z")
_current: ContextVar[str | None] = ContextVar("trace", default=None)


def current_trace() -> str | None:
    """The trace of the work in hand; None where nobody asked for it."""
    return _current.get()


def request_trace(header: Callable[[str], str | None]) -> str:
    """The trace that a request came with, else a new one; `header` finds one of its headers."""
    found = _STANDARD.match(header(STANDARD) or "") or _GOOGLES.match(header(GOOGLES) or "")
    return found[1] if found else uuid.uuid4().hex


@contextmanager
def tracing(trace: str) -> Iterator[None]:
    """What is done within belongs to that trace."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def trace_headers() -> dict[str, str]:
    """What passes the present trace on to another service."""
    trace = current_trace()
    return {STANDARD: f"00-{trace}-{uuid.uuid4().hex[:16]}-01"} if trace else {}
