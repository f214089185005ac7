"""The manifest of a downloaded dataset, held against what the platform has: is that the data it was trained on?"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ppa.core.times import parse_time
from ppa.gate.metadata import Metadata
from ppa.modelfiles.errors import ModelRefused
from ppa.platform import Platform
from ppa.repository.dataset import LABEL, Dataset

Manifest = Mapping[str, Any]

_AS_IT_CAME = "Send the manifest.json that came with the dataset, as it is."
_AGAIN = "Download the dataset again and train on it."
_FIELDS = (
    "label_id",
    "catalogue_version",
    "source",
    "features",
    "sha256",
    "first_hour",
    "last_hour",
    "queried_at",
)


def read_manifest(text: str) -> Manifest | None:
    """A manifest from JSON, None where nothing was sent; ModelRefused where it is no manifest."""
    if not text:
        return None
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise _refused("manifest", f"The manifest is no valid JSON: {error}.", _AS_IT_CAME) from None
    missing = [name for name in _FIELDS if not isinstance(manifest, dict) or name not in manifest]
    if missing:
        raise _refused("manifest", f"The manifest lacks {', '.join(missing)}.", _AS_IT_CAME)
    return dict(manifest)


def check_manifest(platform: Platform, dataset: Dataset, metadata: Metadata, manifest: Manifest) -> int:
    """How many rows it describes; ModelRefused where they are not those that are stored here."""
    for name, here in (("label_id", metadata.label_id), ("catalogue_version", dataset.catalogue_version)):
        if manifest[name] != here:
            raise _refused(name, f"The manifest is of {name} {manifest[name]!r}, not {here!r}.", _AGAIN)
    if manifest["source"] != dataset.source:
        raise _refused("source", f"The data was {manifest['source']}, here it is {dataset.source}.", _AGAIN)
    if list(manifest["features"]) != dataset.features:
        raise _refused("columns", "The manifest's columns are not the catalogue's, in its order.", _AGAIN)
    rows = _same_rows(dataset, manifest)
    if metadata.train_to > dataset.frame.index[rows][-1]:
        raise _refused(
            "rows",
            f"The training is said to reach to {metadata.train_to:%Y-%m-%d %H:%M}, "
            f"the dataset ends {dataset.frame.index[rows][-1]:%Y-%m-%d %H:%M}.",
            "Correct train_to, or send the manifest of the dataset that it was trained on.",
        )
    _check_hash(platform, dataset, rows, manifest)
    return int(rows.stop) - int(rows.start)


def _same_rows(dataset: Dataset, manifest: Manifest) -> slice:
    """The stored rows of the manifest's hours."""
    try:
        first, last = (parse_time(manifest[name]) for name in ("first_hour", "last_hour"))
    except ValueError as error:
        raise _refused("manifest", f"The manifest's hours cannot be read: {error}.", _AS_IT_CAME) from None
    index = dataset.frame.index
    rows = slice(int(index.searchsorted(first)), int(index.searchsorted(last, side="right")))
    if rows.start >= rows.stop:
        raise _refused("rows", "None of the manifest's hours is stored here.", _AGAIN)
    return rows


def _check_hash(platform: Platform, dataset: Dataset, rows: slice, manifest: Manifest) -> None:
    hashes, now = dataset.row_hashes[rows], dataset.frame[LABEL].iloc[rows]
    if manifest["sha256"] == _content_hash(hashes, now):
        return
    # windows that were open, and closes that were revised, since the download
    then = _labels_known_at(platform, dataset, parse_time(manifest["queried_at"])).reindex(now.index)
    if manifest["sha256"] != _content_hash(hashes, then):
        raise _refused(
            "hash",
            f"The manifest's hash is not that of the {len(hashes):,} rows stored here for its hours: "
            "they were revised since, or the file comes from another platform.",
            _AGAIN,
        )


def _content_hash(hashes: list[str], labels: "pd.Series[int]") -> str:
    """The hash that `Dataset.sha256` gives these rows."""
    known = labels.to_numpy(dtype=float, na_value=-1.0).astype(int)
    lines = "\n".join(f"{row}{label}" for row, label in zip(hashes, known, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()


def _labels_known_at(platform: Platform, dataset: Dataset, moment: pd.Timestamp) -> "pd.Series[int]":
    definition = dataset.label.definition
    series = platform.catalogue.asset(definition.asset).series("close")
    values = platform.series_cache.vintages(platform.warehouse, series).frame
    newest = values[values["known_at"] <= moment].drop_duplicates("event_time", keep="last")
    return definition.labels(
        pd.Series(newest["value"].to_numpy(), index=pd.DatetimeIndex(newest["event_time"]))
    )


def _refused(what: str, sentence: str, remedy: str) -> ModelRefused:
    return ModelRefused(f"dataset_{what}", sentence, remedy)
