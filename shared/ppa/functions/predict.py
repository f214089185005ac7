"""The function `predict`."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve_sharded


@functions_framework.http
def predict(request: Request) -> Response:
    """Predict the closed hour with every active model, or those of `?shard=1/4`; then keep the rules."""
    from ppa.jobs.maintenance import hourly as work

    return serve_sharded(request, "predict", work)
