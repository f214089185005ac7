"""The functions as deployed: their main.py, served by functions-framework in a separate process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from platforms import NOW, PYTHONPATH, REPOSITORY, ask, assert_problem, copied, small

from ppa.cli.timer import scheduler_headers
from ppa.core.times import utc

PATIENCE = 60


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def function(name: str, home: Path, **environment: str) -> Iterator[str]:
    """Start a function as Cloud Run does; yields its URL."""
    port = free_port()
    source = REPOSITORY / "functions" / name / "main.py"
    command = [sys.executable, "-m", "functions_framework", f"--target={name}", f"--source={source}"]
    settings = {"PPA_HOME": str(home), "PPA_SOURCE": "csv", **environment, "PYTHONPATH": PYTHONPATH}
    process = subprocess.Popen(
        [*command, "--host=127.0.0.1", f"--port={port}"],
        env={**os.environ, **settings},
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the function responds; fail if its process ends first."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1].decode()
        try:
            ask(url, "HEAD")
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing answered at {url}")


def test_predict_answers_scheduler_and_writes_down_for_when_it_was_called(
    history: Path, tmp_path: Path
) -> None:
    home = copied(history, tmp_path / "home")
    due = NOW + timedelta(hours=1)
    with function("predict", home) as url:
        assert_problem(
            ask(url), 405, "The function predict is called by POST, not GET.", "method_not_allowed"
        )
        assert_problem(ask(f"{url}elsewhere", "POST"), 404, "has nothing at /elsewhere", "not_found")
        headers = scheduler_headers("predict", due)
        answers = [ask(url, "POST", headers=headers) for _ in range(2)]
        wrong = {**headers, "X-CloudScheduler-ScheduleTime": "half past"}
        assert_problem(ask(url, "POST", headers=wrong), 400, "ScheduleTime is 'half past'", "bad_input")
        by_hand = ask(url, "POST")
    assert [answer.status_code for answer in [*answers, by_hand]] == [200] * 3
    assert answers[0].json() == {"rows": 0, "hours": 0, "models": 0, "hour": "2026-03-01T12:00:00+00:00"}
    site = small(home)
    runs = site.table("job_runs", since=utc(NOW) - timedelta(days=1), maximum=10).sort_values("started_at")
    site.platform.close()
    assert runs["job"].tolist() == ["predict"] * 3
    assert runs["scheduled_for"].tolist()[:2] == [utc(due)] * 2
    assert runs["scheduled_for"].iloc[2] == runs["started_at"].iloc[2].floor("min")
    assert runs["attempt"].is_unique
    assert (runs["status"] == "ok").all()


@pytest.mark.parametrize("name", ["ingest", "backfill"])
def test_the_others_answer_the_same_way(name: str, tmp_path: Path) -> None:
    with function(name, tmp_path) as url:
        assert_problem(ask(url), 405, f"The function {name} is called by POST")
        answer = ask(url, "POST", headers=scheduler_headers(name, NOW))
    assert (answer.status_code, answer.json()["rows"]) == (200, 0)


def test_a_warehouse_that_cannot_be_opened_is_5xx_so_that_scheduler_tries_again(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"this is no database\n" * 1000)
    with function("ingest", tmp_path) as url:
        assert_problem(ask(url, "POST"), 503, "cannot be read", "warehouse")


def test_a_job_that_fails_is_5xx_in_general_words_and_its_run_says_why(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ppa.functions.local import local_function

    site = small(copied(history, tmp_path / "home"))
    monkeypatch.setattr("ppa.jobs.ingest.ingest", _explode)
    app = local_function("ingest", site.platform)
    answer = app.test_client().post("/", headers=scheduler_headers("ingest", NOW))
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"] == "The job failed; its log says why."
    assert b"1234" not in answer.data
    (run,) = site.table("job_runs", since=utc(NOW), maximum=10).to_dict("records")
    site.platform.close()
    assert (run["status"], run["error"]) == ("error", "RuntimeError: the password is 1234")


def _explode(*_: object) -> None:
    raise RuntimeError("the password is 1234")
