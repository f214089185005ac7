"""Fields that several records share."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from msgspec import Meta

from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Arguments, Time
from ppa.core.times import BEGINNING, END

ModelId: TypeAlias = Annotated[
    str, Meta(description="Identifier of a model, `<name>-v<version>`", examples=["my-model-v1"])
]
LabelId: TypeAlias = Annotated[
    str,
    Meta(
        description="Identifier of a label, a readable hash of its definition",
        examples=["btc-touch-24h-200bp-6fe69e"],
    ),
]


class HourRange(Arguments, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A range of hours; `until` is not part of it."""

    since: Annotated[
        Time,
        Meta(description="First hour, UTC unless it states an offset", examples=["2026-02-01T00:00:00Z"]),
    ] = BEGINNING
    until: Annotated[Time, Meta(description="Hour after the last", examples=["2026-02-10T00:00:00Z"])] = END

    def conflicts(self) -> Iterator[WrongField]:
        """Yield the range if it is empty."""
        if self.since >= self.until:
            yield WrongField(
                "from",
                f"from must be before to: {self.since:%F %R} is not before {self.until:%F %R}.",
                "Give an earlier `from`, or a later `to`.",
            )
