"""Typed questions to storage: labels, models, predictions, prices, rows."""
