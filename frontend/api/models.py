"""Models: all of them as rows, and one with everything that is known of it."""

import json

from flask import Blueprint, Response

from frontend.api.arguments import text
from frontend.api.encoding import answer
from frontend.api.figures import figures
from frontend.api.tracking import run_of
from frontend.context import platform
from shared.models.models import Model, find_model, list_models

models = Blueprint("models", __name__, url_prefix="/api/v1/models")

SHOWN = (
    "model_id",
    "name",
    "version",
    "label_id",
    "asset",
    "mode",
    "lookahead",
    "threshold",
    "stop_loss",
    "volatility_window",
    "estimator",
    "uploaded_at",
    "uploaded_by",
    "train_from",
    "train_to",
    "test_from",
    "test_to",
    "source",
    "decision_threshold",
    "sha256",
    "active",
    "active_since",
)


@models.get("")
def get_models() -> Response:
    """Every model, newest first; of one label with `?label_id=`."""
    return answer({"models": [described(m) for m in list_models(platform(), text("label_id") or None)]})


@models.get("/<model_id>")
def get_model(model_id: str) -> Response:
    """A model with its features, versions and curves."""
    return answer(detailed(find_model(platform(), model_id)))


def described(model: Model) -> dict[str, object]:
    """A model as a row of the table."""
    state = {
        "notes": model.notes,
        "tags": model.tags,
        "aliases": model.aliases,
        "champion": model.row["champion"],
        "expires_at": model.expires_at,
        "expired": model.expired(platform().now()),
        "mlflow": run_of(model.model_id),
    }
    return {**{name: model.row[name] for name in SHOWN}, **state, "metrics": figures(model.metrics)}


def detailed(model: Model) -> dict[str, object]:
    """A model with everything that is known of it."""
    return {
        **described(model),
        "features": model.features,
        "libraries": json.loads(model.row["libraries"]),
        "user_metrics": json.loads(model.row["user_metrics"]),
        "curves": model.curves,
        "verdicts": model.verdicts,
        "manifest": json.loads(model.row["manifest"] or "null"),
    }
