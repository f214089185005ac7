"""What all tests share: properties are not timed, and in continuous integration they are the same each run."""

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# they take longest: begun last, they would leave the other cores without work
FIRST = (
    "test_page_stories",
    "test_main_job",
    "test_label_stories",
    "test_stopping",
    "test_warehouse_conformance",
    "test_packages",
    "test_command",
    "test_mlflow",
    "test_whole_or_nothing",
    "test_hostile_models",
    "test_deploy",
)

settings.register_profile(
    "project", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")


def pytest_sessionfinish() -> None:
    """Close the embedded warehouses that tests have left open; DuckDB would report them as leaked."""
    module = sys.modules.get("ppa.storage.warehouse.duckdb")
    for result in gc.get_objects() if module else ():
        if type(result) is module.DuckDBWarehouse:
            result.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what is left to `make torture`."""
    if config.getoption("markexpr") == "not torture":
        terminalreporter.write_line("Not run here: the longest tests, which `make torture` runs.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))
