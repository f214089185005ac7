"""What all tests share: properties are not timed, and in continuous integration they are the same each run."""

import gc
import os
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.notes import NOTES, note

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
    "test_terraform",
    "test_deploy",
    "test_import_batches",
    "test_hostile_models",
    "test_pages",
    "test_pages_keyboard",
    "test_whole_or_nothing",
    "test_client",
    "test_gate",
    "test_exactly_once",
)

settings.register_profile(
    "project", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send this process's notes to the one that prints the summary, and close what tests have left open."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["notes"] = NOTES
    close_warehouses()


def close_warehouses() -> None:
    """Close embedded warehouses; DuckDB would report them as leaked."""
    module = sys.modules.get("ppa.storage.warehouse.duckdb")
    for result in gc.get_objects() if module else ():
        if type(result) is module.DuckDBWarehouse:
            result.close()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the notes of a worker."""
    for line in getattr(node, "workeroutput", {}).get("notes", ()):
        note(line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the notes, and what is left to `make torture`."""
    for line in NOTES:
        terminalreporter.write_line(line)
    if config.getoption("markexpr") == "not torture":
        terminalreporter.write_line("Not run here: the longest tests, which `make torture` runs.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))
