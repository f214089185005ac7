"""The `ppa` command in real processes: ports, signals and files; an error is one sentence and exit code 1."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import joblib
import pytest
import requests
from click.testing import CliRunner
from platforms import PYTHONPATH, ask
from sklearn.linear_model import LogisticRegression

from ppa.cli.entry import main
from ppa.cli.main import ppa as command
from ppa.client.api import Api, ApiProblem
from ppa.client.find_app import ADDRESS_FILE
from ppa.core.errors import Unavailable
from ppa.ops.clock import utc_now

PATIENCE = 300


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Environment of a command, without settings of the machine."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PPA_", "PORT"))}
    # the platform's own clock is the machine's here: history is a few days before today
    history = {"PPA_HISTORY_FROM": f"{utc_now() - timedelta(days=3):%F}"}
    return {
        **plain,
        "PYTHONPATH": PYTHONPATH,
        "PPA_HOME": str(home),
        **history,
        **settings,
    }


def ppa(home: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in a process of its own."""
    command = [sys.executable, "-c", "from ppa.cli.entry import main; main()", *arguments]
    return subprocess.run(
        command,
        env=environment(home, **settings),
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def assert_refused(code: int, printed: str, words: str, expected: int = 1) -> None:
    """Assert an exit code and a single line that contains `words`."""
    assert code == expected, printed
    (line,) = printed.strip().splitlines()
    assert words in line


@dataclass(frozen=True)
class App:
    """Running `ppa run`."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def wait_to_say(self, words: str) -> None:
        """Wait until the output contains some words; fail after a timeout."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def rows(self) -> int:
        """Number of rows."""
        return int(ask(f"{self.url}/api/v1/status").json()["rows"])


@contextmanager
def running(home: Path, log: Path) -> Iterator[App]:
    """Start `ppa run` with synthetic data, and wait until it responds."""
    port = free_port()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", "from ppa.cli.entry import main; main()", "run"],
            env=environment(home, PPA_SOURCE="synthetic", PORT=str(port)),
            cwd=home.parent,
            stdout=file,
            stderr=file,
        )
    app = App(process, f"http://localhost:{port}", log)
    try:
        wait_for(app, home)
        yield app
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(app: App, home: Path) -> None:
    """Wait until the app has stored its address and responds; fail if it exits."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert app.process.poll() is None, app.log.read_text()
        if (home / ADDRESS_FILE).exists() and ask(f"{app.url}/healthz").ok:
            return
        time.sleep(0.1)
    pytest.fail(f"nothing answered: {app.log.read_text()}")


# ── one day with it ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of an app that was started, used by other processes, and stopped by Ctrl-C."""
    home = tmp_path_factory.mktemp("lived") / "home"
    with running(home, home.parent / "first.log") as app:
        label = ppa(home, "labels", "save", "--lookahead", "6", "--threshold", "0.01", "--name", "Six hours")
        assert label.stdout.startswith("btc-touch-6h-100bp"), label.stderr
        listed = ppa(home, "labels", "list")
        assert "Six hours" in listed.stdout, listed.stderr
        second = ppa(home, "run", PPA_SOURCE="synthetic", PORT=str(free_port()))
        assert_refused(second.returncode, second.stderr, "Another process has the warehouse")
        assert (home / ADDRESS_FILE).read_text() == app.url
        (home / "rows").write_text(str(app.rows()))
        app.wait_to_say("No example models: ")
        assert app.stop() == 0, app.log.read_text()
    return home


def test_a_first_start_says_what_it_does_and_ctrl_c_stops_it_cleanly(lived: Path) -> None:
    printed = (lived.parent / "first.log").read_text()
    assert re.search(r"History: [\d,]+ observations stored\.", printed)
    assert "Price Prediction App: http://localhost:" in printed
    assert printed.index("Price Prediction App: ") < printed.index("No example models: ")
    assert printed.rstrip().endswith("Stopped. All data is saved; `make run` starts the app again.")
    assert "Traceback" not in printed
    assert int((lived / "rows").read_text()) >= 3 * 24 - 2


def test_when_the_app_has_stopped_the_command_works_in_place(lived: Path) -> None:
    assert not (lived / ADDRESS_FILE).exists()
    listed = ppa(lived, "labels", "list")
    assert (listed.returncode, "Six hours" in listed.stdout) == (0, True)


def test_an_address_left_by_a_crash_is_not_believed(lived: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(lived, tmp_path / "home"))
    (home / ADDRESS_FILE).write_text(f"http://localhost:{free_port()}")
    assert "Six hours" in ppa(home, "labels", "list").stdout


def test_a_second_start_keeps_all_data_and_a_terminated_one_ends_well(lived: Path) -> None:
    with running(lived, lived.parent / "second.log") as app:
        assert app.rows() >= int((lived / "rows").read_text())
        labels = ask(f"{app.url}/api/v1/labels").json()["labels"]
        assert "Six hours" in [label["name"] for label in labels]
        assert app.stop(signal.SIGTERM) == 0
    assert "Traceback" not in app.log.read_text()


@pytest.mark.torture
def test_a_killed_app_starts_again_with_all_data(lived: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(lived, tmp_path / "home"))
    with running(home, tmp_path / "killed.log") as app:
        saved = ask(f"{app.url}/api/v1/labels", "POST", json={"lookahead": 3, "name": "Just before"})
        assert saved.status_code == 201
        app.process.kill()
    assert "Just before" in ppa(home, "labels", "list").stdout


def test_a_command_brings_nothing_along_that_only_the_app_needs() -> None:
    heavy = "{'pandas', 'sklearn', 'flask', 'duckdb', 'ppa.platform'}"
    script = f"import sys, ppa.cli.main; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ── what cannot be done ─────────────────────────────────────────────────────────────────────────


def test_a_port_in_use_is_one_sentence_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = ppa(tmp_path / "home", "run", PPA_SOURCE="synthetic", PORT=str(port))
    assert_refused(
        done.returncode,
        done.stderr,
        f"Port {port} is in use; stop the process that uses it, or choose another",
    )
    assert not (tmp_path / "home").exists()


def test_a_damaged_database_is_one_sentence_and_stays_as_it_is(lived: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(lived, tmp_path / "home"))
    file = home / "warehouse.duckdb"
    damaged = file.read_bytes()[:5000]
    file.write_bytes(damaged)
    done = ppa(home, "run", PPA_SOURCE="synthetic", PORT=str(free_port()))
    assert_refused(done.returncode, done.stderr, "cannot be read")
    assert file.read_bytes() == damaged
    assert not (home / ADDRESS_FILE).exists()


@dataclass(frozen=True)
class Here:
    """Commands in this process with a home of their own; the table of errors would else start many processes."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def ppa(self, *arguments: str) -> tuple[int, str]:
        """Exit code and stderr of a command."""
        self.capsys.readouterr()
        sys.argv = ["ppa", *arguments]
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), self.capsys.readouterr().err
        return 0, self.capsys.readouterr().err

    def stored(self) -> bytes:
        """Content of the warehouse's file."""
        return (self.home / "warehouse.duckdb").read_bytes()


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """Empty home."""
    home = tmp_path / "home"
    for name in [name for name in os.environ if name.startswith(("PPA_", "PORT"))]:
        monkeypatch.delenv(name)
    for name, value in {"PPA_HOME": str(home), "PPA_SOURCE": "csv"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", [])
    return Here(home, capsys)


def bars(hours: int, first: datetime = datetime(2022, 1, 1, tzinfo=UTC), zone: str = "Z") -> list[str]:
    """Lines of a file of hourly bars."""
    stamps = [f"{first + timedelta(hours=n):%Y-%m-%dT%H:%M:%S}{zone}" for n in range(hours)]
    return ["time,open,high,low,close,volume", *(f"{stamp},100,101,99,100.5,2" for stamp in stamps)]


FILES = {
    "no table": (["once upon a time", "there was a price"], "no price bars"),
    "nothing": ([], "empty"),
    "no zone": ([line.replace("T", " ") for line in bars(30, zone="")], "time zone"),
    "a future bar": (bars(30, datetime(2200, 1, 1, tzinfo=UTC)), "future"),
    "a negative price": ([*bars(30), "2022-01-03T00:00:00Z,100,101,-99,100,2"], "line 32"),
    "a word for a price": ([*bars(30), "2022-01-03T00:00:00Z,100,101,99,cheap,2"], "line 32"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_cannot_be_read_is_one_sentence_and_stores_nothing(
    here: Here, tmp_path: Path, fault: str
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    lines, words = FILES[fault]
    good.write_text("\n".join(bars(24)) + "\n")
    bad.write_text("\n".join(lines))
    assert here.ppa("import-csv", str(good)) == (0, "")
    before = here.stored()
    code, printed = here.ppa("import-csv", str(bad))
    assert_refused(code, printed, words, expected=2)
    assert "bad.csv" in printed
    assert here.stored() == before


def test_a_dry_run_prints_the_preview_and_stores_nothing(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    rows = [f"BTC,{line}" for line in bars(24)[1:]] + [f"ETH,{line}" for line in bars(24)[1:]]
    file.write_text("\n".join(["symbol,time,open,high,low,close,volume", *rows]) + "\n")
    options = ["--where", "symbol=BTC", "--shift", "..=+1h"]
    shown = CliRunner().invoke(command, ["import-csv", str(file), "--dry-run", *options])
    assert shown.exit_code == 0, shown.output
    for words in (
        "close is 'close' (exact heading 'close').",
        "24 of 48 rows have symbol=BTC.",
        "24 bars moved by +1 hours.",
        "Line 2 is 2022-01-01 01:00 UTC: open 100, high 101, low 99, close 100.5, volume 2.",
        "Dry run: nothing is stored.",
    ):
        assert words in shown.output
    with duckdb.connect(str(here.home / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute("SELECT count(*) FROM observations").fetchone() == (0,)
    stored = CliRunner().invoke(command, ["import-csv", str(file), *options])
    assert "Imported: 120 new observations" in stored.output


def test_a_series_is_shown_and_imported(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("DATE,DFF,published\n2022-01-01,0.08,2022-01-04\n2022-01-02,0.08,2022-01-05\n")
    asked = ["import-series", str(file), "--name", "federal_funds", "--columns", "value=DFF"]
    shown = CliRunner().invoke(command, [*asked, "--lag", "24h", "--dry-run"])
    assert "2 values of federal_funds, 2022-01-01 to 2022-01-02" in shown.output
    assert "Dry run: nothing is stored." in shown.output
    stored = CliRunner().invoke(command, [*asked, "--known-at", "published"])
    assert "Each is known from the time that the file states." in stored.output
    assert "Imported: 2 new observations" in stored.output
    assert "Batch federal_funds-" in stored.output


COMMANDS = {
    "dataset nowhere -o {home}/data.csv": "There is no label 'nowhere'",
    "dataset nowhere -o {home}/missing/data.csv": "No such file or directory",
    "labels save --lookahead 0": "lookahead is 0",
    "labels save --threshold -1": "threshold is -1.",
    "labels save --from 2010-01-01 --to 2010-02-01": "There are no BTC bars from 2010-01-01",
    "labels save --from 2022-01-02 --to 2022-01-01": "is not before",
    "models activate nobody-v1": "There is no model 'nobody-v1'",
    "models upload {home}/notes.json --metadata {home}/notes.json": "notes.json is not valid JSON",
    "models upload {home}/bad.joblib --metadata {home}/fine.json": "bad.joblib cannot be loaded",
    "models upload {home}/old.joblib --metadata {home}/fine.json": "old.joblib was saved with scikit-learn 1.5.2",
    "models upload {home}/notes.json --metadata {home}/fine.json": "is not a model file",
    "replay --from 2022-01-01 --to 2022-01-02": "No model is active",
    "import-csv {home}/good.csv --asset DOGE": "There is no asset 'DOGE'",
    "import-series {home}/good.csv --name lending": "There is no series 'lending'; choose one of ",
    "train --label nowhere": "There is no label 'nowhere'",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_done_is_one_sentence(
    here: Here, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.home.mkdir()
    (here.home / "good.csv").write_text("\n".join(bars(24)) + "\n")
    (here.home / "notes.json").write_text("not JSON")
    (here.home / "fine.json").write_text("{}")
    (here.home / "bad.joblib").write_bytes(b"garbage")
    with monkeypatch.context() as earlier:
        earlier.setattr("sklearn.base.__version__", "1.5.2")
        joblib.dump(LogisticRegression(), here.home / "old.joblib")
    assert here.ppa("import-csv", str(here.home / "good.csv")) == (0, "")
    code, printed = here.ppa(*command.format(home=here.home).split())
    assert_refused(code, printed, COMMANDS[command])
    assert not list(here.home.glob("*.part"))


def test_real_bars_are_not_imported_where_synthetic_ones_are(
    lived: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(lived, here.home)
    file = here.home / "bars.csv"
    file.write_text("\n".join(bars(24)) + "\n")
    monkeypatch.delenv("PPA_SOURCE")
    before = here.stored()
    assert_refused(*here.ppa("import-csv", str(file)), "never mixed")
    monkeypatch.setenv("PPA_SOURCE", "csv")
    assert_refused(*here.ppa("import-csv", str(file)), "holds synthetic data")
    assert here.stored() == before


def test_an_address_where_nobody_answers_is_one_sentence(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PPA_URL", f"http://127.0.0.1:{free_port()}")
    assert_refused(*here.ppa("labels", "list"), "does not respond")


def test_an_answer_that_breaks_off_is_no_success() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        api = Api(requests.Session(), f"http://127.0.0.1:{listener.getsockname()[1]}")
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        for body in (b"7\r\n{}\n{}\n{\r\n", b'11\r\n{"stage":"half"}\n\r\n0\r\n\r\n'):
            with pytest.raises((Unavailable, ApiProblem), match="does not respond"):
                list(answering(listener, api, head + body))


def answering(listener: socket.socket, api: Api, answer: bytes) -> Iterator[dict[str, object]]:
    """Events of a request to a server that responds with these bytes and disconnects."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield from api.events("replay", json={})
    thread.join()
