"""Label definitions, and saved labels."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta
from msgspec.structs import force_setattr

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.conversion import checked, normalise
from ppa.core.contracts.problem import WrongField, wrong_value
from ppa.core.contracts.record import Record, Time, whole
from ppa.core.contracts.stored import Layout, Stored
from ppa.core.errors import BadInput

Mode = Literal["touch", "close", "triple_barrier"]
MAX_NAME_LENGTH = 80
MAX_LOOKAHEAD = 24 * 366
MAX_THRESHOLD = 100.0
MIN_VOLATILITY_WINDOW = 2

AssetId: TypeAlias = Annotated[
    str,
    Meta(
        pattern=whole("[A-Z0-9]{1,12}"),
        description="Asset whose close is labelled",
        extra={"accepts": "an id from the catalogue, such as BTC"},
    ),
]
LabelMode: TypeAlias = Annotated[Mode, Meta(description="touch, close or triple_barrier")]
Lookahead: TypeAlias = Annotated[
    int,
    Meta(
        ge=1,
        le=MAX_LOOKAHEAD,
        description="Hours looked ahead",
        extra={"accepts": f"a whole number of hours from 1 to {MAX_LOOKAHEAD}"},
    ),
]
Distance: TypeAlias = Annotated[
    float,
    Meta(ge=0, le=MAX_THRESHOLD, extra={"accepts": "a number from 0 to 100, such as 0.02 for 2%"}),
]
Threshold: TypeAlias = Annotated[
    Distance, Meta(description="Move to exceed, as a fraction, or in units of volatility")
]
StopLoss: TypeAlias = Annotated[
    Distance | None,
    Meta(description="Fall that ends a triple barrier, in the threshold's unit; null in the other modes"),
]
VolatilityWindow: TypeAlias = Annotated[
    Annotated[
        int,
        Meta(
            ge=MIN_VOLATILITY_WINDOW,
            le=MAX_LOOKAHEAD,
            extra={"accepts": f"a whole number of hours from {MIN_VOLATILITY_WINDOW} to {MAX_LOOKAHEAD}"},
        ),
    ]
    | None,
    Meta(description="Hours whose volatility is the threshold's unit; null where it is a fraction"),
]
RangeFrom: TypeAlias = Annotated[Time | None, Meta(description="First hour, null for the beginning")]
RangeTo: TypeAlias = Annotated[Time | None, Meta(description="Hour after the last, null for open-ended")]


class LabelError(BadInput):
    """A label definition, or the closes to label, are invalid."""


class LabelCriterion(Record, frozen=True):
    """Criterion of label 1, as specified in `ppa.core.labels.definition`; raises `LabelError`.

    `threshold` and `stop_loss` are fractions, or multiples of the volatility if `volatility_window` (hours) is set.
    """

    mode: LabelMode
    lookahead: Lookahead
    threshold: Threshold
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None

    def __post_init__(self) -> None:
        """Check and normalise all fields; -0.0 becomes 0.0."""
        normalise(self, LabelError)
        force_setattr(self, "threshold", self.threshold + 0.0)
        if self.stop_loss is not None:
            force_setattr(self, "stop_loss", self.stop_loss + 0.0)

    def conflicts(self) -> Iterator[WrongField]:
        """Yield a stop loss that does not suit the mode."""
        if self.mode != "triple_barrier" and self.stop_loss is not None:
            sentence = f"stop_loss is {self.stop_loss}, but the mode {self.mode!r} takes none."
            yield WrongField("stop_loss", sentence, "Leave it out, or use the mode 'triple_barrier'.")
        elif self.mode == "triple_barrier" and self.stop_loss is None:
            sentence = "stop_loss is missing, but the mode 'triple_barrier' needs one."
            yield WrongField("stop_loss", sentence, "Give a number such as 0.02 for 2%.")
        elif self.stop_loss is not None and self.stop_loss >= 1 and self.volatility_window is None:
            yield wrong_value("stop_loss", self.stop_loss, "Give a fraction below 1, such as 0.02 for 2%.")


def check_lookahead(lookahead: int) -> int:
    """Return `lookahead` as an int from 1 to `MAX_LOOKAHEAD` hours; raises `LabelError`."""
    hours: int = checked("lookahead", lookahead, Lookahead, LabelError)
    return hours


class LabelFields(Record, frozen=True, kw_only=True):
    """A label definition in JSON."""

    asset: AssetId
    mode: LabelMode
    lookahead: Lookahead
    threshold: Threshold
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None
    range_from: RangeFrom = None
    range_to: RangeTo = None


class StoredLabel(Stored, frozen=True, kw_only=True):
    """A saved label."""

    layout: ClassVar = Layout("labels", key=("label_id",))

    label_id: Annotated[LabelId, Meta(description="Readable hash of the definition")]
    name: Annotated[str, Meta(max_length=MAX_NAME_LENGTH, description="Name given by the user")]
    asset: AssetId
    mode: LabelMode
    lookahead: Lookahead
    threshold: Threshold
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None
    range_from: RangeFrom = None
    range_to: RangeTo = None
    created_at: Annotated[Time, Meta(description="When it was saved")]
    created_by: Annotated[str, Meta(description="Who saved it")]
    archived_at: Annotated[
        Time | None, Meta(description="When it was hidden from the lists; null while it is not")
    ] = None
    archived_by: Annotated[str | None, Meta(description="Who hid it")] = None
