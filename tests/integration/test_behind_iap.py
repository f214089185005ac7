"""MLflow, and the app itself, behind Identity-Aware Proxy: who runs as a service account signs in by itself."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from platforms import PYTHONPATH, Small, add_model, ask, copied, served, small, trained

from ppa.client.api import ApiProblem, connect_api
from ppa.core.errors import Unavailable
from ppa.ops.iap import SCOPE, SignedJwt
from ppa.ops.settings import Settings, load_settings
from ppa.outside.tracking.client import Mlflow
from ppa.outside.tracking.errors import TrackingError
from ppa.outside.tracking.outbox import Outbox, log_pending, tracking_state
from ppa.repository.models import find_model
from ppa_web import create_app
from tests.fakes.google_account import ACCESS_TOKEN, EMAIL, FakeAccount, FakeIap
from tests.fakes.mlflow import FakeMlflow, fake_mlflow, serving


@dataclass
class Cloud:
    """An MLflow that only the account gets to, what stands before it, and where each is."""

    mlflow: FakeMlflow
    iap: FakeIap
    google: str

    @property
    def account(self) -> FakeAccount:
        return self.iap.account

    @property
    def environ(self) -> dict[str, str]:
        """What the web service is told of them, and by Cloud Run where the metadata server is."""
        host = self.google.removeprefix("http://")
        return {
            "CLOUDSDK_CONFIG": "/nowhere",
            "GCE_METADATA_HOST": host,
            "GCE_METADATA_IP": host,
            "MLFLOW_TRACKING_URI": self.mlflow.url,
            "PPA_IAMCREDENTIALS_BASE_URL": f"{self.google}/v1",
            "PPA_MLFLOW_AUDIENCE": f"{self.mlflow.url}/*",
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    def signer(self, **how: object) -> SignedJwt:
        return SignedJwt(f"{self.mlflow.url}/*", f"{self.google}/v1", **how)  # type: ignore[arg-type]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """As on Cloud Run: whoever asks for default credentials gets those of the fake account."""
    account = FakeAccount()
    fronts: list[FakeIap] = []

    def before(mlflow: FakeMlflow) -> FakeIap:
        fronts.append(FakeIap(mlflow, account))
        return fronts[0]

    with serving(account) as google, fake_mlflow(before) as mlflow:
        built = Cloud(mlflow, fronts[0], google)
        for name, value in built.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
        # read from the environment when google-auth was imported
        monkeypatch.setattr(
            "google.auth.compute_engine._metadata._GCE_METADATA_HOST", google.removeprefix("http://")
        )
        yield built


@pytest.fixture
def site(history: Path, tmp_path: Path, cloud: Cloud) -> Iterator[Small]:
    """A platform with two models that this MLflow has not heard of."""
    running = small(copied(history, tmp_path))
    ours, theirs = running.platform.settings, cloud.settings
    reported = replace(
        ours,
        mlflow_tracking_uri=theirs.mlflow_tracking_uri,
        mlflow_audience=theirs.mlflow_audience,
        base_urls={**ours.base_urls, **theirs.base_urls},
    )
    yield replace(running, platform=replace(running.platform, settings=reported))
    running.platform.close()


def test_the_account_signs_once_and_every_model_is_told(site: Small, cloud: Cloud) -> None:
    assert log_pending(site.platform) == []
    assert {run["tags"]["ppa.model_id"] for run in cloud.mlflow.runs.values()} == {"calm-v1", "bold-v1"}
    assert cloud.mlflow.files
    assert (len(cloud.account.signed), cloud.iap.refusals) == (1, [])
    assert cloud.account.scopes == {SCOPE}, "the access token may do more than sign"


def test_an_upload_waits_for_its_run_as_nothing_goes_on_after_the_answer(site: Small, cloud: Cloud) -> None:
    outbox = Outbox(site.platform)
    outbox.wake()
    outbox.settle()
    assert tracking_state(site.platform, "calm-v1").state == "logged"
    cloud.iap.accessors = set()
    add_model(site.platform, find_model(site.platform, "calm-v1"), "late", trained(site.platform))
    outbox.wake()
    outbox.settle()
    assert "403" in str(tracking_state(site.platform, "late-v1").error)
    outbox.stop()


def test_it_finds_its_account_as_programs_on_cloud_run_do(cloud: Cloud) -> None:
    """In a process of its own, which knows the metadata server by its environment variable alone."""
    script = "from ppa.ops.settings import load_settings; from ppa.outside.tracking.client import Mlflow; "
    script += "print(Mlflow(load_settings()).experiment('a'))"
    reported = {**os.environ, "PYTHONPATH": PYTHONPATH}
    done = subprocess.run([sys.executable, "-c", script], env=reported, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert cloud.mlflow.experiments == {"a": "1"}


@pytest.mark.parametrize("fault", ["may_not_sign", "iam_is_down", "may_not_enter"])
def test_who_is_not_let_in_loses_nothing(
    site: Small, cloud: Cloud, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.account.may_sign, cloud.account.down = fault != "may_not_sign", fault == "iam_is_down"
    cloud.iap.accessors = set() if fault == "may_not_enter" else {EMAIL}
    output = {
        "may_not_sign": "IAM returned 403",
        "iam_is_down": "IAM returned 503",
        "may_not_enter": f"Identity-Aware Proxy before MLflow at {cloud.mlflow.url} returned status 403",
    }
    with served(site.platform) as url:
        assert set(ask(f"{url}/api/v1/mlflow", "POST").json()["pending"]) == {"bold-v1", "calm-v1"}
        shown = ask(f"{url}/api/v1/models/calm-v1").json()["mlflow"]
        assert output[fault] in shown["error"]
        cloud.account.may_sign, cloud.account.down, cloud.iap.accessors = True, False, {EMAIL}
        assert ask(f"{url}/api/v1/mlflow", "POST").json()["logged"] == 2
    assert tracking_state(site.platform, "calm-v1").state == "logged"
    assert "calm-v1 was not logged to MLflow" in caplog.text


def test_a_token_is_renewed_before_it_expires(cloud: Cloud) -> None:
    now = [1_800_000_000.0]
    cloud.iap.clock = lambda: now[0]
    session = requests.Session()
    session.auth = cloud.signer(clock=lambda: now[0])

    def answers() -> int:
        address = f"{cloud.mlflow.url}/api/2.0/mlflow/runs/search"
        return session.post(address, json={"experiment_ids": [], "filter": "tags.`a` = 'b'"}).status_code

    for later, signed in ((0, 1), (3269, 1), (3270, 2), (6900, 3), (100_000, 4)):
        now[0] = 1_800_000_000.0 + later
        assert answers() == 200
        assert len(cloud.account.signed) == signed


def test_a_token_that_is_refused_is_not_sent_again(cloud: Cloud) -> None:
    mlflow = Mlflow(cloud.settings)
    mlflow.experiment("a")
    cloud.account.key = FakeAccount().key  # Google changes keys
    with pytest.raises(TrackingError, match="JWT signature is invalid"):
        mlflow.experiment("a")
    assert mlflow.experiment("a") == "1"


@pytest.mark.parametrize(
    ("reported", "output"),
    [
        ({"mlflow_audience": "https://mlflow.example.com/*"}, "401 .* Invalid JWT audience"),
        ({"mlflow_audience": ""}, "302 .* empty token"),
        ({"mlflow_audience": "", "mlflow_token": "a.b.c"}, "401 .* Unable to parse JWT"),
    ],
)
def test_what_the_proxy_says_is_said(cloud: Cloud, reported: dict[str, str], output: str) -> None:
    with pytest.raises(
        TrackingError, match=f"Identity-Aware Proxy before MLflow at .* returned status {output}"
    ):
        Mlflow(replace(cloud.settings, **reported)).experiment("a")  # type: ignore[arg-type]
    assert cloud.mlflow.experiments == {}


def test_the_command_signs_in_to_an_app_behind_the_proxy(
    site: Small, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    iap = FakeIap(create_app(site.platform), cloud.account)
    with serving(iap) as url:
        monkeypatch.setenv("PPA_URL", url)
        with connect_api(cloud.settings) as api:
            assert {model["model_id"] for model in api.get("models")["models"]} == {"calm-v1", "bold-v1"}
        iap.accessors = set()
        with (
            connect_api(cloud.settings) as api,
            pytest.raises(
                ApiProblem, match=r"^Identity-Aware Proxy returned status 403: You don't have access\.$"
            ),
        ):
            api.get("models")


def test_a_person_cannot_sign(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    class Person:
        def refresh(self, _: object) -> None:
            """Refreshed."""

    monkeypatch.setattr("google.auth.default", lambda **_: (Person(), None))
    with pytest.raises(Unavailable, match="Only a service account can sign in to http"):
        Mlflow(cloud.settings).experiment("a")


def test_no_token_is_ever_logged_or_stored(
    site: Small, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        cloud.iap.accessors = set()
        log_pending(site.platform)
        cloud.iap.accessors = {EMAIL}
        cloud.mlflow.down = True
        log_pending(site.platform)
        cloud.mlflow.down = False
        log_pending(site.platform)
    stored = site.platform.warehouse.query("mlflow_runs").to_pylist()
    for secret in (ACCESS_TOKEN, *cloud.account.signed, *(jwt.split(".")[2] for jwt in cloud.account.signed)):
        assert secret not in caplog.text + str(stored)


def test_a_file_that_is_too_large_is_left_out(site: Small, cloud: Cloud) -> None:
    cloud.mlflow.largest = 0
    assert log_pending(site.platform) == []
    assert (len(cloud.mlflow.runs), cloud.mlflow.files) == (2, {})
