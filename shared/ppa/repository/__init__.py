"""Typed access to storage: labels, models, predictions, prices and feature rows."""
