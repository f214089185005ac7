"""Market data providers: one protocol, one adapter per source."""
