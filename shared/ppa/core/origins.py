"""Origins of a prediction: live, backfilled on activation (`buffer`), or replayed. Metrics never mix them."""

from typing import Literal, get_args

Origin = Literal["live", "buffer", "replay"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)
LIVE, BUFFER, REPLAY = ORIGINS
