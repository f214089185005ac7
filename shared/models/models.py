"""Registered models as the warehouse has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from shared.errors import NotFound
from shared.frames import utc
from shared.labeling import LabelSpec
from shared.platform import Platform


@dataclass(frozen=True)
class Model:
    """A row of `models` with its label's definition and its state."""

    row: Mapping[str, Any]

    @property
    def model_id(self) -> str:
        """Name and version."""
        return str(self.row["model_id"])

    @property
    def active(self) -> bool:
        """Whether it predicts every hour."""
        return bool(self.row["active"])

    @property
    def active_since(self) -> datetime | None:
        """When it was last activated; None where it is not active."""
        moment: datetime | None = self.row["active_since"]
        return moment

    @cached_property
    def spec(self) -> LabelSpec:
        """What it predicts."""
        return LabelSpec(self.row["asset"], self.row["mode"], self.row["lookahead"], self.row["threshold"])

    @cached_property
    def features(self) -> list[str]:
        """The columns it receives, in order."""
        names: list[str] = json.loads(self.row["features"])
        return names

    @cached_property
    def metrics(self) -> Mapping[str, Any]:
        """Test metrics, recomputed by the platform."""
        metrics: Mapping[str, Any] = json.loads(self.row["metrics"])
        return metrics

    @property
    def first_unseen_hour(self) -> pd.Timestamp:
        """The first hour whose label does not overlap those of its training rows."""
        return utc(self.row["train_to"]) + pd.Timedelta(hours=1 + self.spec.lookahead)


def list_models(platform: Platform, label_id: str | None = None) -> list[Model]:
    """Every model, newest first; those of one label where it is given."""
    models = [Model(row) for row in platform.warehouse.query("models").to_pylist()]
    return [model for model in models if label_id in (None, model.row["label_id"])]


def find_model(platform: Platform, model_id: str) -> Model:
    """The model, or NotFound."""
    for model in list_models(platform):
        if model.model_id == model_id:
            return model
    raise NotFound(f"There is no model {model_id!r}; GET /api/v1/models lists those there are.")


def active_models(platform: Platform) -> list[Model]:
    """The models that predict every hour, in a stable order."""
    return sorted((m for m in list_models(platform) if m.active), key=lambda m: m.model_id)
