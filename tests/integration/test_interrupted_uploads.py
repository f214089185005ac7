"""Uploads that break off: nothing of them stays in the temporary folder, whichever server reads them."""

import gc
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from platforms import ask, copied, served, small
from werkzeug.serving import make_server

from ppa.platform import Platform
from ppa_web import create_app

DEADLINE = 60.0
PATHS = ["/api/v1/imports?name=mine.csv", "/api/v1/models"]
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="m.skops"\r\n\r\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this process, empty."""
    built = tmp_path / "temporary"
    built.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(built))
    return built


@pytest.fixture
def platform(history: Path, tmp_path: Path) -> Iterator[Platform]:
    opened = small(copied(history, tmp_path / "home")).platform
    yield opened
    opened.close()


@contextmanager
def streamed(platform: Platform) -> Iterator[str]:
    """The app on a server that hands bodies over as they come, as gunicorn does."""
    server = make_server("127.0.0.1", 0, create_app(platform), threaded=True)
    server.daemon_threads = False  # so that server_close waits for what is under way
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def break_off(address: str, path: str, *, reported: int, sent: bytes) -> None:
    """Announce a body of `told` bytes, send some of it, and hang up."""
    parts = urlsplit(address)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {reported}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as client:
        client.sendall(head.encode() + sent)
        time.sleep(0.2)  # so that the reading has begun; a shorter wait proves less, and fails nothing


def empty(folder: Path) -> bool:
    """Whether the folder becomes empty in time."""
    until = time.monotonic() + DEADLINE
    while list(folder.iterdir()) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.05)
    return not list(folder.iterdir())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("server", [served, streamed])
def test_an_upload_that_breaks_off_leaves_nothing(
    server, path: str, folder: Path, platform: Platform
) -> None:
    with server(platform) as address:
        break_off(address, path, reported=50_000_000, sent=FORM + b"7" * 3_000_000)
        assert ask(f"{address}/healthz").ok
    assert empty(folder)


@pytest.mark.parametrize("server", [served, streamed])
def test_an_import_whose_caller_does_not_wait_leaves_nothing(
    server, folder: Path, platform: Platform
) -> None:
    with server(platform) as address:
        break_off(address, PATHS[0], reported=3_000_000, sent=b"7" * 3_000_000)
    assert empty(folder)


def test_an_import_that_cannot_be_read_leaves_nothing(folder: Path, platform: Platform) -> None:
    with streamed(platform) as address:
        answer = ask(f"{address}{PATHS[0]}", "POST", data=b"once upon a time")
    assert '"problem"' in answer.text
    assert empty(folder)


def test_an_import_is_never_seen_by_a_name(folder: Path, platform: Platform) -> None:
    client = create_app(platform).test_client()
    answer = client.post(PATHS[0], data=b"once upon a time", buffered=False)
    assert not list(folder.iterdir())
    answer.close()
