"""The run that training begins at home, and that the platform goes on with once the model is uploaded."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ppa.core.errors import Unavailable
from ppa.ops.settings import load_settings
from ppa.outside.tracking.client import Metric, Mlflow
from ppa.outside.tracking.record import estimator_parameters

logger = logging.getLogger("ppa.mlflow")


def begin_run(estimator: Any, metadata: Mapping[str, Any]) -> dict[str, str]:
    """Tell MLflow of a fitted estimator: `{"mlflow_run": id}` for its metadata, or nothing where it is off or down.

    `metadata` is what goes with the upload: its `label_id` names the experiment, its `user_metrics` are logged.
    """
    settings = load_settings()
    if not settings.mlflow_tracking_uri:
        return {}
    mlflow, now = Mlflow(settings), int(time.time() * 1000)
    figures = [Metric(f"user.{name}", value) for name, value in metadata.get("user_metrics", {}).items()]
    try:
        experiment = mlflow.experiment(metadata["label_id"])
        run = mlflow.create_run(experiment, metadata["name"], settings.user, now, {})
        mlflow.log(run, now, estimator_parameters(estimator), figures)
    except Unavailable as error:
        logger.warning("%s The platform makes the run on upload.", error)
        return {}
    return {"mlflow_run": run.run_id}
