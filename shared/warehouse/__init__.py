"""The warehouse: one small interface, an embedded and a cloud adapter, the same GoogleSQL files for both."""

from shared.warehouse.interface import Warehouse
from shared.warehouse.opening import open_warehouse

__all__ = ["Warehouse", "open_warehouse"]
