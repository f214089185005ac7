"""Fixtures with both warehouses; the emulator starts once per run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from bigquery_emulator import CANNOT_SHOW, Emulator, NotHere, interpreter, running
from bigquery_scratch import Scratch
from platforms import PATIENCE, make_history
from warehouse_rows import Asker, Opener

from ppa.core.catalogue import Catalogue
from ppa.modelfiles import sandbox
from ppa.modelfiles.sandbox import Limits
from ppa.ops.catalogue_file import load_catalogue
from ppa.storage.warehouse import Warehouse
from ppa.storage.warehouse.duckdb import DuckDBWarehouse
from tests.notes import note
from tests.once import made_once


@pytest.fixture(scope="session", autouse=True)
def unhurried_sandbox() -> Iterator[None]:
    """Let the sandbox take as long as a slow machine needs, but where a test sets limits of its own."""
    defaults = cast(dict[str, Any], sandbox.convert.__kwdefaults__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(defaults, "limits", Limits(cpu_seconds=600, wall_seconds=PATIENCE))
        yield


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the platform."""
    return load_catalogue()


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform's folder with two months of bars, a label and two models; to be copied."""
    return made_once(tmp_path_factory, "history", make_history)


@pytest.fixture(scope="session")
def bigquery_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An empty BigQuery emulator."""
    try:
        python = interpreter()
    except NotHere as reason:
        pytest.skip(f"the BigQuery emulator is not here, its half of the suite is not run: {reason}")
    with running(python, tmp_path_factory.mktemp("bigquery")) as emulator:
        note(f"not shown: {CANNOT_SHOW}")
        yield emulator


@pytest.fixture
def embedded(tmp_path: Path, catalogue: Catalogue) -> Iterator[Opener]:
    """Opens the embedded warehouse; a second call reopens it, as after a restart."""
    yield from _reopening(lambda: DuckDBWarehouse(tmp_path / "warehouse.duckdb", catalogue))


@pytest.fixture(scope="session")
def scratch(bigquery_emulator: Emulator, catalogue: Catalogue) -> Scratch:
    """An empty dataset on the emulator."""
    return Scratch(bigquery_emulator, catalogue)


@pytest.fixture
def cloud(scratch: Scratch) -> Iterator[Opener]:
    """Opens the cloud warehouse; a second call reopens it, as after a restart."""
    yield from _reopening(scratch.open)
    scratch.empty()


@pytest.fixture(params=["embedded", pytest.param("cloud", marks=pytest.mark.emulator)])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Either warehouse."""
    chosen: Opener = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def warehouse(opener: Opener) -> Warehouse:
    """Either warehouse, open and empty."""
    return opener()


@pytest.fixture
def ask(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Runs any SQL on a warehouse."""
    return Asker(tmp_path_factory.mktemp("sql"), monkeypatch)


def _reopening(factory: Opener) -> Iterator[Opener]:
    opened: list[Warehouse] = []

    def reopen() -> Warehouse:
        while opened:
            opened.pop().close()
        opened.append(factory())
        return opened[-1]

    yield reopen
    while opened:
        opened.pop().close()
