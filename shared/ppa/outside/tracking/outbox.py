"""Outbox for MLflow: logs each model after its upload, and retries while MLflow is down.

The state and last error of each model are stored in `mlflow_runs`. A run is tagged with its model's id and searched
for before one is created, so that a crash leaves no duplicate. If two processes create a run at the same time, both
look again afterwards and keep the one created first.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime

from ppa.core.contracts.model import TrackedRun
from ppa.core.errors import PpaError
from ppa.outside.tracking import record
from ppa.outside.tracking.client import Mlflow, Run
from ppa.platform import Platform
from ppa.repository.holdout_predictions import model_file
from ppa.repository.models import RegisteredModel, list_models
from ppa.repository.programs import parameters_of_estimator
from ppa.storage.arrow import read_records, records_table

logger = logging.getLogger("ppa.mlflow")

FIRST_PAUSE, MAX_PAUSE = 15.0, 600.0  # seconds
# about the start-up time of MLflow on Cloud Run
SETTLE_SECONDS = 25.0
OFF, PENDING, LOGGED = "off", "pending", "logged"
MODEL_TAG, CREATED_AT_TAG = "ppa.model_id", "ppa.run_made_at"


def tracking_states(platform: Platform) -> Mapping[str, TrackedRun]:
    """Stored tracking states by model id; a model without an entry has not been logged."""
    token = platform.warehouse.version_token("mlflow_runs")
    return platform.cache.get("mlflow runs", lambda: _stored(platform), token)


def tracking_state(platform: Platform, model_id: str) -> TrackedRun:
    """Tracking state of one model; `pending`, or `off` without MLflow, if none is stored."""
    state = PENDING if platform.settings.mlflow_tracking_uri else OFF
    return tracking_states(platform).get(model_id) or TrackedRun(
        model_id=model_id, state=state, at=platform.now()
    )


def log_pending(platform: Platform) -> list[str]:
    """Log all models that are not in MLflow, oldest first; return the ids of those still pending."""
    if not platform.settings.mlflow_tracking_uri:
        return []
    waiting = [one for one in list_models(platform) if tracking_state(platform, one.model_id).state != LOGGED]
    return [one.model_id for one in reversed(waiting) if not log_model(platform, one)]


def log_model(platform: Platform, model: RegisteredModel) -> bool:
    """Log one model; return True on success. Errors are stored, not raised."""
    try:
        run = _log_run(platform, Mlflow(platform.settings), model)
    except PpaError as error:
        logger.warning("%s was not logged to MLflow: %s", model.model_id, error)
        _write_run(platform, model, PENDING, error=str(error))
        return False
    _write_run(platform, model, LOGGED, run_id=run.run_id, experiment_id=run.experiment_id)
    return True


class Outbox:
    """Background thread that logs pending models: at once when woken, and with growing pauses while MLflow is down.

    It also checks for new models from time to time, because other processes register models too.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._due, self._attempted, self._stopped = threading.Event(), threading.Event(), False

    def wake(self) -> None:
        """Start logging pending models in the background; returns at once."""
        self._attempted.clear()
        self._due.set()
        with self._lock:
            if self._platform.settings.mlflow_tracking_uri and self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._work, name="mlflow-outbox", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait for an attempt to log the pending models if the app runs on Cloud Run, with MLflow behind a proxy.

        On Cloud Run, background threads get no CPU time after the response has been sent.
        """
        if self._platform.settings.mlflow_audience and self._thread is not None:
            self._attempted.wait(SETTLE_SECONDS)

    def stop(self) -> None:
        """Stop the thread and wait for it to end."""
        with self._lock:
            self._stopped = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped:
            self._due.clear()
            pending = self._pending()
            if not self._due.is_set():
                self._attempted.set()
            if pending:
                woken = self._due.wait(pause)
                pause = FIRST_PAUSE if woken else min(2 * pause, MAX_PAUSE)
            else:
                self._due.wait(MAX_PAUSE)
                pause = FIRST_PAUSE

    def _pending(self) -> bool:
        try:
            return bool(log_pending(self._platform))
        except PpaError as error:
            logger.warning("the outbox could not be read: %s", error)
            return True


def _log_run(platform: Platform, mlflow: Mlflow, model: RegisteredModel) -> Run:
    at = int(model.uploaded_at.timestamp() * 1000)
    run = _get_or_create_run(mlflow, model, at, platform.now())
    parameters = parameters_of_estimator(platform, model) | record.parameters(model)
    mlflow.log(run, at, parameters, record.metrics(model), record.tags(model))
    for path, data in record.files(model, model_file(platform, model)):
        mlflow.put_file(run, path, data)
    mlflow.finish(run, model.model_id, at)
    return run


def _get_or_create_run(mlflow: Mlflow, model: RegisteredModel, at: int, now: datetime) -> Run:
    """Run started by the training, else one created by an earlier attempt, else a new one."""
    experiment, training_run = mlflow.experiment(model.label_id), model.mlflow_run
    run = mlflow.get_run(str(training_run)) if training_run else None
    if (
        run is not None
        and run.experiment_id == experiment
        and run.tags.get(MODEL_TAG) in (None, model.model_id)
    ):
        return run
    runs = mlflow.find_runs(experiment, MODEL_TAG, model.model_id)
    if not runs:
        tags = {MODEL_TAG: model.model_id, CREATED_AT_TAG: now.isoformat()}
        mlflow.create_run(experiment, model.model_id, model.uploaded_by, at, tags)
        runs = mlflow.find_runs(experiment, MODEL_TAG, model.model_id)
    first, *others = sorted(runs, key=lambda one: (one.tags.get(CREATED_AT_TAG, ""), one.run_id))
    for other in others:
        mlflow.delete_run(other)
    return first


def _write_run(platform: Platform, model: RegisteredModel, state: str, **fields: str | None) -> None:
    run = TrackedRun(model_id=model.model_id, state=state, at=platform.now(), **fields)
    platform.warehouse.merge("mlflow_runs", records_table([run]), replace=True)


def _stored(platform: Platform) -> Mapping[str, TrackedRun]:
    runs = read_records(TrackedRun, platform.warehouse.query("mlflow_runs"))
    return {run.model_id: run for run in runs}
