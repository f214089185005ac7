"""Train and upload models through the API."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from ppa.client.api import Api
from ppa.client.upload import upload_file
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
    return upload_file(api, dump_model(fitted), metadata, manifest, on_verdict)


def read_dataset(api: Api, label_id: str) -> pd.DataFrame:
    """Dataset of a label, indexed by `ts`."""
    content = b"".join(api.download(f"labels/{label_id}/dataset.parquet"))
    return pd.read_parquet(io.BytesIO(content)).set_index("ts")
