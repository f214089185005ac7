"""Train and upload models through the API."""

import io
import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ppa.cli.client import Api
from ppa.core.errors import BadInput
from ppa.modelfiles.files import dump_model
from ppa.modelfiles.training import fit, make_estimator
from ppa.outside.tracking.training import begin_run


def train_model(
    api: Api,
    label_id: str,
    estimator: str,
    name: str,
    on_progress: Callable[[str, int, int], object] = lambda stage, done, of: None,
    on_verdict: Callable[[Mapping[str, str]], object] = lambda verdict: None,
) -> dict[str, Any]:
    """Download a label's dataset, fit an estimator on its first three quarters, and upload it.

    `on_progress` receives stage, steps done and total steps; `on_verdict` the verdict of each upload check.
    """
    unfitted = make_estimator(estimator)
    on_progress("downloading the dataset", 0, 0)
    manifest = api.get(f"labels/{label_id}/manifest.json")
    dataset = read_dataset(api, label_id)
    on_progress(f"fitting {estimator} on {len(dataset):,} rows", 0, 0)
    fitted, metadata = fit(
        dataset, manifest, unfitted, name, lambda done, of: on_progress(f"fitting {estimator}", done, of)
    )
    metadata |= begin_run(fitted, metadata)
    on_progress("running the upload checks", 0, 0)
    return upload(api, dump_model(fitted), metadata, manifest, on_verdict)


def read_dataset(api: Api, label_id: str) -> pd.DataFrame:
    """Dataset of a label, indexed by `ts`."""
    content = b"".join(api.download(f"labels/{label_id}/dataset.parquet"))
    return pd.read_parquet(io.BytesIO(content)).set_index("ts")


def upload(
    api: Api,
    file: bytes,
    metadata: dict[str, Any],
    manifest: dict[str, Any] | None = None,
    on_verdict: Callable[[Mapping[str, str]], object] = lambda verdict: None,
) -> dict[str, Any]:
    """Upload a skops file with its metadata and its dataset's manifest; return the registered model.

    `on_verdict` receives the verdict of each upload check as it arrives.
    """
    data = {"metadata": json.dumps(metadata)}
    if manifest is not None:
        data["manifest"] = json.dumps(manifest)
    files = {"file": ("model.skops", file)}
    event: dict[str, Any] = {}
    for event in api.events("models", files=files, data=data, headers={"Accept": "application/x-ndjson"}):
        if "verdict" in event:
            on_verdict(event["verdict"])
    model: dict[str, Any] = event["result"]
    return model


def read_estimator(path: Path) -> bytes:
    """Read a model file as skops. A .joblib file is unpickled on this machine, trusted by its owner, and converted."""
    if path.suffix == ".skops":
        return path.read_bytes()
    if path.suffix != ".joblib":
        raise BadInput(f"{path.name} is not a model file; use a .skops file, or a .joblib file of your own.")
    return dump_model(_unpickled(path))


def _unpickled(path: Path) -> Any:
    import joblib
    from sklearn.exceptions import InconsistentVersionWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            return joblib.load(path)
    except InconsistentVersionWarning as other:
        raise BadInput(
            f"{path.name} was saved with scikit-learn {other.original_sklearn_version}; version "
            f"{other.current_sklearn_version}, installed here, may give different results.",
            f"Fit and save it again: pip install 'scikit-learn=={other.current_sklearn_version}'.",
        ) from None
    except Exception as error:
        raise BadInput(f"{path.name} cannot be loaded: {type(error).__name__}: {error}.") from error
