"""The function `predict`."""

import functions_framework
from flask import Request, Response

from shared.jobs.serving import serve


@functions_framework.http
def predict(request: Request) -> Response:
    """Cut the closed hour's row and predict on it with every active model."""
    from shared.jobs.predict import predict as work

    return serve(request, "predict", work)
