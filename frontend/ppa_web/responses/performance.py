"""Performance of models since activation, their drift, and comparisons."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ppa.core.contracts.common import ModelId
from ppa_web.responses.models import KeyFigures, Metrics, Model, Rate
from ppa_web.responses.predictions import Origin, Result
from ppa_web.responses.shape import (
    Count,
    FeatureName,
    Moment,
    Month,
    Number,
    Sentence,
    Shape,
    Share,
    Unit,
)

Window = Annotated[str, Meta(examples=["7d"])]


class BaseRates(Shape, frozen=True, kw_only=True):
    """Accuracies to beat; absent without a resolved prediction."""

    majority: Annotated[Share | UnsetType | None, Meta(description="Of the better constant prediction")] = (
        UNSET
    )
    last_hour_reverses: Annotated[
        Share | UnsetType | None, Meta(description="Of predicting that the last hour's move reverses")
    ] = UNSET


class Interval(Shape, frozen=True, kw_only=True):
    """A 95% interval."""

    low: Annotated[Number | None, Meta(description="Lower end")]
    high: Annotated[Number | None, Meta(description="Upper end")]


class Profit(Shape, frozen=True, kw_only=True):
    """Return of trading on the decisions."""

    fee: Annotated[Share, Meta(description="Cost of a round trip as a fraction", examples=[0.002])]
    total: Annotated[Number, Meta(description="Return of the strategy")]
    hold_total: Annotated[Number, Meta(description="Return of buy and hold")]
    trades: Annotated[Count, Meta(description="Trades")]
    wins: Annotated[Count, Meta(description="Trades that paid")]
    mean: Annotated[Number | None, Meta(description="Average trade")]
    mean_interval: Annotated[Interval | None, Meta(description="95% interval of the average trade")]
    drawdown: Annotated[Number, Meta(description="Max drawdown of the strategy")]
    hold_drawdown: Annotated[Number, Meta(description="Max drawdown of buy and hold")]
    exposure: Annotated[Share, Meta(description="Share of hours in the market")]


class ProfitCurve(Profit, frozen=True, kw_only=True):
    """Return of trading on the decisions, with the course of both accounts."""

    curve: Annotated[
        list[tuple[Moment, Number, Number]], Meta(description="Points: hour, strategy, buy and hold")
    ]


class Standing(Model, frozen=True, kw_only=True):
    """A model with its figures in one origin."""

    evaluation: Annotated[Metrics | None, Meta(description="Metrics; null without a resolved prediction")]
    base_rates: Annotated[BaseRates, Meta(description="Accuracies to beat")]
    verdict: Annotated[Sentence, Meta(description="Verdict against the base rate")]
    profit: Annotated[Profit | None, Meta(description="Return; null without a resolved prediction")]


class Leaderboard(Shape, frozen=True, kw_only=True):
    """All models with their figures in one origin."""

    origin: Annotated[Origin, Meta(description="Origin")]
    models: Annotated[list[Standing], Meta(description="Models, newest first")]


class WindowFigures(KeyFigures, frozen=True, kw_only=True):
    """Figures of one window."""

    window: Annotated[Window, Meta(description="Window")]
    verdict: Annotated[Sentence, Meta(description="Verdict against the base rate")]
    last_hour_reverses: Annotated[
        Share | UnsetType | None,
        Meta(description="Accuracy of predicting that the last hour's move reverses"),
    ] = UNSET


class Counts(Shape, frozen=True, kw_only=True):
    """Predictions by state."""

    predictions: Annotated[Count, Meta(description="Predictions")]
    without: Annotated[Count, Meta(description="Hours without a prediction")]
    matured: Annotated[Count, Meta(description="Predictions whose outcome is known")]
    pending: Annotated[Count, Meta(description="Predictions whose outcome is pending")]
    withdrawn: Annotated[Count, Meta(description="Predictions made on data that has been withdrawn since")]


class OriginCounts(Shape, frozen=True, kw_only=True):
    """Predictions by origin."""

    live: Annotated[Count, Meta(description="Live predictions")]
    buffer: Annotated[Count, Meta(description="Backfilled predictions")]
    replay: Annotated[Count, Meta(description="Replayed predictions")]


class ExpectedConfusion(Shape, frozen=True, kw_only=True):
    """Expected decisions against outcomes, were the probabilities calibrated."""

    tn: Annotated[Number, Meta(description="Predicted 0, actual 0")]
    fp: Annotated[Number, Meta(description="Predicted 1, actual 0")]
    fn: Annotated[Number, Meta(description="Predicted 0, actual 1")]
    tp: Annotated[Number, Meta(description="Predicted 1, actual 1")]


class Estimate(Shape, frozen=True, kw_only=True):
    """Performance that the probabilities let expect."""

    n: Annotated[Count, Meta(description="Predictions")]
    effective_n: Annotated[Count, Meta(description="Effective sample size")]
    accuracy: Annotated[Share | None, Meta(description="Expected accuracy")]
    accuracy_low: Annotated[Share, Meta(description="Lower end of its 95% interval")]
    accuracy_high: Annotated[Share, Meta(description="Upper end of its 95% interval")]
    rises: Annotated[Share | None, Meta(description="Expected share of 1")]
    confusion: Annotated[ExpectedConfusion, Meta(description="Expected decisions against outcomes")]


class Expected(Shape, frozen=True, kw_only=True):
    """Expected performance of pending and of resolved predictions."""

    pending: Annotated[Estimate | None, Meta(description="Of pending predictions")]
    matured: Annotated[Estimate | None, Meta(description="Of resolved predictions")]
    calibrated: Annotated[bool, Meta(description="True if probabilities were calibrated on held-out hours")]


class LiveCurves(Shape, frozen=True, kw_only=True):
    """Curves of resolved predictions; absent without any."""

    roc: Annotated[
        list[tuple[Rate, Rate]] | UnsetType,
        Meta(description="Points: false positive rate, true positive rate"),
    ] = UNSET
    calibration: Annotated[
        list[tuple[Rate, Rate, Count]] | UnsetType,
        Meta(description="Bins: mean probability, share of 1, rows"),
    ] = UNSET
    running: Annotated[
        list[tuple[Moment, Share, Share, Share, Share, Share]] | UnsetType,
        Meta(description="Points: hour, accuracy so far, its 95% interval, both base rates"),
    ] = UNSET


class Performance(Shape, frozen=True, kw_only=True):
    """Performance of a model's predictions of one origin."""

    model: Annotated[Model, Meta(description="Model")]
    model_id: Annotated[ModelId, Meta(description="Its identifier")]
    origin: Annotated[Origin, Meta(description="Origin")]
    origins: Annotated[OriginCounts, Meta(description="Predictions by origin")]
    window: Annotated[Window, Meta(description="Window")]
    windows: Annotated[list[WindowFigures], Meta(description="Figures of every window")]
    counts: Annotated[Counts, Meta(description="Predictions of the window by state")]
    in_training: Annotated[Count, Meta(description="Predictions of training hours, excluded")]
    evaluation: Annotated[Metrics | None, Meta(description="Metrics; null without a resolved prediction")]
    base_rates: Annotated[BaseRates, Meta(description="Accuracies to beat")]
    test: Annotated[Metrics, Meta(description="Metrics on held-out hours")]
    verdict: Annotated[Sentence, Meta(description="Verdict against the base rate")]
    expected: Annotated[Expected, Meta(description="Expected performance")]
    profit: Annotated[ProfitCurve | None, Meta(description="Return; null without a resolved prediction")]
    curves: Annotated[LiveCurves, Meta(description="Curves of resolved predictions")]
    results: Annotated[list[Result], Meta(description="The newest results", max_length=100)]


class Drift(Shape, frozen=True, kw_only=True):
    """Drift of values since training; null where undefined."""

    n: Annotated[Count, Meta(description="Values")]
    effective: Annotated[Number, Meta(description="Effective sample size")]
    psi: Annotated[Number | None, Meta(description="Population stability index")]
    by_chance: Annotated[Number | None, Meta(description="95% critical value of it without drift")]
    ks: Annotated[Number | None, Meta(description="Kolmogorov-Smirnov statistic")]
    p_value: Annotated[Number | None, Meta(description="Its p-value")]
    outside: Annotated[Share | None, Meta(description="Share of values beyond the training range")]
    missing: Annotated[Share | None, Meta(description="Share of missing values")]
    missing_before: Annotated[Share | None, Meta(description="Share of missing values in training")]
    median: Annotated[Number | None, Meta(description="Median")]
    median_before: Annotated[Number | None, Meta(description="Median in training")]
    level: Annotated[str, Meta(description="Level", examples=["stable"])]


class FeatureDrift(Drift, frozen=True, kw_only=True):
    """Drift of a feature."""

    feature: Annotated[FeatureName, Meta(description="Column")]
    unit: Annotated[Unit, Meta(description="Its unit")]


class DriftReport(Shape, frozen=True, kw_only=True):
    """Drift of a model's features and probabilities."""

    since: Annotated[Moment | None, Meta(description="First hour; null without predictions")]
    hours: Annotated[Count, Meta(description="Hours")]
    features: Annotated[list[FeatureDrift], Meta(description="Drift of each feature")]
    predictions: Annotated[Drift | None, Meta(description="Drift of the probabilities")]


class Importance(Shape, frozen=True, kw_only=True):
    """Importance of a feature."""

    feature: Annotated[FeatureName, Meta(description="Column")]
    fall: Annotated[Number, Meta(description="Drop in ROC AUC when its values are permuted")]
    low: Annotated[Number, Meta(description="Lower end of its interval")]
    high: Annotated[Number, Meta(description="Upper end of its interval")]


class ImportanceReport(Shape, frozen=True, kw_only=True):
    """Importance of a model's features."""

    model_id: Annotated[ModelId, Meta(description="Model")]
    importance: Annotated[list[Importance], Meta(description="Features, most important first")]


class ComparedMetrics(Metrics, frozen=True, kw_only=True):
    """Metrics on common hours, with the return of the decisions."""

    profit: Annotated[Number, Meta(description="Return of the strategy")]
    hold: Annotated[Number, Meta(description="Return of buy and hold")]
    trades: Annotated[Count, Meta(description="Trades")]


class MonthlyMetrics(Shape, frozen=True, kw_only=True):
    """Metrics of one month; null where undefined."""

    accuracy: Annotated[Share | None, Meta(description="Share of correct decisions")]
    base_rate: Annotated[Share | None, Meta(description="Accuracy of the better constant prediction")]
    balanced_accuracy: Annotated[Share | None, Meta(description="Mean of recall and specificity")]
    roc_auc: Annotated[Share | None, Meta(description="Area under the ROC curve")]
    average_precision: Annotated[Share | None, Meta(description="Area under the precision-recall curve")]
    log_loss: Annotated[Number | None, Meta(description="Logarithmic loss")]
    brier: Annotated[Share | None, Meta(description="Brier score")]


class Sweep(Shape, frozen=True, kw_only=True):
    """Results at each decision threshold."""

    tp: Annotated[list[Count], Meta(description="True positives")]
    fp: Annotated[list[Count], Meta(description="False positives")]
    trades: Annotated[list[Count], Meta(description="Trades")]
    growth: Annotated[list[Number], Meta(description="Logarithm of the account's growth, without fee")]


class ComparedModel(Model, frozen=True, kw_only=True):
    """A model on the common hours."""

    metrics: Annotated[ComparedMetrics, Meta(description="Metrics on the common hours")]
    libraries: Annotated[
        dict[str, str],
        Meta(description="Versions that it was trained with", examples=[{"scikit-learn": "1.9.1"}]),
    ]
    roc: Annotated[
        list[tuple[Rate, Rate, Number | None]],
        Meta(description="Points: false positive rate, true positive rate, threshold"),
    ]
    precision_recall: Annotated[
        list[tuple[Rate, Rate, Number | None]], Meta(description="Points: recall, precision, threshold")
    ]
    calibration: Annotated[
        list[tuple[Rate, Rate, Count]], Meta(description="Bins: mean probability, share of 1, rows")
    ]
    by_month: Annotated[list[MonthlyMetrics], Meta(description="Metrics by month")]
    sweep: Annotated[Sweep, Meta(description="Results at each decision threshold")]


class CommonHours(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Hours that every model was held out from."""

    n: Annotated[Count, Meta(description="Hours")]
    rises: Annotated[Count, Meta(description="Hours with outcome 1")]
    effective: Annotated[Count, Meta(description="Effective sample size")]
    from_: Annotated[Moment, Meta(description="First hour")]
    to: Annotated[Moment, Meta(description="Last hour")]


class Difference(Shape, frozen=True, kw_only=True):
    """Difference of two models, with its significance."""

    mean: Annotated[Number, Meta(description="Mean difference")]
    low: Annotated[Number | None, Meta(description="Lower end of its 95% interval")]
    high: Annotated[Number | None, Meta(description="Upper end of its 95% interval")]
    p: Annotated[Share | None, Meta(description="p-value, adjusted for the number of pairs")]


class ComparedPair(Shape, frozen=True, kw_only=True):
    """Two models compared."""

    a: Annotated[ModelId, Meta(description="One model")]
    b: Annotated[ModelId, Meta(description="The other model")]
    log_loss: Annotated[Difference, Meta(description="Difference in log loss")]
    errors: Annotated[Difference, Meta(description="Difference in the share of wrong decisions")]


class Comparison(Shape, frozen=True, kw_only=True):
    """Models of one label on their common held-out hours."""

    models: Annotated[list[ComparedModel], Meta(description="Models, as asked for")]
    left_out: Annotated[
        dict[str, str],
        Meta(
            description="Why models were left out, by model",
            examples=[{"my-model-v1": "Its file cannot be read."}],
        ),
    ]
    hours: Annotated[CommonHours, Meta(description="The common hours")]
    lookahead: Annotated[Count, Meta(description="Look-ahead of the label in hours")]
    fee: Annotated[Share, Meta(description="Cost of a round trip as a fraction", examples=[0.002])]
    thresholds: Annotated[list[Number], Meta(description="Decision thresholds of `sweep`")]
    months: Annotated[list[Month], Meta(description="Months of `by_month`")]
    pairs: Annotated[list[ComparedPair], Meta(description="Every pair of models")]
