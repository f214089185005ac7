"""The warehouse: one small interface, an embedded and a cloud adapter, the same GoogleSQL files for both."""

from ppa.storage.warehouse.factory import open_warehouse
from ppa.storage.warehouse.protocol import Warehouse

__all__ = ["Warehouse", "open_warehouse"]
