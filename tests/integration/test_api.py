"""The JSON API over a socket: responses, and errors for invalid requests."""

import csv
import gzip
import io
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from platforms import (
    FEATURES,
    HOUR,
    LOOKAHEAD,
    NOW,
    SPEC,
    Small,
    ask,
    assert_problem,
    copied,
    served,
    small,
    walk,
)

from ppa.core.origins import ORIGINS
from ppa.ops.catalogue_file import load_catalogue

LIVED = 8
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MODEL = {
    "model_id", "name", "version", "label_id", "asset", "lookahead", "threshold", "mode", "estimator", "active",
    "uploaded_at", "uploaded_by", "train_from", "train_to", "test_from", "test_to", "source", "metrics", "notes",
}  # fmt: skip
METRICS = {
    "n", "effective_n", "accuracy", "accuracy_low", "accuracy_high", "base_rate", "balanced_accuracy", "precision",
    "recall", "f1", "roc_auc", "average_precision", "log_loss", "brier", "ece", "confusion",
}  # fmt: skip
LABEL = {
    "label_id", "name", "asset", "mode", "lookahead", "threshold", "stop_loss", "volatility_window", "range_from",
    "range_to", "created_at", "created_by", "models", "archived_at", "archived_by", "mlflow",
}  # fmt: skip
SUMMARY = {
    "positives", "negatives", "unknown", "share_positive", "independent_events", "longest_run_hours", "by_year",
    "warnings",
}  # fmt: skip
PREDICTION = {
    "model_id", "ts", "origin", "due_at", "made_at", "matures_at", "probability", "threshold", "decision", "price",
    "target_price", "feature_hash", "reason", "detail", "outcome",
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """An app on a socket and its platform."""

    url: str
    small: Small

    def get(self, path: str, **arguments: object) -> Any:
        """Return the JSON of a successful GET."""
        answer = self.ask(path, params=arguments)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()

    def ask(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """Send a request below /api/v1."""
        return ask(f"{self.url}/api/v1/{path}", method, **options)


@pytest.fixture(scope="module")
def site(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two months of bars, two models and eight live hours, one of them without its bar."""
    lived = small(copied(history, tmp_path_factory.mktemp("api")))
    lived.activate("calm-v1", "bold-v1")
    lived.market.withheld.add(NOW.replace(minute=0) + HOUR)
    lived.live(LIVED)
    with served(lived.platform) as url:
        ask(f"{url}/functions/predict", "POST").raise_for_status()
        yield Site(url, lived)
    lived.platform.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An empty platform."""
    nothing = small(tmp_path_factory.mktemp("empty"))
    with served(nothing.platform) as url:
        yield Site(url, nothing)
    nothing.platform.close()


def assert_moments(body: object) -> None:
    """Assert that every text that starts like a time is ISO 8601 in UTC."""
    if isinstance(body, dict):
        body = list(body.values())
    if isinstance(body, list):
        for item in body:
            assert_moments(item)
    elif isinstance(body, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", body):
        assert MOMENT.fullmatch(body), body


# ── what is there ───────────────────────────────────────────────────────────────────────────────


def test_status_says_how_everything_is(site: Site) -> None:
    status = site.get("status")
    assert status.keys() >= {
        "version",
        "now",
        "source",
        "source_note",
        "catalogue_version",
        "last_closed_hour",
    }
    assert (status["source"], status["source_note"]) == ("real", "Real data from coinbase, fred.")
    assert status["first_hour"] == "2026-01-01T00:00:00Z"
    assert status["rows"] == len(walk(site.small.clock.now))
    assert status["healthy"] == (status["problems"] == [])
    series = {entry["name"]: entry for entry in status["series"]}
    assert series["btc_usd_close"].keys() >= {
        "cadence",
        "source",
        "newest_event",
        "known_at",
        "age_hours",
        "late",
    }
    assert series["btc_usd_close"]["late"] is False
    assert series["gold"]["observations"] == 0
    assert [job["job"] for job in status["jobs"]] == ["predict"]
    times = {"scheduled_for", "started_at", "finished_at", "seconds"}
    assert status["jobs"][0].keys() >= times | {"status", "rows", "error"}
    assert {s["job"]: s["next"] for s in status["schedules"]}["predict"] > status["now"]
    assert_moments(status)


def test_assets_features_and_quotes_follow_the_catalogue(site: Site) -> None:
    catalogue = load_catalogue()
    assets = site.get("assets")["assets"]
    assert [asset["id"] for asset in assets] == list(catalogue.assets)
    assert assets[0] == {
        "id": "BTC",
        "name": "Bitcoin",
        "pair": "BTC/USD",
        "first": "2026-01-01T00:00:00Z",
        "last": f"{walk(site.small.clock.now).index[-1]:%FT%TZ}",
    }
    features = site.get("features")["features"]
    assert [feature["name"] for feature in features] == list(catalogue.feature_names)
    assert all(
        feature.keys()
        == {"name", "group", "unit", "description", "transform", "inputs", "cadence", "sources"}
        | {"coverage", "first_hour", "last_hour", "sparkline"}
        for feature in features
    )
    (quote,) = site.get("quotes")["quotes"]
    assert quote.keys() == {"asset", "ts", "price", "source", "age_seconds"}
    assert (quote["asset"], quote["price"]) == ("BTC", walk(site.small.clock.now).iloc[-1])
    assert_moments([assets, features, quote])


def test_a_chart_has_every_hour_or_as_many_as_were_asked_for(site: Site) -> None:
    closes = walk(site.small.clock.now).drop(pd.Timestamp(NOW).floor("h") + HOUR)
    whole = site.get("chart", asset="btc", features="btc_usd_return_1h,hour_of_day")
    assert whole["close"] == closes.tolist()
    assert (whole["pair"], whole["unit"], whole["asset"]) == ("BTC/USD", "USD", "BTC")
    assert whole["available"] == {"from": whole["ts"][0], "to": whole["ts"][-1]}
    assert whole["features"].keys() == {"btc_usd_return_1h", "hour_of_day"}
    assert whole["features"]["hour_of_day"]["values"][:25] == [*range(24), 0]
    assert whole["features"]["btc_usd_return_1h"]["values"][0] is None
    thin = site.get("chart", asset="BTC", points=100)
    assert 50 < len(thin["ts"]) <= 102
    assert {min(thin["close"]), max(thin["close"])} == {closes.min(), closes.max()}
    day = site.get("chart", **{"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"})
    assert (len(day["ts"]), day["from"], day["ts"][0]) == (24, "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z")
    bars = day["candles"]
    assert bars["ts"] == day["ts"]
    assert bars["close"] == bars["high"] == day["close"]
    assert whole["candles"] is thin["candles"] is None
    aged = site.get(
        "chart", features="federal_funds,hour_of_day", **{"from": "2026-01-05", "to": "2026-01-06"}
    )
    ages = aged["features"]["federal_funds"]["age_hours"]
    assert [later - age for age, later in itertools.pairwise(ages)].count(1) >= 22  # an hour older each hour
    assert aged["features"]["hour_of_day"]["age_hours"] is None
    assert_moments([whole, thin, day])


def test_a_label_is_tried_out_saved_once_and_described(site: Site) -> None:
    query = {"asset": "BTC", "mode": "close", "lookahead": 12, "threshold": 0.005}
    preview = site.get("labels/preview", **query)
    assert preview.keys() == {"label_id", "definition", "saved", "summary", "payoff", "stretches"}
    assert preview["summary"].keys() == SUMMARY
    assert preview["saved"] is False
    summary = preview["summary"]
    drawn = preview["stretches"]
    assert sum(drawn["rises"][1::2]) == summary["positives"] > 0
    assert sum(drawn["unknown"]) == len(walk(site.small.clock.now))  # the last of them are the last hours
    assert sum(drawn["unknown"][1::2]) == summary["unknown"]
    assert drawn["from"] == "2026-01-01T00:00:00Z"
    payoff = preview["payoff"]
    assert payoff["gain"] > 0.005 > payoff["fee"] == 0.002
    assert payoff["break_even"] * payoff["gain"] + (1 - payoff["break_even"]) * payoff[
        "loss"
    ] == pytest.approx(0.002)
    assert site.get("labels/preview", **query, fee=0)["payoff"]["break_even"] < payoff["break_even"]
    assert summary["share_positive"] == summary["positives"] / (summary["positives"] + summary["negatives"])
    assert summary["by_year"] == {"2026": summary["share_positive"]}
    saved = site.ask("labels", "POST", json={**query, "name": "Half a percent"})
    again = site.ask("labels", "POST", json={**query, "name": "Another name"})
    assert (saved.status_code, again.status_code) == (201, 200)
    assert saved.json() == again.json()
    assert saved.json().keys() == LABEL
    assert (saved.json()["name"], saved.json()["created_by"]) == ("Half a percent", "tester")
    one = site.get(f"labels/{preview['label_id']}")
    assert one == {**saved.json(), "summary": summary}
    assert site.get("labels/preview", **query)["saved"] is True
    assert preview["label_id"] in [label["label_id"] for label in site.get("labels")["labels"]]
    assert_moments([preview, one])


def test_a_triple_barrier_in_units_of_volatility_is_saved_and_told_as_it_was_defined(site: Site) -> None:
    stated = {
        "mode": "triple_barrier",
        "lookahead": 12,
        "threshold": 1.5,
        "stop_loss": 1,
        "volatility_window": 48,
    }
    preview = site.get("labels/preview", **stated)
    saved = site.ask("labels", "POST", json={**stated, "name": "Profit before loss"}).json()
    assert saved.items() >= stated.items()
    assert saved["label_id"] == preview["label_id"]
    assert re.fullmatch(r"btc-triple-barrier-12h-1\.5sd48-1sd48-[0-9a-f]{6}", saved["label_id"])
    assert site.get(f"labels/{saved['label_id']}")["summary"] == preview["summary"]
    assert preview["summary"]["unknown"] >= 25  # half of the first window has no return yet
    assert_problem(site.ask("labels/preview?mode=triple_barrier"), 400, "stop_loss is missing")


def test_a_dataset_is_the_same_as_csv_gzip_and_parquet_and_its_manifest_says_what_it_is(site: Site) -> None:
    base = f"labels/{SPEC.label_id}"
    manifest = site.get(f"{base}/manifest.json")
    plain, packed = site.ask(f"{base}/dataset.csv"), site.ask(f"{base}/dataset.csv?gzip=1")
    assert gzip.decompress(packed.content) == plain.content
    assert plain.headers["Content-Disposition"] == f'attachment; filename="{SPEC.label_id}.csv"'
    assert plain.headers["X-Dataset-SHA256"] == manifest["sha256"]
    frame = pd.read_csv(io.BytesIO(plain.content))
    parquet = pd.read_parquet(io.BytesIO(site.ask(f"{base}/dataset.parquet").content))
    assert list(frame.columns) == list(parquet.columns) == ["ts", *manifest["features"], "label"]
    assert len(frame) == len(parquet) == manifest["rows"]
    both = frame["btc_usd_return_24h"].dropna(), parquet["btc_usd_return_24h"].dropna()
    assert both[0].tolist() == both[1].tolist()
    lines = site.ask(f"{base}/dataset.csv?manifest=1").text.splitlines()
    noted = dict(line.removeprefix("# ").split(": ", 1) for line in lines[: len(manifest)])
    assert json.loads(noted["sha256"]) == manifest["sha256"]
    assert lines[len(manifest) :] == plain.text.splitlines()
    assert plain.headers["Link"].startswith(f"</api/v1/{base}/manifest.json>")


def test_a_dataset_is_cut_to_any_range_and_pinned_by_its_hash(site: Site) -> None:
    base, bounds = f"labels/{SPEC.label_id}", "from=2026-02-01&to=2026-02-03"
    manifest = site.get(f"{base}/manifest.json?{bounds}")
    answer = site.ask(f"{base}/dataset.csv?{bounds}&sha256={manifest['sha256']}")
    rows = answer.text.splitlines()[1:]
    assert (len(rows), manifest["rows"]) == (48, 48)
    assert (rows[0][:20], rows[-1][:20]) == ("2026-02-01T00:00:00Z", "2026-02-02T23:00:00Z")
    assert (manifest["from"], manifest["to"]) == ("2026-02-01T00:00:00+00:00", "2026-02-03T00:00:00+00:00")
    assert (
        site.ask(answer.headers["Link"].split(";")[0].strip("<>")[8:]).json()["sha256"] == manifest["sha256"]
    )
    assert_problem(
        site.ask(f"{base}/dataset.csv?sha256={manifest['sha256']}"), 409, "has changed since the given hash"
    )
    assert_problem(site.ask(f"{base}/dataset.csv?from=2019-01-01&to=2019-01-02"), 400, "has no rows between")


def test_models_are_listed_with_their_figures(site: Site) -> None:
    models = site.get("models")["models"]
    assert {model["model_id"] for model in models} == {"calm-v1", "bold-v1"}
    assert all(model.keys() >= MODEL and model["metrics"].keys() >= METRICS for model in models)
    assert site.get("models", label_id=SPEC.label_id)["models"] == models
    assert site.get("models", label_id="another")["models"] == []
    one = site.get("models/calm-v1")
    assert one.keys() >= MODEL | {
        "features",
        "libraries",
        "sha256",
        "user_metrics",
        "decision_threshold",
        "curves",
    }
    assert one["features"] == list(FEATURES)
    assert one["curves"]["roc"][0] == [0, 0]
    assert one["curves"]["roc"][-1] == [1, 1]
    assert sum(count for _, _, count in one["curves"]["calibration"]) == one["metrics"]["n"]
    assert_moments([models, one])


def test_predictions_come_newest_first_with_what_happened(site: Site) -> None:
    predictions = site.get("predictions")["predictions"]
    assert all(prediction.keys() >= PREDICTION for prediction in predictions)
    stamps = [prediction["ts"] for prediction in predictions]
    assert stamps == sorted(stamps, reverse=True)
    assert len(predictions) == 2 * (4 * LOOKAHEAD + LIVED)
    mine = site.get("predictions", model_id="calm-v1", origin="live", limit=5)["predictions"]
    assert [(p["model_id"], p["origin"]) for p in mine] == [("calm-v1", "live")] * 5
    assert mine[0]["outcome"] is None
    *_, missing = [p for p in predictions if p["reason"] and p["model_id"] == "calm-v1"]
    assert missing["reason"] == "late_data"
    assert (missing["probability"], missing["decision"], missing["price"]) == (None, None, None)
    assert {p["outcome"] for p in predictions if p["origin"] == "buffer"} <= {0, 1}
    hour = {"from": mine[0]["ts"], "to": f"{pd.Timestamp(mine[0]['ts']) + HOUR:%FT%TZ}"}
    assert [p["ts"] for p in site.get("predictions", **hour)["predictions"]] == [mine[0]["ts"]] * 2
    assert_moments(predictions)


@pytest.mark.parametrize("origin", ORIGINS)
def test_performance_is_of_one_origin_and_stands_beside_its_base_rates(site: Site, origin: str) -> None:
    result = site.get("models/calm-v1/performance", origin=origin)
    assert result["origins"] == {"live": LIVED, "buffer": 4 * LOOKAHEAD, "replay": 0}
    counts = result["counts"]
    assert counts["predictions"] + counts["without"] == result["origins"][origin]
    assert counts["matured"] + counts["pending"] == counts["predictions"]
    assert result["in_training"] == 0
    assert len(result["results"]) == result["origins"][origin]
    assert result["test"].keys() >= METRICS
    assert isinstance(result["verdict"], str)
    if origin == "replay":
        assert (result["evaluation"], result["base_rates"], result["curves"]) == (None, {}, {})
        assert (result["profit"], result["expected"]["pending"]) == (None, None)
    else:
        assert result["evaluation"]["n"] == counts["matured"] > 0
        assert result["base_rates"].keys() == {"majority", "last_hour_reverses"}
        assert result["curves"].keys() == {"roc", "calibration", "running"}
        assert all(len(point) == 6 for point in result["curves"]["running"])
        assert result["profit"]["curve"][0][1:] == [1, 1]
        assert result["profit"]["trades"] >= result["profit"]["wins"]
    assert_moments(result)


def test_performance_is_told_by_window_and_what_is_pending_is_estimated(site: Site) -> None:
    result = site.get("models/calm-v1/performance", origin="buffer")
    windows = {window["window"]: window for window in result["windows"]}
    assert list(windows) == ["24h", "7d", "30d", "all"]
    assert windows["all"]["n"] == result["evaluation"]["n"]
    assert windows["all"]["verdict"] == result["verdict"]
    day = site.get("models/calm-v1/performance", origin="buffer", window="24h")
    assert day["evaluation"]["n"] == windows["24h"]["n"] <= windows["7d"]["n"]
    live = site.get("models/calm-v1/performance")["expected"]
    assert live["calibrated"] is True
    assert 0 < live["pending"]["n"] <= LOOKAHEAD
    assert live["pending"]["accuracy_low"] <= live["pending"]["accuracy"] <= live["pending"]["accuracy_high"]


def test_a_fee_lowers_what_is_earned_and_nothing_else(site: Site) -> None:
    free = site.get("models/bold-v1/performance", origin="buffer", fee=0)
    dear = site.get("models/bold-v1/performance", origin="buffer", fee=0.01)
    assert free["evaluation"] == dear["evaluation"]
    trades = free["profit"]["trades"]
    assert (1 + free["profit"]["total"]) * 0.99**trades == pytest.approx(1 + dear["profit"]["total"])


def test_results_are_sorted_paged_and_downloaded(site: Site) -> None:
    query = {"origin": "buffer", "sort": "probability", "order": "asc"}
    whole = site.get("models/calm-v1/results", **query)
    assert whole["total"] == len(whole["results"]) == 4 * LOOKAHEAD
    output = [row["probability"] for row in whole["results"]]
    assert output == sorted(output)
    page = site.get("models/calm-v1/results", **query, offset=5, limit=3)
    assert page == {"total": whole["total"], "results": whole["results"][5:8]}
    for row in whole["results"]:
        assert row["right"] is (None if row["outcome"] is None else row["decision"] == bool(row["outcome"]))
    file = site.ask("models/calm-v1/results.csv?origin=buffer")
    assert file.headers["Content-Disposition"] == 'attachment; filename="calm-v1-buffer-all.csv"'
    rows = list(csv.DictReader(file.text.splitlines()))
    newest = site.get("models/calm-v1/performance", origin="buffer")["results"]
    assert [row["ts"] for row in rows] == [row["ts"] for row in newest]
    assert [float(row["probability"]) for row in rows] == [row["probability"] for row in newest]
    assert {row["outcome"] for row in rows} <= {"0", "1", ""}


def test_drift_stands_beside_training_feature_by_feature(site: Site) -> None:
    result = site.get("models/calm-v1/drift", origin="buffer")
    assert [one["feature"] for one in result["features"]] == list(FEATURES)
    for one in [*result["features"], result["predictions"]]:
        assert one["n"] == result["hours"] == 4 * LOOKAHEAD
        assert one["psi"] >= 0
        assert one["level"] in {"stable", "moderate", "shifted", "outside", "too few"}
    nothing = site.get("models/calm-v1/drift", origin="replay")
    assert (nothing["hours"], nothing["features"], nothing["predictions"]) == (0, [], None)


def test_every_model_stands_beside_the_others_as_on_its_own_page(site: Site) -> None:
    result = site.get("performance", origin="buffer")["models"]
    assert {model["model_id"] for model in result} == {"calm-v1", "bold-v1"}
    for model in result:
        own = site.get(f"models/{model['model_id']}/performance", origin="buffer")
        for name in ("evaluation", "base_rates", "verdict"):
            assert model[name] == own[name]
        assert model["profit"]["total"] == own["profit"]["total"]


def test_activation_is_put_and_taken_back_and_the_model_says_so(site: Site) -> None:
    site.small.clock.now += timedelta(seconds=1)
    assert site.ask("models/bold-v1/activation", "DELETE").json()["active"] is False
    assert site.ask("models/bold-v1/activation", "DELETE").json()["active_since"] is None
    site.small.clock.now += timedelta(seconds=1)
    assert site.ask("models/bold-v1/activation", "PUT").json()["active"] is True


def test_activation_tells_how_far_it_is(site: Site) -> None:
    site.small.clock.now += timedelta(seconds=1)
    site.ask("models/bold-v1/activation", "DELETE")
    site.small.clock.now += timedelta(seconds=1)
    reported = [json.loads(line) for line in site.ask("models/bold-v1/activation", "POST").text.splitlines()]
    assert reported[-3]["stage"] == "active"
    assert reported[-3]["step"] == reported[-3]["steps"]
    assert reported[-1]["result"]["active"] is True
    assert_problem(site.ask("models/none/activation", "POST"), 404, "There is no model 'none'")


def test_health_and_readiness_are_told_apart(site: Site, empty: Site) -> None:
    assert ask(f"{site.url}/healthz").json() == {"status": "ok"}
    ready = ask(f"{site.url}/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert ask(f"{empty.url}/healthz").status_code == 200
    assert ask(f"{empty.url}/readyz").status_code == 503


def test_an_empty_store_answers_too(empty: Site) -> None:
    status = empty.get("status")
    assert (status["source"], status["rows"], status["healthy"]) == ("empty", 0, False)
    assert {
        "code": "no_rows",
        "title": "There is no history",
        "sentence": "There are no rows yet.",
    } in status["problems"]
    assert empty.get("chart")["ts"] == []
    for path in ("labels", "models", "predictions", "quotes"):
        assert empty.get(path)[path] == []
    assert {asset["last"] for asset in empty.get("assets")["assets"]} == {None}
    assert empty.get("parity") == {
        "rows": 0,
        "vectors": 0,
        "differences": [],
        "withdrawn": [],
        "acknowledged": [],
        "warnings": [],
    }
    assert_problem(empty.ask("labels/preview"), 400, "There are no BTC bars yet")


# ── streams ─────────────────────────────────────────────────────────────────────────────────────


def events(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_replay_streams_its_progress_and_ends_in_a_result(site: Site) -> None:
    span = {"from": "2026-02-20", "to": "2026-02-22"}
    *progress, last = events(site.ask("replay", "POST", json=span))
    assert [event["step"] for event in progress] == [0, 24, 48]
    assert last["result"]["stage"] == "96 new predictions over 48 hours"
    assert events(site.ask("replay", "POST", json=span))[-1]["result"]["stage"].startswith("0 new")
    assert site.get("parity", **span) == {
        "rows": 48,
        "vectors": 96,
        "differences": [],
        "withdrawn": [],
        "acknowledged": [],
        "warnings": [],
    }


def test_an_import_that_cannot_be_read_ends_in_a_problem(empty: Site) -> None:
    last = events(empty.ask("imports?name=notes.csv", "POST", data=b"once upon a time"))[-1]
    assert last["problem"]["status"] == 400
    assert "notes.csv" in last["problem"]["detail"]
    unknown = events(empty.ask("imports?asset=DOGE", "POST", data=b"ts,close"))
    assert unknown[-1]["problem"]["code"] == "not_found"
    assert empty.get("status")["source"] == "empty"


def test_what_nobody_foresaw_ends_a_stream_in_a_problem_without_its_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[object]:
        yield {"stage": "so far", "step": 0, "steps": 1}
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(sys.modules["ppa_web.api.data"], "replay", broken)
    answer = site.ask("replay", "POST", json={"from": "2026-02-20", "to": "2026-02-22"})
    *_, last = events(answer)
    assert last["problem"]["code"] == "internal"
    assert "1234" not in answer.text


# ── what cannot be used ─────────────────────────────────────────────────────────────────────────

RANGE = "from=2026-02-02&to=2026-02-01"
BAD: dict[str, tuple[int, str]] = {
    "labels/preview?lookahead=0": (400, "lookahead is '0'. Give a whole number of hours from 1 to 8784."),
    "labels/preview?lookahead=1.5": (400, "lookahead is '1.5'"),
    "labels/preview?lookahead=soon": (400, "lookahead is 'soon'"),
    "labels/preview?threshold=-1": (400, "threshold is '-1'. Give a number from 0 to 100"),
    "labels/preview?threshold=nan": (400, "threshold is 'nan'"),
    "labels/preview?mode=both": (400, "mode is 'both'. Give one of close, touch, triple_barrier."),
    "labels/preview?asset=DOGE": (404, "There is no asset 'DOGE'; choose one of"),
    "labels/preview?from=2019-01-01&to=2019-02-01": (400, "There are no BTC bars from 2019-01-01"),
    f"labels/preview?{RANGE}": (400, "2026-02-02 00:00 is not before 2026-02-01"),
    "labels/preview?from=yesterday-ish": (400, "from is 'yesterday-ish'"),
    "labels/none": (404, "There is no label 'none'"),
    "labels/none/dataset.csv": (404, "There is no label 'none'"),
    "labels/none/manifest.json": (404, "There is no label 'none'"),
    "chart?asset=DOGE": (404, "There is no asset 'DOGE'"),
    "chart?features=moon_phase": (404, "There is no feature 'moon_phase'"),
    "chart?points=9": (400, "points is '9'. Give a whole number from 10 to 20000."),
    "chart?points=20001": (400, "points is '20001'"),
    "chart?points=--50": (400, "points is '--50'"),
    "chart?points=%C2%B2": (400, "points is '²'"),
    "chart?from=NaT": (400, "from is 'NaT'"),
    "chart?from=-5000-01-01": (400, "from is '-5000-01-01'"),
    f"chart?{RANGE}": (400, "from must be before to"),
    f"predictions?{RANGE}": (400, "from must be before to"),
    "predictions?limit=abc": (400, "limit is 'abc'"),
    "predictions?limit=0": (400, "limit is '0'"),
    f"predictions?limit={'9' * 5000}": (400, "limit is '999"),
    "predictions?origin=dream": (400, "origin is 'dream'"),
    "predictions?model_id=none": (404, "There is no model 'none'"),
    "models/none": (404, "There is no model 'none'"),
    "models/none/performance": (404, "There is no model 'none'"),
    "models/calm-v1/performance?origin=dream": (400, "origin is 'dream'"),
    "models/calm-v1/performance?window=2w": (400, "window is '2w'. Give one of"),
    "models/calm-v1/performance?fee=2": (400, "fee is '2'. Give a fraction from 0 to 0.1"),
    "models/calm-v1/drift?window=2w": (400, "window is '2w'. Give one of"),
    "models/calm-v1/results?sort=colour": (400, "sort is 'colour'"),
    "models/calm-v1/results?limit=0": (400, "limit is '0'"),
    "performance?origin=dream": (400, "origin is 'dream'"),
    f"parity?{RANGE}": (400, "from must be before to"),
    "nowhere": (404, ""),
}


@pytest.mark.parametrize("path", BAD)
def test_what_cannot_be_used_gets_one_clear_sentence(site: Site, path: str) -> None:
    status, words = BAD[path]
    assert_problem(site.ask(path), status, words)


BODIES: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "malformed JSON": (
        "labels",
        {"data": "{", "headers": {"Content-Type": "application/json"}},
        400,
        "JSON object",
    ),
    "no JSON": ("labels", {"data": "lookahead=24"}, 400, "Content-Type: application/json"),
    "a list": ("labels", {"json": [1]}, 400, "must be a JSON object"),
    "a mode that is a list": ("labels", {"json": {"mode": ["touch"]}}, 400, "mode is ['touch']"),
    "a look-ahead of null": ("labels", {"json": {"lookahead": None}}, 400, "lookahead is None"),
    "an asset there is not": ("labels", {"json": {"asset": "DOGE"}}, 404, "There is no asset 'DOGE'"),
    "a very long name": ("labels", {"json": {"name": "x" * 81}}, 400, "Give text of at most 80 characters"),
    "a range without data": (
        "labels",
        {"json": {"from": "2019-01-01", "to": "2019-02-01"}},
        400,
        "no BTC bars",
    ),
    "a replay without hours": ("replay", {"json": {}}, 400, "from is missing; to is missing."),
    "a replay turned round": (
        "replay",
        {"json": {"from": "2026-02-02", "to": "2026-02-01"}},
        400,
        "before to",
    ),
    "a replay of nothing": ("replay", {"json": {"from": "soon", "to": "later"}}, 400, "from is 'soon'"),
}


@pytest.mark.parametrize("fault", BODIES)
def test_a_body_that_cannot_be_used_changes_nothing(site: Site, fault: str) -> None:
    path, options, status, words = BODIES[fault]
    before = site.get("labels")
    assert_problem(site.ask(path, "POST", **options), status, words)
    assert site.get("labels") == before


def test_a_wrong_method_is_405_and_an_unknown_model_is_not_activated(site: Site) -> None:
    assert_problem(site.ask("status", "DELETE"), 405, "/api/v1/status takes GET, not DELETE.")
    assert_problem(site.ask("models/none/activation", "PUT"), 404, "There is no model 'none'")


# ── who may ask ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
    ids=str,
)
def test_a_change_that_another_sites_page_asks_for_is_refused(site: Site, headers: dict[str, str]) -> None:
    before = site.get("labels")
    answer = site.ask("labels", "POST", json={"lookahead": 3}, headers=headers)
    assert_problem(answer, 403, "by a page of another site", "cross_site")
    assert site.get("labels") == before
    assert_problem(
        ask(f"{site.url}/functions/ingest", "POST", headers=headers), 403, "by a page of another site"
    )


def test_a_change_asked_for_by_the_page_itself_passes(site: Site) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": site.url}
    assert site.ask("labels", "POST", json={"lookahead": 3}, headers=headers).status_code == 201
    assert site.ask("labels", "POST", json={"lookahead": 3}, headers={"Origin": site.url}).status_code == 200


def test_a_host_that_is_not_this_machine_is_refused(site: Site) -> None:
    headers = {"Host": "rebound.evil.example"}
    assert_problem(site.ask("status", headers=headers), 400, "")
    assert ask(f"{site.url}/", headers=headers).status_code == 400
    assert ask(f"{site.url}/functions/ingest", "POST", headers=headers).status_code == 400


def test_an_unknown_path_is_json_under_the_api_and_a_page_elsewhere(site: Site) -> None:
    assert_problem(ask(f"{site.url}/api/v2/status"), 404, "GET /api/v1 lists what there is", "not_found")
    page = ask(f"{site.url}/nowhere")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<!doctype html>" in page.text.lower()


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/nowhere", "/api/v1/nowhere"])
def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = ask(f"{site.url}{path}").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_api_says_what_it_has_in_a_sentence_each(site: Site) -> None:
    result = site.get("")["endpoints"]
    assert result["GET /api/v1/labels"].startswith("Saved labels, newest first")
    assert "POST /api/v1/models" in result
    assert all(result.values())
