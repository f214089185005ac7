"""The README's sequence on a real file: from price history to predictions on a page, command by command."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pages_helper import screenshot, visiting
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
BITSTAMP = ROOT.parent / "shared" / "data" / "btc" / "bitstamp_btcusd_1h_2018-05_2022-08.csv.gz"
PPA = Path(sys.executable).with_name("ppa")
MODEL = "my-model-v1"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not BITSTAMP.exists(), reason=f"the real price file {BITSTAMP.name} is not here"),
]


class Home:
    """A folder of one's own, an app running on it, and the command `ppa` in it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://localhost:{port}"
        self.environ = {
            **os.environ,
            "PPA_HOME": str(folder / "home"),
            "PPA_SOURCE": "csv",
            "PORT": str(port),
        }

    def start(self) -> subprocess.Popen[str]:
        """`ppa run`, waited for until it has printed its address."""
        app = subprocess.Popen(
            [PPA, "run"], env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert app.stdout is not None
        output = next(line for line in app.stdout if self.url in line)
        assert "Price Prediction App" in output
        return app

    def ppa(self, *arguments: str) -> str:
        """What `ppa …` printed; it must succeed."""
        return self.run(str(PPA), *arguments)

    def run(self, *command: str) -> str:
        """What a command printed; it must succeed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return " ".join(done.stdout.split())

    def get(self, path: str) -> dict:
        """The API's answer."""
        return requests.get(f"{self.url}/api/v1/{path}", timeout=60).json()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Home(tmp_path_factory.mktemp("main-job"), port)
    app = home.start()
    yield home
    app.send_signal(signal.SIGINT)
    assert app.wait(timeout=30) == 0


def test_from_a_price_file_to_predictions_on_a_page(home: Home) -> None:
    report = home.ppa("import-csv", str(BITSTAMP), "--asset", "BTC")
    assert "37,387 hours from 2018-05-15 06:00 UTC to 2022-08-20 00:00 UTC" in report
    assert "186935 new observations, 0 revised" in report
    assert "0 new observations, 0 revised, 186935 unchanged" in home.ppa("import-csv", str(BITSTAMP))

    label = home.ppa("labels", "save", "--lookahead", "24", "--threshold", "0.02")
    assert home.ppa("labels", "save", "--lookahead", "24", "--threshold", "0.02") == label
    assert "37,387 rows in btc.csv" in home.ppa("dataset", label, "-o", "btc.csv")
    manifest = json.loads((home.folder / "btc.manifest.json").read_text())
    header = (home.folder / "btc.csv").open().readline().strip().split(",")
    assert header == ["ts", *manifest["features"], "label"]
    assert manifest["source"] == "real"

    walked = home.run(sys.executable, str(ROOT / "examples" / "train.py"), "btc.csv", "--name", "my-model")
    assert "ROC AUC, walk-forward" in walked
    registered = home.ppa("models", "upload", "my-model.ppa")
    assert "✓ Dataset: Its 37,387 rows match the stored rows" in registered
    assert f"{MODEL}: accuracy" in registered
    assert f"{MODEL} is active" in home.ppa("models", "activate", MODEL)
    assert "264 new predictions over 264 hours" in home.ppa(
        "replay", "--from", "2022-08-01", "--to", "2022-08-12"
    )
    assert "0 new predictions over 264 hours" in home.ppa(
        "replay", "--from", "2022-08-01", "--to", "2022-08-12"
    )
    proof = home.ppa("verify", "parity", "--from", "2022-08-01", "--to", "2022-08-12")
    assert proof == "264 rows and 264 predicted vectors compared, 0 differ."


def test_what_is_stored_of_it(home: Home) -> None:
    predictions = home.get(f"predictions?model_id={MODEL}&origin=replay&limit=1000")["predictions"]
    assert len(predictions) == 264
    assert all(
        0 <= p["probability"] <= 1 and p["outcome"] in (0, 1) and len(p["feature_hash"]) == 64
        for p in predictions
    )
    performance = home.get(f"models/{MODEL}/performance?origin=replay")
    assert performance["counts"] == {
        "predictions": 264,
        "without": 0,
        "matured": 264,
        "pending": 0,
        "withdrawn": 0,
    }
    right = sum(p["decision"] == bool(p["outcome"]) for p in predictions)
    figures, rates = performance["evaluation"], performance["base_rates"]
    assert figures["accuracy"] == pytest.approx(right / 264)
    assert figures["effective_n"] == 11
    assert 0.5 <= rates["majority"] < 1
    assert 0 < rates["last_hour_reverses"] < 1
    # an hour's direction of BTC is close to a coin's: more than this is a leak
    test = performance["test"]
    assert test["roc_auc"] < 0.65
    assert test["accuracy_low"] < test["base_rate"] + 0.05


def test_all_of_it_is_seen_on_the_pages(home: Home, browser: Browser) -> None:
    accuracy = home.get(f"models/{MODEL}/performance?origin=replay")["evaluation"]["accuracy"]
    with visiting(browser, home.url) as visit:
        visit.open(f"/performance/{MODEL}?origin=replay")
        expect(visit.page.locator("#verdict")).to_contain_text("11 effective outcomes")
        expect(visit.page.locator("main")).to_contain_text(f"{accuracy:.1%}")
        expect(visit.page.locator("main")).to_contain_text(
            re.compile("always say|majority|base rate", re.IGNORECASE)
        )
        screenshot(visit, home.folder, "performance")
        visit.open("/models")
        expect(visit.page.locator("main")).to_contain_text(MODEL)
        visit.open("/live")
        expect(visit.page.locator("main")).to_contain_text(MODEL)
        visit.open("/")
        expect(visit.page.locator("body")).not_to_contain_text("Synthetic data")
        assert visit.elsewhere == []
        assert visit.output == []
