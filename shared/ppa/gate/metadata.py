"""Metadata that the author of a model provides at upload."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.times import parse_time
from ppa.repository.model_edits import check_notes, check_tags, expiry_after

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_REQUIRED = ("name", "label_id", "train_from", "train_to")
_LISTS = {"features": "the dataset's columns, in their order", "tags": "short words"}
_TIMES = ("train_from", "train_to", "test_from", "test_to")


class MetadataError(BadInput):
    """The metadata of an upload is invalid."""

    code = "metadata"


@dataclass(frozen=True)
class Metadata:
    """Metadata of an uploaded model; raises MetadataError for invalid values.

    `train_from` and `train_to` are the first and last hour of the training rows (UTC). `test_from` and `test_to`
    bound the held-out rows, by default all rows that follow. `user_metrics` are the author's own figures.
    `mlflow_run` is the run started by the training script.
    """

    name: str
    label_id: str
    train_from: pd.Timestamp
    train_to: pd.Timestamp
    test_from: pd.Timestamp | None = None
    test_to: pd.Timestamp | None = None
    features: tuple[str, ...] = ()
    catalogue_version: str = ""
    decision_threshold: float = 0.5
    libraries: Mapping[str, str] = field(default_factory=dict)
    user_metrics: Mapping[str, float] = field(default_factory=dict)
    notes: str = ""
    tags: tuple[str, ...] = ()
    expires_after_days: int | None = None
    mlflow_run: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise MetadataError(
                f"The model name {self.name!r} is invalid.",
                "Use up to 48 lower-case letters, digits and hyphens.",
            )
        if self.train_from >= self.train_to:
            raise MetadataError(
                "train_from must be before train_to.", "Give the first and last training hour."
            )
        if not 0.0 < self.decision_threshold < 1.0:
            raise MetadataError(
                f"decision_threshold is {self.decision_threshold}.", "Give a probability between 0 and 1."
            )
        check_notes(self.notes)
        check_tags(self.tags)
        expiry_after(self.train_to, self.expires_after_days)


def parse_metadata(text: str) -> Metadata:
    """Parse metadata from JSON; raise MetadataError naming the field that is missing or invalid."""
    fields = _object(text)
    allowed = set(Metadata.__dataclass_fields__)
    unknown = set(fields) - allowed
    if unknown:
        raise MetadataError(
            f"The metadata has unknown fields {', '.join(sorted(unknown))}.",
            f"Remove them; allowed are {', '.join(sorted(allowed))}.",
        )
    for name, holds in _LISTS.items():
        if not isinstance(fields.get(name, []), list):
            raise MetadataError(f"The metadata's {name} must be a list.", f"List {holds}.")
    for name in _REQUIRED:
        if not isinstance(fields.get(name), str):
            raise MetadataError(f"The metadata lacks {name!r}.", "Add it as a string.")
    return _metadata(fields)


def _metadata(fields: dict[str, Any]) -> Metadata:
    times = {name: _time(name, fields[name]) for name in _TIMES if fields.get(name)}
    try:
        typed = {
            "features": tuple(str(name) for name in fields.get("features", ())),
            "decision_threshold": float(fields.get("decision_threshold", 0.5)),
            "libraries": {str(k): str(v) for k, v in fields.get("libraries", {}).items()},
            "user_metrics": {str(k): float(v) for k, v in fields.get("user_metrics", {}).items()},
            "catalogue_version": str(fields.get("catalogue_version", "")),
            "notes": str(fields.get("notes", "")),
            "tags": tuple(fields.get("tags", ())),
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise MetadataError(f"The metadata has a value of the wrong type: {error}.", "Correct it.") from None
    return Metadata(**{**fields, **times, **typed})


def _object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise MetadataError(f"The metadata is not valid JSON: {error}.", "Send a JSON object.") from None
    if not isinstance(fields, dict):
        raise MetadataError("The metadata must be a JSON object.", 'Send it as {"name": …}.')
    return fields


def _time(name: str, text: str) -> pd.Timestamp:
    try:
        return parse_time(text)
    except ValueError:
        raise MetadataError(f"{name} is {text!r}.", "Give a time such as 2021-06-30T23:00:00Z.") from None
