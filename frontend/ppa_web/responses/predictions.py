"""Predictions with their outcomes, and the live view."""

from typing import Annotated, Literal

from msgspec import Meta

from ppa.core.contracts.common import LabelId, ModelId
from ppa.core.contracts.label import Mode
from ppa_web.responses.labels import Distance, Hours, Window
from ppa_web.responses.models import KeyFigures, Outcome, Rate, Threshold
from ppa_web.responses.shape import (
    AssetId,
    Count,
    Moment,
    Number,
    Pair,
    Price,
    Sentence,
    Shape,
    Share,
)

Origin = Annotated[Literal["live", "buffer", "replay"], Meta(examples=["live"])]
Reason = Annotated[str, Meta(examples=["late_data"])]


class Result(Shape, frozen=True, kw_only=True):
    """A prediction with its outcome, or the reason why there is none."""

    ts: Annotated[Moment, Meta(description="Open of the predicted hour")]
    probability: Annotated[Rate | None, Meta(description="Probability of 1")]
    decision: Annotated[bool | None, Meta(description="True if the decision is 1")]
    outcome: Annotated[Outcome | None, Meta(description="1 or 0; null while it is pending")]
    right: Annotated[bool | None, Meta(description="True if the decision equals the outcome")]
    price: Annotated[Price | None, Meta(description="Close of the hour")]
    target_price: Annotated[Price | None, Meta(description="Price that the label compares with")]
    matures_at: Annotated[Moment, Meta(description="End of the window")]
    due_at: Annotated[Moment, Meta(description="Time it was due")]
    made_at: Annotated[Moment, Meta(description="Time it was made")]
    novelty: Annotated[Number | None, Meta(description="Distance from the training data")]
    feature_hash: Annotated[
        str | None, Meta(description="Hash of the features", examples=["092002655cf8c38c"])
    ]
    withdrawn: Annotated[bool, Meta(description="True if it was made on data that has been withdrawn since")]
    reason: Annotated[Reason | None, Meta(description="No-prediction reason")]
    detail: Annotated[Sentence | None, Meta(description="The reason in a sentence")]


class Results(Shape, frozen=True, kw_only=True):
    """A page of results."""

    total: Annotated[Count, Meta(description="Results on all pages")]
    results: Annotated[list[Result], Meta(description="Results, sorted")]


class Prediction(Shape, frozen=True, kw_only=True):
    """A stored prediction with its outcome, or the reason why there is none."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    ts: Annotated[Moment, Meta(description="Open of the predicted hour")]
    origin: Annotated[Origin, Meta(description="Live, backfilled (`buffer`) or replayed")]
    due_at: Annotated[Moment, Meta(description="Time it was due")]
    made_at: Annotated[Moment, Meta(description="Time it was made")]
    matures_at: Annotated[Moment, Meta(description="End of the window")]
    probability: Annotated[Rate | None, Meta(description="Probability of 1")]
    threshold: Annotated[Threshold, Meta(description="Probability from which the decision is 1")]
    decision: Annotated[bool | None, Meta(description="True if the decision is 1")]
    price: Annotated[Price | None, Meta(description="Close of the hour")]
    target_price: Annotated[Price | None, Meta(description="Price that the label compares with")]
    feature_hash: Annotated[
        str | None, Meta(description="Hash of the features", examples=["092002655cf8c38c"])
    ]
    catalogue_version: Annotated[str, Meta(description="Version of the catalogue", examples=["c1362e0eb"])]
    generation: Annotated[int, Meta(description="Generation of the model's file", examples=[6411730000])]
    reason: Annotated[Reason | None, Meta(description="No-prediction reason")]
    detail: Annotated[Sentence | None, Meta(description="The reason in a sentence")]
    novelty: Annotated[Number | None, Meta(description="Distance from the training data")]
    outcome: Annotated[Outcome | None, Meta(description="1 or 0; null while it is pending")]
    withdrawn: Annotated[bool, Meta(description="True if it was made on data that has been withdrawn since")]


class Predictions(Shape, frozen=True, kw_only=True):
    """Predictions."""

    predictions: Annotated[list[Prediction], Meta(description="Predictions, newest first")]


class Quote(Shape, frozen=True, kw_only=True):
    """The latest live price of an asset."""

    asset: Annotated[AssetId, Meta(description="Asset")]
    ts: Annotated[Moment, Meta(description="Time of the price")]
    price: Annotated[Price, Meta(description="Price in US dollars")]
    source: Annotated[str, Meta(description="Provider", examples=["coinbase"])]


class AgedQuote(Quote, frozen=True, kw_only=True):
    """The latest live price of an asset, with its age."""

    age_seconds: Annotated[Number, Meta(description="Age in seconds")]


class Quotes(Shape, frozen=True, kw_only=True):
    """Latest live prices."""

    quotes: Annotated[list[AgedQuote], Meta(description="One price an asset")]


class LiveModel(KeyFigures, frozen=True, kw_only=True):
    """A model in the live view, with its figures in the chosen origin."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    label_id: Annotated[LabelId, Meta(description="Label")]
    mode: Annotated[Mode, Meta(description="Mode of the label", examples=["touch"])]
    lookahead: Annotated[Hours, Meta(description="Look-ahead in hours")]
    threshold: Annotated[Distance, Meta(description="Threshold of the label")]
    stop_loss: Annotated[Distance | None, Meta(description="Stop loss of the label")]
    volatility_window: Annotated[Window | None, Meta(description="Volatility window of the label in hours")]
    decision_threshold: Annotated[Threshold, Meta(description="Probability from which the decision is 1")]
    verdict: Annotated[Sentence, Meta(description="Verdict against the base rate")]
    lift: Annotated[Number | None, Meta(description="Accuracy minus base rate")]
    profit: Annotated[Number | None, Meta(description="Return of its decisions")]
    says: Annotated[Rate | None, Meta(description="Newest probability")]


class LiveColumns(Shape, frozen=True, kw_only=True):
    """Predictions of one model as columns, a value a row."""

    hour: Annotated[list[Count], Meta(description="Hours since the view's first hour")]
    origin: Annotated[str, Meta(description="A letter a row: l, b or r", examples=["bl"])]
    probability: Annotated[list[Rate | None], Meta(description="Probabilities of 1")]
    decision: Annotated[list[Outcome | None], Meta(description="Decisions")]
    outcome: Annotated[list[Outcome | None], Meta(description="Outcomes")]
    price: Annotated[list[Price | None], Meta(description="Closes")]
    target: Annotated[list[Price | None], Meta(description="Prices that the label compares with")]
    withdrawn: Annotated[
        list[Count], Meta(description="Hours predicted on data that has been withdrawn since")
    ]
    gaps: Annotated[
        dict[str, tuple[Reason, Sentence | None]],
        Meta(
            description="Reason and sentence of hours without a prediction, by hour",
            examples=[{"161": ["late_data", "The hour's bar had not arrived."]}],
        ),
    ]


class Consensus(Shape, frozen=True, kw_only=True):
    """Newest predictions of all models of one label, together."""

    label_id: Annotated[LabelId, Meta(description="Label")]
    ts: Annotated[Moment, Meta(description="Newest hour that all predicted")]
    models: Annotated[Count, Meta(description="Models")]
    rises: Annotated[Count, Meta(description="Models that decide 1")]
    probability: Annotated[Rate, Meta(description="Mean probability")]
    effective: Annotated[Number | None, Meta(description="Effective number of independent models")]
    share: Annotated[Share, Meta(description="Share of the models that decide 1")]
    agree: Annotated[Count, Meta(description="Models on the larger side")]


class LiveContent(Shape, frozen=True, kw_only=True):
    """The part of the live view that changes hourly."""

    since: Annotated[Moment, Meta(description="First hour")]
    close: Annotated[list[Price | None], Meta(description="Closes, an hour each")]
    models: Annotated[list[LiveModel], Meta(description="Active models, ranked")]
    shown: Annotated[list[ModelId], Meta(description="Models whose predictions are given")]
    answers: Annotated[
        dict[ModelId, LiveColumns],
        Meta(description="Predictions by model"),
    ]
    together: Annotated[list[Consensus], Meta(description="Consensus by label")]
    reasons: Annotated[
        dict[str, str],
        Meta(
            description="No-prediction reasons in words",
            examples=[{"model_expired": "The model has expired."}],
        ),
    ]
    remedies: Annotated[
        dict[str, str],
        Meta(
            description="What to do about each reason",
            examples=[{"model_expired": "Upload a newer version, or set a later expiry on its page."}],
        ),
    ]


class Live(Shape, frozen=True, kw_only=True):
    """The live view."""

    now: Annotated[Moment, Meta(description="Time of the platform")]
    asset: Annotated[AssetId, Meta(description="Asset")]
    pair: Annotated[Pair, Meta(description="Its pair")]
    unit: Annotated[str, Meta(description="Currency of prices", examples=["USD"])]
    quote: Annotated[Quote | None, Meta(description="Latest live price")]
    mark: Annotated[
        str, Meta(description="Token of `view`, to send back as `have`", examples=["06f724cfa3b3746a"])
    ]
    view: Annotated[LiveContent | None, Meta(description="Content; null if `have` names it")]
