"""Manifest of a dataset: its label, its columns, its rows and their hash."""

from typing import Annotated

import msgspec
import pandas as pd
from msgspec import Meta

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.label import RangeFrom, RangeTo, StopLoss, VolatilityWindow
from ppa.core.contracts.record import Record, Time

Count = Annotated[int, Meta(ge=0)]


class Manifest(Record, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """Description of a dataset that accompanies the download and a later upload of a model.

    An upload needs the fields without a default; they are compared with the stored rows.
    """

    label_id: Annotated[LabelId, Meta(description="Label")]
    name: Annotated[str, Meta(description="Name of the label")] = ""
    asset: Annotated[str, Meta(description="Asset of the label")] = ""
    mode: Annotated[str, Meta(description="Mode of the label")] = ""
    lookahead: Annotated[int | None, Meta(description="Look-ahead of the label in hours")] = None
    threshold: Annotated[float | None, Meta(description="Threshold of the label")] = None
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None
    range_from: RangeFrom = None
    range_to: RangeTo = None
    catalogue_version: Annotated[str, Meta(description="Version of the catalogue of features")]
    source: Annotated[str, Meta(description="Kind of the data: real, synthetic or empty")]
    since: Annotated[Time | None, Meta(description="First hour asked for; null for the beginning")] = None
    until: Annotated[Time | None, Meta(description="Hour after the last asked for; null for the end")] = None
    rows: Annotated[Count, Meta(description="Rows")] = 0
    positives: Annotated[Count, Meta(description="Rows labelled 1")] = 0
    negatives: Annotated[Count, Meta(description="Rows labelled 0")] = 0
    unknown: Annotated[Count, Meta(description="Rows whose outcome is pending")] = 0
    first_hour: Annotated[Time, Meta(description="First hour")]
    last_hour: Annotated[Time, Meta(description="Last hour")]
    features: Annotated[list[str], Meta(description="Columns, in order")]
    sha256: Annotated[str, Meta(description="Hash of the rows and their labels")]
    queried_at: Annotated[Time, Meta(description="Time of the query, UTC")]
    warnings: Annotated[list[str], Meta(description="Reasons not to train on the rows")] = msgspec.field(
        default_factory=list
    )

    def to_json(self) -> dict[str, object]:
        """Return the manifest as a JSON object; times are in ISO 8601 with their offset."""
        names = zip(self.__struct_encode_fields__, self.__struct_fields__, strict=True)
        values = ((name, getattr(self, attribute)) for name, attribute in names)
        return {name: v.isoformat() if isinstance(v, pd.Timestamp) else v for name, v in values}
