"""Train and upload models through the API."""

from collections.abc import Callable, Mapping
from typing import Any

from ppa.client.api import Api
from ppa.client.data import Data
from ppa.client.upload import upload_file
from ppa.modelfiles.files import dump_model
from ppa.modelfiles.training import fit, make_estimator
from ppa.outside.tracking.training import begin_run


def train_model(
    api: Api,
    data: Data,
    estimator: str,
    name: str,
    on_progress: Callable[[str, int, int], object] = lambda stage, done, of: None,
    on_verdict: Callable[[Mapping[str, str]], object] = lambda verdict: None,
) -> dict[str, Any]:
    """Fit an estimator on the first three quarters of a dataset, and upload it.

    `on_progress` receives stage, steps done and total steps; `on_verdict` the verdict of each upload check.
    """
    unfitted = make_estimator(estimator)
    on_progress(f"fitting {estimator} on {len(data.frame):,} rows", 0, 0)
    fitted, metadata = fit(
        data.frame,
        data.manifest,
        unfitted,
        name,
        lambda done, of: on_progress(f"fitting {estimator}", done, of),
    )
    metadata |= begin_run(fitted, metadata)
    on_progress("running the upload checks", 0, 0)
    return upload_file(api, dump_model(fitted), metadata, data.manifest, on_verdict)
