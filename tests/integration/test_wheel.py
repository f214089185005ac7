"""The wheel alone, in an environment with nothing else: what it installs, the command, the app with its pages."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
from platforms import REPOSITORY, ask
from test_command import environment, free_port

from tools.environments import install

PATIENCE = 300
LINKED = re.compile(r'(?:src|href)="(/[^"]+)"')


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(source(folder))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = folder.glob("*.whl")
    return built


def source(folder: Path) -> Path:
    """A copy of what is tracked or new in this checkout, so that building leaves nothing behind in it."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    copy = folder / "source"
    for name in filter(None, names.split("\0")):
        if (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((REPOSITORY / name).read_bytes())
    return copy


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment into which only the wheel was installed, with what it declares to need."""
    folder = tmp_path_factory.mktemp("environment")
    install(folder, wheel, "-c", REPOSITORY / "constraints.txt")
    return folder / "bin"


def test_it_installs_two_packages_with_every_file_of_theirs(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in names} == {"ppa", "ppa_web"}
    folders = (REPOSITORY / "shared", REPOSITORY / "frontend")
    there = {
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.glob("ppa*/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == there


def test_the_command_and_the_library_are_there(bin_folder: Path, tmp_path: Path) -> None:
    shown = subprocess.run([bin_folder / "ppa", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert (shown.returncode, "import-csv" in shown.stdout) == (0, True), shown.stderr
    script = "import ppa; print(sorted(ppa.__all__) == sorted(n for n in ppa.__all__ if getattr(ppa, n)))"
    done = subprocess.run([bin_folder / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_the_app_runs_with_its_pages_scripts_and_styles(bin_folder: Path, tmp_path: Path) -> None:
    with running(bin_folder, tmp_path) as url:
        for page in ("/", "/configure", "/models", "/live", "/performance", "/system"):
            html = ask(url + page)
            assert html.ok, page
            linked = set(LINKED.findall(html.text))
            assert {suffix for suffix in (".js", ".css") if any(one.endswith(suffix) for one in linked)} == {
                ".js",
                ".css",
            }
            for address in linked:
                assert ask(url + address).ok, (page, address)


@contextmanager
def running(bin_folder: Path, folder: Path) -> Iterator[str]:
    """`ppa run` of the wheel with some days of synthetic data, from when it answers; its address."""
    port, log = free_port(), folder / "log"
    history = f"{datetime.now(UTC) - timedelta(days=3):%F}"
    variables = environment(folder / "home", PPA_SOURCE="synthetic", PORT=str(port), PPA_HISTORY_FROM=history)
    del variables["PYTHONPATH"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [bin_folder / "ppa", "run"], env=variables, cwd=folder, stdout=output, stderr=output
        )
    try:
        wait_until_it_answers(f"http://localhost:{port}", process, log)
        yield f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait()


def wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the app answers; fail where it ends before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if ask(f"{url}/healthz").ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"nothing answered: {log.read_text()}")
