"""Models as they are stored, their events, and their runs in MLflow."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from ppa.core.contracts.common import LabelId, ModelId
from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored


class StoredModel(Stored, frozen=True, kw_only=True):
    """An uploaded model.

    Tags, notes and expiry are those of the upload; later edits are events. Large columns stay texts until they are
    read, so that listing many models stays cheap.
    """

    layout: ClassVar = Layout("models", key=("model_id",))

    model_id: Annotated[ModelId, Meta(description="Readable id: name and version")]
    name: Annotated[str, Meta(description="Name given by the user")]
    version: Annotated[int, Meta(description="Version of that name, from 1")]
    label_id: Annotated[LabelId, Meta(description="Label it was trained on")]
    asset: Annotated[str, Meta(description="Asset of that label")]
    file: Annotated[str, Meta(description="Name of the file in the model store")]
    generation: Annotated[int, Meta(description="Generation of that file")]
    sha256: Annotated[str, Meta(description="Hash of the file")]
    size_bytes: Annotated[int, Meta(description="Size of the file")]
    estimator: Annotated[str, Meta(description="Class of the estimator")]
    features: Annotated[list[str], Meta(description="Feature names in order, as a JSON array")]
    catalogue_version: Annotated[str, Meta(description="Catalogue it was trained on")]
    source: Annotated[str, Meta(description="real or synthetic: the data it was trained on")]
    libraries: Annotated[Mapping[str, str], Meta(description="Library versions, as a JSON object")]
    train_from: Annotated[Time, Meta(description="First hour of the training rows")]
    train_to: Annotated[Time, Meta(description="Last hour of the training rows")]
    test_from: Annotated[Time | None, Meta(description="First hour of the test rows")] = None
    test_to: Annotated[Time | None, Meta(description="Last hour of the test rows")] = None
    decision_threshold: Annotated[
        float, Meta(description="Decision threshold: probability from which the decision is 1")
    ]
    metrics: Annotated[
        Mapping[str, Any], Meta(description="Test metrics recomputed by the platform, as a JSON object")
    ]
    user_metrics: Annotated[
        Mapping[str, float], Meta(description="Metrics stated by the user, as a JSON object")
    ]
    uploaded_notes: Annotated[str, Meta(description="Notes of the user")] = msgspec.field(name="notes")
    mlflow_run: Annotated[str | None, Meta(description="MLflow run id")] = None
    uploaded_at: Annotated[Time, Meta(description="When it was uploaded")]
    uploaded_by: Annotated[str, Meta(description="Who uploaded it")]
    uploaded_tags: Annotated[list[str] | None, Meta(description="Tags given on upload, as a JSON array")] = (
        msgspec.field(name="tags", default=None)
    )
    uploaded_expiry: Annotated[
        Time | None, Meta(description="When it stops predicting, as set on upload; null for never")
    ] = msgspec.field(name="expires_at", default=None)
    curves_json: Annotated[
        str | None,
        Meta(description="Curves over the held-out hours, as a JSON object; in metrics for older models"),
    ] = msgspec.field(name="curves", default=None)
    stored_verdicts: Annotated[
        Sequence[Mapping[str, str]] | None, Meta(description="Results of the upload checks, as a JSON array")
    ] = msgspec.field(name="verdicts", default=None)
    manifest_json: Annotated[
        str | None, Meta(description="Manifest of the dataset it was trained on, as a JSON object")
    ] = msgspec.field(name="manifest", default=None)
    novelty_json: Annotated[
        str | None,
        Meta(description="Novelty profile of the training rows, as a JSON object; null for older models"),
    ] = msgspec.field(name="reference", default=None)
    features_hash: Annotated[
        str | None,
        Meta(description="Hash of its features' definitions at training time; null for older models"),
    ] = msgspec.field(name="definition", default=None)
    program_json: Annotated[
        str | None,
        Meta(
            description="File of its program, as a JSON object; null where an event has it, or there is none"
        ),
    ] = msgspec.field(name="program", default=None)


class ModelEvent(Stored, frozen=True, kw_only=True):
    """Events of models; the newest row is the state."""

    layout: ClassVar = Layout("model_events", key=("model_id", "at", "event"), cluster=("model_id",))

    model_id: Annotated[ModelId, Meta(description="Model")]
    at: Annotated[Time, Meta(description="When")]
    event: Annotated[
        str,
        Meta(
            description="Event: activated, deactivated, alias_set, alias_removed, alias_restored, tags_set, "
            "notes_set, expiry_set or converted"
        ),
    ]
    by: Annotated[str, Meta(description="Who")]
    detail: Annotated[
        str | None,
        Meta(
            description="New value: an alias, a JSON array of tags, notes, a time, or the file of a program as a "
            "JSON object; empty for none"
        ),
    ] = None


class TrackedRun(Stored, frozen=True, kw_only=True):
    """MLflow logging state of a model."""

    layout: ClassVar = Layout("mlflow_runs", key=("model_id",))

    model_id: Annotated[ModelId, Meta(description="Model")]
    state: Annotated[str, Meta(description="logged, or pending until MLflow has accepted it")]
    run_id: Annotated[str | None, Meta(description="MLflow's id of the run")] = None
    experiment_id: Annotated[
        str | None, Meta(description="MLflow's id of the experiment, which is named after the label id")
    ] = None
    error: Annotated[str | None, Meta(description="Latest error message")] = None
    at: Annotated[Time, Meta(description="Time of the latest attempt")]
