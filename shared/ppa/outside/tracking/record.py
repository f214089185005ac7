"""Content of a model's run: parameters, metrics, curves, tags and files."""

import json
from collections.abc import Iterator, Sequence

from msgspec.structs import asdict

from ppa.core.metrics import SCORES
from ppa.outside.tracking.client import Metric
from ppa.repository.models import RegisteredModel

FIGURES = (*SCORES, "base_rate", "calibration_error", "n", "effective")
# curves are metrics over steps, which MLflow can plot; a step is 1/1000 of the x axis
CURVES = {"roc": "roc_true_positive_rate", "calibration": "calibration_share"}
STEPS = 1000


def parameters(model: RegisteredModel) -> dict[str, str]:
    """Parameters of a model's training, except those of its estimator."""
    moments = {
        "train_from": model.train_from,
        "train_to": model.train_to,
        "test_from": model.test_from,
        "test_to": model.test_to,
    }
    times = {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
    stated = asdict(model.definition.fields)
    definition = {f"label.{name}": value for name, value in stated.items() if value is not None}
    fields = {
        "estimator": model.estimator,
        "decision_threshold": model.decision_threshold,
        "features": len(model.features),
        "catalogue_version": model.catalogue_version,
        "data": model.source,
    }
    return {name: str(value) for name, value in {**fields, **times, **definition}.items()}


def metrics(model: RegisteredModel) -> Iterator[Metric]:
    """Yield the platform's metrics, the user's own as `user.…`, and the curves by step."""
    figures = model.metrics
    yield from (Metric(name, float(figures[name])) for name in FIGURES if figures[name] is not None)
    yield from (Metric(f"accuracy_{end}", value) for end, value in figures["interval"].items())
    yield from (Metric(f"confusion.{name}", count) for name, count in figures["confusion"].items())
    yield from (Metric(f"user.{name}", float(value)) for name, value in model.user_metrics.items())
    for curve, name in CURVES.items():
        yield from _steps(name, model.curves.get(curve, ()))


def tags(model: RegisteredModel) -> dict[str, str]:
    """Tags of the run: identifiers, notes and the user's tags."""
    fields = {
        "ppa.model_id": model.model_id,
        "ppa.label_id": model.label_id,
        "ppa.sha256": model.sha256,
        "ppa.data": model.source,
        "mlflow.note.content": model.notes,
        "mlflow.source.name": "price-prediction-app",
    }
    return fields | {f"ppa.tag.{tag}": "true" for tag in model.tags}


def files(model: RegisteredModel, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the run's files with their paths; `data` is the model file."""
    label = {"label_id": model.label_id, **asdict(model.definition.fields)}
    pins = [f"{name}=={version}\n" for name, version in model.libraries.items() if name != "python"]
    yield "model/model.skops", data
    yield "model/requirements.txt", "".join(pins).encode()
    yield "model/features.json", json.dumps(model.features).encode()
    yield "label.json", json.dumps(label, default=str).encode()
    yield "curves.json", json.dumps(model.curves).encode()


def _steps(name: str, points: Sequence[Sequence[float]]) -> Iterator[Metric]:
    """Last point of each step, as MLflow stores one value per step and time."""
    by_step = {round(point[0] * STEPS): point[1] for point in points}
    yield from (Metric(name, value, step) for step, value in by_step.items())
