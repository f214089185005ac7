"""MLflow: addresses of runs and experiments, and models that are still to be logged."""

from collections.abc import Mapping

from flask import Blueprint, Response

from ppa.outside.tracking.outbox import LOGGED, PENDING, log_pending, tracking_state, tracking_states
from ppa.repository.models import list_models
from ppa_web.api.json_response import json_response
from ppa_web.context import platform
from ppa_web.identity import require
from ppa_web.openapi.operation import operation
from ppa_web.responses.policies import Mlflow

tracking = Blueprint("tracking", __name__, url_prefix="/api/v1/mlflow")


@tracking.get("")
@operation(Mlflow)
def get_tracking() -> Response:
    """MLflow's address, the number of logged models, and the pending ones with their last error."""
    return json_response(_state())


@tracking.post("")
@require("editor")
@operation(Mlflow)
def post_tracking() -> Response:
    """Log all pending models to MLflow now."""
    log_pending(platform())
    return json_response(_state())


def run_of(model_id: str) -> dict[str, object]:
    """MLflow run of a model: `off`, `pending` with the last error, or `logged` with its address."""
    state = tracking_state(platform(), model_id)
    path = f"/#/experiments/{state.experiment_id}/runs/{state.run_id}"
    url = _address() + path if state.state == LOGGED and _address() else None
    return {"state": state.state, "url": url, "error": state.error}


def experiment_of(label_id: str) -> str | None:
    """Address of a label's experiment; None before a model of it is logged."""
    tokens = tuple(platform().warehouse.version_token(table) for table in ("models", "mlflow_runs"))
    experiment = platform().cache.get("experiments", _experiments, tokens).get(label_id)
    return f"{_address()}/#/experiments/{experiment}" if experiment and _address() else None


def _experiments() -> Mapping[str, str]:
    """Experiment id of each label with a logged model."""
    runs = tracking_states(platform())
    logged = ((model, runs.get(model.model_id)) for model in list_models(platform()))
    return {model.label_id: run.experiment_id for model, run in logged if run and run.experiment_id}


def _state() -> dict[str, object]:
    runs = {model.model_id: tracking_state(platform(), model.model_id) for model in list_models(platform())}
    pending = {name: run.error for name, run in runs.items() if run.state == PENDING}
    logged = sum(run.state == LOGGED for run in runs.values())
    return {"url": _address() or None, "logged": logged, "pending": pending}


def _address() -> str:
    """MLflow's address for browsers."""
    settings = platform().settings
    return settings.mlflow_url or settings.mlflow_tracking_uri
