"""Registered models: the list, and one model in detail."""

from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.common import LabelId, ModelId
from ppa.core.contracts.record import Arguments
from ppa.core.errors import NotFound, Refused
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.repository.novelty_profiles import novelty_profile_of
from ppa.repository.withdrawn_data import count_on_withdrawn, trained_on_withdrawn
from ppa_web.api.json_response import json_response
from ppa_web.api.metrics_json import metrics_json
from ppa_web.api.tracking import run_of
from ppa_web.context import platform
from ppa_web.openapi.operation import operation
from ppa_web.responses import models as shapes

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


class ModelsQuery(Arguments, frozen=True, kw_only=True):
    """Models to list."""

    label_id: Annotated[LabelId, Meta(description="Label of the models; all by default")] = ""


@models.get("")
@operation(shapes.Models)
def get_models(query: ModelsQuery) -> Response:
    """All models, newest first; `?label_id=` selects those of one label."""
    return json_response({"models": [model_row(m) for m in list_models(platform(), query.label_id or None)]})


@models.get("/<model_id>")
@operation(shapes.ModelDetails, problems=(NotFound,))
def get_model(model_id: ModelId) -> Response:
    """A model with its features, library versions and curves."""
    return json_response(model_details(find_model(platform(), model_id)))


@models.get("/<model_id>/reference")
@operation(shapes.NoveltyProfile, shapes.NoNoveltyProfile, problems=(NotFound,))
def get_reference(model_id: ModelId) -> Response:
    """Novelty profile of a model: required features and distance limit, or why there is none."""
    model = find_model(platform(), model_id)
    try:
        profile = novelty_profile_of(platform(), model)
    except Refused as error:
        return json_response({"model_id": model_id, "unavailable": error.sentence, "remedy": error.remedy})
    needed = profile.expected_features().tolist()
    columns = zip(model.features, profile.location, profile.scale, profile.missing, needed, strict=True)
    names = ("feature", "median", "spread", "missing", "needed")
    features = [dict(zip(names, row, strict=True)) for row in columns]
    return json_response(
        {"model_id": model_id, "rows": profile.rows, "limit": profile.limit, "features": features}
    )


def model_row(model: RegisteredModel) -> dict[str, object]:
    """JSON fields of a model for a table row."""
    state = {
        "notes": model.notes,
        "tags": model.tags,
        "aliases": model.aliases,
        "champion": model.champion,
        "expires_at": model.expires_at,
        "converted": model.program is not None,
        "expired": model.expired(platform().now()),
        "mlflow": run_of(model.model_id),
        "warnings": [verdict["title"] for verdict in model.verdicts if verdict["outcome"] == "warned"],
        "withdrawn_data": trained_on_withdrawn(platform(), model),
    }
    return {**{name: getattr(model, name) for name in SHOWN}, **state, "metrics": metrics_json(model.metrics)}


def model_details(model: RegisteredModel) -> dict[str, object]:
    """All JSON fields of a model."""
    return {
        **model_row(model),
        "withdrawn_predictions": count_on_withdrawn(platform(), model),
        "features": model.features,
        "libraries": model.libraries,
        "user_metrics": model.user_metrics,
        "curves": model.curves,
        "verdicts": model.verdicts,
        "manifest": model.manifest,
    }
