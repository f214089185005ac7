"""The function `predict`."""

import functions_framework
from flask import Request, Response

from shared.jobs.serving import serve_sharded


@functions_framework.http
def predict(request: Request) -> Response:
    """Cut the closed hour's row and predict on it with every active model, or with those of `?shard=1/4`."""
    from shared.jobs.predict import predict as work

    return serve_sharded(request, "predict", work)
