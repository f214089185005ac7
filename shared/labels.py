"""Saved labels: definitions with a name, kept in the warehouse, and what they say about the stored closes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from shared.errors import BadInput, NotFound
from shared.frames import BEGINNING, END, rows_table, utc
from shared.labeling import LabelSpec
from shared.platform import Platform

LONGEST_NAME = 80


@dataclass(frozen=True)
class SavedLabel:
    """A label's definition, with its name, who saved it, when, and how many models it has."""

    spec: LabelSpec
    name: str
    created_at: datetime
    created_by: str
    models: int = 0

    @property
    def label_id(self) -> str:
        """The id: a function of the definition."""
        return self.spec.label_id


def save_label(platform: Platform, spec: LabelSpec, name: str, by: str) -> tuple[SavedLabel, bool]:
    """Save a definition; the label, and whether it is new. The same definition is saved once."""
    check_asset_has_data(platform, spec)
    if len(name) > LONGEST_NAME:
        raise BadInput(f"The name has {len(name)} characters; use at most {LONGEST_NAME}.")
    row = {
        "label_id": spec.label_id,
        "name": name.strip() or spec.label_id,
        **spec.to_row(),
        "created_at": platform.now(),
        "created_by": by,
    }
    written = platform.warehouse.merge("labels", rows_table([row]))
    return find_label(platform, spec.label_id), bool(written)


def list_labels(platform: Platform) -> list[SavedLabel]:
    """Every saved label, newest first."""
    return [_saved(row) for row in platform.warehouse.query("labels").to_pylist()]


def find_label(platform: Platform, label_id: str) -> SavedLabel:
    """The label, or NotFound."""
    for label in list_labels(platform):
        if label.label_id == label_id:
            return label
    raise NotFound(f"There is no label {label_id!r}; GET /api/v1/labels lists those there are.")


def closes(platform: Platform, asset_id: str) -> "pd.Series[float]":
    """What truly happened: the newest known close of every hour that has one, indexed by its open."""
    name = platform.catalogue.asset(asset_id).series("close")
    return platform.memory.vintages(platform.warehouse, name).newest.rename("close")


def check_asset_has_data(platform: Platform, spec: LabelSpec) -> "pd.Series[float]":
    """The asset's closes; BadInput where the asset, or the label's range, has none."""
    known = closes(platform, spec.asset)
    if known.empty:
        raise BadInput(
            f"There are no {spec.asset} bars yet: import a file with `ppa import-csv`, or backfill."
        )
    start, end = utc(spec.start or BEGINNING), utc(spec.end or END)
    if known[(known.index >= start) & (known.index < end)].empty:
        raise BadInput(
            f"There are no {spec.asset} bars from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: "
            f"they reach from {known.index[0]:%Y-%m-%d %H:%M} to {known.index[-1]:%Y-%m-%d %H:%M}."
        )
    return known


def _saved(row: dict[str, Any]) -> SavedLabel:
    return SavedLabel(
        LabelSpec.from_row(row), row["name"], row["created_at"], row["created_by"], row["models"]
    )
