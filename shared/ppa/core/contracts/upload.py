"""Metadata that the author of a model provides at upload, and the verdicts of the upload's checks."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Body, Record, Time, whole

MAX_TAGS, MAX_NOTES_LENGTH, MAX_EXPIRY_DAYS = 20, 4_000, 3_650

ModelName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=whole("[a-z0-9][a-z0-9-]{0,47}"),
        description="Name of all versions of the model",
        examples=["my-model"],
        extra={"accepts": "up to 48 lower-case letters, digits and hyphens"},
    ),
]
Tag: TypeAlias = Annotated[
    str,
    Meta(
        pattern=whole("[a-z0-9][a-z0-9._=-]{0,31}"),
        examples=["baseline"],
        extra={"accepts": "up to 32 lower-case letters, digits and . _ = -"},
    ),
]
Notes: TypeAlias = Annotated[str, Meta(max_length=MAX_NOTES_LENGTH)]
ExpiryDays: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_EXPIRY_DAYS)]


class UploadMetadata(Body, frozen=True, kw_only=True):
    """Metadata of an uploaded model."""

    name: ModelName
    label_id: Annotated[LabelId, Meta(description="Label that it was trained on")]
    train_from: Annotated[Time, Meta(description="First hour of the training rows, UTC")]
    train_to: Annotated[Time, Meta(description="Last hour of the training rows, UTC")]
    test_from: Annotated[
        Time | None, Meta(description="First held-out hour, UTC; by default all rows that follow")
    ] = None
    test_to: Annotated[Time | None, Meta(description="Last held-out hour, UTC")] = None
    features: Annotated[
        tuple[str, ...], Meta(description="Columns, in order; by default those of the dataset")
    ] = ()
    catalogue_version: Annotated[str, Meta(description="Catalogue that it was trained on")] = ""
    decision_threshold: Annotated[
        float, Meta(gt=0, lt=1, description="Probability from which the decision is 1")
    ] = 0.5
    libraries: Annotated[
        Mapping[str, str], Meta(description="Library versions", examples=[{"scikit-learn": "1.9.1"}])
    ] = {}
    user_metrics: Annotated[
        Mapping[str, float], Meta(description="Figures of the author", examples=[{"auc": 0.61}])
    ] = {}
    notes: Annotated[Notes, Meta(description="Notes", examples=["Trained on bars only."])] = ""
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MAX_TAGS, description="Tags")] = ()
    expires_after_days: Annotated[
        ExpiryDays | None, Meta(description="Days until it stops predicting; null for never", examples=[90])
    ] = None
    mlflow_run: Annotated[str, Meta(description="Run that the training script began in MLflow")] = ""

    def conflicts(self) -> Iterator[WrongField]:
        """Yield a training window that ends before it begins."""
        if self.train_from >= self.train_to:
            sentence = f"train_from is {self.train_from:%F %R}, not before train_to, {self.train_to:%F %R}."
            yield WrongField("train_from", sentence, "Give the first and last training hour.")


class Verdict(Record, frozen=True):
    """Verdict of one check of an upload; `code` and `remedy` are empty if it passed."""

    title: Annotated[str, Meta(description="Name of the check", examples=["Dataset"])]
    step: Annotated[str, Meta(description="Check", examples=["dataset"])]
    outcome: Annotated[Literal["passed", "warned", "failed"], Meta(description="Outcome")]
    sentence: Annotated[str, Meta(description="Finding")]
    remedy: Annotated[str, Meta(description="Remedy; empty if it passed")] = ""
    code: Annotated[str, Meta(description="Code; empty if it passed")] = ""
