"""Base class of the shapes, and the values that many of them have."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from ppa.core.contracts.record import Time


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object of a response: each field with its type, its meaning and an example."""


Moment: TypeAlias = Annotated[Time, Meta(examples=["2026-03-01T12:00:00Z"])]
Month: TypeAlias = Annotated[str, Meta(pattern=r"^\d{4}-\d\d$", examples=["2026-03"])]
Count: TypeAlias = Annotated[int, Meta(ge=0, examples=[24])]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1, examples=[0.55])]
Number: TypeAlias = Annotated[float, Meta(examples=[0.0125])]
Price: TypeAlias = Annotated[float, Meta(ge=0, examples=[45560.9])]
Bytes: TypeAlias = Annotated[int, Meta(ge=0, examples=[1_920_310])]
Usd: TypeAlias = Annotated[float, Meta(ge=0, examples=[1.25])]
AssetId: TypeAlias = Annotated[str, Meta(examples=["BTC"])]
Pair: TypeAlias = Annotated[str, Meta(examples=["BTC/USD"])]
FeatureName: TypeAlias = Annotated[str, Meta(examples=["btc_usd_return_1h"])]
SeriesName: TypeAlias = Annotated[str, Meta(examples=["btc_usd_close"])]
Unit: TypeAlias = Annotated[str, Meta(examples=["fraction"])]
Person: TypeAlias = Annotated[str, Meta(examples=["ada@example.com"])]
Sentence: TypeAlias = Annotated[str, Meta(examples=["No prediction is resolved yet."])]
Sha256: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{64}$",
        examples=["b1f6124c9a6b36130dec7b4efed6e0a13dea1b173ce2bf0f7d518045f6215b1e"],
    ),
]
Address: TypeAlias = Annotated[str, Meta(examples=["https://mlflow.example.com"])]
