"""Upload a model through the checks, with its metadata derived from the data that it was trained on."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ppa.client.api import Api
from ppa.client.data import Data
from ppa.client.records import verdict_line
from ppa.core.errors import BadInput
from ppa.modelfiles.bundle import ENDING, is_bundle, pack, unpack

STREAM = {"Accept": "application/x-ndjson"}


def print_verdict(verdict: Mapping[str, str]) -> None:
    """Print the verdict of one check."""
    print(verdict_line(verdict))  # noqa: T201 # for whoever calls it from a notebook


def send_model(
    api: Api,
    model: Any,
    name: str | None,
    data: Data | None,
    train: pd.DataFrame | None,
    metadata: Mapping[str, Any],
    on_verdict: Callable[[Mapping[str, str]], object],
    *,
    mlflow: bool,
) -> dict[str, Any]:
    """Send a model with what `derived` finds and `metadata` adds; return the registered model."""
    fields = derived(model, data, train) if data is not None else {}
    fields |= ({"name": name} if name else {}) | dict(metadata)
    if mlflow:
        fields |= _run(model, fields)
    return upload_file(api, model_bytes(model), fields, None if data is None else data.manifest, on_verdict)


def save_bundle(
    path: str | Path, model: Any, name: str, data: Data, *, mlflow: bool = False, **metadata: Any
) -> Path:
    """Write a fitted estimator, its metadata and its dataset's manifest to one file, ready to be uploaded as a whole.

    `path` gets the ending `.ppa` where it has none; label, columns, training hours and library versions are taken
    from `data`, further fields of the metadata (docs/models.md) from `metadata`. With `mlflow` a run is begun where
    MLFLOW_TRACKING_URI is set, and the upload completes it. Returns the path. Raises ModelRefused where the platform
    would not accept the model.
    """
    file = Path(path) if Path(path).suffix else Path(path).with_suffix(ENDING)
    fields = derived(model, data) | {"name": name} | metadata
    if mlflow:
        fields |= _run(model, fields)
    file.write_bytes(pack(model_bytes(model), fields, data.manifest))
    return file


def derived(model: Any, data: Data, train: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return the metadata that follows from the data: label, catalogue, columns, training hours, library versions.

    The columns are those that the model was fitted on, where it knows them, else those of the training rows.
    """
    rows = data.train[0] if train is None else train
    if not isinstance(rows.index, pd.DatetimeIndex) or not len(rows):
        raise BadInput("The training rows must be indexed by ts: pass rows of data.X as `train`.")
    return {
        "label_id": data.label_id,
        "catalogue_version": data.manifest["catalogue_version"],
        "features": _columns(model, rows),
        "train_from": rows.index.min().isoformat(),
        "train_to": rows.index.max().isoformat(),
    } | ({} if isinstance(model, str | Path | bytes) else {"libraries": _versions()})


def model_bytes(model: Any) -> bytes:
    """Return the model file of a fitted estimator, a path (.skops, or .joblib of one's own) or bytes as they are."""
    from ppa.client.modelfile import read_estimator
    from ppa.modelfiles.files import dump_model

    if isinstance(model, bytes):
        return model
    if isinstance(model, str | Path):
        return read_estimator(Path(model))
    return dump_model(model)


def upload_file(
    api: Api,
    file: bytes,
    metadata: Mapping[str, Any],
    manifest: Mapping[str, Any] | None = None,
    on_verdict: Callable[[Mapping[str, str]], object] = lambda verdict: None,
) -> dict[str, Any]:
    """Upload a model file with its metadata and its dataset's manifest; return the registered model.

    A bundle brings both; fields of `metadata`, and `manifest`, take precedence over its own.
    `on_verdict` receives the verdict of each check as it arrives; a refusal is raised as ApiProblem.
    """
    if is_bundle(file):
        bundle = unpack(file)
        file, metadata = bundle.model, json.loads(bundle.metadata) | dict(metadata)
        manifest = manifest or (json.loads(bundle.manifest) if bundle.manifest else None)
    parts = {"metadata": json.dumps(metadata)}
    if manifest is not None:
        parts["manifest"] = json.dumps(manifest)
    event: dict[str, Any] = {}
    for event in api.events("models", files={"file": ("model.skops", file)}, data=parts, headers=STREAM):
        if "verdict" in event:
            on_verdict(event["verdict"])
    model: dict[str, Any] = event["result"]
    return model


def _run(model: Any, metadata: Mapping[str, Any]) -> dict[str, str]:
    """Begin a run in MLflow; return the field of the metadata that names it, or nothing where MLflow is off."""
    from ppa.outside.tracking.training import begin_run

    if isinstance(model, str | Path | bytes):
        raise BadInput(
            "A run in MLflow holds an estimator's parameters; pass the fitted estimator, not its file."
        )
    if missing := {"label_id", "name"} - metadata.keys():
        raise BadInput(f"A run in MLflow needs {' and '.join(sorted(missing))}; pass the data and a name.")
    return begin_run(model, metadata)


def _columns(model: Any, rows: pd.DataFrame) -> list[str]:
    names = getattr(model, "feature_names_in_", None)
    return [str(name) for name in (rows.columns if names is None else names)]


def _versions() -> dict[str, str]:
    from ppa.modelfiles.training import library_versions

    return library_versions()
