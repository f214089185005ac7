"""Saved labels: definitions with a name, kept in the warehouse, and what they say about the stored closes."""

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
    """A label's definition, with its name, who saved it, when, and how many models it has.

    `archived_at` and `archived_by` say when and by whom it was put away; None while it is not.
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
        """The id: a function of the definition."""
        return self.definition.label_id

    def to_row(self) -> dict[str, object]:
        """The label as a row of `labels`."""
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
    """Save a definition; the label, and whether it is new. The same definition is saved once.

    Saving the definition of an archived label brings that label back, under its own name.
    """
    check_asset_has_data(platform, definition)
    if len(name) > MAX_NAME_LENGTH:
        raise BadInput(f"The name has {len(name)} characters; use at most {MAX_NAME_LENGTH}.")
    label = SavedLabel(definition, name.strip() or definition.label_id, platform.now().to_pydatetime(), by)
    written = platform.warehouse.merge("labels", rows_table([label.to_row()]))
    return unarchive_label(platform, definition.label_id), bool(written)


def archive_label(platform: Platform, label_id: str, by: str) -> SavedLabel:
    """Hide a label from the lists; nothing is deleted. Conflict while one of its models is active."""
    label = find_label(platform, label_id)
    active = [model.model_id for model in active_models(platform) if model.label_id == label_id]
    if active:
        raise Conflict(
            f"Label {label_id} cannot be archived while {', '.join(active)} predicts it: deactivate that first."
        )
    if label.archived_at is None:
        archived = replace(label, archived_at=platform.now().to_pydatetime(), archived_by=by)
        platform.warehouse.merge("labels", rows_table([archived.to_row()]), replace=True)
    return find_label(platform, label_id)


def unarchive_label(platform: Platform, label_id: str) -> SavedLabel:
    """Show a label in the lists again."""
    label = find_label(platform, label_id)
    if label.archived_at is None:
        return label
    shown = replace(label, archived_at=None, archived_by=None)
    platform.warehouse.merge("labels", rows_table([shown.to_row()]), replace=True)
    return find_label(platform, label_id)


def list_labels(platform: Platform) -> list[SavedLabel]:
    """Every saved label, archived or not, newest first."""
    return [_saved(row) for row in platform.warehouse.query("labels").to_pylist()]


def find_label(platform: Platform, label_id: str) -> SavedLabel:
    """The label, or NotFound."""
    for label in list_labels(platform):
        if label.label_id == label_id:
            return label
    raise NotFound(f"There is no label {label_id!r}; GET /api/v1/labels lists those there are.")


def check_asset_has_data(platform: Platform, definition: LabelDefinition) -> "pd.Series[float]":
    """The asset's closes; BadInput where the asset, or the label's range, has none."""
    known = latest_closes(platform, definition.asset)
    if known.empty:
        raise BadInput(
            f"There are no {definition.asset} bars yet: import a file with `ppa import-csv`, or backfill."
        )
    start, end = utc(definition.start or BEGINNING), utc(definition.end or END)
    if known[(known.index >= start) & (known.index < end)].empty:
        raise BadInput(
            f"There are no {definition.asset} bars from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: "
            f"they reach from {known.index[0]:%Y-%m-%d %H:%M} to {known.index[-1]:%Y-%m-%d %H:%M}."
        )
    return known


def _saved(row: dict[str, Any]) -> SavedLabel:
    fields = ("name", "created_at", "created_by", "models", "archived_at", "archived_by")
    return SavedLabel(LabelDefinition.from_row(row), **{name: row[name] for name in fields})
