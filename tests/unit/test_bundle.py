"""Bundles round-trip a model, its metadata and its manifest; other files are refused."""

import io
import json
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppa.modelfiles.bundle import MANIFEST, METADATA, MODEL, is_bundle, pack, unpack
from ppa.modelfiles.errors import ModelRefused


@given(
    st.binary(max_size=200),
    st.dictionaries(st.text(), st.integers()),
    st.none() | st.dictionaries(st.text(), st.text()),
)
def test_what_is_packed_is_unpacked(
    model: bytes, metadata: dict[str, int], manifest: dict[str, str] | None
) -> None:
    data = pack(model, metadata, manifest)
    parts = unpack(data)
    assert is_bundle(data)
    assert (parts.model, json.loads(parts.metadata)) == (model, metadata)
    assert (json.loads(parts.manifest) if parts.manifest else None) == manifest


def archive(members: list[tuple[str, bytes]], how: int = ZIP_STORED) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with ZipFile(file, "w", how) as zipped:
        for name, data in members:
            zipped.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        archive([(MODEL, b"1"), (METADATA, b"{}")], ZIP_DEFLATED),
        archive([(MODEL, b"1")]),
        archive([(MODEL, b"1"), (METADATA, b"{}"), ("more.txt", b"")]),
        archive([(MODEL, b"1"), (METADATA, b"{}"), ("../manifest.json", b"")]),
        pack(b"1", {})[:-30],
        pack(b"12345", {}).replace(b"12345", b"12346"),
    ],
    ids=["compressed", "without metadata", "with more", "outside", "cut off", "wrong checksum"],
)
def test_a_bundle_that_is_not_one_is_refused(data: bytes) -> None:
    with pytest.raises(ModelRefused, match="bundle cannot be read"):
        unpack(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused() -> None:
    twice = archive([(MODEL, b"1"), (METADATA, b"{}"), (METADATA, b"[]")])
    with pytest.raises(ModelRefused):
        unpack(twice)


def test_other_files_are_no_bundles() -> None:
    assert not is_bundle(b"PK")
    assert not is_bundle(archive([("schema.json", b"{}"), (MODEL, b"")]))
    assert MANIFEST
