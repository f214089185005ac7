"""Register an uploaded model: validate its file and metadata and store it atomically."""

import hashlib
import json

from ppa.core.errors import Conflict
from ppa.gate.manifest import Manifest
from ppa.gate.metadata import Metadata
from ppa.gate.pipeline import ValidatedUpload, validate_upload
from ppa.gate.verdicts import Verdicts
from ppa.platform import Platform
from ppa.repository.holdout_predictions import save_holdout
from ppa.repository.model_edits import check_tags, expiry_after
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.storage.arrow import rows_table
from ppa.storage.modelstore.protocol import StoredFile

MAX_ATTEMPTS = 20


def register(
    platform: Platform,
    data: bytes,
    metadata: Metadata,
    by: str,
    *,
    manifest: Manifest | None = None,
    verdicts: Verdicts | None = None,
) -> RegisteredModel:
    """Validate a model file and store it as the next version of its name.

    Raises Refused if a step of the gate fails, with the verdicts up to it as `error.verdicts`, and Conflict if too
    many uploads of the same name compete.
    """
    verdicts = verdicts or Verdicts()
    upload = validate_upload(platform, data, metadata, manifest, verdicts)
    file = platform.store.put(_file_name(metadata.name, data), data)
    fields = _validated_fields(metadata, upload, manifest, verdicts)
    fields["definition"] = platform.catalogue.features_hash(upload.features)
    first = _next_version(platform, metadata.name)
    for version in range(first, first + MAX_ATTEMPTS):
        now = platform.now()
        row = {**fields, **_file_fields(file, metadata.name, version), "uploaded_at": now, "uploaded_by": by}
        row["expires_at"] = expiry_after(now, metadata.expires_after_days)
        if platform.warehouse.merge("models", rows_table([row])):
            model = find_model(platform, str(row["model_id"]))
            save_holdout(platform, model, upload.held_out)
            return model
    raise Conflict(f"{MAX_ATTEMPTS} concurrent uploads of {metadata.name} were stored first; try again.")


def _next_version(platform: Platform, name: str) -> int:
    return 1 + max((m.version for m in list_models(platform) if m.name == name), default=0)


def _file_name(name: str, data: bytes) -> str:
    """Return a name derived from the content; versions with the same bytes share one file."""
    return f"{name}/{hashlib.sha256(data).hexdigest()}.skops"


def _file_fields(file: StoredFile, name: str, version: int) -> dict[str, object]:
    return {
        "model_id": f"{name}-v{version}",
        "name": name,
        "version": version,
        "file": file.name,
        "generation": file.generation,
        "sha256": file.sha256,
        "size_bytes": file.size,
    }


def _validated_fields(
    metadata: Metadata, upload: ValidatedUpload, manifest: Manifest | None, verdicts: Verdicts
) -> dict[str, object]:
    dataset = upload.dataset
    return {
        "label_id": metadata.label_id,
        "asset": dataset.label.definition.asset,
        "estimator": upload.estimator,
        "features": json.dumps(upload.features),
        "catalogue_version": dataset.catalogue_version,
        "source": dataset.source,
        "libraries": json.dumps(dict(metadata.libraries)),
        "train_from": metadata.train_from,
        "train_to": metadata.train_to,
        "test_from": upload.held_out.hours[0],
        "test_to": upload.held_out.hours[-1],
        "decision_threshold": metadata.decision_threshold,
        "metrics": json.dumps(upload.metrics),
        "curves": json.dumps(upload.curves),
        "user_metrics": json.dumps(dict(metadata.user_metrics)),
        "mlflow_run": metadata.mlflow_run or None,
        "notes": metadata.notes.strip(),
        "tags": json.dumps(check_tags(metadata.tags)),
        "manifest": None if manifest is None else json.dumps(manifest),
        "verdicts": json.dumps(verdicts.to_list()),
        "reference": upload.reference,
    }
