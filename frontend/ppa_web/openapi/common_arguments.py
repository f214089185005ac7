"""Arguments that several routes take."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from msgspec import Meta

from ppa.core.contracts.label import LabelMode, Lookahead, StopLoss, Threshold, VolatilityWindow
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Arguments, Time
from ppa.core.evaluation.profit import FEE, MAX_FEE
from ppa.core.labels.definition import LabelDefinition

AssetName: TypeAlias = Annotated[
    str, Meta(description="Asset, in any case", pattern="^[A-Za-z0-9]{1,12}$", examples=["BTC"])
]
Fee: TypeAlias = Annotated[
    float,
    Meta(
        ge=0,
        le=MAX_FEE,
        description="Cost of a round trip as a fraction",
        examples=[FEE],
        extra={"accepts": f"a fraction from 0 to {MAX_FEE:g}, such as 0.002 for 0.2%"},
    ),
]
Flag: TypeAlias = Annotated[str, Meta(pattern="^[01]$", examples=["1"], extra={"accepts": "0 or 1"})]
FirstHour: TypeAlias = Annotated[
    Time | None,
    Meta(description="First hour, UTC unless it states an offset", examples=["2026-02-01T00:00:00Z"]),
]
HourAfter: TypeAlias = Annotated[
    Time | None, Meta(description="Hour after the last", examples=["2026-02-10T00:00:00Z"])
]
SET_OFF_BY_COMMAS = "separated by commas"


class FeeQuery(Arguments, frozen=True, kw_only=True):
    """Arguments of a backtest."""

    fee: Fee = FEE


class DefinitionQuery(Arguments, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """A label definition."""

    asset: AssetName = "BTC"
    mode: Annotated[LabelMode, Meta(examples=["touch"])] = "touch"
    lookahead: Annotated[Lookahead, Meta(examples=[24])] = 24
    threshold: Annotated[Threshold, Meta(examples=[0.02])] = 0.02
    start: FirstHour = None
    end: HourAfter = None
    stop_loss: Annotated[StopLoss, Meta(examples=[None])] = None
    volatility_window: Annotated[VolatilityWindow, Meta(examples=[None])] = None

    def conflicts(self) -> Iterator[WrongField]:
        """Yield the range if it is empty."""
        if self.start is not None and self.end is not None and self.start >= self.end:
            yield WrongField(
                "from",
                f"from must be before to: {self.start:%F %R} is not before {self.end:%F %R}.",
                "Give an earlier `from`, or a later `to`.",
            )

    def definition(self) -> LabelDefinition:
        """Return the definition; raises LabelError where its parts do not go together."""
        return LabelDefinition(
            self.asset.upper(),
            self.mode,
            self.lookahead,
            self.threshold,
            self.start,
            self.end,
            self.stop_loss,
            self.volatility_window,
        )
