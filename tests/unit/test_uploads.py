"""Metadata and manifests of uploads are read, or refused with every wrong field."""

import json

import pytest

from ppa.core.contracts.dataset import Manifest
from ppa.gate.manifest import read_manifest
from ppa.gate.metadata import MetadataError, parse_metadata
from ppa.modelfiles.errors import ModelRefused

MANIFEST = {
    "label_id": "btc-touch-24h-200bp-6fe69e",
    "name": "Up 2% in a day",
    "asset": "BTC",
    "mode": "touch",
    "lookahead": 24,
    "threshold": 0.02,
    "stop_loss": None,
    "volatility_window": None,
    "range_from": None,
    "range_to": "2026-03-01T00:00:00+00:00",
    "catalogue_version": "c0",
    "source": "real",
    "from": "2026-01-01T00:00:00+00:00",
    "to": None,
    "rows": 3,
    "positives": 1,
    "negatives": 1,
    "unknown": 1,
    "first_hour": "2026-01-01T00:00:00+00:00",
    "last_hour": "2026-01-01T02:00:00+00:00",
    "features": ["hour_of_day"],
    "sha256": "0" * 64,
    "queried_at": "2026-03-01T00:00:00.000123+00:00",
    "warnings": [],
}
METADATA = {
    "name": "my-model",
    "label_id": "btc-touch-24h-200bp-6fe69e",
    "train_from": "2021-01-01",
    "train_to": "2022-01-01T00:00:00Z",
}


def test_a_manifest_survives_reading_and_writing() -> None:
    manifest = read_manifest(json.dumps(MANIFEST))
    assert isinstance(manifest, Manifest)
    assert list(manifest.to_json().items()) == list(MANIFEST.items())


def test_an_empty_manifest_is_none() -> None:
    assert read_manifest("") is None


def test_every_wrong_field_of_a_manifest_is_named() -> None:
    changed = {name: value for name, value in MANIFEST.items() if name != "sha256"}
    with pytest.raises(ModelRefused) as refused:
        read_manifest(json.dumps({**changed, "last_hour": "yesterday", "features": "all"}))
    assert [wrong.field for wrong in refused.value.errors] == ["last_hour", "features", "sha256"]
    assert "last_hour is 'yesterday'; features is 'all'; sha256 is missing." in refused.value.sentence
    assert (refused.value.code, "unchanged" in refused.value.remedy) == ("dataset_manifest", True)


@pytest.mark.parametrize("text", ["[]", "null", "{", "7"])
def test_what_is_no_object_is_no_manifest_and_no_metadata(text: str) -> None:
    with pytest.raises(ModelRefused, match="The manifest"):
        read_manifest(text)
    with pytest.raises(MetadataError, match="The metadata"):
        parse_metadata(text)


@pytest.mark.parametrize("name", ["my-model\n", "-model", "m" * 49, "modèle", ""])
def test_a_name_that_would_be_a_strange_file_name_is_refused(name: str) -> None:
    with pytest.raises(MetadataError, match="hyphens"):
        parse_metadata(json.dumps({**METADATA, "name": name}))
