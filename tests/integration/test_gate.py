"""Verdicts of the gate: every step is explained, whether an upload is accepted or refused."""

import io
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from platforms import (
    FEATURES,
    FIRST,
    LOOKAHEAD,
    PATIENCE,
    SPEC,
    TRAINED,
    Small,
    ask,
    copied,
    served,
    small,
    stated,
    trained,
)
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from ppa.gate import pipeline
from ppa.gate.verdicts import STEPS
from ppa.modelfiles.files import dump_model
from ppa.repository.dataset import LABEL, build_dataset
from ppa.repository.labels import find_label
from ppa_web import create_app


@dataclass(frozen=True)
class Gate:
    """A served platform and a file that it accepts."""

    url: str
    site: Small
    file: bytes

    def upload(
        self, name: str, file: bytes | None = None, manifest: Mapping[str, Any] | None = None, **output: Any
    ) -> dict[str, Any]:
        """POST a multipart form; return the response's body."""
        files: dict[str, Any] = {
            "file": ("model.skops", self.file if file is None else file),
            "metadata": ("my-model.json", json.dumps(stated(name, **output))),
        }
        if manifest is not None:
            files["manifest"] = ("manifest.json", json.dumps(manifest))
        body: dict[str, Any] = ask(f"{self.url}/api/v1/models", "POST", files=files).json()
        return body

    def follow(self, name: str, file: bytes | None = None) -> Iterator[dict[str, Any]]:
        """POST as a stream; yield each line of the response as it arrives."""
        form = {"file": ("model.skops", self.file if file is None else file)}
        data, accept = {"metadata": json.dumps(stated(name))}, {"Accept": "application/x-ndjson"}
        with requests.post(
            f"{self.url}/api/v1/models", files=form, data=data, headers=accept, stream=True, timeout=PATIENCE
        ) as answer:
            assert answer.headers["Content-Type"] == "application/x-ndjson"
            yield from map(json.loads, answer.iter_lines())

    def manifest(self, **changes: object) -> dict[str, Any]:
        """Return the platform's manifest with some changes."""
        manifest = ask(f"{self.url}/api/v1/labels/{SPEC.label_id}/manifest.json").json()
        return {**manifest, **changes}

    def holds(self) -> tuple[list[str], list[str], int]:
        """Return every stored file, every row of `models` and the number of events."""
        files = [stored.name for stored in self.site.platform.store.list_files()]
        events = self.site.table("model_events", one_model="", one_label="")
        return files, sorted(self.site.table("models")["model_id"]), len(events)


@pytest.fixture(scope="module")
def gate(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    site = small(copied(history, tmp_path_factory.mktemp("gate")))
    file = trained(site.platform, strength=0.5)
    with served(site.platform) as url:
        yield Gate(url, site, file)
    site.platform.close()


def outcomes(body: Mapping[str, Any]) -> dict[str, str]:
    return {verdict["step"]: verdict["outcome"] for verdict in body["verdicts"]}


def output(body: Mapping[str, Any], step: str) -> dict[str, str]:
    result: dict[str, str] = next(verdict for verdict in body["verdicts"] if verdict["step"] == step)
    return result


def test_an_accepted_model_shows_each_step_in_order_and_keeps_what_was_said(gate: Gate) -> None:
    model = gate.upload(
        "taken",
        manifest=gate.manifest(),
        tags=["linear", "first"],
        expires_after_days=30,
        user_metrics={"accuracy": 0.99, "my_own": 3},
    )
    assert list(outcomes(model)) == list(STEPS)
    assert set(outcomes(model).values()) == {"passed", "warned"}
    assert [step for step, outcome in outcomes(model).items() if outcome == "warned"] == ["metrics"]
    assert "You state accuracy 0.99, computed" in output(model, "metrics")["sentence"]
    assert f"; {LOOKAHEAD} hours between training and test were purged" in output(model, "split")["sentence"]
    assert all(verdict["title"] and verdict["sentence"] for verdict in model["verdicts"])
    assert (model["tags"], model["manifest"]["label_id"]) == (["linear", "first"], SPEC.label_id)
    assert model["expires_at"] > model["uploaded_at"]
    assert ask(f"{gate.url}/api/v1/models/taken-v1").json() == model


def test_verdicts_are_told_while_the_gate_runs(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    listened = threading.Event()
    measured = pipeline.score

    def waits(*arguments: Any, **more: Any) -> Any:
        assert listened.wait(PATIENCE), "nobody had heard of the steps before"
        return measured(*arguments, **more)

    monkeypatch.setattr(pipeline, "score", waits)
    reported = gate.follow("told")
    assert [step["step"] for step in next(reported)["steps"]] == list(STEPS)
    before = [next(reported)["verdict"]["step"] for _ in range(list(STEPS).index("metrics"))]
    listened.set()
    *_, last = reported
    assert before == list(STEPS)[: len(before)]
    assert last["result"] == ask(f"{gate.url}/api/v1/models/told-v1").json()
    assert list(outcomes(last["result"])) == list(STEPS)


def test_a_refusal_in_the_stream_says_what_to_do_and_keeps_nothing(gate: Gate) -> None:
    before = gate.holds()
    *verdicts, last = list(gate.follow("refused", b"\x80\x04 a pickle"))[1:]
    problem = last["problem"]
    assert (problem["status"], problem["code"]) == (422, "model_is_pickle")
    assert problem["verdicts"] == [line["verdict"] for line in verdicts]
    assert verdicts[-1]["verdict"]["remedy"] == problem["remedy"] != ""
    assert gate.holds() == before


def test_a_fault_in_the_stream_is_said_in_general_words(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("of the machine")

    monkeypatch.setattr(pipeline, "split_rows", fails)
    before = gate.holds()
    problem = list(gate.follow("faulty"))[-1]["problem"]
    assert (problem["status"], problem["code"]) == (500, "internal")
    assert "of the machine" not in problem["detail"]
    assert gate.holds() == before


def test_a_manifest_from_before_today_is_still_known(gate: Gate) -> None:
    """Labels that were pending at the download have been resolved since."""
    before = gate.manifest()
    gate.site.live(3)
    later = gate.manifest()
    assert before["sha256"] != later["sha256"]
    assert outcomes(gate.upload("since", manifest=before))["dataset"] == "passed"


NOT_OURS = {
    "label": ({"label_id": "btc-none"}, "dataset_label_id", "has label_id 'btc-none'"),
    "catalogue": ({"catalogue_version": "c0ffee"}, "dataset_catalogue_version", "'c0ffee'"),
    "columns": ({"features": list(FEATURES)}, "dataset_columns", "differ from the catalogue's"),
    "kind of data": (
        {"source": "synthetic"},
        "dataset_source",
        "describes synthetic data, but this platform holds real data",
    ),
    "hash": ({"sha256": "0" * 64}, "dataset_hash", "hash does not match the"),
    "hours of nowhere": ({"first_hour": "2031-01-01"}, "dataset_rows", "None of the manifest's hours"),
    "too short a range": (
        {"last_hour": FIRST.isoformat()},
        "dataset_rows",
        "but the dataset ends at",
    ),
}


@pytest.mark.parametrize("fault", NOT_OURS)
def test_a_manifest_of_other_data_is_refused_by_name(gate: Gate, fault: str) -> None:
    changes, code, words = NOT_OURS[fault]
    before = gate.holds()
    refused = gate.upload("refused", manifest=gate.manifest(**changes))
    assert (refused["status"], refused["code"]) == (422, code)
    assert outcomes(refused) == {"size": "passed", "description": "passed", "dataset": "failed"}
    assert words in output(refused, "dataset")["sentence"]
    assert output(refused, "dataset")["remedy"] == refused["remedy"] != ""
    assert gate.holds() == before


def test_without_a_manifest_it_is_taken_with_a_warning(gate: Gate) -> None:
    refused = gate.upload("refused", b"\x80\x04 a pickle")
    assert output(refused, "dataset")["code"] == "dataset_without_manifest"
    assert list(outcomes(refused).values()) == ["passed", "passed", "warned", "passed", "failed"]
    assert (refused["code"], output(refused, "archive")["outcome"]) == ("model_is_pickle", "failed")


def test_what_the_child_refuses_shows_the_steps_before_it(gate: Gate) -> None:
    before = gate.holds()
    refused = gate.upload("refused", trained(gate.site.platform, features=FEATURES[::-1]))
    assert list(outcomes(refused)) == [
        step for step in STEPS if step not in ("program", "dry_run", "metrics", "leakage")
    ]
    assert refused["verdicts"][-1] == {
        "title": "Features",
        "step": "features",
        "outcome": "failed",
        "code": "model_features",
        "sentence": output(refused, "features")["sentence"],
        "remedy": refused["remedy"],
    }
    assert gate.holds() == before


def test_a_model_that_takes_no_missing_values_is_told_which_are_missing_and_what_to_do(gate: Gate) -> None:
    rows = build_dataset(gate.site.platform, find_label(gate.site.platform, SPEC.label_id)).frame
    names = [name for name in FEATURES if rows[name].isna().any()]
    reference = rows[(rows.index <= TRAINED) & rows[LABEL].notna()].dropna(subset=list(FEATURES))
    model = LogisticRegression().fit(reference[list(FEATURES)], reference[LABEL].astype(int))
    refused = gate.upload("refused", dump_model(model))
    assert (refused["code"], outcomes(refused)["dry_run"]) == ("model_predict_failed", "failed")
    assert any(f"most often {name}" in refused["detail"] for name in names)
    assert "SimpleImputer" in refused["remedy"]


def test_the_same_file_again_names_the_model_that_it_is(gate: Gate) -> None:
    first = gate.upload("again")
    before = gate.holds()
    refused = gate.upload("again")
    assert (refused["status"], refused["code"]) == (409, "conflict")
    assert first["model_id"] in refused["detail"]
    assert gate.holds() == before
    assert gate.upload("again", decision_threshold=0.6)["model_id"] == "again-v2"


def test_a_test_that_begins_within_the_training_is_refused(gate: Gate) -> None:
    refused = gate.upload("refused", test_from=(TRAINED - timedelta(days=1)).isoformat())
    assert (refused["code"], outcomes(refused)["split"]) == ("model_split_overlap", "failed")
    assert "before the training ends" in refused["detail"]


def test_metadata_that_cannot_be_used_has_a_verdict_and_a_remedy(gate: Gate) -> None:
    for wrong in ({"tags": "linear"}, {"notes": "x" * 5000}, {"expires_after_days": 1.5}, {"name": "A b"}):
        name = wrong.pop("name", "refused")
        refused = gate.upload(name, **wrong)
        assert (refused["status"], outcomes(refused)) == (400, {"description": "failed"})
        assert "\n" not in refused["detail"]


def test_an_upload_that_is_too_large_to_be_read_has_a_verdict_and_a_remedy(gate: Gate) -> None:
    app = create_app(gate.site.platform)
    app.config["MAX_CONTENT_LENGTH"] = 2048
    form = {"file": (io.BytesIO(bytes(4096)), "model.skops"), "metadata": json.dumps(stated("large"))}
    refused = app.test_client().post("/api/v1/models", data=form).get_json()
    assert (refused["code"], outcomes(refused)) == ("model_too_large", {"size": "failed"})
    assert refused["detail"].startswith("The upload exceeds 2 KiB and was not read. Train a smaller")


def test_a_model_that_is_larger_than_the_platform_takes_is_refused_by_its_size(gate: Gate) -> None:
    small = replace(gate.site.platform, settings=replace(gate.site.platform.settings, max_model_mib=1))
    form = {"file": (io.BytesIO(bytes(2 << 20)), "model.skops"), "metadata": json.dumps(stated("large"))}
    refused = create_app(small).test_client().post("/api/v1/models", data=form).get_json()
    assert (refused["code"], outcomes(refused)) == ("model_too_large", {"size": "failed"})
    assert "2.0 MiB" in refused["detail"]
    assert "at most 1 MiB" in refused["detail"]


def test_a_model_that_was_trained_on_its_test_rows_is_suspected_by_name(gate: Gate) -> None:
    platform = gate.site.platform
    frame = build_dataset(platform, find_label(platform, SPEC.label_id)).frame
    rows = frame[frame[LABEL].notna()]
    forest = RandomForestClassifier(30, random_state=0, n_jobs=1)
    cheat = make_pipeline(SimpleImputer(keep_empty_features=True), forest)
    file = dump_model(cheat.fit(rows[list(FEATURES)], rows[LABEL].astype(int)))
    suspected = output(gate.upload("cheat", file), "leakage")
    assert (suspected["outcome"], suspected["code"]) == ("warned", "model_too_good")
    assert "which no trusted model of this label has reached" in suspected["sentence"]
    assert "it was probably trained on both" in suspected["sentence"]
    assert "purged split" in suspected["remedy"]
