"""Function packages, each unpacked in an environment with only its requirements, started and called as in the cloud."""

import base64
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
from iap_proxy import AUDIENCE, running_proxy
from platforms import PATIENCE, ask, assert_problem

from ppa.cli.first_run import fill_with_history, missing_examples, train_examples
from ppa.client.api import in_place
from ppa.ops.clock import fixed, utc_now
from ppa.ops.schedule_time import SCHEDULE_TIME
from ppa.ops.settings import Settings
from ppa.platform import open_platform
from ppa_web.identity import HEADER
from tools.environments import install
from tools.packages import FUNCTIONS, ROOT, archive, contents, pack, reached
from tools.requirements import AT_HOME
from tools.web import lay_out

CACHE = ROOT / ".cache" / "packages"
KEY = "a-key-that-must-not-be-logged"
OUTAGE = timedelta(hours=3)
EXAMPLE_MODELS = 2


@cache
def first_day() -> datetime:
    """First day of history: the same for the whole run, also where midnight passes."""
    return (utc_now() - timedelta(days=150)).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Deployed:
    """Running function: its address, and the file of its output."""

    url: str
    output: Path

    def call(self, method: str = "POST", path: str = "/", **headers: str) -> requests.Response:
        """Call the function without the machine's proxies."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, headers=headers, timeout=PATIENCE)

    def lines(self) -> list[dict]:
        """Log lines, each of which must be a JSON object."""
        return [json.loads(line) for line in self.output.read_text().splitlines()]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return pack(build=tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Platform's folder as some hours ago: history, and two example models active since then."""
    home, now = tmp_path_factory.mktemp("packages-home"), utc_now() - OUTAGE
    settings = Settings(home=home, source="synthetic", history_from=first_day())
    with closing(open_platform(settings, clock=fixed(now))) as platform, in_place(platform) as api:
        fill_with_history(platform)
        train_examples(api, missing_examples(platform))
    return home


JOBS = tuple(sorted({*FUNCTIONS} - {"cap"}))


@pytest.fixture(params=JOBS)
def function(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def unpacked(function: str, packages: dict[str, Path], tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    with ZipFile(packages[function]) as package:
        package.extractall(folder)
    return folder


@pytest.fixture
def deployed(function: str, unpacked: Path, history: Path, tmp_path: Path) -> Iterator[Deployed]:
    home = shutil.copytree(history, tmp_path / "home")
    with running(function, unpacked, home, tmp_path / "output") as started:
        yield started


def test_a_deployed_function_does_its_work_and_logs_it(function: str, deployed: Deployed) -> None:
    due = utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = deployed.call(**{SCHEDULE_TIME: due, "Function-Execution-Id": "run-1"})
    assert answer.status_code == 200, answer.text
    expect[function](answer.json())
    done = next(line for line in deployed.lines() if line["message"] == f"job {function} ok")
    assert done["severity"] == "INFO"
    assert done["job"] == function
    assert done["logging.googleapis.com/labels"] == {"execution_id": "run-1"}
    assert KEY not in deployed.output.read_text()


def expect_backfill(result: dict) -> None:
    assert result["complete"] is True
    assert "failed" not in result["summary"]


def expect_ingest(result: dict) -> None:
    assert result["rows"] > 0
    assert not result.get("failures")


def expect_predict(result: dict) -> None:
    hours = int(OUTAGE / timedelta(hours=1))
    assert (result["models"], result["rows"]) == (EXAMPLE_MODELS, EXAMPLE_MODELS * result["hours"])
    assert hours - 1 <= result["hours"] <= hours + 1


expect = {"backfill": expect_backfill, "ingest": expect_ingest, "predict": expect_predict}


def test_a_deployed_function_has_one_address_and_one_method(deployed: Deployed) -> None:
    assert deployed.call("GET").status_code == 405
    assert deployed.call(path="/elsewhere").status_code == 404


@pytest.mark.parametrize("function", FUNCTIONS, indirect=True)
def test_every_packed_module_can_be_imported_there(function: str, unpacked: Path) -> None:
    script = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    names = sorted(reached(function).modules)
    done = subprocess.run(
        [interpreter(unpacked), "-c", script, *names], cwd=unpacked, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_scikit_learn_is_where_models_are(function: str, unpacked: Path) -> None:
    done = subprocess.run([interpreter(unpacked), "-c", "import sklearn"], cwd=unpacked, capture_output=True)
    assert (done.returncode == 0) == (function == "predict")


@pytest.mark.parametrize("function", FUNCTIONS, indirect=True)
def test_the_same_content_gives_the_same_bytes(function: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for part in ("shared", "functions"):
        shutil.copytree(ROOT / part, elsewhere / part)
    shutil.copy(ROOT / "constraints.txt", elsewhere)
    for path in elsewhere.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    assert archive(contents(function, elsewhere)) == archive(contents(function))


@pytest.mark.parametrize("function", ["predict"], indirect=True)
def test_a_missing_prediction_is_an_event_that_an_alert_counts(
    function: str, unpacked: Path, history: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(history, tmp_path / "home")
    broken = next(path for path in sorted((home / "models").rglob("*.program*")) if path.is_file())
    broken.write_bytes(b"not what was uploaded")
    with running(function, unpacked, home, tmp_path / "output") as deployed:
        answered = deployed.call().json()
    events = [line for line in deployed.lines() if line.get("event") == "prediction_missing"]
    assert len(events) == answered["hours"] > 0
    assert {(line["severity"], line["reason"]) for line in events} == {("WARNING", "model_error")}
    assert len({(line["model"], line["hour"]) for line in events}) == len(events)
    assert "prediction_missing = " in (ROOT / "terraform" / "monitoring.tf").read_text()


@pytest.mark.parametrize("function", ["cap"], indirect=True)
def test_the_cap_takes_what_the_budget_says_and_refuses_the_rest(
    function: str, unpacked: Path, tmp_path: Path
) -> None:
    def message(cost: float) -> dict[str, object]:
        printed = {"costAmount": cost, "budgetAmount": 5.0, "currencyCode": "USD"}
        return {"message": {"data": base64.b64encode(json.dumps(printed).encode()).decode()}}

    with running(function, unpacked, tmp_path, tmp_path / "output") as deployed:
        below = ask(deployed.url, "POST", json=message(4.5))
        other = ask(deployed.url, "POST", json={"message": {"data": "bm90aGluZw=="}})
    assert (below.status_code, below.json()) == (
        200,
        {"spend": "4.50 of 5.00 USD are spent this month", "paused": []},
    )
    assert_problem(other, 400, "not a budget notification")


def test_the_web_source_serves_pages_as_its_procfile_says(history: Path, tmp_path: Path) -> None:
    source = lay_out(build=tmp_path)
    kind, command = (source / "Procfile").read_text().split(": ", 1)
    home, port = shutil.copytree(history, tmp_path / "home"), free_port()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environ = environment("web", home) | {"PORT": str(port), "PATH": path, "PPA_IAP_AUDIENCE": AUDIENCE}
    with running_proxy() as proxy:
        environ |= {"PPA_IAP_BASE_URL": proxy.address}
        with started(shlex.split(command), source, environ, tmp_path / "output", port) as web:
            assert (kind, web.call("GET", "/healthz").status_code) == ("web", 200)
            assert web.call("GET").status_code == 401
            page = web.call("GET", **{HEADER: proxy.assertion("ada@example.com")})
    assert "<title>" in page.text
    assert KEY not in (tmp_path / "output").read_text()


@contextmanager
def running(function: str, unpacked: Path, home: Path, output: Path) -> Iterator[Deployed]:
    """functions-framework as installed by the package's requirements."""
    command = [str(interpreter(unpacked).with_name("functions-framework")), "--target", function]
    port = free_port()
    listening = [*command, "--host", "127.0.0.1", "--port", str(port)]
    with started(listening, unpacked, environment(function, home), output, port) as deployed:
        yield deployed


@contextmanager
def started(
    command: list[str], folder: Path, environ: dict[str, str], output: Path, port: int
) -> Iterator[Deployed]:
    """Start a process, wait until it accepts connections, and stop it afterwards."""
    with output.open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_open(port, process, output)
        yield Deployed(f"http://127.0.0.1:{port}", output)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def environment(function: str, home: Path) -> dict[str, str]:
    """Environment as set by Cloud Functions, but with the embedded warehouse and synthetic data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PPA_", "PYTHON"))}
    return kept | {
        "K_SERVICE": f"ppa-{function}",
        "LOG_EXECUTION_ID": "true",
        "PPA_HOME": str(home),
        "PPA_POLYGON_API_KEY": KEY,
        "PPA_SOURCE": "synthetic",
        "PPA_HISTORY_FROM": f"{first_day():%F}",
    }


def interpreter(unpacked: Path) -> Path:
    """Python with only these requirements and the embedded warehouse; kept for the next run."""
    wanted = "".join((unpacked / name).read_text() for name in ("requirements.txt", "constraints.txt"))
    digest = hashlib.sha256(f"{sys.version}\n{wanted}".encode()).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / digest
    with (CACHE / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            _install(folder, unpacked)
    return folder / "bin" / "python"


def _install(folder: Path, unpacked: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    install(folder, "-r", unpacked / "requirements.txt", *sorted(AT_HOME))
    (folder / "installed").touch()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until the port accepts connections; fail with the output if the process exits."""
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
            probe.settimeout(0.1)
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(output.read_text())
