"""Check the manifest of a downloaded dataset against the rows that the platform stores."""

import hashlib
import json

import pandas as pd

from ppa.core.contracts.conversion import converted
from ppa.core.contracts.dataset import Manifest
from ppa.core.contracts.upload import UploadMetadata
from ppa.modelfiles.errors import ModelRefused
from ppa.platform import Platform
from ppa.repository.dataset import LABEL, Dataset

_AS_IT_CAME = "Upload the manifest.json that came with the dataset, unchanged."
_AGAIN = "Download the dataset again and train on it."


def read_manifest(text: str) -> Manifest | None:
    """Parse a manifest from JSON, None if `text` is empty; raise ModelRefused with every wrong field."""
    if not text:
        return None
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise _refused("manifest", f"The manifest is not valid JSON: {error}.", _AS_IT_CAME) from None
    if not isinstance(fields, dict):
        raise _refused("manifest", "The manifest must be a JSON object.", _AS_IT_CAME)
    return converted(Manifest, fields, _misread)


def _misread(sentence: str, _: str) -> ModelRefused:
    """Return the refusal of a manifest with wrong fields: it is to be sent unchanged, not to be corrected."""
    return _refused("manifest", f"The manifest cannot be used: {sentence}", _AS_IT_CAME)


def check_manifest(platform: Platform, dataset: Dataset, metadata: UploadMetadata, manifest: Manifest) -> int:
    """Return the number of rows the manifest describes; raise ModelRefused if they differ from the stored rows."""
    for name, expected in (("label_id", metadata.label_id), ("catalogue_version", dataset.catalogue_version)):
        stated = getattr(manifest, name)
        if stated != expected:
            raise _refused(name, f"The manifest has {name} {stated!r}, not {expected!r}.", _AGAIN)
    if manifest.source != dataset.source:
        raise _refused(
            "source",
            f"The manifest describes {manifest.source} data, but this platform holds {dataset.source} data.",
            _AGAIN,
        )
    if manifest.features != dataset.features:
        raise _refused(
            "columns", "The manifest's columns differ from the catalogue's, or are in another order.", _AGAIN
        )
    rows = _stored_rows(dataset, manifest)
    if metadata.train_to > dataset.frame.index[rows][-1]:
        raise _refused(
            "rows",
            f"train_to is {metadata.train_to:%Y-%m-%d %H:%M}, but the dataset ends at "
            f"{dataset.frame.index[rows][-1]:%Y-%m-%d %H:%M}.",
            "Correct train_to, or upload the manifest of the dataset used for training.",
        )
    _check_hash(platform, dataset, rows, manifest)
    return int(rows.stop) - int(rows.start)


def _stored_rows(dataset: Dataset, manifest: Manifest) -> slice:
    """Return the positions of the manifest's hours among the stored rows."""
    index = dataset.frame.index
    rows = slice(
        int(index.searchsorted(manifest.first_hour)),
        int(index.searchsorted(manifest.last_hour, side="right")),
    )
    if rows.start >= rows.stop:
        raise _refused("rows", "None of the manifest's hours is stored here.", _AGAIN)
    return rows


def _check_hash(platform: Platform, dataset: Dataset, rows: slice, manifest: Manifest) -> None:
    hashes, now = dataset.row_hashes[rows], dataset.frame[LABEL].iloc[rows]
    if manifest.sha256 == _content_hash(hashes, now):
        return
    # labels may have been resolved, and closes revised, since the download
    then = _labels_known_at(platform, dataset, manifest.queried_at).reindex(now.index)
    if manifest.sha256 != _content_hash(hashes, then):
        raise _refused(
            "hash",
            f"The manifest's hash does not match the {len(hashes):,} rows stored for its hours: "
            "they were revised since, or the file comes from another platform.",
            _AGAIN,
        )


def _content_hash(hashes: list[str], labels: "pd.Series[int]") -> str:
    """Return the hash of these rows as `Dataset.sha256` computes it."""
    filled = labels.to_numpy(dtype=float, na_value=-1.0).astype(int)
    lines = "\n".join(f"{row}{label}" for row, label in zip(hashes, filled, strict=True))
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
