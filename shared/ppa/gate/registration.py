"""Register an uploaded model: validate its file and metadata and store it atomically."""

import hashlib
import json
from collections.abc import Callable
from functools import partial

from ppa.core.contracts.dataset import Manifest
from ppa.core.contracts.model import StoredModel
from ppa.core.contracts.upload import UploadMetadata
from ppa.core.errors import Conflict
from ppa.gate.pipeline import ValidatedUpload, validate_upload
from ppa.gate.verdicts import Verdicts
from ppa.platform import Platform
from ppa.repository.holdout_predictions import save_holdout
from ppa.repository.model_edits import distinct_tags, expiry_after
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.repository.programs import store_program
from ppa.storage.arrow import records_table

MAX_ATTEMPTS = 20


def register(
    platform: Platform,
    data: bytes,
    metadata: UploadMetadata,
    by: str,
    *,
    manifest: Manifest | None = None,
    verdicts: Verdicts | None = None,
) -> RegisteredModel:
    """Validate a model file and store it as the next version of its name.

    Raises Refused if a step of the gate fails, with the verdicts up to it as `error.verdicts`, and Conflict if the
    same file is registered under this name, or too many uploads of it compete.
    """
    verdicts = verdicts or Verdicts()
    with verdicts.checking("description"):
        _refuse_repetition(platform, data, metadata)
    upload = validate_upload(platform, data, metadata, manifest, verdicts)
    file = platform.store.put(_file_name(metadata.name, data), data)
    program = store_program(platform, metadata.name, upload.program_file)
    versioned = _unversioned(platform, metadata, upload, manifest, verdicts)
    first = _next_version(platform, metadata.name)
    for version in range(first, first + MAX_ATTEMPTS):
        model_id, now = f"{metadata.name}-v{version}", platform.now()
        stored = versioned(
            model_id=model_id,
            version=version,
            file=file.name,
            generation=file.generation,
            sha256=file.sha256,
            size_bytes=file.size,
            program_json=program,
            uploaded_at=now,
            uploaded_by=by,
            uploaded_expiry=expiry_after(now, metadata.expires_after_days),
        )
        if platform.warehouse.merge("models", records_table([stored])):
            model = find_model(platform, model_id)
            save_holdout(platform, model, upload.held_out)
            return model
    raise Conflict(f"{MAX_ATTEMPTS} concurrent uploads of {metadata.name} were stored first; try again.")


def _refuse_repetition(platform: Platform, data: bytes, metadata: UploadMetadata) -> None:
    """Raise Conflict, which names the model, if the same file was registered under this name for the same training."""
    sha256 = hashlib.sha256(data).hexdigest()
    stated = ("label_id", "train_from", "train_to", "decision_threshold")
    for model in list_models(platform, metadata.label_id):
        if (model.name, model.sha256) == (metadata.name, sha256) and all(
            getattr(model, field) == getattr(metadata, field) for field in stated
        ):
            raise Conflict(
                f"This file is registered as {model.model_id}, uploaded {model.uploaded_at:%Y-%m-%d %H:%M} by "
                f"{model.uploaded_by}.",
                f"Use {model.model_id}; its notes, tags and expiry can be edited.",
            )


def _next_version(platform: Platform, name: str) -> int:
    return 1 + max((m.version for m in list_models(platform) if m.name == name), default=0)


def _file_name(name: str, data: bytes) -> str:
    """Return a name derived from the content; versions with the same bytes share one file."""
    return f"{name}/{hashlib.sha256(data).hexdigest()}.skops"


def _unversioned(
    platform: Platform,
    metadata: UploadMetadata,
    upload: ValidatedUpload,
    manifest: Manifest | None,
    verdicts: Verdicts,
) -> Callable[..., StoredModel]:
    """Return the stored model once its version, its file and the time of its upload are given."""
    dataset = upload.dataset
    return partial(
        StoredModel,
        name=metadata.name,
        label_id=metadata.label_id,
        asset=dataset.label.definition.asset,
        estimator=upload.estimator,
        features=upload.features,
        catalogue_version=dataset.catalogue_version,
        source=dataset.source,
        libraries=dict(metadata.libraries),
        train_from=metadata.train_from,
        train_to=metadata.train_to,
        test_from=upload.held_out.hours[0],
        test_to=upload.held_out.hours[-1],
        decision_threshold=metadata.decision_threshold,
        metrics=upload.metrics,
        curves_json=json.dumps(upload.curves),
        user_metrics=dict(metadata.user_metrics),
        mlflow_run=metadata.mlflow_run or None,
        uploaded_notes=metadata.notes.strip(),
        uploaded_tags=distinct_tags(metadata.tags),
        manifest_json=None if manifest is None else json.dumps(manifest.to_json()),
        stored_verdicts=verdicts.to_list(),
        novelty_json=upload.reference,
        features_hash=platform.catalogue.features_hash(upload.features),
    )
