"""Models that MLflow does not know yet: told after each upload, and again and again while it is down.

What was told, and what went wrong, is a row of `mlflow_runs` for each model. A run bears its model's id, and is
looked for before one is made, so that being killed half-way makes no second one. Two that tell at the same time, such
as two instances of the web service, look again afterwards: the run that was made first stays.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ppa.core.errors import PpaError
from ppa.outside.tracking import record
from ppa.outside.tracking.client import Mlflow, Run
from ppa.platform import Platform
from ppa.repository.holdout_predictions import model_file
from ppa.repository.models import RegisteredModel, list_models
from ppa.storage.arrow import rows_table

logger = logging.getLogger("ppa.mlflow")

FIRST_PAUSE, MAX_PAUSE = 15.0, 600.0  # seconds
# as long as an MLflow on Cloud Run takes to start, about
SETTLE_SECONDS = 25.0
OFF, PENDING, LOGGED = "off", "pending", "logged"
MODEL_TAG, CREATED_AT_TAG = "ppa.model_id", "ppa.run_made_at"


@dataclass(frozen=True)
class TrackingState:
    """How far a model is told to MLflow: `off`, `pending` (with what went wrong last) or `logged`."""

    state: str
    run_id: str | None = None
    experiment_id: str | None = None
    error: str | None = None


def tracking_states(platform: Platform) -> Mapping[str, TrackingState]:
    """What was told of which model; models without an entry are pending, or off where no MLflow is set."""
    token = platform.warehouse.version_token("mlflow_runs")
    return platform.cache.get("mlflow runs", lambda: _stored(platform), token)


def tracking_state(platform: Platform, model_id: str) -> TrackingState:
    """How far one model is told."""
    return tracking_states(platform).get(model_id) or TrackingState(
        PENDING if platform.settings.mlflow_tracking_uri else OFF
    )


def log_pending(platform: Platform) -> list[str]:
    """Tell MLflow of every model it does not know, oldest first; those that are still pending."""
    if not platform.settings.mlflow_tracking_uri:
        return []
    waiting = [one for one in list_models(platform) if tracking_state(platform, one.model_id).state != LOGGED]
    return [one.model_id for one in reversed(waiting) if not log_model(platform, one)]


def log_model(platform: Platform, model: RegisteredModel) -> bool:
    """Tell MLflow of one model; whether it took it. What went wrong is written down, and raises nothing."""
    try:
        run = _log_run(platform, Mlflow(platform.settings), model)
    except PpaError as error:
        logger.warning("MLflow was not told of %s: %s", model.model_id, error)
        _write_state(platform, model, TrackingState(PENDING, error=str(error)))
        return False
    _write_state(platform, model, TrackingState(LOGGED, run.run_id, run.experiment_id))
    return True


class Outbox:
    """Tells MLflow in a thread of its own: at once when woken, ever less often while it is down, and now and then.

    Other processes register models too, so that it looks for them even where nobody wakes it.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._due, self._attempted, self._stopped = threading.Event(), threading.Event(), False

    def wake(self) -> None:
        """See to it that what is pending is told soon; returns at once."""
        self._attempted.clear()
        self._due.set()
        with self._lock:
            if self._platform.settings.mlflow_tracking_uri and self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._work, name="mlflow-outbox", daemon=True)
                self._thread.start()

    def settle(self) -> None:
        """Wait until what is pending was tried, where the app runs on Cloud Run beside an MLflow behind its proxy.

        There a thread gets no processor once the request that woke it is answered.
        """
        if self._platform.settings.mlflow_audience and self._thread is not None:
            self._attempted.wait(SETTLE_SECONDS)

    def stop(self) -> None:
        """Tell nothing more; returns once the thread has ended."""
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
    estimator = platform.loaded_models.get(platform.store, model.to_row())
    parameters = record.estimator_parameters(estimator) | record.parameters(model)
    mlflow.log(run, at, parameters, record.metrics(model), record.tags(model))
    for path, data in record.files(model, model_file(platform, model)):
        mlflow.put_file(run, path, data)
    mlflow.finish(run, model.model_id, at)
    return run


def _get_or_create_run(mlflow: Mlflow, model: RegisteredModel, at: int, now: datetime) -> Run:
    """The run that training began, or one that an earlier attempt made, or a new one."""
    experiment, training_run = mlflow.experiment(model.label_id), model.mlflow_run
    run = mlflow.get_run(str(training_run)) if training_run else None
    if run is not None and run.experiment_id == experiment and run.tags.get(MODEL_TAG) in (None, model.model_id):
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


def _write_state(platform: Platform, model: RegisteredModel, state: TrackingState) -> None:
    row = {
        "model_id": model.model_id,
        "state": state.state,
        "run_id": state.run_id,
        "experiment_id": state.experiment_id,
        "error": state.error,
        "at": platform.now(),
    }
    platform.warehouse.merge("mlflow_runs", rows_table([row]), replace=True)


def _stored(platform: Platform) -> Mapping[str, TrackingState]:
    rows = platform.warehouse.query("mlflow_runs").to_pylist()
    return {
        row["model_id"]: TrackingState(row["state"], row["run_id"], row["experiment_id"], row["error"])
        for row in rows
    }
