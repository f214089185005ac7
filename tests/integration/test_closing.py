"""Closing the embedded warehouse while it is used: statements under way break off, later ones are refused."""

import threading
import time
from pathlib import Path

import pytest

from ppa.core.catalogue import Catalogue
from ppa.core.errors import WarehouseError
from ppa.storage.warehouse import duckdb as embedded
from ppa.storage.warehouse.duckdb import DuckDBWarehouse

ENDLESS = "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b"


@pytest.fixture
def warehouse(tmp_path: Path, catalogue: Catalogue) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "warehouse.duckdb", catalogue)


def test_a_read_under_way_is_broken_off(warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "translate", lambda _: ENDLESS)
    raised: list[BaseException] = []

    def read() -> None:
        try:
            warehouse.query("sources")
        except WarehouseError as error:
            raised.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not warehouse._cursors:
        time.sleep(0.01)
    warehouse.close()
    thread.join()
    assert "closed during a statement" in str(raised[0])


def test_a_closed_warehouse_says_so_and_may_be_closed_again(warehouse: DuckDBWarehouse) -> None:
    warehouse.close()
    warehouse.close()
    with pytest.raises(WarehouseError, match="is closed"):
        warehouse.query("sources")
