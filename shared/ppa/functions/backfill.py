"""The HTTP function `backfill`, called on demand."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve


@functions_framework.http
def backfill(request: Request) -> Response:
    """Fetch history that is not stored yet, within the time limit of one call; repeat until `complete` is true."""
    from ppa.jobs.backfill import backfill_slice

    return serve(request, "backfill", backfill_slice)
