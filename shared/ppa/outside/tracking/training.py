"""Start an MLflow run at training time; the platform continues it after the upload."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from ppa.core.errors import Unavailable
from ppa.modelfiles.parameters import estimator_parameters
from ppa.ops.settings import load_settings
from ppa.outside.tracking.client import Metric, Mlflow

logger = logging.getLogger("ppa.mlflow")


def begin_run(estimator: Any, metadata: Mapping[str, Any]) -> dict[str, str]:
    """Create a run for a fitted estimator; return `{"mlflow_run": id}`, or an empty dict if MLflow is off or down.

    `metadata` is the metadata of the upload: its `label_id` names the experiment, its `user_metrics` are logged.
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
        logger.warning("%s The platform creates the run on upload.", error)
        return {}
    return {"mlflow_run": run.run_id}
