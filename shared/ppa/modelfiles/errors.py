"""The error of model files: a code for programs, a sentence for people, and what to do."""

from collections.abc import Mapping

from ppa.core.errors import Refused

# step of the gate that each code belongs to; other codes are not allowed
STEPS: Mapping[str, str] = {
    "model_empty": "size",
    "dataset_catalogue_version": "dataset",
    "dataset_columns": "dataset",
    "dataset_hash": "dataset",
    "dataset_label_id": "dataset",
    "dataset_manifest": "dataset",
    "dataset_prices": "dataset",
    "dataset_rows": "dataset",
    "dataset_source": "dataset",
    "model_catalogue": "dataset",
    "model_split_overlap": "split",
    "model_test_too_short": "split",
    "model_archive_unsound": "archive",
    "model_checksum": "archive",
    "model_is_pickle": "archive",
    "model_no_schema": "archive",
    "model_not_zip": "archive",
    "model_zip_bomb": "archive",
    "model_callable": "types",
    "model_not_an_estimator": "types",
    "model_schema_unsound": "types",
    "model_type_not_allowed": "types",
    "model_library": "versions",
    "model_version": "versions",
    "model_not_binary": "build",
    "model_not_classifier": "build",
    "model_too_large": "build",
    "model_unfitted": "build",
    "model_unsound": "build",
    "model_features": "features",
    "model_conversion_differs": "program",
    "model_not_convertible": "program",
    "model_crashed": "program",
    "model_output": "dry_run",
    "model_predict_failed": "dry_run",
    "model_too_slow": "program",
}


class ModelRefused(Refused):
    """A model is not accepted; `str()` is the sentence followed by the remedy, `step` the step that failed."""

    def __init__(self, code: str, sentence: str, remedy: str) -> None:
        super().__init__(sentence, remedy)
        self.code, self.step = code, STEPS[code]
