"""Labels, their summaries and their agreement."""

from typing import Annotated

from msgspec import Meta

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.label import Mode
from ppa_web.responses.shape import (
    Address,
    AssetId,
    Count,
    Moment,
    Number,
    Person,
    Price,
    Sentence,
    Shape,
    Share,
)

Hours = Annotated[int, Meta(ge=1, examples=[24])]
Distance = Annotated[float, Meta(ge=0, examples=[0.02])]
Window = Annotated[int, Meta(ge=2, examples=[48])]


class Definition(Shape, frozen=True, kw_only=True):
    """The definition of a label: what counts as 1."""

    asset: Annotated[AssetId, Meta(description="Asset whose price is labelled")]
    mode: Annotated[Mode, Meta(description="What is compared with the target", examples=["touch"])]
    lookahead: Annotated[Hours, Meta(description="Hours that the label looks ahead")]
    threshold: Annotated[
        Distance, Meta(description="Distance of the target: a fraction, or in units of volatility")
    ]
    stop_loss: Annotated[Distance | None, Meta(description="Distance of the stop; triple barrier only")]
    volatility_window: Annotated[
        Window | None, Meta(description="Hours of the volatility that distances are in units of")
    ]
    range_from: Annotated[Moment | None, Meta(description="First hour; null where it is open")]
    range_to: Annotated[Moment | None, Meta(description="Hour after the last; null where it is open")]


class Label(Definition, frozen=True, kw_only=True):
    """A saved label."""

    label_id: Annotated[LabelId, Meta(description="Identifier: a readable hash of the definition")]
    name: Annotated[str, Meta(description="Name given to it", examples=["Up 2% in a day"])]
    created_at: Annotated[Moment, Meta(description="Time it was saved")]
    created_by: Annotated[Person, Meta(description="User who saved it")]
    models: Annotated[Count, Meta(description="Models of this label")]
    archived_at: Annotated[Moment | None, Meta(description="Time it was archived")]
    archived_by: Annotated[Person | None, Meta(description="User who archived it")]
    mlflow: Annotated[Address | None, Meta(description="Address of its experiment in MLflow")]


class Summary(Shape, frozen=True, kw_only=True):
    """Hours of a label, counted: its share of 1, and how far they overlap."""

    positives: Annotated[Count, Meta(description="Hours labelled 1")]
    negatives: Annotated[Count, Meta(description="Hours labelled 0")]
    unknown: Annotated[Count, Meta(description="Hours whose outcome is pending")]
    share_positive: Annotated[Share | None, Meta(description="Share of 1 among the known hours")]
    independent_events: Annotated[
        Count, Meta(description="Effective sample size: windows that do not overlap")
    ]
    longest_run_hours: Annotated[Count, Meta(description="Longest run of 1, in hours")]
    by_year: Annotated[dict[str, Share], Meta(description="Share of 1 by year", examples=[{"2026": 0.24}])]
    warnings: Annotated[list[Sentence], Meta(description="What to mind when training on it")]


class LabelDetails(Label, frozen=True, kw_only=True):
    """A saved label with its summary."""

    summary: Annotated[Summary, Meta(description="Its hours, counted")]


class Labels(Shape, frozen=True, kw_only=True):
    """Saved labels."""

    labels: Annotated[list[Label], Meta(description="Labels, newest first")]
    archived: Annotated[Count, Meta(description="Number of archived labels")]


class Payoff(Shape, frozen=True, kw_only=True):
    """Returns of trades on a label, and the precision from which they pay."""

    fee: Annotated[Share, Meta(description="Cost of a round trip as a fraction", examples=[0.002])]
    gain: Annotated[Number | None, Meta(description="Mean return of the hours labelled 1, before the fee")]
    loss: Annotated[Number | None, Meta(description="Mean return of the hours labelled 0, before the fee")]
    break_even: Annotated[Number | None, Meta(description="Precision from which trades pay")]
    always: Annotated[Number | None, Meta(description="Mean return of trading every hour, after the fee")]


class Stretches(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Runs of hours as lengths: gap, run, gap, run, … from `from` on."""

    from_: Annotated[Moment | None, Meta(description="First labelled hour; null without hours")]
    rises: Annotated[list[Count], Meta(description="Runs of 1")]
    unknown: Annotated[list[Count], Meta(description="Runs of pending hours")]


class LabelPreview(Shape, frozen=True, kw_only=True):
    """Hours that a definition would label."""

    label_id: Annotated[LabelId, Meta(description="Identifier that the label would have")]
    definition: Annotated[Definition, Meta(description="The definition as understood")]
    saved: Annotated[bool, Meta(description="True if it is saved already")]
    summary: Annotated[Summary, Meta(description="Its hours, counted")]
    payoff: Annotated[Payoff, Meta(description="What trades on it would return")]
    stretches: Annotated[Stretches, Meta(description="Hours labelled 1, and pending ones")]


class Agreement(Shape, frozen=True, kw_only=True):
    """How two labels agree on the hours that both know."""

    first: Annotated[LabelId, Meta(description="One label")]
    second: Annotated[LabelId, Meta(description="The other label")]
    hours: Annotated[Count, Meta(description="Hours that both know")]
    both: Annotated[Count, Meta(description="Hours where both are 1")]
    only_first: Annotated[Count, Meta(description="Hours where only the first is 1")]
    only_second: Annotated[Count, Meta(description="Hours where only the second is 1")]
    neither: Annotated[Count, Meta(description="Hours where both are 0")]
    agreement: Annotated[Share | None, Meta(description="Share of hours on which they agree")]
    kappa: Annotated[Number | None, Meta(description="Cohen's kappa")]
    overlap: Annotated[Share | None, Meta(description="Hours where both are 1, of those where one is")]


class LabelComparison(Shape, frozen=True, kw_only=True):
    """Labels side by side."""

    labels: Annotated[list[LabelDetails], Meta(description="The labels with their summaries")]
    pairs: Annotated[list[Agreement], Meta(description="Agreement of each pair")]


class Sparkline(Shape, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A small picture of a label's price."""

    from_: Annotated[Moment, Meta(description="First hour")]
    to: Annotated[Moment, Meta(description="Last hour")]
    close: Annotated[list[Price | None], Meta(description="Closes, evenly spaced")]
    share: Annotated[list[Share | None], Meta(description="Share of 1 around each close")]


class PicturedLabel(Label, frozen=True, kw_only=True):
    """A label with a small picture of its price."""

    picture: Annotated[Sparkline | None, Meta(description="Picture; null without prices")]


class PicturedLabels(Shape, frozen=True, kw_only=True):
    """Labels to choose from."""

    labels: Annotated[list[PicturedLabel], Meta(description="Labels with pictures, newest first")]
