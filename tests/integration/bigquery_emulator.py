"""A local stand-in for BigQuery: local-bigquery, in an environment of its own on Python 3.13."""

import fcntl
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tools.environments import install, reason

HOME = Path(__file__).parents[2] / ".cache" / "emulators"
REQUIREMENTS = Path(__file__).with_name("bigquery_emulator.txt")
CANNOT_SHOW = (
    "local-bigquery bills nothing, limits nothing, and has one location. That limits, labels and locations are "
    "sent is tested on the requests; that they work, and when concurrent MERGEs conflict, only BigQuery can show."
)

# Without a network: the extension from its package, the zone set after connecting (as a setting it wants
# another extension), no functions on places (the same).
LAUNCHER = """
import functools, importlib.resources, duckdb
package = importlib.resources.files("duckdb_extension_ducklake")
extension = package.joinpath(f"extensions/v{duckdb.__version__}/ducklake.duckdb_extension")
def connect(plain, *args, config=None, **options):
    connection = plain(*args, **options)
    connection.execute(f"SET GLOBAL TimeZone = 'UTC'; LOAD '{extension}'")
    return connection
duckdb.connect = functools.partial(connect, duckdb.connect)
from local_bigquery.cli import main
from local_bigquery.engine import database
database.FUNCTIONS = [path for path in database.FUNCTIONS if path.stem != "geography"]
main()
"""
START_SECONDS = 300  # a busy machine takes its time


@dataclass(frozen=True)
class Emulator:
    """Where it listens: REST at `address`, the Storage API as plain gRPC at `storage`."""

    address: str
    storage: str
    project: str = "emulated"


class NotHere(Exception):
    """The emulator cannot be had on this machine; the message says why."""


def interpreter() -> Path:
    """The emulator's Python, installed at first use; NotHere where that fails."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    environment = HOME / f"local-bigquery-{digest}"
    python, complete = environment / "bin" / "python", environment / "complete"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            try:
                install(environment, "--no-deps", "-r", REQUIREMENTS, python=_python313())
            except subprocess.CalledProcessError as error:
                raise NotHere(f"its installation failed: {reason(error)}") from error
            complete.touch()
    return python


@contextmanager
def running(python: Path, folder: Path) -> Iterator[Emulator]:
    """Run the emulator on `folder`, and stop it at the end."""
    port, grpc_port = _free_ports(2)
    emulator = Emulator(f"http://127.0.0.1:{port}", f"127.0.0.1:{grpc_port}")
    options = ["--host", "127.0.0.1", "--port", str(port), "--grpc-port", str(grpc_port)]
    options += ["--data-dir", str(folder), "--project", emulator.project]
    command = [str(python), "-c", LAUNCHER, *options]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_until_it_answers(process, emulator.address, folder / "log")
            yield emulator
        finally:
            process.kill()


def _python313() -> Path:
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += sorted(Path.home().glob(".pyenv/versions/3.13*/bin"), reverse=True)
    for candidate in (folder / "python3.13" for folder in folders):
        if candidate.exists() and _answers(candidate):
            return candidate
    raise NotHere("there is no Python 3.13 on the PATH or under pyenv")


def _answers(python: Path) -> bool:
    """A pyenv shim exists also where its version is not chosen, and then fails."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{address}/bigquery/v2/projects", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"local-bigquery did not start: {log.read_text()[-2000:]}")
