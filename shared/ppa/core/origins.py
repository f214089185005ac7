"""Origins of a prediction: live, backfilled on activation (`buffer`), or replayed. Metrics never mix them."""

LIVE, BUFFER, REPLAY = "live", "buffer", "replay"
ORIGINS = (LIVE, BUFFER, REPLAY)
