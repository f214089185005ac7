"""Registered models: their stored rows, their label's criterion and their current state."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from ppa.core.contracts.label import LabelMode, Lookahead, StopLoss, Threshold, VolatilityWindow
from ppa.core.contracts.model import StoredModel
from ppa.core.contracts.record import Time
from ppa.core.errors import NotFound
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.storage.arrow import read_records
from ppa.storage.modelstore.protocol import StoredFile

CHAMPION, CHALLENGER = "champion", "challenger"


class RegisteredModel(StoredModel, frozen=True, kw_only=True, dict=True):
    """A registered model: its row of `models`, its label's criterion and its current state.

    All times are UTC. Large columns are decoded when they are read, so listing many models stays cheap.
    """

    mode: LabelMode
    lookahead: Lookahead
    threshold: Threshold
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None
    active: bool = False
    active_since: Time | None = None
    champion: str | None = None
    champion_since: Time | None = None
    challenger_since: Time | None = None
    tags_now: list[str] | None = None
    notes_now: str | None = None
    expiry_now: str | None = None
    program_now: str | None = None

    @cached_property
    def definition(self) -> LabelDefinition:
        """Definition of the label that the model predicts, over all hours."""
        return LabelDefinition(
            self.asset,
            self.mode,
            self.lookahead,
            self.threshold,
            stop_loss=self.stop_loss,
            volatility_window=self.volatility_window,
        )

    @property
    def first_unseen_hour(self) -> pd.Timestamp:
        """First hour whose label does not overlap any training label."""
        return self.train_to + pd.Timedelta(hours=1 + self.lookahead)

    @cached_property
    def curves(self) -> Mapping[str, Any]:
        """ROC and calibration curves on the held-out hours."""
        # older models store their curves among the metrics
        return dict(json.loads(self.curves_json) if self.curves_json else self.metrics.get("curves", {}))

    @property
    def verdicts(self) -> Sequence[Mapping[str, str]]:
        """Verdict of each step of the gate; empty for models stored before verdicts were recorded."""
        return self.stored_verdicts or []

    @cached_property
    def manifest(self) -> Mapping[str, Any] | None:
        """Manifest of the training dataset, if one was uploaded."""
        manifest: Mapping[str, Any] | None = json.loads(self.manifest_json or "null")
        return manifest

    @cached_property
    def program(self) -> StoredFile | None:
        """File of the program that predicts; None for models stored before there were programs."""
        stored = self.program_now or self.program_json
        return StoredFile(**json.loads(stored)) if stored else None

    @property
    def aliases(self) -> list[str]:
        """Aliases of the model within its label: `champion` or `challenger`."""
        since = {CHAMPION: self.champion_since, CHALLENGER: self.challenger_since}
        return [alias for alias, moment in since.items() if moment is not None]

    @property
    def tags(self) -> list[str]:
        """Current tags, including later edits."""
        return (self.uploaded_tags if self.tags_now is None else self.tags_now) or []

    @property
    def notes(self) -> str:
        """Current notes, including later edits."""
        return self.uploaded_notes if self.notes_now is None else self.notes_now

    @property
    def expires_at(self) -> pd.Timestamp | None:
        """Time from which the model makes no predictions; None if it never expires."""
        if self.expiry_now is None:
            return self.uploaded_expiry
        return utc(self.expiry_now) if self.expiry_now else None

    def expired(self, at: pd.Timestamp) -> bool:
        """Return True if the model has expired by the time `at`."""
        return self.expires_at is not None and self.expires_at <= at


def list_models(platform: Platform, label_id: str | None = None) -> list[RegisteredModel]:
    """Return all models, newest first; only those of one label if `label_id` is given."""
    models = read_records(RegisteredModel, platform.warehouse.query("models"))
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
