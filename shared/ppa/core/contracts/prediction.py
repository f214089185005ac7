"""Predictions, and the arguments of requests for them."""

from typing import Annotated, ClassVar

from msgspec import Meta

from ppa.core.contracts.common import HourRange, ModelId
from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored
from ppa.core.origins import ORIGINS, Origin


class Prediction(Stored, frozen=True, kw_only=True):
    """A model's prediction for an hour, or the reason why there is none."""

    layout: ClassVar = Layout(
        "predictions", key=("model_id", "ts", "origin"), partition=("ts", "MONTH"), cluster=("model_id",)
    )

    model_id: Annotated[ModelId, Meta(description="Model")]
    ts: Annotated[Time, Meta(description="Hour whose closed row was predicted on (its open)")]
    origin: Annotated[Origin, Meta(description="live, buffer or replay")]
    due_at: Annotated[Time, Meta(description="As-of time at which the prediction was due")]
    made_at: Annotated[Time, Meta(description="When it was made")]
    matures_at: Annotated[
        Time,
        Meta(description="End of the look-ahead window, when the outcome is resolved at the latest"),
    ]
    probability: Annotated[
        float | None, Meta(description="Probability of label 1; null if there is a reason")
    ] = None
    threshold: Annotated[
        float, Meta(description="Decision threshold: probability from which the decision is 1")
    ]
    decision: Annotated[bool | None, Meta(description="True if label 1 is predicted")] = None
    price: Annotated[float | None, Meta(description="Close of the hour as known at the as-of time")] = None
    target_price: Annotated[float | None, Meta(description="Target price")] = None
    feature_hash: Annotated[str | None, Meta(description="Hash of the feature vector")] = None
    catalogue_version: Annotated[str, Meta(description="Catalogue of the vector")]
    generation: Annotated[int, Meta(description="Generation of the model file")]
    reason: Annotated[
        str | None,
        Meta(description="Why there is no prediction: one of shared/ppa/core/no_prediction_reasons.py"),
    ] = None
    detail: Annotated[str | None, Meta(description="Details of the reason")] = None
    novelty: Annotated[
        float | None,
        Meta(description="Novelty: distance from the training rows relative to their 99th percentile"),
    ] = None


class PredictionsRange(HourRange, frozen=True, kw_only=True):
    """Predictions of a range of hours."""

    model_id: Annotated[ModelId, Meta(description="One model; all by default")] = ""
    origin: Annotated[tuple[Origin, ...], Meta(description="Origins, separated by commas")] = ORIGINS


class PredictionsQuery(PredictionsRange, frozen=True, kw_only=True):
    """Predictions to list."""

    limit: Annotated[
        int, Meta(ge=1, le=20_000, description="Maximum number of predictions", examples=[500])
    ] = 500
