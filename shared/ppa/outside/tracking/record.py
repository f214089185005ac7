"""What the run of a model holds: how it was made, how good it is, its curves, its file, its label."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ppa.core.metrics import SCORES
from ppa.outside.tracking.client import Metric
from ppa.repository.models import RegisteredModel

FIGURES = (*SCORES, "base_rate", "calibration_error", "n", "effective")
# a curve is a metric over steps, which MLflow draws: a step is a thousandth of the axis below
CURVES = {"roc": "roc_true_positive_rate", "calibration": "calibration_share"}
STEPS = 1000


def estimator_parameters(estimator: Any) -> dict[str, str]:
    """What `get_params` says of an estimator and its parts, as texts; other objects are left out."""
    plain = (type(None), bool, int, float, str)
    parameters = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    return {str(name): str(value) for name, value in parameters.items() if isinstance(value, plain)}


def parameters(model: RegisteredModel) -> dict[str, str]:
    """What decided how the model came out, but for its estimator's own parameters."""
    row = model.to_row()
    times = {name: row[name].isoformat() for name in ("train_from", "train_to", "test_from", "test_to")}
    definition = {
        f"label.{name}": value for name, value in model.definition.to_row().items() if value is not None
    }
    fields = {
        "estimator": row["estimator"],
        "decision_threshold": row["decision_threshold"],
        "features": len(model.features),
        "catalogue_version": row["catalogue_version"],
        "data": row["source"],
    }
    return {name: str(value) for name, value in {**fields, **times, **definition}.items()}


def metrics(model: RegisteredModel) -> Iterator[Metric]:
    """The platform's figures, the user's own as `user.…`, and the curves by step."""
    figures = model.metrics
    yield from (Metric(name, float(figures[name])) for name in FIGURES if figures[name] is not None)
    yield from (Metric(f"accuracy_{end}", value) for end, value in figures["interval"].items())
    yield from (Metric(f"confusion.{name}", count) for name, count in figures["confusion"].items())
    yield from (Metric(f"user.{name}", float(value)) for name, value in model.user_metrics.items())
    for curve, name in CURVES.items():
        yield from _steps(name, model.curves.get(curve, ()))


def tags(model: RegisteredModel) -> dict[str, str]:
    """By what a run is found, and what people say of it."""
    tags = {
        "ppa.model_id": model.model_id,
        "ppa.label_id": model.label_id,
        "ppa.sha256": model.sha256,
        "ppa.data": model.source,
        "mlflow.note.content": model.notes,
        "mlflow.source.name": "price-prediction-app",
    }
    return tags | {f"ppa.tag.{tag}": "true" for tag in model.tags}


def files(model: RegisteredModel, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The run's files by path; `data` is the model's own."""
    label = {"label_id": model.label_id, **model.definition.to_row()}
    pins = [f"{name}=={version}\n" for name, version in model.libraries.items() if name != "python"]
    yield "model/model.skops", data
    yield "model/requirements.txt", "".join(pins).encode()
    yield "model/features.json", json.dumps(model.features).encode()
    yield "label.json", json.dumps(label, default=str).encode()
    yield "curves.json", json.dumps(model.curves).encode()


def _steps(name: str, points: Sequence[Sequence[float]]) -> Iterator[Metric]:
    """The last point of each step: MLflow keeps one value a step and moment."""
    by_step = {round(point[0] * STEPS): point[1] for point in points}
    yield from (Metric(name, value, step) for step, value in by_step.items())
