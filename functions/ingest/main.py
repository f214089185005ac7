"""The function `ingest`, as Cloud Functions loads it."""

from ppa.functions.ingest import ingest

__all__ = ["ingest"]
