"""Upload: from a file and what its author says of it to a registered model, whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from shared.dataset import LABEL, Dataset, build_dataset
from shared.errors import Conflict, Refused
from shared.frames import HOUR, rows_table
from shared.labels import find_label
from shared.metrics import calibration_points, evaluate, roc_points
from shared.models.files import check_versions
from shared.models.gate import examine
from shared.models.heldout import HeldOut, keep_held_out
from shared.models.metadata import Metadata
from shared.models.models import Model, find_model, list_models
from shared.models.reference import summarise
from shared.models.store import StoredFile
from shared.platform import Platform

LEAST_TEST_ROWS = 100
MOST_RIVALS = 20


@dataclass(frozen=True)
class Verdict:
    """What the gate found: the estimator's class, what it said of the held-out hours, the metrics on them."""

    estimator: str
    features: list[str]
    held_out: HeldOut
    metrics: Mapping[str, object]


def register(platform: Platform, data: bytes, metadata: Metadata, by: str) -> Model:
    """Pass a model file through the gate and store it as the next version of its name; Refused says why not."""
    check_versions(metadata.libraries)
    dataset = build_dataset(platform, find_label(platform, metadata.label_id))
    verdict = judge(dataset, data, metadata)
    file = platform.store.put(_file_name(metadata.name, data), data)
    first = _next_version(platform, metadata.name)
    for version in range(first, first + MOST_RIVALS):
        row = {**_described(metadata, dataset, verdict), **_stored(file, metadata.name, version)}
        row |= {"uploaded_at": platform.now(), "uploaded_by": by}
        if platform.warehouse.merge("models", rows_table([row])):
            model = find_model(platform, str(row["model_id"]))
            keep_held_out(platform, model, verdict.held_out)
            return model
    raise Conflict(f"{MOST_RIVALS} other uploads of {metadata.name} came first; try again.")


def judge(dataset: Dataset, data: bytes, metadata: Metadata) -> Verdict:
    """Build the file's estimator in a child process and measure it on rows after its training window."""
    features = _check_features(dataset, metadata)
    test = held_out_rows(dataset, metadata)
    seen = examine(data, test[features])
    if seen.features and list(seen.features) != features:
        raise Refused(
            "The estimator was fitted on other columns, or in another order, than the metadata's features: "
            "fit it on the dataset's columns as they come."
        )
    outcome, times = test[LABEL].to_numpy(dtype=int), pd.DatetimeIndex(test.index)
    evaluation = evaluate(
        outcome,
        seen.probability,
        threshold=metadata.decision_threshold,
        lookahead=dataset.label.spec.lookahead,
        times=times,
    )
    curves = {
        "roc": roc_points(outcome, seen.probability),
        "calibration": calibration_points(outcome, seen.probability),
    }
    held_out = HeldOut(times, seen.probability)
    return Verdict(seen.estimator, features, held_out, {**evaluation.to_dict(), "curves": curves})


def held_out_rows(dataset: Dataset, metadata: Metadata) -> pd.DataFrame:
    """Rows with a known label whose windows do not overlap those of the training rows."""
    lookahead = dataset.label.spec.lookahead
    first = metadata.train_to + (1 + lookahead) * HOUR
    rows = dataset.frame[(dataset.frame.index >= first) & dataset.frame[LABEL].notna()]
    if metadata.test_to is not None:
        rows = rows[rows.index <= metadata.test_to]
    if len(rows) < LEAST_TEST_ROWS:
        raise Refused(
            f"Only {len(rows)} labelled rows follow the training window, which ends {metadata.train_to:%Y-%m-%d %H:%M} "
            f"and is purged by {lookahead} hours; leave at least {LEAST_TEST_ROWS} rows of the dataset for the test."
        )
    return rows


def training_reference(dataset: Dataset, metadata: Metadata, features: list[str]) -> str | None:
    """What the novelty of later hours is measured by; None where the dataset has too few of the training rows."""
    frame = dataset.frame
    trained = (frame.index >= metadata.train_from) & (frame.index <= metadata.train_to) & frame[LABEL].notna()
    reference = summarise(frame.loc[trained, features])
    return reference.to_json() if reference else None


def _check_features(dataset: Dataset, metadata: Metadata) -> list[str]:
    if metadata.catalogue_version not in ("", dataset.catalogue_version):
        raise Refused(
            f"The model was trained on catalogue {metadata.catalogue_version}, and rows are now made by "
            f"{dataset.catalogue_version}: download the dataset again and train on it."
        )
    features = list(metadata.features) or dataset.features
    unknown = [name for name in features if name not in dataset.features]
    if unknown:
        raise Refused(f"The dataset has no column {', '.join(unknown)}: train on the columns it has.")
    return features


def _next_version(platform: Platform, name: str) -> int:
    return 1 + max((m.row["version"] for m in list_models(platform) if m.row["name"] == name), default=0)


def _file_name(name: str, data: bytes) -> str:
    """Named by its content: versions made of the same bytes share one file, so none may delete it."""
    return f"{name}/{hashlib.sha256(data).hexdigest()}.skops"


def _stored(file: StoredFile, name: str, version: int) -> dict[str, object]:
    return {
        "model_id": f"{name}-v{version}",
        "name": name,
        "version": version,
        "file": file.name,
        "generation": file.generation,
        "sha256": file.sha256,
        "size_bytes": file.size,
    }


def _described(metadata: Metadata, dataset: Dataset, verdict: Verdict) -> dict[str, object]:
    return {
        "label_id": metadata.label_id,
        "asset": dataset.label.spec.asset,
        "estimator": verdict.estimator,
        "features": json.dumps(verdict.features),
        "catalogue_version": dataset.catalogue_version,
        "source": dataset.source,
        "libraries": json.dumps(dict(metadata.libraries)),
        "train_from": metadata.train_from,
        "train_to": metadata.train_to,
        "test_from": verdict.held_out.hours[0],
        "test_to": verdict.held_out.hours[-1],
        "decision_threshold": metadata.decision_threshold,
        "metrics": json.dumps(verdict.metrics),
        "user_metrics": json.dumps(dict(metadata.user_metrics)),
        "notes": metadata.notes,
        "reference": training_reference(dataset, metadata, verdict.features),
    }
