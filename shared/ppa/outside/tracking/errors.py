"""What can go wrong with MLflow."""

from ppa.core.errors import Unavailable


class TrackingError(Unavailable):
    """MLflow does not answer, or refuses what it is told."""

    code = "mlflow"


class TooLarge(TrackingError):
    """A file is larger than what stands before MLflow lets through: 32 MiB on Cloud Run."""
