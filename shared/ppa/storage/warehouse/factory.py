"""Which warehouse an address means."""

from pathlib import Path

from ppa.core.catalogue import Catalogue
from ppa.core.errors import BadInput
from ppa.storage.warehouse.protocol import Warehouse


def open_warehouse(address: str, catalogue: Catalogue) -> Warehouse:
    """A path opens the embedded warehouse, `bigquery://project/dataset?location=EU` the cloud's."""
    if address.startswith("bigquery://"):
        from ppa.storage.warehouse.bigquery import BigQueryWarehouse

        return BigQueryWarehouse.from_address(address, catalogue)
    if "://" in address:
        raise BadInput(f"Warehouse {address!r} is not known: give a file path or bigquery://project/dataset.")
    from ppa.storage.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(Path(address), catalogue)
