"""The function `cap`, as Cloud Functions loads it."""

from ppa.functions.cap import cap

__all__ = ["cap"]
