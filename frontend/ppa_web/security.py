"""What the browser may do with our pages, and who may change something.

Requests that change something are checked by the headers every current browser sends, `Sec-Fetch-Site`
and `Origin`, in place of tokens: https://owasp.org/www-community/attacks/csrf and Go's
`http.CrossOriginProtection` follow the same reasoning. A client that sends neither (the command line,
Cloud Scheduler) carries no cookies of somebody else and passes.
"""

from flask import Flask, Response, request

from ppa.core.problems import problem
from ppa.ops.addresses import split_web_address
from ppa_web.problem_response import problem_response

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SAME_ORIGIN = frozenset({"same-origin", "none"})

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


def init_security(app: Flask) -> None:
    """Add the headers to every answer and refuse changes asked for by another site.

    DNS rebinding, where another site's name leads to this machine, is stopped by Flask itself: it
    answers 400 to a Host that `TRUSTED_HOSTS` does not name.
    """
    app.before_request(refuse_other_sites)
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """The same headers on pages, data and errors; one that is already there is kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def refuse_other_sites() -> Response | None:
    """A 403 problem for a change that another site's page asked for; None lets the request pass."""
    if request.method in SAFE_METHODS or asked_by_ourselves():
        return None
    detail = "Another site's page asked for this change, so it was refused; open the app itself."
    return problem_response(problem(403, "cross_site", detail, title="Forbidden"))


def asked_by_ourselves() -> bool:
    """Whether no header says that the request comes from elsewhere."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in SAME_ORIGIN
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    # a Host that cannot be read is empty, as is the host of an Origin that cannot
    return bool(request.host) and split_web_address(origin).netloc == request.host
