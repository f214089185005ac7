"""Models in MLflow: exactly one complete run each, despite failures, verified with MLflow's own client."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from msgspec import structs
from platforms import FEATURES, REPOSITORY, SPEC, Small, add_model, ask, copied, served, small, trained
from sklearn.linear_model import LogisticRegression

from ppa.ops.settings import load_settings
from ppa.outside.tracking.outbox import Outbox, log_model, log_pending, tracking_state
from ppa.outside.tracking.training import begin_run
from ppa.platform import Platform
from ppa.repository.models import find_model
from tests.fakes.mlflow import FakeMlflow, fake_mlflow

MLFLOW = REPOSITORY / ".cache" / "mlflow"
PATIENCE = 300


@pytest.fixture
def fake() -> Iterator[FakeMlflow]:
    """Empty fake MLflow."""
    with fake_mlflow() as running:
        yield running


@pytest.fixture
def site(history: Path, tmp_path: Path, fake: FakeMlflow) -> Iterator[Small]:
    """Platform with two models that are not in MLflow."""
    running = small(copied(history, tmp_path))
    yield replace(running, platform=telling(running.platform, fake.url))
    running.platform.close()


def telling(platform: Platform, url: str) -> Platform:
    """The platform with MLflow configured."""
    return replace(platform, settings=replace(platform.settings, mlflow_tracking_uri=url))


def test_a_model_is_one_run_with_everything_that_belongs_to_it(site: Small, fake: FakeMlflow) -> None:
    assert log_pending(site.platform) == []
    assert fake.experiments == {SPEC.label_id: "1"}
    run = next(run for run in fake.runs.values() if run["tags"]["ppa.model_id"] == "calm-v1")
    model = find_model(site.platform, "calm-v1")
    assert (run["info"]["run_name"], run["info"]["status"]) == ("calm-v1", "FINISHED")
    assert run["metrics"]["roc_auc"][0] == pytest.approx(model.metrics["roc_auc"])
    assert run["metrics"]["confusion.tp"][0] == model.metrics["confusion"]["tp"]
    assert len(run["metrics"]["roc_true_positive_rate"]) > 20
    assert run["params"]["logisticregression__C"] == "1.0"
    assert (run["params"]["label.lookahead"], run["params"]["label.mode"]) == ("6", "touch")
    folder = f"1/{run['info']['run_id']}/artifacts"
    stored = site.platform.store.get(model.file, model.generation)
    assert fake.files[f"{folder}/model/model.skops"] == stored
    assert json.loads(fake.files[f"{folder}/model/features.json"]) == list(FEATURES)
    assert json.loads(fake.files[f"{folder}/label.json"])["label_id"] == SPEC.label_id


def test_what_was_told_is_not_told_again(site: Small, fake: FakeMlflow) -> None:
    log_pending(site.platform)
    runs = json.dumps(fake.runs)
    fake.down = True
    assert log_pending(site.platform) == []
    assert json.dumps(fake.runs) == runs


@pytest.mark.parametrize("calls", [0, 1, 2, 3, 4, 6, 9])
def test_going_down_in_the_middle_leaves_one_whole_run_in_the_end(
    site: Small, fake: FakeMlflow, calls: int
) -> None:
    model = find_model(site.platform, "calm-v1")
    fake.calls_left = calls
    assert not log_model(site.platform, model)
    reference = tracking_state(site.platform, "calm-v1")
    assert reference.state == "pending"
    assert fake.url in str(reference.error)
    fake.calls_left, fake.down = None, False
    assert log_pending(site.platform) == []
    assert sorted(run["tags"]["ppa.model_id"] for run in fake.runs.values()) == ["bold-v1", "calm-v1"]
    assert {run["info"]["status"] for run in fake.runs.values()} == {"FINISHED"}


def test_two_that_tell_at_once_leave_one_run(site: Small, fake: FakeMlflow) -> None:
    model = find_model(site.platform, "calm-v1")
    fake.meeting = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: log_model(site.platform, model), range(2)))
    assert log_pending(site.platform) == []
    assert len(fake.runs) == 3, "both made one"
    active = {name: run for name, run in fake.runs.items() if "lifecycle_stage" not in run["info"]}
    assert sorted(run["tags"]["ppa.model_id"] for run in active.values()) == ["bold-v1", "calm-v1"]
    assert tracking_state(site.platform, "calm-v1").run_id in active
    assert {run["info"]["status"] for run in active.values()} == {"FINISHED"}


def test_an_upload_succeeds_while_mlflow_is_down_and_is_told_later(site: Small, fake: FakeMlflow) -> None:
    fake.down = True
    with served(site.platform) as url:
        model = ask(f"{url}/api/v1/models/calm-v1").json()
        assert (model["mlflow"]["state"], model["mlflow"]["url"]) == ("pending", None)
        assert set(ask(f"{url}/api/v1/mlflow", "POST").json()["pending"]) == {"bold-v1", "calm-v1"}
        assert fake.url in ask(f"{url}/api/v1/models/calm-v1").json()["mlflow"]["error"]
        fake.down = False
        assert ask(f"{url}/api/v1/mlflow", "POST").json() == {"url": fake.url, "logged": 2, "pending": {}}
        link = ask(f"{url}/api/v1/models/calm-v1").json()["mlflow"]["url"]
        assert link.startswith(f"{fake.url}/#/experiments/1/runs/run")
        (label,) = ask(f"{url}/api/v1/labels").json()["labels"]
        assert label["mlflow"] == f"{fake.url}/#/experiments/1"


def test_the_outbox_goes_on_until_everything_is_told(
    site: Small, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppa.outside.tracking.outbox.FIRST_PAUSE", 0.05)
    fake.down = True
    outbox = Outbox(site.platform)
    outbox.wake()
    wait_until(lambda: tracking_state(site.platform, "calm-v1").error is not None)
    fake.down = False
    wait_until(lambda: tracking_state(site.platform, "bold-v1").state == "logged")
    wait_until(lambda: tracking_state(site.platform, "calm-v1").state == "logged")
    add_model(site.platform, find_model(site.platform, "calm-v1"), "late", trained(site.platform))
    outbox.wake()
    wait_until(lambda: tracking_state(site.platform, "late-v1").state == "logged")
    outbox.stop()
    assert len(fake.runs) == 3


def test_training_begins_the_run_that_the_upload_goes_on_with(
    site: Small, fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", fake.url)
    metadata = {"name": "calm", "label_id": SPEC.label_id, "user_metrics": {"cv_roc_auc": 0.61}}
    began = begin_run(LogisticRegression(C=0.3), metadata)
    model = find_model(site.platform, "calm-v1")
    assert log_model(site.platform, structs.replace(model, **began))
    (run,) = fake.runs.values()
    assert (run["params"]["C"], run["params"]["verbose"]) == ("0.3", "0"), "parameters were changed"
    assert run["metrics"]["user.cv_roc_auc"] == {0: 0.61}
    assert run["tags"]["ppa.model_id"] == "calm-v1"


def test_a_run_of_another_model_is_never_written_over(site: Small, fake: FakeMlflow) -> None:
    calm, bold = (find_model(site.platform, name) for name in ("calm-v1", "bold-v1"))
    log_model(site.platform, calm)
    (taken,) = fake.runs
    log_model(site.platform, structs.replace(bold, mlflow_run=taken))
    assert {run["tags"]["ppa.model_id"] for run in fake.runs.values()} == {"calm-v1", "bold-v1"}


def test_training_goes_on_without_mlflow(fake: FakeMlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.down = True
    monkeypatch.setenv("MLFLOW_TRACKING_URI", fake.url)
    assert begin_run(LogisticRegression(), {"name": "calm", "label_id": SPEC.label_id}) == {}
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert begin_run(LogisticRegression(), {}) == {}


def test_a_store_that_the_server_does_not_pass_on_to_gets_no_files(site: Small, fake: FakeMlflow) -> None:
    fake.proxies = False
    assert log_pending(site.platform) == []
    assert (len(fake.runs), fake.files) == (2, {})


def test_a_login_and_a_token_are_sent(history: Path, fake: FakeMlflow) -> None:
    from ppa.outside.tracking.client import Mlflow

    reported = {"MLFLOW_TRACKING_URI": fake.url, "MLFLOW_TRACKING_TOKEN": "secret"}
    Mlflow(load_settings(reported)).experiment("a")
    assert fake.authorized == {"Bearer secret"}
    named = {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "pw"}
    Mlflow(load_settings({"MLFLOW_TRACKING_URI": fake.url} | named)).experiment("b")
    assert "Basic bWU6cHc=" in fake.authorized
    assert "secret" not in repr(load_settings(reported))


READ_BACK = """
import json, sys, mlflow
client = mlflow.MlflowClient(sys.argv[1])
(experiment,) = client.search_experiments(filter_string=f"name = '{sys.argv[2]}'")
runs = client.search_runs([experiment.experiment_id])
run = next(run for run in runs if run.data.tags["ppa.model_id"] == "calm-v1")
curve = client.get_metric_history(run.info.run_id, "roc_true_positive_rate")
file = client.download_artifacts(run.info.run_id, "model/model.skops", sys.argv[3])
print(json.dumps({"runs": len(runs), "metrics": run.data.metrics, "params": run.data.params, "status": run.info.status,
  "curve": len(curve), "file": file}))
"""


@contextmanager
def real_mlflow(folder: Path) -> Iterator[str]:
    """Server as started by `make mlflow`, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {**os.environ, "MLFLOW_PORT": str(port), "PPA_HOME": str(folder)}
    server = subprocess.Popen(["make", "-s", "mlflow"], cwd=REPOSITORY, env=settings, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: healthy(url) or server.poll() is not None)
        assert server.poll() is None, "`make mlflow` ended by itself"
        yield url
    finally:
        if server.poll() is None:
            os.killpg(server.pid, 15)
        server.wait(PATIENCE)


@pytest.fixture
def mlflow() -> None:
    """MLflow environment, installed on first use as `make mlflow` does."""
    done = subprocess.run(
        ["make", "-s", ".cache/mlflow/installed"], cwd=REPOSITORY, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"MLflow could not be installed, its server is not asked: {done.stderr.strip()}")


@pytest.mark.torture
@pytest.mark.usefixtures("mlflow")
def test_mlflows_own_client_reads_back_what_its_server_was_told(site: Small, tmp_path: Path) -> None:
    with real_mlflow(tmp_path / "mlflow-home") as url:
        platform = telling(site.platform, url)
        assert log_pending(platform) == []
        model = find_model(platform, "calm-v1")
        assert log_model(platform, model), "the same again is no error"
        reported = [str(MLFLOW / "bin" / "python"), "-c", READ_BACK, url, SPEC.label_id, str(tmp_path)]
        read = json.loads(subprocess.run(reported, capture_output=True, check=True, text=True).stdout)
    assert (read["runs"], read["status"], read["params"]["logisticregression__C"]) == (2, "FINISHED", "1.0")
    assert read["metrics"]["log_loss"] == pytest.approx(model.metrics["log_loss"])
    assert read["curve"] > 20
    stored = platform.store.get(model.file, model.generation)
    assert Path(read["file"]).read_bytes() == stored


def healthy(url: str) -> bool:
    """True if the server responds."""
    try:
        return requests.get(f"{url}/health", timeout=2).ok
    except requests.RequestException:
        return False


def wait_until(true) -> None:
    """Wait for a condition; fail after a timeout."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
