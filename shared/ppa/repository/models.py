"""Registered models, as the warehouse stores them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ppa.core.errors import NotFound
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import utc
from ppa.platform import Platform

CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True)
class RegisteredModel:
    """A registered model: its row of `models`, its label's definition and its current state.

    All times are UTC. Properties decode the row when they are read, so listing many models stays cheap.
    """

    _row: Mapping[str, Any]

    def to_row(self) -> dict[str, Any]:
        """Return every stored and derived column, as the `models` query returns them."""
        return dict(self._row)

    @property
    def model_id(self) -> str:
        """Unique identifier, `<name>-v<version>`."""
        return str(self._row["model_id"])

    @property
    def name(self) -> str:
        """Name shared by all versions of the model."""
        return str(self._row["name"])

    @property
    def version(self) -> int:
        """Version number within the name, from 1."""
        return int(self._row["version"])

    @property
    def label_id(self) -> str:
        """Identifier of the label that the model predicts."""
        return str(self._row["label_id"])

    @cached_property
    def definition(self) -> LabelDefinition:
        """Definition of the label that the model predicts."""
        return LabelDefinition.from_row(self._row)

    @property
    def estimator(self) -> str:
        """Class name of the fitted estimator."""
        return str(self._row["estimator"])

    @cached_property
    def features(self) -> list[str]:
        """Input columns, in the order the estimator expects."""
        return list(json.loads(self._row["features"]))

    @property
    def features_hash(self) -> str | None:
        """Hash of the features' formulas at training time; None for models stored before it was recorded."""
        return None if self._row["definition"] is None else str(self._row["definition"])

    @property
    def catalogue_version(self) -> str:
        """Version of the feature catalogue the model was trained on."""
        return str(self._row["catalogue_version"])

    @property
    def source(self) -> str:
        """Kind of data the model was trained on: `real` or `synthetic`."""
        return str(self._row["source"])

    @cached_property
    def libraries(self) -> Mapping[str, str]:
        """Library versions used for training, by package name."""
        return dict(json.loads(self._row["libraries"]))

    @property
    def train_from(self) -> pd.Timestamp:
        """First hour of the training rows."""
        return utc(self._row["train_from"])

    @property
    def train_to(self) -> pd.Timestamp:
        """Last hour of the training rows, inclusive."""
        return utc(self._row["train_to"])

    @property
    def first_unseen_hour(self) -> pd.Timestamp:
        """First hour whose label does not overlap any training label."""
        return self.train_to + pd.Timedelta(hours=1 + self.definition.lookahead)

    @property
    def test_from(self) -> pd.Timestamp | None:
        """First held-out hour; None for models stored before it was recorded."""
        return _optional_time(self._row["test_from"])

    @property
    def test_to(self) -> pd.Timestamp | None:
        """Last held-out hour, inclusive; None for models stored before it was recorded."""
        return _optional_time(self._row["test_to"])

    @property
    def decision_threshold(self) -> float:
        """Probability from which the decision is 1."""
        return float(self._row["decision_threshold"])

    @property
    def file(self) -> str:
        """Name of the model file in the model store."""
        return str(self._row["file"])

    @property
    def generation(self) -> int:
        """Pinned generation of the model file in the model store."""
        return int(self._row["generation"])

    @property
    def sha256(self) -> str:
        """SHA-256 of the model file, in hex."""
        return str(self._row["sha256"])

    @property
    def size_bytes(self) -> int:
        """Size of the model file in bytes."""
        return int(self._row["size_bytes"])

    @property
    def uploaded_at(self) -> pd.Timestamp:
        """Time of the upload."""
        return utc(self._row["uploaded_at"])

    @property
    def uploaded_by(self) -> str:
        """User who uploaded the model."""
        return str(self._row["uploaded_by"])

    @property
    def mlflow_run(self) -> str | None:
        """MLflow run started by the training script, if any."""
        return None if self._row["mlflow_run"] is None else str(self._row["mlflow_run"])

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """Metrics on the held-out hours, as computed by the platform."""
        return dict(json.loads(self._row["metrics"]))

    @cached_property
    def user_metrics(self) -> Mapping[str, float]:
        """Metrics stated by the author at upload."""
        return dict(json.loads(self._row["user_metrics"]))

    @cached_property
    def curves(self) -> Mapping[str, Any]:
        """ROC and calibration curves on the held-out hours."""
        stored = self._row["curves"]
        # older models store their curves among the metrics
        return dict(json.loads(stored) if stored else self.metrics.get("curves", {}))

    @cached_property
    def verdicts(self) -> list[Mapping[str, str]]:
        """Verdict of each step of the gate; empty for models stored before verdicts were recorded."""
        return list(json.loads(self._row["verdicts"] or "[]"))

    @cached_property
    def manifest(self) -> Mapping[str, Any] | None:
        """Manifest of the training dataset, if one was uploaded."""
        manifest: Mapping[str, Any] | None = json.loads(self._row["manifest"] or "null")
        return manifest

    @property
    def active(self) -> bool:
        """True if the hourly job predicts with the model."""
        return bool(self._row["active"])

    @property
    def active_since(self) -> pd.Timestamp | None:
        """Time of the last activation; None if the model is not active."""
        return _optional_time(self._row["active_since"])

    @property
    def champion(self) -> str | None:
        """Identifier of the champion among the models of the same label, if there is one."""
        return None if self._row["champion"] is None else str(self._row["champion"])

    @property
    def aliases(self) -> list[str]:
        """Aliases of the model within its label: `champion` or `challenger`."""
        return [alias for alias in (CHAMPION, CHALLENGER) if self._row[f"{alias}_since"] is not None]

    @cached_property
    def tags(self) -> list[str]:
        """Current tags, including later edits."""
        return list(json.loads(self._current("tags") or "[]"))

    @property
    def notes(self) -> str:
        """Current notes, including later edits."""
        return str(self._current("notes"))

    @property
    def expires_at(self) -> pd.Timestamp | None:
        """Time from which the model makes no predictions; None if it never expires."""
        edited = self._row["expiry_now"]
        return _optional_time(self._row["expires_at"] if edited is None else edited)

    def expired(self, at: pd.Timestamp) -> bool:
        """Return True if the model has expired by the time `at`."""
        return self.expires_at is not None and self.expires_at <= at

    def _current(self, name: str) -> str:
        edited = self._row[f"{name}_now"]
        return str((edited if edited is not None else self._row[name]) or "")


def list_models(platform: Platform, label_id: str | None = None) -> list[RegisteredModel]:
    """Return all models, newest first; only those of one label if `label_id` is given."""
    models = [RegisteredModel(row) for row in platform.warehouse.query("models").to_pylist()]
    return [model for model in models if label_id in (None, model.label_id)]


def find_model(platform: Platform, model_id: str) -> RegisteredModel:
    """Return the model with this identifier, or raise NotFound."""
    for model in list_models(platform):
        if model.model_id == model_id:
            return model
    raise NotFound(f"There is no model {model_id!r}; GET /api/v1/models lists all models.")


def active_models(platform: Platform) -> list[RegisteredModel]:
    """Return the models that predict every hour, sorted by identifier."""
    return sorted((m for m in list_models(platform) if m.active), key=lambda m: m.model_id)


def _optional_time(value: object) -> pd.Timestamp | None:
    return utc(value) if value else None
