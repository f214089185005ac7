"""The HTTP function `ingest`, called once a minute."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve


@functions_framework.http
def ingest(request: Request) -> Response:
    """Fetch live quotes, closed bars and, when they are due, slower series."""
    from ppa.jobs.ingest import ingest as job

    return serve(request, "ingest", job)
