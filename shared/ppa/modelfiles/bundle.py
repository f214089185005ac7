"""Bundles: one file with a model, its metadata and its dataset's manifest, as one upload takes them.

A bundle is a zip archive of `model.skops`, `metadata.json` and, where there is one, `manifest.json`, all stored without
compression, so that reading one can take no more memory than the upload itself.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from ppa.modelfiles.errors import ModelRefused

ENDING = ".ppa"
MODEL, METADATA, MANIFEST = "model.skops", "metadata.json", "manifest.json"


@dataclass(frozen=True)
class Bundle:
    """The parts of an upload: bytes of the model file, metadata and manifest as JSON text (empty if there is none)."""

    model: bytes
    metadata: str
    manifest: str = ""


def pack(model: bytes, metadata: Mapping[str, Any], manifest: Mapping[str, Any] | None = None) -> bytes:
    """Return the bundle of a model file, its metadata and its dataset's manifest."""
    parts = {MODEL: model, METADATA: _json(metadata)} | (
        {} if manifest is None else {MANIFEST: _json(manifest)}
    )
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def is_bundle(data: bytes) -> bool:
    """Return whether a file is a bundle: a zip archive whose first member is the model."""
    return data.startswith(b"PK\x03\x04") and data[30 : 30 + len(MODEL)] == MODEL.encode()


def unpack(data: bytes) -> Bundle:
    """Return the parts of a bundle; ModelRefused where it is damaged, or holds anything else."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            plain = all(member.compress_type == ZIP_STORED and not member.flag_bits & 1 for member in members)
            if (
                not plain
                or len(set(names)) < len(names)
                or not {MODEL, METADATA} <= {*names} <= {MODEL, METADATA, MANIFEST}
            ):
                raise _unsound(f"its members are {', '.join(names)[:200]}")
            parts = {name: archive.read(name) for name in names}
    except (BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise _unsound(str(error)) from error
    text = {name: part.decode(errors="replace") for name, part in parts.items() if name != MODEL}
    return Bundle(parts[MODEL], text[METADATA], text.get(MANIFEST, ""))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1).encode()


def _unsound(reason: str) -> ModelRefused:
    return ModelRefused(
        "model_archive_unsound",
        f"The bundle cannot be read: {reason}.",
        "Save it again with app.save() or ppa.save_bundle().",
    )
