"""Warehouse with an embedded (DuckDB) and a cloud (BigQuery) adapter that run the same GoogleSQL files."""

from ppa.storage.warehouse.factory import open_warehouse
from ppa.storage.warehouse.protocol import Warehouse

__all__ = ["Warehouse", "open_warehouse"]
