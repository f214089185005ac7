"""The embedded warehouse's file: held by one process, whole after a kill, untouched where it is damaged."""

import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from warehouse_rows import Asker, observations

from ppa.client.find_app import open_or_find
from ppa.core.catalogue import Catalogue
from ppa.core.errors import Conflict, WarehouseError
from ppa.ops.settings import Settings
from ppa.platform import Platform
from ppa.storage.warehouse import open_warehouse

REPOSITORY = Path(__file__).parents[2]
BATCH = 50
WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from warehouse_rows import observations
from ppa.ops.catalogue_file import load_catalogue
from ppa.storage.warehouse import open_warehouse

warehouse = open_warehouse(sys.argv[1], load_catalogue())
print("open", flush=True)
batches, size = map(int, sys.argv[3:])
for batch in range(batches):
    rows = observations(size).set_column(0, "series", [[f"batch-{batch}"] * size])
    warehouse.merge("observations", rows)
    print(f"batch-{batch}", flush=True)
sys.stdin.read()
"""


@contextmanager
def _writing(path: Path, batches: int) -> Iterator[subprocess.Popen[str]]:
    """A process that opens the warehouse, merges batches, names each that is written, and keeps it open."""
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent), str(batches), str(BATCH)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


def test_a_file_that_another_process_has_is_a_conflict_until_it_lets_go(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    path = tmp_path / "warehouse.duckdb"
    with _writing(path, 0), pytest.raises(Conflict, match="is open in another process"):
        open_warehouse(str(path), catalogue)
    open_warehouse(str(path), catalogue).close()


def test_a_command_waits_for_the_process_that_has_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _writing(tmp_path / "warehouse.duckdb", 0) as process:
        threading.Timer(0.5, process.kill).start()
        platform = open_or_find(Settings(home=tmp_path, source="synthetic"))
    assert isinstance(platform, Platform)
    platform.close()
    assert "another process. Waiting for it." in capsys.readouterr().err


@pytest.mark.parametrize("acknowledged", [0, 1, 7])
def test_a_kill_during_merges_leaves_whole_batches_and_all_that_were_acknowledged(
    tmp_path: Path, catalogue: Catalogue, ask: Asker, acknowledged: int
) -> None:
    path = tmp_path / "warehouse.duckdb"
    with _writing(path, 1000) as process:
        assert process.stdout is not None
        named = [process.stdout.readline().strip() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        named += process.stdout.read().split()
    warehouse = open_warehouse(str(path), catalogue)
    rows = Counter(row["series"] for row in ask.table(warehouse, "observations"))
    assert set(rows.values()) <= {BATCH}
    assert set(named) <= set(rows)
    assert warehouse.merge("observations", observations(1)) == 1
    warehouse.close()


def _garbage(data: bytes) -> bytes:
    return random.Random(1).randbytes(len(data))


DAMAGES = {
    "text": lambda data: b"this is no database\n",
    "random bytes": _garbage,
    "cut in half": lambda data: data[: len(data) // 2],
    "cut short in its header": lambda data: data[:5000],
    "header overwritten": lambda data: bytes(4096 * 3) + data[4096 * 3 :],
    "content overwritten": lambda data: data[: 4096 * 3] + _garbage(data[4096 * 3 :]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_left_as_it_is(
    tmp_path: Path, catalogue: Catalogue, ask: Asker, damage: str
) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = open_warehouse(str(path), catalogue)
    warehouse.merge("observations", observations(20_000))
    warehouse.close()
    damaged = DAMAGES[damage](path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(WarehouseError, match="cannot be read") as refused:
        open_warehouse(str(path), catalogue)
    assert len(str(refused.value).splitlines()) == 1
    assert path.read_bytes() == damaged
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(WarehouseError, match="cannot be read"):
        open_warehouse(str(tmp_path), catalogue)


def test_a_feature_new_in_the_catalogue_becomes_a_column_and_rows_stay(
    tmp_path: Path, catalogue: Catalogue, ask: Asker
) -> None:
    path = str(tmp_path / "warehouse.duckdb")
    fewer = replace(catalogue, features=catalogue.features[:3])
    warehouse = open_warehouse(path, fewer)
    warehouse.merge("observations", observations(3))
    warehouse.close()
    warehouse = open_warehouse(path, catalogue)
    assert (
        catalogue.features[-1].name
        in ask(warehouse, "SELECT * FROM `{dataset}.features_hourly`").column_names
    )
    assert len(ask.table(warehouse, "observations")) == 3
    warehouse.close()
