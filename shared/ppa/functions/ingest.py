"""The function `ingest`."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve


@functions_framework.http
def ingest(request: Request) -> Response:
    """Fetch live quotes, closed bars and whatever is due."""
    from ppa.jobs.ingest import ingest as work

    return serve(request, "ingest", work)
