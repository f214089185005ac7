"""MLflow: where the run of a model and the experiment of a label are, and what is still to be told."""

from collections.abc import Mapping

from flask import Blueprint, Response

from ppa.outside.tracking.outbox import LOGGED, PENDING, log_pending, tracking_state, tracking_states
from ppa.repository.models import list_models
from ppa_web.api.json_response import json_response
from ppa_web.context import platform
from ppa_web.identity import require

tracking = Blueprint("tracking", __name__, url_prefix="/api/v1/mlflow")


@tracking.get("")
def get_tracking() -> Response:
    """Whether there is an MLflow, and which models it does not know yet."""
    return json_response(_state())


@tracking.post("")
@require("editor")
def post_tracking() -> Response:
    """Tell MLflow of all that it does not know yet, now."""
    log_pending(platform())
    return json_response(_state())


def run_of(model_id: str) -> dict[str, object]:
    """The MLflow run of a model: `off`, `pending` with what went wrong last, or `logged` with its address."""
    known = tracking_state(platform(), model_id)
    path = f"/#/experiments/{known.experiment_id}/runs/{known.run_id}"
    url = _address() + path if known.state == LOGGED and _address() else None
    return {"state": known.state, "url": url, "error": known.error}


def experiment_of(label_id: str) -> str | None:
    """The address of a label's experiment, once MLflow knows a model of it."""
    tokens = tuple(platform().warehouse.version_token(table) for table in ("models", "mlflow_runs"))
    known = platform().cache.get("experiments", _experiments, tokens).get(label_id)
    return f"{_address()}/#/experiments/{known}" if known and _address() else None


def _experiments() -> Mapping[str, str]:
    """The experiment of each label of which a model is logged."""
    runs = tracking_states(platform())
    found = ((model, runs.get(model.model_id)) for model in list_models(platform()))
    return {model.label_id: run.experiment_id for model, run in found if run and run.experiment_id}


def _state() -> dict[str, object]:
    runs = {model.model_id: tracking_state(platform(), model.model_id) for model in list_models(platform())}
    pending = {name: run.error for name, run in runs.items() if run.state == PENDING}
    logged = sum(run.state == LOGGED for run in runs.values())
    return {"url": _address() or None, "logged": logged, "pending": pending}


def _address() -> str:
    """Where a browser finds MLflow."""
    settings = platform().settings
    return settings.mlflow_url or settings.mlflow_tracking_uri
