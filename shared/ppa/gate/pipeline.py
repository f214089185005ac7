"""Validate an upload step by step, from the file, its metadata and a dataset to metrics, with a verdict per step."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.dataset import Manifest
from ppa.core.contracts.upload import UploadMetadata
from ppa.core.novelty import novelty_profile
from ppa.core.programs import CheckedProgram, evaluate
from ppa.gate.manifest import check_manifest
from ppa.gate.scoring import Trial, check_dry_run, check_leakage, score
from ppa.gate.split import Split, split_rows
from ppa.gate.verdicts import Verdicts, file_steps_before
from ppa.modelfiles import sandbox
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.files import check_versions
from ppa.modelfiles.safety.archive import FileLimits, check_size, format_size, max_model_size
from ppa.modelfiles.sandbox import SandboxReply, SandboxResult, file_report
from ppa.platform import Platform
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.holdout_predictions import HoldoutPredictions
from ppa.repository.labels import find_label
from ppa.repository.models import list_models

DRY_RUN_ROWS = 500
# enough training rows to detect shifted labels
MAX_TRAIN_ROWS = 5_000
# rows that are varied to compare the program with the model
PROOF_ROWS = 2_000

_PASSED = {
    "archive": "Its members and checksums are valid.",
    "types": "All types are on the allow-list; the file contains no executable code.",
    "versions": "Saved with this platform's version of scikit-learn.",
    "build": "A fitted classifier, built in a process of its own.",
    "features": "The columns match the catalogue's, in the same order.",
    "program": "Converted to a program.",
}


_ACKNOWLEDGED = "Read the reason; if it does not hold, correct the data and train again."


@dataclass(frozen=True)
class ValidatedUpload:
    """Validated model: class name, input columns, program, dataset, held-out predictions, metrics and curves.

    `program_file` are the bytes of its program. `reference` is the novelty profile as JSON, None if there are too few
    training rows.
    """

    estimator: str
    features: list[str]
    program_file: bytes
    dataset: Dataset
    held_out: HoldoutPredictions
    metrics: Mapping[str, object]
    curves: Mapping[str, object]
    reference: str | None


def validate_upload(
    platform: Platform, data: bytes, metadata: UploadMetadata, manifest: Manifest | None, verdicts: Verdicts
) -> ValidatedUpload:
    """Check a model file in every step of the gate.

    Raises Refused at the first step that fails, with the verdicts so far as `error.verdicts`.
    """
    limits = FileLimits(size=max_model_size(platform.settings))
    with verdicts.checking("size"):
        check_size(data, limits)
    verdicts.passed("size", f"{format_size(len(data))} of at most {format_size(limits.size)}.")
    dataset = _load_dataset(platform, metadata, verdicts)
    _check_dataset(platform, dataset, metadata, manifest, verdicts)
    with verdicts.checking("features"):
        stated = _stated_features(dataset, metadata)
    split = _split(dataset, metadata, verdicts)
    with verdicts.checking("versions"):
        if metadata.libraries:
            check_versions(metadata.libraries)
    parts = [split.train.tail(MAX_TRAIN_ROWS), split.test, dataset.frame.tail(DRY_RUN_ROWS)]
    rows = pd.concat(parts)[stated]
    result = _convert(data, proof_rows(rows), choose=not metadata.features, verdicts=verdicts)
    features = list(result.program.program.columns)
    with verdicts.checking():
        probability, seconds = _predicted(result.program, rows)
    trial = Trial.from_probability(probability, parts)
    check_dry_run(trial, result.seconds + seconds, verdicts)
    evaluation = score(trial, metadata, dataset.label.definition.lookahead, verdicts)
    best = _best_auc(platform, metadata.label_id)
    check_leakage(trial, features, evaluation, best, dataset.label.definition.lookahead, verdicts)
    reference = novelty_profile(split.train[features])
    return ValidatedUpload(
        estimator=result.estimator,
        features=features,
        program_file=result.program_file,
        dataset=dataset,
        held_out=trial.held_out(),
        metrics=evaluation.to_dict(),
        curves=trial.curves(),
        reference=reference.to_json() if reference else None,
    )


def _best_auc(platform: Platform, label_id: str) -> float:
    """Return the highest AUC of the label's models, without those suspected of leakage."""
    trusted = (
        model
        for model in list_models(platform, label_id)
        if not any(v["step"] == "leakage" and v["outcome"] == "warned" for v in model.verdicts)
    )
    return max((model.metrics["roc_auc"] or 0.0 for model in trusted), default=0.0)


def _load_dataset(platform: Platform, metadata: UploadMetadata, verdicts: Verdicts) -> Dataset:
    with verdicts.checking("description"):
        dataset = build_dataset(platform, find_label(platform, metadata.label_id))
    verdicts.passed(
        "description",
        f"{metadata.name}, for the label {metadata.label_id}, trained on "
        f"{metadata.train_from:%Y-%m-%d %H:%M} to {metadata.train_to:%Y-%m-%d %H:%M}.",
    )
    return dataset


def _check_dataset(
    platform: Platform,
    dataset: Dataset,
    metadata: UploadMetadata,
    manifest: Manifest | None,
    verdicts: Verdicts,
) -> None:
    with verdicts.checking("dataset"):
        if metadata.catalogue_version not in ("", dataset.catalogue_version):
            raise ModelRefused(
                "model_catalogue",
                f"The model was trained on catalogue {metadata.catalogue_version}, but rows are now built with "
                f"{dataset.catalogue_version}.",
                "Download the dataset again and train on it.",
            )
        for mismatch in dataset.mismatches:
            if mismatch.acknowledgement is None:
                raise ModelRefused("dataset_prices", mismatch.sentence, mismatch.remedy)
        rows = check_manifest(platform, dataset, metadata, manifest) if manifest is not None else 0
    for mismatch in dataset.mismatches:
        verdicts.warned("dataset", "dataset_prices_acknowledged", mismatch.sentence, _ACKNOWLEDGED)
    if manifest is None:
        verdicts.warned(
            "dataset",
            "dataset_without_manifest",
            "Without a manifest, the training rows cannot be compared with the stored rows.",
            "Upload the manifest.json that came with the dataset.",
        )
    else:
        verdicts.passed(
            "dataset", f"Its {rows:,} rows match the stored rows: label, catalogue, columns and hash."
        )


def _stated_features(dataset: Dataset, metadata: UploadMetadata) -> list[str]:
    features = list(metadata.features) or dataset.features
    unknown = [name for name in features if name not in dataset.features]
    if unknown:
        raise ModelRefused(
            "model_features",
            f"The dataset has no column {', '.join(unknown[:5])}.",
            "Train on existing columns only.",
        )
    if len(set(features)) < len(features):
        raise ModelRefused("model_features", "The metadata lists a column twice.", "List each column once.")
    return features


def _split(dataset: Dataset, metadata: UploadMetadata, verdicts: Verdicts) -> Split:
    with verdicts.checking("split"):
        split = split_rows(dataset, metadata)
    index = split.test.index
    verdicts.passed(
        "split",
        f"Evaluated on {len(index):,} hours, {index[0]:%Y-%m-%d %H:%M} to {index[-1]:%Y-%m-%d %H:%M}; "
        f"{split.purged:,} hours between training and test were purged, as their labels overlap.",
    )
    return split


def proof_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return at most PROOF_ROWS rows, evenly spread, for the proof of the conversion."""
    return rows.iloc[np.unique(np.linspace(0, len(rows) - 1, PROOF_ROWS).astype(int))]


def _convert(data: bytes, rows: pd.DataFrame, *, choose: bool, verdicts: Verdicts) -> SandboxResult:
    """Convert the file in the sandbox and record the verdict of each step as soon as it has passed."""

    def on_part(part: SandboxReply) -> None:
        for step, sentence in _steps_of(part, len(rows.columns)).items():
            verdicts.passed(step, sentence)

    try:
        return sandbox.convert(data, rows, choose=choose, on_part=on_part)
    except ModelRefused as refused:
        recorded = {verdict.step for verdict in verdicts.all}
        for step in file_steps_before(refused.step):
            if step not in recorded:
                verdicts.passed(step, _PASSED[step])
        with verdicts.checking():
            raise


def _predicted(program: CheckedProgram, rows: pd.DataFrame) -> tuple[NDArray[np.float64], float]:
    """Return the probabilities of all rows and the seconds it took; ModelRefused if a row has none."""
    started = time.perf_counter()
    table = rows[list(program.program.columns)]
    probability = evaluate(program, table.to_numpy(np.float64, na_value=np.nan))
    silent = np.isnan(probability)
    if silent.any():
        raise _no_probability(table[silent], len(rows))
    return probability, time.perf_counter() - started


def _no_probability(silent: pd.DataFrame, count: int) -> ModelRefused:
    """Return the refusal of a model without a probability for some rows; names what is missing, if anything is."""
    missing = silent.isna().sum().sort_values(ascending=False, kind="stable")
    sentence = f"The model gives no probability for {len(silent):,} of {count:,} rows of the dataset"
    if not silent.isna().any(axis=1).all():
        return ModelRefused(
            "model_output",
            f"{sentence}, though no value is missing in {int(silent.notna().all(axis=1).sum()):,} of them.",
            "A function such as a logarithm leaves its domain there; scale or clip the features before it.",
        )
    names = ", ".join(missing[missing > 0].index[:3])
    return ModelRefused(
        "model_predict_failed",
        f"{sentence}: features are missing there, most often {names}.",
        "Put a SimpleImputer first, or use an estimator that accepts missing values.",
    )


def _steps_of(part: SandboxReply, columns: int) -> Mapping[str, str]:
    """Return the steps completed by a part of the sandbox's reply, each with its sentence."""
    if "file" in part:
        file = file_report(part)
        return {
            "archive": f"{file.members} members, {format_size(file.unpacked)} unpacked, all checksums valid.",
            "types": f"All {len(file.types)} types are on the allow-list; the file contains no executable code.",
            "versions": f"Saved with {_library(file.sklearn_version)}, which this platform can read.",
        }
    if "estimator" in part:
        where = "built in a process of its own; System shows what is refused to it"
        return {"build": f"A fitted {part['estimator']}, {where}."}
    if "features" in part:
        named = len(part["features"]) or columns
        return {"features": f"{named} columns, with the catalogue's names and order."}
    if "proof" in part:
        return {"program": _proved(**part["proof"])}
    return {}


def _proved(rows: int, rule: str) -> str:
    compared = "the same bits" if rule == "equal" else f"a difference of at most {rule}"
    return f"Converted to a program, which gives {compared} on {rows:,} rows. Only the program predicts."


def _library(version: str) -> str:
    return f"scikit-learn {version}" if version else "XGBoost"
