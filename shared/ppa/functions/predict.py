"""The HTTP function `predict`, called once an hour."""

import functions_framework
from flask import Request, Response

from ppa.jobs.serving import serve


@functions_framework.http
def predict(request: Request) -> Response:
    """Predict the closed hour with every active model, or those of `?shard=1/4`, then run the maintenance."""
    from ppa.jobs.maintenance import predict_and_maintain

    return serve(request, "predict", predict_and_maintain, sharded=True)
