"""The function `backfill`."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve


@functions_framework.http
def backfill(request: Request) -> Response:
    """Fetch history that is not stored yet, for as long as one call may take; call it again until it is done."""
    from ppa.jobs.backfill import backfill_slice as work

    return serve(request, "backfill", work)
