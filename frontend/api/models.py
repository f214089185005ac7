"""Models: upload, look at, activate."""

import json

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from frontend.api.arguments import text
from frontend.api.encoding import answer
from frontend.api.figures import figures
from frontend.api.tracking import run_of
from frontend.context import outbox, platform, user
from frontend.identity import require
from shared.errors import BadInput
from shared.models.gate.manifest import read_manifest
from shared.models.gate.verdicts import Verdicts
from shared.models.metadata import parse_metadata
from shared.models.models import Model, find_model, list_models
from shared.models.refusal import ModelRefused
from shared.models.registry import register
from shared.models.safety.archive import sized

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


@models.post("")
@require("editor")
def post_model() -> Response:
    """Upload: the skops file as `file`, what its author says of it as `metadata`, the dataset's `manifest` (JSON)."""
    verdicts = Verdicts()
    with verdicts.judging("size"):
        file = _file()
    if file is None or "metadata" not in request.form:
        raise BadInput("Send a multipart form with the model as `file` and a JSON object as `metadata`.")
    with verdicts.judging("description"):
        metadata = parse_metadata(request.form["metadata"])
    with verdicts.judging("dataset"):
        manifest = read_manifest(_part("manifest"))
    model = register(platform(), file.read(), metadata, user(), manifest=manifest, verdicts=verdicts)
    outbox().wake()
    return answer(detailed(model), 201)


def _file() -> FileStorage | None:
    """The model's part of the form; ModelRefused where the whole request is larger than is read at all."""
    try:
        return request.files.get("file")
    except RequestEntityTooLarge:
        raise ModelRefused(
            "model_too_large",
            f"The upload is larger than {sized(request.max_content_length or 0)}, and was not read.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        ) from None


def _part(name: str) -> str:
    """A part of the form, whether it came as a field or as a file."""
    file = request.files.get(name)
    return file.read().decode(errors="replace") if file is not None else request.form.get(name, "")


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
