"""Registered models, their held-out metrics and their history."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from ppa.core.contracts.common import LabelId, ModelId
from ppa.core.contracts.label import Mode
from ppa_web.responses.labels import Distance, Hours, Window
from ppa_web.responses.shape import (
    Address,
    AssetId,
    Count,
    FeatureName,
    Moment,
    Number,
    Person,
    Sentence,
    Sha256,
    Shape,
    Share,
)

Alias = Annotated[Literal["champion", "challenger"], Meta(examples=["champion"])]
Outcome = Annotated[int, Meta(ge=0, le=1, examples=[1])]
Threshold = Annotated[float, Meta(gt=0, lt=1, examples=[0.5])]
Rate = Annotated[float, Meta(ge=0, le=1, examples=[0.25])]


class Confusion(Shape, frozen=True, kw_only=True):
    """Decisions against outcomes."""

    tn: Annotated[Count, Meta(description="Predicted 0, actual 0")]
    fp: Annotated[Count, Meta(description="Predicted 1, actual 0")]
    fn: Annotated[Count, Meta(description="Predicted 0, actual 1")]
    tp: Annotated[Count, Meta(description="Predicted 1, actual 1")]


class KeyFigures(Shape, frozen=True, kw_only=True):
    """The figures of an evaluation that tables show; most are absent without a resolved prediction."""

    n: Annotated[Count, Meta(description="Predictions evaluated")]
    effective_n: Annotated[Count, Meta(description="Effective sample size: windows that do not overlap")]
    accuracy: Annotated[Share | None, Meta(description="Share of correct decisions")]
    accuracy_low: Annotated[Share | UnsetType, Meta(description="Lower end of its 95% interval")] = UNSET
    accuracy_high: Annotated[Share | UnsetType, Meta(description="Upper end of its 95% interval")] = UNSET
    base_rate: Annotated[
        Share | UnsetType | None, Meta(description="Accuracy of the better constant prediction")
    ] = UNSET
    roc_auc: Annotated[Share | UnsetType | None, Meta(description="Area under the ROC curve")] = UNSET
    brier: Annotated[Share | UnsetType | None, Meta(description="Brier score")] = UNSET


class Metrics(Shape, frozen=True, kw_only=True):
    """Metrics of predictions at a decision threshold; null where undefined."""

    n: Annotated[Count, Meta(description="Predictions evaluated")]
    effective_n: Annotated[Count, Meta(description="Effective sample size: windows that do not overlap")]
    base_rate: Annotated[Share | None, Meta(description="Accuracy of the better constant prediction")]
    base_answer: Annotated[Outcome | None, Meta(description="The better constant prediction")]
    confusion: Annotated[Confusion, Meta(description="Decisions against outcomes")]
    accuracy: Annotated[Share | None, Meta(description="Share of correct decisions")]
    accuracy_low: Annotated[Share, Meta(description="Lower end of its 95% interval")]
    accuracy_high: Annotated[Share, Meta(description="Upper end of its 95% interval")]
    balanced_accuracy: Annotated[Share | None, Meta(description="Mean of recall and specificity")]
    precision: Annotated[Share | None, Meta(description="Share of actual 1 among predicted 1")]
    recall: Annotated[Share | None, Meta(description="Share of predicted 1 among actual 1")]
    f1: Annotated[Share | None, Meta(description="Harmonic mean of precision and recall")]
    roc_auc: Annotated[Share | None, Meta(description="Area under the ROC curve")]
    average_precision: Annotated[Share | None, Meta(description="Area under the precision-recall curve")]
    log_loss: Annotated[Number | None, Meta(description="Logarithmic loss")]
    brier: Annotated[Share | None, Meta(description="Brier score")]
    ece: Annotated[Share | None, Meta(description="Expected calibration error")]


class MlflowRun(Shape, frozen=True, kw_only=True):
    """State of a model in MLflow."""

    state: Annotated[Literal["off", "pending", "logged"], Meta(description="State", examples=["logged"])]
    url: Annotated[Address | None, Meta(description="Address of its run")]
    error: Annotated[Sentence | None, Meta(description="Last error of a pending model")]


class Model(Shape, frozen=True, kw_only=True):
    """A registered model."""

    model_id: Annotated[ModelId, Meta(description="Identifier")]
    name: Annotated[str, Meta(description="Name of all its versions", examples=["my-model"])]
    version: Annotated[int, Meta(ge=1, description="Version of that name", examples=[1])]
    label_id: Annotated[LabelId, Meta(description="Label that it predicts")]
    asset: Annotated[AssetId, Meta(description="Asset of the label")]
    mode: Annotated[Mode, Meta(description="Mode of the label", examples=["touch"])]
    lookahead: Annotated[Hours, Meta(description="Look-ahead of the label in hours")]
    threshold: Annotated[Distance, Meta(description="Threshold of the label")]
    stop_loss: Annotated[Distance | None, Meta(description="Stop loss of the label")]
    volatility_window: Annotated[Window | None, Meta(description="Volatility window of the label in hours")]
    estimator: Annotated[str, Meta(description="Class of the estimator", examples=["Pipeline"])]
    uploaded_at: Annotated[Moment, Meta(description="Time of the upload")]
    uploaded_by: Annotated[Person, Meta(description="User who uploaded it")]
    train_from: Annotated[Moment, Meta(description="First training hour")]
    train_to: Annotated[Moment, Meta(description="Last training hour")]
    test_from: Annotated[Moment, Meta(description="First held-out hour")]
    test_to: Annotated[Moment, Meta(description="Last held-out hour")]
    source: Annotated[str, Meta(description="Kind of the data: real or synthetic", examples=["real"])]
    decision_threshold: Annotated[Threshold, Meta(description="Probability from which the decision is 1")]
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the file")]
    active: Annotated[bool, Meta(description="True if it predicts every hour")]
    active_since: Annotated[Moment | None, Meta(description="Time of the activation")]
    notes: Annotated[str, Meta(description="Notes", examples=["Trained on bars only."])]
    tags: Annotated[
        list[Annotated[str, Meta(examples=["baseline"])]], Meta(description="Tags", max_length=20)
    ]
    aliases: Annotated[list[Alias], Meta(description="Aliases that it has")]
    champion: Annotated[ModelId | None, Meta(description="Champion of its label")]
    expires_at: Annotated[Moment | None, Meta(description="Time from which it makes no predictions")]
    expired: Annotated[bool, Meta(description="True if that time has come")]
    mlflow: Annotated[MlflowRun, Meta(description="State in MLflow")]
    warnings: Annotated[list[str], Meta(description="Upload checks that warned", examples=[["Dataset"]])]
    withdrawn_data: Annotated[
        Sentence | None, Meta(description="Imports it was trained on that have been withdrawn; null without")
    ]
    converted: Annotated[bool, Meta(description="True if it has a program, without which it cannot predict")]
    metrics: Annotated[Metrics, Meta(description="Metrics on held-out hours")]


class Models(Shape, frozen=True, kw_only=True):
    """Registered models."""

    models: Annotated[list[Model], Meta(description="Models, newest first")]


class Verdict(Shape, frozen=True, kw_only=True):
    """Verdict of one upload check."""

    step: Annotated[str, Meta(description="Check", examples=["dataset"])]
    title: Annotated[str, Meta(description="Name of the check", examples=["Dataset"])]
    outcome: Annotated[
        Literal["passed", "warned", "failed"], Meta(description="Outcome", examples=["warned"])
    ]
    sentence: Annotated[
        str, Meta(description="What was found", examples=["There is no manifest to compare the rows with."])
    ]
    remedy: Annotated[
        str,
        Meta(
            description="What to do; empty if it passed",
            examples=["Upload the manifest.json that came with the dataset."],
        ),
    ]
    code: Annotated[str, Meta(description="Code; empty if it passed", examples=["dataset_without_manifest"])]


class HoldoutCurves(Shape, frozen=True, kw_only=True):
    """Curves on held-out hours."""

    roc: Annotated[
        list[tuple[Rate, Rate]], Meta(description="Points: false positive rate, true positive rate")
    ]
    calibration: Annotated[
        list[tuple[Rate, Rate, Count]], Meta(description="Bins: mean probability, share of 1, rows")
    ]


class DatasetManifest(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A dataset: its label, columns, rows and hash."""

    label_id: Annotated[LabelId, Meta(description="Label")]
    name: Annotated[str, Meta(description="Name of the label", examples=["Up 2% in a day"])]
    asset: Annotated[AssetId, Meta(description="Asset")]
    mode: Annotated[Mode, Meta(description="Mode of the label", examples=["touch"])]
    lookahead: Annotated[Hours, Meta(description="Look-ahead in hours")]
    threshold: Annotated[Distance, Meta(description="Threshold")]
    stop_loss: Annotated[Distance | None, Meta(description="Stop loss")]
    volatility_window: Annotated[Window | None, Meta(description="Volatility window in hours")]
    range_from: Annotated[Moment | None, Meta(description="First hour of the label; null where it is open")]
    range_to: Annotated[Moment | None, Meta(description="Hour after its last; null where it is open")]
    catalogue_version: Annotated[
        str, Meta(description="Version of the catalogue of features", examples=["c1362e0eb"])
    ]
    source: Annotated[str, Meta(description="Kind of the data: real, synthetic or empty", examples=["real"])]
    from_: Annotated[Moment | None, Meta(description="First hour asked for; null for the beginning")]
    to: Annotated[Moment | None, Meta(description="Hour after the last asked for; null for the end")]
    rows: Annotated[Count, Meta(description="Rows")]
    positives: Annotated[Count, Meta(description="Rows labelled 1")]
    negatives: Annotated[Count, Meta(description="Rows labelled 0")]
    unknown: Annotated[Count, Meta(description="Rows whose outcome is pending")]
    first_hour: Annotated[Moment | None, Meta(description="First hour")]
    last_hour: Annotated[Moment | None, Meta(description="Last hour")]
    features: Annotated[list[FeatureName], Meta(description="Columns, in order")]
    sha256: Annotated[Sha256, Meta(description="Hash of the rows")]
    queried_at: Annotated[Moment, Meta(description="Time of the query")]
    warnings: Annotated[list[Sentence] | UnsetType, Meta(description="Reasons not to train on the rows")] = (
        UNSET
    )


class ModelDetails(Model, frozen=True, kw_only=True):
    """Everything that is known of a model."""

    withdrawn_predictions: Annotated[
        Count, Meta(description="Predictions of any origin made on data that has been withdrawn since")
    ]
    features: Annotated[list[FeatureName], Meta(description="Columns that it takes, in order")]
    libraries: Annotated[
        dict[str, str],
        Meta(description="Versions that it was trained with", examples=[{"scikit-learn": "1.9.1"}]),
    ]
    user_metrics: Annotated[
        dict[str, float], Meta(description="Figures of its author", examples=[{"auc": 0.61}])
    ]
    curves: Annotated[HoldoutCurves, Meta(description="Curves on held-out hours")]
    verdicts: Annotated[list[Verdict], Meta(description="Verdicts of the upload checks")]
    manifest: Annotated[
        dict[str, Any] | None,
        Meta(
            description="Manifest of the dataset that it was trained on, as uploaded",
            examples=[{"label_id": "btc-touch-24h-200bp-6fe69e", "rows": 1436}],
        ),
    ]


class NoveltyFeature(Shape, frozen=True, kw_only=True):
    """A feature in the training data."""

    feature: Annotated[FeatureName, Meta(description="Column")]
    median: Annotated[Number | None, Meta(description="Median of the training rows")]
    spread: Annotated[Number | None, Meta(description="Scale of the training rows")]
    missing: Annotated[Share, Meta(description="Share of training rows without a value")]
    needed: Annotated[bool, Meta(description="True if an hour without a value gets no prediction")]


class NoveltyProfile(Shape, frozen=True, kw_only=True):
    """Training data of a model, and how far from it an hour may lie."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    rows: Annotated[Count, Meta(description="Training rows")]
    limit: Annotated[Number, Meta(description="Distance beyond which an hour gets no prediction")]
    features: Annotated[list[NoveltyFeature], Meta(description="Columns, in order")]


class NoNoveltyProfile(Shape, frozen=True, kw_only=True):
    """Why a model has no novelty profile."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    unavailable: Annotated[Sentence, Meta(description="Why there is none")]
    remedy: Annotated[str, Meta(description="What to do", examples=["Upload the model again."])]


class ModelEvent(Shape, frozen=True, kw_only=True):
    """A change of a model."""

    at: Annotated[Moment, Meta(description="Time")]
    event: Annotated[str, Meta(description="Kind", examples=["activated"])]
    by: Annotated[Person, Meta(description="User")]
    detail: Annotated[str, Meta(description="File, alias, tags, notes or expiry", examples=["champion"])]
    model_id: Annotated[ModelId | UnsetType, Meta(description="Model; absent for the upload")] = UNSET


class History(Shape, frozen=True, kw_only=True):
    """Changes of a model."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    events: Annotated[list[ModelEvent], Meta(description="Events, oldest first")]


class Step(Shape, frozen=True, kw_only=True):
    """An upload check to come."""

    step: Annotated[str, Meta(description="Check", examples=["size"])]
    title: Annotated[str, Meta(description="Its name", examples=["Size"])]


class Steps(Shape, frozen=True, kw_only=True):
    """The first line of an upload's stream."""

    steps: Annotated[list[Step], Meta(description="Checks, in order")]


class GivenVerdict(Shape, frozen=True, kw_only=True):
    """A line of an upload's stream."""

    verdict: Annotated[Verdict, Meta(description="Verdict of the next check")]
