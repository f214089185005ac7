"""The function `backfill`, as Cloud Functions loads it."""

from ppa.functions.backfill import backfill

__all__ = ["backfill"]
