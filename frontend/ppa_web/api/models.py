"""Models: all of them as rows, and one with everything that is known of it."""

from flask import Blueprint, Response

from ppa.core.errors import Refused
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.repository.novelty_profiles import novelty_profile_of
from ppa_web.api.json_response import json_response
from ppa_web.api.metrics_json import metrics_json
from ppa_web.api.request_args import text
from ppa_web.api.tracking import run_of
from ppa_web.context import platform

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
    return json_response(
        {"models": [described(m) for m in list_models(platform(), text("label_id") or None)]}
    )


@models.get("/<model_id>")
def get_model(model_id: str) -> Response:
    """A model with its features, versions and curves."""
    return json_response(detailed(find_model(platform(), model_id)))


@models.get("/<model_id>/reference")
def get_reference(model_id: str) -> Response:
    """What the hourly job holds each row against: which features must be there, and how far it may lie; or why not."""
    model = find_model(platform(), model_id)
    try:
        reference = novelty_profile_of(platform(), model)
    except Refused as error:
        return json_response({"model_id": model_id, "unavailable": error.sentence, "remedy": error.remedy})
    needed = reference.expected_features().tolist()
    columns = zip(model.features, reference.location, reference.scale, reference.missing, needed, strict=True)
    names = ("feature", "median", "spread", "missing", "needed")
    features = [dict(zip(names, row, strict=True)) for row in columns]
    return json_response(
        {"model_id": model_id, "rows": reference.rows, "limit": reference.limit, "features": features}
    )


def described(model: RegisteredModel) -> dict[str, object]:
    """A model as a row of the table."""
    state = {
        "notes": model.notes,
        "tags": model.tags,
        "aliases": model.aliases,
        "champion": model.champion,
        "expires_at": model.expires_at,
        "expired": model.expired(platform().now()),
        "mlflow": run_of(model.model_id),
        "warnings": [said["title"] for said in model.verdicts if said["outcome"] == "warned"],
    }
    row = model.to_row()
    return {**{name: row[name] for name in SHOWN}, **state, "metrics": metrics_json(model.metrics)}


def detailed(model: RegisteredModel) -> dict[str, object]:
    """A model with everything that is known of it."""
    return {
        **described(model),
        "features": model.features,
        "libraries": model.libraries,
        "user_metrics": model.user_metrics,
        "curves": model.curves,
        "verdicts": model.verdicts,
        "manifest": model.manifest,
    }
