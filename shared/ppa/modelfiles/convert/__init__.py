"""Conversion of fitted estimators to programs, proved on each model against the library's own probabilities."""

from ppa.modelfiles.convert.conversion import ConvertedModel, convert

__all__ = ["ConvertedModel", "convert"]
