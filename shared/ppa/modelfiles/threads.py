"""Control of the thread pools of numerical libraries."""

from threadpoolctl import ThreadpoolController

__all__ = ["ThreadpoolController"]
