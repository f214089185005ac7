"""Which warehouse an address means."""

from pathlib import Path

from shared.catalogue import Catalogue
from shared.errors import BadInput
from shared.warehouse.interface import Warehouse


def open_warehouse(address: str, catalogue: Catalogue) -> Warehouse:
    """A path opens the embedded warehouse, `bigquery://project/dataset?location=EU` the cloud's."""
    if address.startswith("bigquery://"):
        from shared.warehouse.bigquery import BigQueryWarehouse

        return BigQueryWarehouse.from_address(address, catalogue)
    if "://" in address:
        raise BadInput(f"Warehouse {address!r} is not known: give a file path or bigquery://project/dataset.")
    from shared.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(Path(address), catalogue)
