"""Creation of a warehouse from its address."""

from pathlib import Path

from ppa.core.catalogue import Catalogue
from ppa.core.errors import BadInput
from ppa.storage.warehouse.protocol import Warehouse


def open_warehouse(address: str, catalogue: Catalogue) -> Warehouse:
    """Open a DuckDB file by its path, or a dataset by `bigquery://project/dataset?location=EU`; raises `BadInput`."""
    if address.startswith("bigquery://"):
        from ppa.storage.warehouse.bigquery import BigQueryWarehouse

        return BigQueryWarehouse.from_address(address, catalogue)
    if "://" in address:
        raise BadInput(
            f"The warehouse {address!r} is unknown. Use a file path or bigquery://project/dataset."
        )
    from ppa.storage.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(Path(address), catalogue)
