"""Ctrl-C and SIGTERM at any moment: one line, the documented exit code, no traceback, no report of leaks."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import joblib
import pandas as pd
import pytest
from platforms import FEATURES, FIRST, SOURCES, SPEC, TRAINED, copied
from sklearn.ensemble import RandomForestClassifier

from ppa.client.find_app import ADDRESS_FILE
from ppa.ops.clock import utc_now

PATIENCE = 300
PPA = [sys.executable, "-c", "from ppa.cli.entry import main; main()"]
STOPPED = "Stopped. All data is saved; `make run` starts the app again."
SIGNALS = [signal.SIGINT, signal.SIGTERM]


class Command:
    """`ppa` as a job of a terminal: a process group of its own, to which the terminal's signals go."""

    def __init__(self, home: Path, *arguments: str, **settings: str) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PPA_", "PORT"))}
        self.log = home.parent / "said.log"
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [*PPA, *arguments],
                env=plain | {"PYTHONPATH": os.pathsep.join(SOURCES), "PPA_HOME": str(home)} | settings,
                cwd=home.parent,
                stdout=file,
                stderr=file,
                process_group=0,
            )

    @property
    def output(self) -> str:
        """Everything that it has printed."""
        return self.log.read_text()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds; an error if the command ends before."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.01)

    def handles_signals(self) -> bool:
        """Whether SIGTERM is caught, which Python does only when it is told to; Ctrl-C is from then on as well."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return bool(int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16) >> (signal.SIGTERM - 1) & 1)

    def stop(self, how: signal.Signals) -> int:
        """Send the whole group a signal; the exit code."""
        os.killpg(self.process.pid, how)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()

    def children(self) -> list[int]:
        """Processes that it has started."""
        result = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for file in result for child in file.read_text().split()]


def assert_quiet(output: str) -> None:
    """Nothing but what a person is to read."""
    for word in ("Traceback", "nanobind", "KeyboardInterrupt", "terminate called", "died", "failed"):
        assert word not in output, output


def assert_stopped_once(output: str) -> None:
    """Nothing but what a person is to read, and one last line."""
    assert_quiet(output)
    assert output.rstrip().endswith("Stopped.")
    assert not re.search(r"Stopped.*Stopped", output, re.DOTALL)


def run(home: Path, days: int = 150) -> Command:
    """`ppa run` over an empty folder, with enough history for the example models."""
    since = f"{utc_now() - timedelta(days=days):%F}"
    return Command(home, "run", PPA_SOURCE="synthetic", PPA_HISTORY_FROM=since, PORT=_port())


def _port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


MOMENTS: dict[str, Callable[[Command, Path], bool]] = {
    "as the store is opened": lambda _, home: (home / "warehouse.duckdb").exists(),
    "while history is stored": lambda _, home: (home / "warehouse.duckdb.wal").exists(),
    "as the app begins to serve": lambda _, home: (home / ADDRESS_FILE).exists(),
    "while example models are trained": lambda app, _: "Training 2 example models" in app.output,
    "while an example model is examined": lambda app, _: bool(app.children()),
}

RARE = ("as the app begins to serve", "while an example model is examined")


# both signals take one way through the code: they take turns
@pytest.mark.parametrize(
    ("moment", "how"),
    [
        pytest.param(moment, how, marks=pytest.mark.torture if moment in RARE else ())
        for moment, how in zip(MOMENTS, cycle(SIGNALS))
    ],
)
def test_the_app_stops_quietly(moment: str, how: signal.Signals, tmp_path: Path) -> None:
    home = tmp_path / "home"
    app = run(home)
    app.wait_until(lambda: MOMENTS[moment](app, home))
    assert app.stop(how) == 0, app.output
    assert_quiet(app.output)
    assert app.output.rstrip().endswith(STOPPED)
    assert "No example models" not in app.output
    assert not (home / ADDRESS_FILE).exists()


@pytest.fixture
def home(history: Path, tmp_path: Path) -> Path:
    """A folder with data, a label and a forest of somebody's own that takes a while to be examined."""
    built = copied(history, tmp_path / "home")
    forest = RandomForestClassifier(200, max_depth=8)
    rows = pd.DataFrame({name: [0.1, 0.2, 0.3, 0.4] * 50 for name in FEATURES})
    joblib.dump(forest.fit(rows, [0, 1, 0, 1] * 50), tmp_path / "mine.joblib")
    return built


COMMANDS: dict[str, tuple[list[str], Callable[[Command], bool]]] = {
    "train": (
        ["train", "--label", SPEC.label_id, "--name", "mine"],
        lambda command: bool(command.children()) or "fitting" in command.output,
    ),
    "upload": (
        [
            *("models", "upload", "mine.joblib", "--label", SPEC.label_id, "--name", "mine"),
            *("--train-from", FIRST.isoformat(), "--train-to", TRAINED.isoformat()),
        ],
        lambda command: bool(command.children()),
    ),
}


@pytest.mark.parametrize(
    ("name", "how"),
    [("train", signal.SIGINT), pytest.param("upload", signal.SIGTERM, marks=pytest.mark.torture)],
)
def test_a_command_stops_quietly(name: str, how: signal.Signals, home: Path) -> None:
    arguments, begun = COMMANDS[name]
    command = Command(home, *arguments, PPA_SOURCE="csv")
    command.wait_until(lambda: begun(command))
    assert command.stop(how) == 128 + how, command.output
    assert_stopped_once(command.output)


@pytest.mark.parametrize("how", SIGNALS)
def test_a_command_stops_quietly_while_it_is_imported(how: signal.Signals, tmp_path: Path) -> None:
    command = Command(tmp_path / "home", "labels")
    command.wait_until(lambda: command.handles_signals())
    assert command.stop(how) == 128 + how, command.output
    assert command.output == "Stopped.\n"


def test_a_download_stops_quietly_and_leaves_no_file(home: Path) -> None:
    partial = home.parent / "mine.csv.part"
    os.mkfifo(partial)  # nobody reads it, so the command waits in the middle of a write
    reader = os.open(partial, os.O_RDONLY | os.O_NONBLOCK)
    command = Command(home, "dataset", SPEC.label_id, "-o", "mine.csv", PPA_SOURCE="csv")
    command.wait_until(lambda: bool(select.select([reader], [], [], 0)[0]))
    os.killpg(command.process.pid, signal.SIGINT)
    with os.fdopen(reader, "rb") as read:
        os.set_blocking(reader, True)
        assert read.read()
    assert command.process.wait(PATIENCE) == 128 + signal.SIGINT, command.output
    assert_stopped_once(command.output)
    assert not list(home.parent.glob("mine.csv*"))
