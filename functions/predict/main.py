"""The function `predict`, as Cloud Functions loads it."""

from ppa.functions.predict import predict

__all__ = ["predict"]
