"""Tracking of models in MLflow."""
