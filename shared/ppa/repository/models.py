"""Registered models as the warehouse has them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    def definition(self) -> LabelDefinition:
        """What it predicts."""
        return LabelDefinition.from_row(self.row)

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

    @cached_property
    def curves(self) -> Mapping[str, Any]:
        """Its curves over the held-out hours."""
        older: Mapping[str, Any] = self.metrics.get("curves", {})
        return json.loads(self.row["curves"]) if self.row["curves"] else older

    @property
    def aliases(self) -> list[str]:
        """The names it bears among the models of its label: champion or challenger."""
        return [name for name in (CHAMPION, CHALLENGER) if self.row[f"{name}_since"] is not None]

    @cached_property
    def tags(self) -> list[str]:
        """Its tags, as they are now."""
        tags: list[str] = json.loads(self._now("tags") or "[]")
        return tags

    @property
    def notes(self) -> str:
        """Its notes, as they are now."""
        return str(self._now("notes"))

    @property
    def expires_at(self) -> pd.Timestamp | None:
        """When it stops predicting; None where never."""
        said = self.row["expiry_now"] if self.row["expiry_now"] is not None else self.row["expires_at"]
        return utc(said) if said else None

    def expired(self, at: pd.Timestamp) -> bool:
        """Whether its age has come by then: it makes no predictions any more."""
        return self.expires_at is not None and self.expires_at <= at

    @cached_property
    def verdicts(self) -> list[Mapping[str, str]]:
        """What each step of the gate found; empty for a model of before that was kept."""
        verdicts: list[Mapping[str, str]] = json.loads(self.row["verdicts"] or "[]")
        return verdicts

    def _now(self, name: str) -> str:
        changed = self.row[f"{name}_now"]
        return str((changed if changed is not None else self.row[name]) or "")

    @property
    def first_unseen_hour(self) -> pd.Timestamp:
        """The first hour whose label does not overlap those of its training rows."""
        return utc(self.row["train_to"]) + pd.Timedelta(hours=1 + self.definition.lookahead)


def list_models(platform: Platform, label_id: str | None = None) -> list[RegisteredModel]:
    """Every model, newest first; those of one label where it is given."""
    models = [RegisteredModel(row) for row in platform.warehouse.query("models").to_pylist()]
    return [model for model in models if label_id in (None, model.row["label_id"])]


def find_model(platform: Platform, model_id: str) -> RegisteredModel:
    """The model, or NotFound."""
    for model in list_models(platform):
        if model.model_id == model_id:
            return model
    raise NotFound(f"There is no model {model_id!r}; GET /api/v1/models lists those there are.")


def active_models(platform: Platform) -> list[RegisteredModel]:
    """The models that predict every hour, in a stable order."""
    return sorted((m for m in list_models(platform) if m.active), key=lambda m: m.model_id)
