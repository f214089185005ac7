"""Stored data: assets, charts, features, their relation to labels, and checks of the data."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ppa_web.responses.labels import Hours
from ppa_web.responses.shape import (
    AssetId,
    Count,
    FeatureName,
    Moment,
    Month,
    Number,
    Pair,
    Person,
    Price,
    Sentence,
    SeriesName,
    Shape,
    Share,
    Unit,
)

Provider = Annotated[str, Meta(examples=["coinbase"])]
Group = Annotated[str, Meta(examples=["bars"])]
Cadence = Annotated[str, Meta(examples=["hourly"])]


class Asset(Shape, frozen=True, kw_only=True):
    """An asset and the range of its bars."""

    id: Annotated[AssetId, Meta(description="Identifier")]
    name: Annotated[str, Meta(description="Name", examples=["Bitcoin"])]
    pair: Annotated[Pair, Meta(description="Pair of its prices")]
    first: Annotated[Moment | None, Meta(description="First bar; null without bars")]
    last: Annotated[Moment | None, Meta(description="Last bar; null without bars")]


class Assets(Shape, frozen=True, kw_only=True):
    """Assets."""

    assets: Annotated[list[Asset], Meta(description="Assets of the catalogue")]


class Bounds(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A range of hours."""

    from_: Annotated[Moment, Meta(description="First hour")]
    to: Annotated[Moment, Meta(description="Last hour")]


class FeatureValues(Shape, frozen=True, kw_only=True):
    """A feature over time."""

    unit: Annotated[Unit, Meta(description="Its unit")]
    values: Annotated[list[Number | None], Meta(description="Values, one for each of `ts`")]
    age_hours: Annotated[
        list[Number | None] | None, Meta(description="Age of its oldest input; null without inputs")
    ]


class Candles(Shape, frozen=True, kw_only=True):
    """Bars as columns."""

    ts: Annotated[list[Moment], Meta(description="Open times")]
    open: Annotated[list[Price | None], Meta(description="Opens")]
    high: Annotated[list[Price | None], Meta(description="Highs")]
    low: Annotated[list[Price | None], Meta(description="Lows")]
    close: Annotated[list[Price | None], Meta(description="Closes")]


class Chart(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Close and features of an asset; without bars, only its empty columns."""

    asset: Annotated[AssetId, Meta(description="Asset")]
    pair: Annotated[Pair, Meta(description="Its pair")]
    unit: Annotated[str, Meta(description="Currency", examples=["USD"])]
    from_: Annotated[Moment | UnsetType, Meta(description="First hour asked for")] = UNSET
    to: Annotated[Moment | UnsetType, Meta(description="Hour after the last asked for")] = UNSET
    available: Annotated[Bounds | UnsetType, Meta(description="First and last bar")] = UNSET
    ts: Annotated[list[Moment], Meta(description="Hours")]
    close: Annotated[list[Price | None], Meta(description="Closes")]
    features: Annotated[dict[FeatureName, FeatureValues], Meta(description="Features by name")]
    candles: Annotated[
        Candles | UnsetType | None, Meta(description="Bars, for ranges of at most 15 days")
    ] = UNSET


class Feature(Shape, frozen=True, kw_only=True):
    """A feature of every row."""

    name: Annotated[FeatureName, Meta(description="Column")]
    group: Annotated[Group, Meta(description="Group")]
    unit: Annotated[Unit, Meta(description="Unit")]
    description: Annotated[
        str, Meta(description="What it is", examples=["Change of the close over one hour."])
    ]
    transform: Annotated[str, Meta(description="How it follows from its inputs", examples=["return"])]
    inputs: Annotated[list[SeriesName], Meta(description="Series that it is made of")]
    cadence: Annotated[Cadence, Meta(description="Cadence of its first input")]
    sources: Annotated[list[Provider], Meta(description="Providers of its inputs")]
    coverage: Annotated[Share, Meta(description="Share of hours with a value")]
    first_hour: Annotated[Moment | None, Meta(description="First hour with a value")]
    last_hour: Annotated[Moment | None, Meta(description="Last hour with a value")]
    sparkline: Annotated[
        list[Annotated[int, Meta(ge=0, le=99, examples=[41])] | None],
        Meta(description="Course from 0 to 99; null without a value"),
    ]


class Features(Shape, frozen=True, kw_only=True):
    """Features."""

    features: Annotated[list[Feature], Meta(description="Features, in the order of the columns")]


class Relation(Shape, frozen=True, kw_only=True):
    """How a feature relates to the label; null where undefined."""

    feature: Annotated[FeatureName, Meta(description="Column")]
    n: Annotated[Count, Meta(description="Rows with a value and a known label")]
    effective_n: Annotated[Count, Meta(description="Effective sample size")]
    pearson: Annotated[Number | None, Meta(description="Correlation with the forward return")]
    spearman: Annotated[Number | None, Meta(description="Rank correlation with the forward return")]
    information: Annotated[Number | None, Meta(description="Mutual information with the label")]
    chance_correlation: Annotated[Number | None, Meta(description="Correlation that chance reaches")]
    chance_information: Annotated[Number | None, Meta(description="Information that chance reaches")]
    group: Annotated[Group, Meta(description="Group")]


class Relations(Shape, frozen=True, kw_only=True):
    """How each feature relates to a label."""

    rows: Annotated[Count, Meta(description="Rows with a known label")]
    independent: Annotated[Count, Meta(description="Windows that do not overlap")]
    lookahead: Annotated[Hours, Meta(description="Look-ahead in hours")]
    least_rows: Annotated[Count, Meta(description="Rows below which nothing is measured")]
    warning: Annotated[Sentence | None, Meta(description="Warning about rows that overlap")]
    relations: Annotated[list[Relation], Meta(description="Features")]


class MissingByClass(Shape, frozen=True, kw_only=True):
    """Rows without a value; absent where nothing can be drawn."""

    zeros: Annotated[Count | UnsetType, Meta(description="Rows labelled 0")] = UNSET
    ones: Annotated[Count | UnsetType, Meta(description="Rows labelled 1")] = UNSET


class Distribution(Shape, frozen=True, kw_only=True):
    """Values of a feature by class."""

    feature: Annotated[FeatureName, Meta(description="Column")]
    unit: Annotated[Unit, Meta(description="Unit")]
    description: Annotated[
        str, Meta(description="What it is", examples=["Change of the close over one hour."])
    ]
    edges: Annotated[list[Number], Meta(description="Edges of the bins; one more than bins")]
    zeros: Annotated[list[Count], Meta(description="Rows labelled 0 in each bin")]
    ones: Annotated[list[Count], Meta(description="Rows labelled 1 in each bin")]
    missing: Annotated[MissingByClass, Meta(description="Rows without a value")]


class GroupMissingness(Shape, frozen=True, kw_only=True):
    """Missing values of a group of features."""

    group: Annotated[Group, Meta(description="Group")]
    share: Annotated[list[Share], Meta(description="Share of hours without a value, by month")]


class Missingness(Shape, frozen=True, kw_only=True):
    """Missing values by month."""

    months: Annotated[list[Month], Meta(description="Months")]
    groups: Annotated[list[GroupMissingness], Meta(description="Groups of features")]
    feature: Annotated[FeatureName | UnsetType, Meta(description="Column, if one was named")] = UNSET
    values: Annotated[list[Share] | UnsetType, Meta(description="Its shares, by month")] = UNSET


class Finding(Shape, frozen=True, kw_only=True):
    """Something wrong in the data."""

    series: Annotated[SeriesName, Meta(description="Series")]
    kind: Annotated[str, Meta(description="Kind", examples=["gap"])]
    first: Annotated[Moment, Meta(description="First time")]
    last: Annotated[Moment, Meta(description="Last time")]
    count: Annotated[Count, Meta(description="How often")]
    sentence: Annotated[
        str, Meta(description="In words", examples=["btc_usd_close: 1 hours are missing in 1 gap."])
    ]
    serious: Annotated[bool, Meta(description="True if it makes predictions wrong where it is true")]
    remedy: Annotated[
        str, Meta(description="What to do; empty if there is nothing", examples=["Import the hours."])
    ]


class TrackedFinding(Finding, frozen=True, kw_only=True):
    """A serious finding and its acknowledgement; the latter is null while the finding is open."""

    finding_id: Annotated[str, Meta(description="Identifier", examples=["0a1b2c3d4e5f"])]
    acknowledged_at: Annotated[Moment | None, Meta(description="Time of the acknowledgement")]
    acknowledged_by: Annotated[Person | None, Meta(description="User who acknowledged it")]
    reason: Annotated[str | None, Meta(description="Why it needs no action", examples=["Verified by hand."])]


class TrackedFindings(Shape, frozen=True, kw_only=True):
    """Serious findings."""

    findings: Annotated[list[TrackedFinding], Meta(description="Serious findings")]


class Acknowledged(Shape, frozen=True, kw_only=True):
    """The acknowledgement of a finding."""

    finding_id: Annotated[str, Meta(description="Finding", examples=["0a1b2c3d4e5f"])]
    at: Annotated[Moment, Meta(description="Time")]
    by: Annotated[Person, Meta(description="User")]
    reason: Annotated[str, Meta(description="Why it needs no action", examples=["Verified by hand."])]


class DataCheck(Shape, frozen=True, kw_only=True):
    """A check of the stored observations."""

    observations: Annotated[Count, Meta(description="Observations checked")]
    findings: Annotated[list[Finding], Meta(description="What is wrong")]
    unanswered: Annotated[list[Sentence], Meta(description="Providers that could not be compared with")]


class RowDifference(Shape, frozen=True, kw_only=True):
    """An hour whose stored values differ from recomputed ones."""

    hour: Annotated[Moment, Meta(description="Hour")]
    what: Annotated[str, Meta(description="Row, or vector of a model", examples=["row"])]
    columns: Annotated[list[FeatureName], Meta(description="Columns that differ")]


class ParityReport(Shape, frozen=True, kw_only=True):
    """Rows and feature vectors compared with recomputed ones, bit for bit."""

    rows: Annotated[Count, Meta(description="Rows compared")]
    vectors: Annotated[Count, Meta(description="Feature vectors compared")]
    differences: Annotated[list[RowDifference], Meta(description="What differs")]
    withdrawn: Annotated[
        list[RowDifference], Meta(description="Vectors that were made on data withdrawn or replaced since")
    ]
    warnings: Annotated[list[Sentence], Meta(description="Assets whose rows and labels use other closes")]
    acknowledged: Annotated[list[Sentence], Meta(description="Such assets that a person has acknowledged")]


class Refresh(Shape, frozen=True, kw_only=True):
    """A call to a provider."""

    provider: Annotated[str, Meta(description="Provider", examples=["alphavantage"])]
    series: Annotated[list[SeriesName], Meta(description="Series that it refreshes")]
    cadence: Annotated[Cadence, Meta(description="Their cadence")]
    last: Annotated[Moment | None, Meta(description="Time of the last refresh")]
    calls: Annotated[Count, Meta(description="Calls that it takes")]


class PlannedRefresh(Shape, frozen=True, kw_only=True):
    """A call to a provider and its due time."""

    at: Annotated[Moment, Meta(description="Due time; one in the past means now")]
    refresh: Annotated[Refresh, Meta(description="The call")]


class ProviderPlan(Shape, frozen=True, kw_only=True):
    """Calls planned for one provider."""

    sentence: Annotated[
        str, Meta(description="In words", examples=["fred: daily refresh needs 12 calls, 3 used"])
    ]
    provider: Annotated[str, Meta(description="Provider", examples=["fred"])]
    planned: Annotated[list[PlannedRefresh], Meta(description="Calls, soonest first")]
    postponed: Annotated[list[Refresh], Meta(description="Calls postponed because of the limit")]
    needed: Annotated[Count, Meta(description="Calls a day that are needed")]
    allowed: Annotated[Count | None, Meta(description="Calls a day that are allowed")]
    used: Annotated[Count, Meta(description="Calls of the last 24 hours")]


class CallPlan(Shape, frozen=True, kw_only=True):
    """Calls planned for every provider."""

    plan: Annotated[list[ProviderPlan], Meta(description="Providers")]
