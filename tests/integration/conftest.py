"""The warehouse's stand-in, started once for the whole run."""

from collections.abc import Iterator

import pytest
from bigquery_emulator import CANNOT_SHOW, NotHere, interpreter, running

_said: list[str] = []


@pytest.fixture(scope="session")
def bigquery_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an empty BigQuery emulator."""
    try:
        python = interpreter()
    except NotHere as reason:
        pytest.skip(f"the BigQuery emulator is not here, its half of the suite is not run: {reason}")
    with running(python, tmp_path_factory.mktemp("bigquery")) as address:
        _said.append(CANNOT_SHOW)
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a passing run has not shown."""
    for line in _said:
        terminalreporter.write_line(f"not shown: {line}")
