"""Saved labels: named label definitions, stored in the warehouse."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput, Conflict, NotFound
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import BEGINNING, END, utc
from ppa.platform import Platform
from ppa.repository.models import active_models
from ppa.repository.prices import latest_closes
from ppa.storage.arrow import rows_table

MAX_NAME_LENGTH = 80


@dataclass(frozen=True)
class SavedLabel:
    """A label definition with its name, its author, the time it was saved (UTC) and its number of models.

    `archived_at` and `archived_by` are None unless the label is archived.
    """

    definition: LabelDefinition
    name: str
    created_at: datetime
    created_by: str
    models: int = 0
    archived_at: datetime | None = None
    archived_by: str | None = None

    @property
    def label_id(self) -> str:
        """Identifier, a function of the definition."""
        return self.definition.label_id

    def to_row(self) -> dict[str, object]:
        """Return the label as a row of the table `labels`."""
        return {
            "label_id": self.label_id,
            "name": self.name,
            **self.definition.to_row(),
            "created_at": self.created_at,
            "created_by": self.created_by,
            "archived_at": self.archived_at,
            "archived_by": self.archived_by,
        }


def save_label(
    platform: Platform, definition: LabelDefinition, name: str, by: str
) -> tuple[SavedLabel, bool]:
    """Save a definition; return the label and whether it is new.

    Each definition is saved once. Saving the definition of an archived label unarchives it under its old name.
    """
    check_asset_has_data(platform, definition)
    if len(name) > MAX_NAME_LENGTH:
        raise BadInput(f"The name has {len(name)} characters; use at most {MAX_NAME_LENGTH}.")
    label = SavedLabel(definition, name.strip() or definition.label_id, platform.now().to_pydatetime(), by)
    written = platform.warehouse.merge("labels", rows_table([label.to_row()]))
    return unarchive_label(platform, definition.label_id), bool(written)


def archive_label(platform: Platform, label_id: str, by: str) -> SavedLabel:
    """Hide a label from the lists; nothing is deleted. Raises Conflict while one of its models is active."""
    label = find_label(platform, label_id)
    active = [model.model_id for model in active_models(platform) if model.label_id == label_id]
    if active:
        raise Conflict(
            f"Label {label_id} cannot be archived while {', '.join(active)} predicts it; deactivate that first."
        )
    if label.archived_at is None:
        archived = replace(label, archived_at=platform.now().to_pydatetime(), archived_by=by)
        platform.warehouse.merge("labels", rows_table([archived.to_row()]), replace=True)
    return find_label(platform, label_id)


def unarchive_label(platform: Platform, label_id: str) -> SavedLabel:
    """Show an archived label in the lists again. Idempotent."""
    label = find_label(platform, label_id)
    if label.archived_at is None:
        return label
    shown = replace(label, archived_at=None, archived_by=None)
    platform.warehouse.merge("labels", rows_table([shown.to_row()]), replace=True)
    return find_label(platform, label_id)


def list_labels(platform: Platform) -> list[SavedLabel]:
    """Return all saved labels, including archived ones, newest first."""
    return [_from_row(row) for row in platform.warehouse.query("labels").to_pylist()]


def find_label(platform: Platform, label_id: str) -> SavedLabel:
    """Return the label with this identifier, or raise NotFound."""
    for label in list_labels(platform):
        if label.label_id == label_id:
            return label
    raise NotFound(f"There is no label {label_id!r}; GET /api/v1/labels lists all labels.")


def check_asset_has_data(platform: Platform, definition: LabelDefinition) -> "pd.Series[float]":
    """Return the asset's closes; raise BadInput if there are none, or none in the label's range."""
    closes = latest_closes(platform, definition.asset)
    if closes.empty:
        raise BadInput(
            f"There are no {definition.asset} bars yet; import a file with `ppa import-csv`, or run a backfill."
        )
    start, end = utc(definition.start or BEGINNING), utc(definition.end or END)
    if closes[(closes.index >= start) & (closes.index < end)].empty:
        raise BadInput(
            f"There are no {definition.asset} bars from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: "
            f"bars cover {closes.index[0]:%Y-%m-%d %H:%M} to {closes.index[-1]:%Y-%m-%d %H:%M}."
        )
    return closes


def _from_row(row: dict[str, Any]) -> SavedLabel:
    fields = ("name", "created_at", "created_by", "models", "archived_at", "archived_by")
    return SavedLabel(LabelDefinition.from_row(row), **{name: row[name] for name in fields})
