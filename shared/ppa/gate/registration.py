"""Upload: from a file and what its author says of it to a registered model, whole or not at all."""

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

MAX_RIVALS = 20


def register(
    platform: Platform,
    data: bytes,
    metadata: Metadata,
    by: str,
    *,
    manifest: Manifest | None = None,
    verdicts: Verdicts | None = None,
) -> RegisteredModel:
    """Pass a model file through the gate and store it as the next version of its name; Refused says why not.

    A refusal has the verdicts of all steps up to it as `error.verdicts`.
    """
    verdicts = verdicts or Verdicts()
    judgement = validate_upload(platform, data, metadata, manifest, verdicts)
    file = platform.store.put(_file_name(metadata.name, data), data)
    described = _described(metadata, judgement, manifest, verdicts)
    described["definition"] = platform.catalogue.features_hash(judgement.features)
    first = _next_version(platform, metadata.name)
    for version in range(first, first + MAX_RIVALS):
        now = platform.now()
        row = {**described, **_stored(file, metadata.name, version), "uploaded_at": now, "uploaded_by": by}
        row["expires_at"] = expiry_after(now, metadata.expires_after_days)
        if platform.warehouse.merge("models", rows_table([row])):
            model = find_model(platform, str(row["model_id"]))
            save_holdout(platform, model, judgement.held_out)
            return model
    raise Conflict(f"{MAX_RIVALS} other uploads of {metadata.name} came first; try again.")


def _next_version(platform: Platform, name: str) -> int:
    return 1 + max((m.version for m in list_models(platform) if m.name == name), default=0)


def _file_name(name: str, data: bytes) -> str:
    """Named by its content: versions made of the same bytes share one file, so none may delete it."""
    return f"{name}/{hashlib.sha256(data).hexdigest()}.skops"


def _stored(file: StoredFile, name: str, version: int) -> dict[str, object]:
    return {
        "model_id": f"{name}-v{version}",
        "name": name,
        "version": version,
        "file": file.name,
        "generation": file.generation,
        "sha256": file.sha256,
        "size_bytes": file.size,
    }


def _described(
    metadata: Metadata, judgement: ValidatedUpload, manifest: Manifest | None, verdicts: Verdicts
) -> dict[str, object]:
    dataset = judgement.dataset
    return {
        "label_id": metadata.label_id,
        "asset": dataset.label.definition.asset,
        "estimator": judgement.estimator,
        "features": json.dumps(judgement.features),
        "catalogue_version": dataset.catalogue_version,
        "source": dataset.source,
        "libraries": json.dumps(dict(metadata.libraries)),
        "train_from": metadata.train_from,
        "train_to": metadata.train_to,
        "test_from": judgement.held_out.hours[0],
        "test_to": judgement.held_out.hours[-1],
        "decision_threshold": metadata.decision_threshold,
        "metrics": json.dumps(judgement.metrics),
        "curves": json.dumps(judgement.curves),
        "user_metrics": json.dumps(dict(metadata.user_metrics)),
        "mlflow_run": metadata.mlflow_run or None,
        "notes": metadata.notes.strip(),
        "tags": json.dumps(check_tags(metadata.tags)),
        "manifest": None if manifest is None else json.dumps(manifest),
        "verdicts": json.dumps(verdicts.to_list()),
        "reference": judgement.reference,
    }
