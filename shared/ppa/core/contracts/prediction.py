"""Predictions, and the arguments of requests for them."""

from typing import Annotated

from msgspec import Meta

from ppa.core.contracts.common import HourRange, ModelId
from ppa.core.origins import ORIGINS, Origin


class PredictionsQuery(HourRange, frozen=True, kw_only=True):
    """Predictions to list."""

    model_id: Annotated[ModelId, Meta(description="One model; all by default")] = ""
    origin: Annotated[tuple[Origin, ...], Meta(description="Origins, separated by commas")] = ORIGINS
    limit: Annotated[int, Meta(ge=1, le=20_000, description="Maximum number of predictions")] = 500
