"""Errors of the MLflow client."""

from ppa.core.errors import Unavailable


class TrackingError(Unavailable):
    """MLflow does not respond, or rejects a request."""

    code = "mlflow"


class TooLarge(TrackingError):
    """A file exceeds the limit of the proxy before MLflow: 32 MiB on Cloud Run."""
