"""The gate: step by step from a file, what is said of it and a dataset to metrics, with a verdict for each step."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ppa.core.novelty import novelty_profile
from ppa.gate.manifest import Manifest, check_manifest
from ppa.gate.metadata import Metadata
from ppa.gate.scoring import Trial, check_dry_run, check_leakage, score
from ppa.gate.split import Split, split_rows
from ppa.gate.verdicts import Verdicts, file_steps_before
from ppa.modelfiles import sandbox
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.files import check_versions
from ppa.modelfiles.safety.archive import FileLimits, check_size, largest, sized
from ppa.modelfiles.sandbox import SandboxReply, SandboxResult, file_report
from ppa.platform import Platform
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.holdout_predictions import HoldoutPredictions
from ppa.repository.labels import find_label
from ppa.repository.models import list_models

DRY_RUN_ROWS = 500
# enough of the training rows to tell whether they fit their labels
TRAIN_ROWS_TRIED = 5_000

_PASSED = {
    "archive": "Its members and checksums are sound.",
    "types": "All types are on the list; nothing in it can run.",
    "versions": "Saved with the version of scikit-learn that this platform runs.",
    "build": "A fitted classifier, built in a process of its own.",
    "features": "The columns are the catalogue's, in its order.",
}


@dataclass(frozen=True)
class ValidatedUpload:
    """An accepted model: its class, columns and data, what it said of held-out hours, and the metrics on them.

    `reference` is what the novelty of later hours is measured by; None where there are too few training rows.
    """

    estimator: str
    features: list[str]
    dataset: Dataset
    held_out: HoldoutPredictions
    metrics: Mapping[str, object]
    curves: Mapping[str, object]
    reference: str | None


def validate_upload(
    platform: Platform, data: bytes, metadata: Metadata, manifest: Manifest | None, verdicts: Verdicts
) -> ValidatedUpload:
    """Pass a model file through every step; the first refusal ends it, and carries the verdicts so far."""
    limits = FileLimits(size=largest(platform.settings))
    with verdicts.judging("size"):
        check_size(data, limits)
    verdicts.passed("size", f"{sized(len(data))} of at most {sized(limits.size)}.")
    dataset = _described(platform, metadata, verdicts)
    _of_dataset(platform, dataset, metadata, manifest, verdicts)
    with verdicts.judging("features"):
        stated = _known_features(dataset, metadata)
    split = _split(dataset, metadata, verdicts)
    with verdicts.judging("versions"):
        if metadata.libraries:
            check_versions(metadata.libraries)
    parts = [split.train.tail(TRAIN_ROWS_TRIED), split.test, dataset.frame.tail(DRY_RUN_ROWS)]
    seen = _examined(data, pd.concat(parts)[stated], choose=not metadata.features, verdicts=verdicts)
    features = list(seen.features) or stated
    trial = Trial.of(seen.probability, parts)
    check_dry_run(trial, seen.seconds, verdicts)
    evaluation = score(trial, metadata, dataset.label.definition.lookahead, verdicts)
    best = _best_auc(platform, metadata.label_id)
    check_leakage(trial, features, evaluation, best, dataset.label.definition.lookahead, verdicts)
    reference = novelty_profile(split.train[features])
    return ValidatedUpload(
        estimator=seen.estimator,
        features=features,
        dataset=dataset,
        held_out=trial.held_out(),
        metrics=evaluation.to_dict(),
        curves=trial.curves(),
        reference=reference.to_json() if reference else None,
    )


def _best_auc(platform: Platform, label_id: str) -> float:
    """The highest AUC of the label's models, without those that are under suspicion themselves."""
    honest = (
        model
        for model in list_models(platform, label_id)
        if not any(said["step"] == "leakage" and said["outcome"] == "warned" for said in model.verdicts)
    )
    return max((model.metrics["roc_auc"] or 0.0 for model in honest), default=0.0)


def _described(platform: Platform, metadata: Metadata, verdicts: Verdicts) -> Dataset:
    with verdicts.judging("description"):
        dataset = build_dataset(platform, find_label(platform, metadata.label_id))
    verdicts.passed(
        "description",
        f"{metadata.name}, for the label {metadata.label_id}, trained on "
        f"{metadata.train_from:%Y-%m-%d %H:%M} to {metadata.train_to:%Y-%m-%d %H:%M}.",
    )
    return dataset


def _of_dataset(
    platform: Platform, dataset: Dataset, metadata: Metadata, manifest: Manifest | None, verdicts: Verdicts
) -> None:
    with verdicts.judging("dataset"):
        if metadata.catalogue_version not in ("", dataset.catalogue_version):
            raise ModelRefused(
                "model_catalogue",
                f"The model was trained on catalogue {metadata.catalogue_version}, and rows are now made by "
                f"{dataset.catalogue_version}.",
                "Download the dataset again and train on it.",
            )
        rows = check_manifest(platform, dataset, metadata, manifest) if manifest is not None else 0
    if manifest is None:
        verdicts.warned(
            "dataset",
            "dataset_without_manifest",
            "No manifest was sent: nobody can tell whether it was trained on the rows that are stored here.",
            "Send the manifest.json that came with the dataset.",
        )
    else:
        verdicts.passed(
            "dataset", f"Its {rows:,} rows are those stored here: label, catalogue, columns, hash."
        )


def _known_features(dataset: Dataset, metadata: Metadata) -> list[str]:
    features = list(metadata.features) or dataset.features
    unknown = [name for name in features if name not in dataset.features]
    if unknown:
        raise ModelRefused(
            "model_features",
            f"The dataset has no column {', '.join(unknown[:5])}.",
            "Train on the columns that it has.",
        )
    if len(set(features)) < len(features):
        raise ModelRefused("model_features", "The metadata names a column twice.", "Name each once.")
    return features


def _split(dataset: Dataset, metadata: Metadata, verdicts: Verdicts) -> Split:
    with verdicts.judging("split"):
        split = split_rows(dataset, metadata)
    index = split.test.index
    verdicts.passed(
        "split",
        f"Measured on {len(index):,} hours, {index[0]:%Y-%m-%d %H:%M} to {index[-1]:%Y-%m-%d %H:%M}; "
        f"{split.purged:,} between training and test were purged, for their labels overlap.",
    )
    return split


def _examined(data: bytes, rows: pd.DataFrame, *, choose: bool, verdicts: Verdicts) -> SandboxResult:
    """Each step in the child has its verdict as soon as the child is past it."""

    def passed(part: SandboxReply) -> None:
        for step, sentence in _steps_of(part, len(rows.columns)).items():
            verdicts.passed(step, sentence)

    try:
        return sandbox.run(data, rows, choose=choose, tell=passed)
    except ModelRefused as refused:
        said = {verdict.step for verdict in verdicts.all}
        for step in file_steps_before(refused.step):
            if step not in said:
                verdicts.passed(step, _PASSED[step])
        with verdicts.judging():
            raise


def _steps_of(part: SandboxReply, columns: int) -> Mapping[str, str]:
    """The steps that a part of the child's answer has behind it, each with its sentence."""
    if "file" in part:
        file = file_report(part)
        return {
            "archive": f"{file.members} members, {sized(file.unpacked)} unpacked, every checksum right.",
            "types": f"All {len(file.types)} types are on the list; nothing in it can run.",
            "versions": f"Saved with {_library(file.sklearn_version)}, as this platform reads it.",
        }
    if "estimator" in part:
        made = "built in a process of its own, under limits and off the network"
        return {"build": f"A fitted {part['estimator']}, {made}."}
    if "features" in part:
        named = len(part["features"]) or columns
        return {"features": f"{named} columns, under the catalogue's names and in its order."}
    return {}


def _library(version: str) -> str:
    return f"scikit-learn {version}" if version else "XGBoost"
