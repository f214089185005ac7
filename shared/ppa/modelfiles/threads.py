"""The threads that numerical libraries keep for themselves."""

from threadpoolctl import ThreadpoolController

__all__ = ["ThreadpoolController"]
