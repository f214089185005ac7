"""Origins of a prediction: made live, filled in on activation, or replayed. No figure mixes them."""

LIVE, BUFFER, REPLAY = "live", "buffer", "replay"
ORIGINS = (LIVE, BUFFER, REPLAY)
