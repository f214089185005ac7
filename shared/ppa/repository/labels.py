"""Saved labels: named label definitions, stored in the warehouse."""

from functools import cached_property

import pandas as pd
from msgspec.structs import asdict, replace

from ppa.core.contracts.label import MAX_NAME_LENGTH, StoredLabel
from ppa.core.errors import BadInput, Conflict, NotFound
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import BEGINNING, END, utc
from ppa.platform import Platform
from ppa.repository.models import active_models
from ppa.repository.prices import latest_closes
from ppa.storage.arrow import read_records, records_table


class SavedLabel(StoredLabel, frozen=True, kw_only=True, dict=True):
    """A saved label with its number of models; archived if `archived_at` is set."""

    models: int = 0

    @cached_property
    def definition(self) -> LabelDefinition:
        """Definition of the label."""
        return LabelDefinition(
            self.asset,
            self.mode,
            self.lookahead,
            self.threshold,
            self.range_from,
            self.range_to,
            self.stop_loss,
            self.volatility_window,
        )


def named_label(definition: LabelDefinition, name: str, at: pd.Timestamp, by: str) -> SavedLabel:
    """Return a definition with its name, the time at which it is saved (UTC) and its author."""
    return SavedLabel(
        label_id=definition.label_id,
        name=name.strip() or definition.label_id,
        **asdict(definition.fields),
        created_at=at,
        created_by=by,
    )


def save_label(
    platform: Platform, definition: LabelDefinition, name: str, by: str
) -> tuple[SavedLabel, bool]:
    """Save a definition; return the label and whether it is new.

    Each definition is saved once. Saving the definition of an archived label unarchives it under its old name.
    """
    check_asset_has_data(platform, definition)
    if len(name) > MAX_NAME_LENGTH:
        raise BadInput(f"The name has {len(name)} characters; use at most {MAX_NAME_LENGTH}.")
    label = named_label(definition, name, platform.now(), by)
    written = platform.warehouse.merge("labels", records_table([label]))
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
        archived = replace(label, archived_at=platform.now(), archived_by=by)
        platform.warehouse.merge("labels", records_table([archived]), replace=True)
    return find_label(platform, label_id)


def unarchive_label(platform: Platform, label_id: str) -> SavedLabel:
    """Show an archived label in the lists again. Idempotent."""
    label = find_label(platform, label_id)
    if label.archived_at is None:
        return label
    shown = replace(label, archived_at=None, archived_by=None)
    platform.warehouse.merge("labels", records_table([shown]), replace=True)
    return find_label(platform, label_id)


def list_labels(platform: Platform) -> list[SavedLabel]:
    """Return all saved labels, including archived ones, newest first."""
    return read_records(SavedLabel, platform.warehouse.query("labels"))


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
