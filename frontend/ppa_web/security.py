"""Security headers, and protection against cross-site requests.

Requests that change something are checked by the headers `Sec-Fetch-Site` and `Origin`, which every current browser
sends, instead of tokens: https://owasp.org/www-community/attacks/csrf; Go's `http.CrossOriginProtection` works alike.
Clients that send neither header, such as the command line and Cloud Scheduler, carry no cookies of another site and
are accepted.
"""

from collections.abc import Collection
from functools import partial

from flask import Flask, Response, request

from ppa.core.problems import problem
from ppa.ops.addresses import split_address, split_web_address
from ppa_web.problem_response import problem_response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SAME_ORIGIN = frozenset({"same-origin", "none"})
MAX_HOST_SHOWN = 100

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # plotly.js inserts its own style rules
        "img-src 'self' data: blob:",  # plotly.js renders downloads through them
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_security(app: Flask, trusted_hosts: Collection[str] | None = None) -> None:
    """Add security headers to every response and reject changes requested by other sites.

    `trusted_hosts` are the only Host names that are accepted, without port or brackets; None accepts any. They stop
    DNS rebinding, where another site's name resolves to this machine. Flask's `TRUSTED_HOSTS` accepts no `[::1]`.
    """
    if trusted_hosts is not None:
        app.before_request(partial(refuse_other_hosts, frozenset(trusted_hosts)))
    app.before_request(refuse_other_sites)
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add the security headers to a response; existing values are kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def refuse_other_hosts(trusted: Collection[str]) -> Response | None:
    """Reject a request to another Host name with a 400 problem; None accepts the request."""
    if split_address(f"http://{request.host}").hostname in trusted:
        return None
    return untrusted_host()


def untrusted_host() -> Response:
    """Return the problem of a Host that is not accepted."""
    host = request.environ.get("HTTP_HOST", "")[:MAX_HOST_SHOWN]
    detail = f"This app does not answer as {host!r}; open it by a name of its own, such as localhost."
    return problem_response(problem(400, "untrusted_host", detail))


def refuse_other_sites() -> Response | None:
    """Reject a change requested by another site with a 403 problem; None accepts the request."""
    if request.method in SAFE_METHODS or is_same_origin():
        return None
    detail = "This change was requested by a page of another site, so it was rejected; use the app itself."
    return problem_response(problem(403, "cross_site", detail, title="Forbidden"))


def is_same_origin() -> bool:
    """True if no header indicates a request from another site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in SAME_ORIGIN
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    # a Host that cannot be read is empty, as is the host of an Origin that cannot
    return bool(request.host) and split_web_address(origin).netloc == request.host
