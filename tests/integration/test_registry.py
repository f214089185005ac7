"""Uploads over HTTP: a valid model is registered completely; a refused one leaves neither a file nor a row."""

import json
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from platforms import (
    FEATURES,
    LOOKAHEAD,
    NOW,
    SPEC,
    TRAINED,
    Small,
    ask,
    assert_problem,
    copied,
    served,
    small,
    stated,
    trained,
)
from sklearn.linear_model import LogisticRegression

from ppa.modelfiles.files import dump_model
from ppa.repository.models import find_model
from ppa.repository.programs import program_of


@dataclass(frozen=True)
class Registry:
    """A served platform and a file that it accepts."""

    url: str
    site: Small
    file: bytes

    def upload(self, metadata: object, file: bytes | None = None) -> requests.Response:
        """POST a multipart form as a browser or `ppa` does."""
        text = metadata if isinstance(metadata, str) else json.dumps(metadata)
        return ask(
            f"{self.url}/api/v1/models",
            "POST",
            files={"file": ("model.skops", self.file if file is None else file)},
            data={"metadata": text},
        )

    def holds(self) -> tuple[list[str], list[str]]:
        """Return every stored file and every row of `models`."""
        files = [stored.name for stored in self.site.platform.store.list_files()]
        return files, sorted(self.site.table("models")["model_id"])


@pytest.fixture(scope="module")
def registry(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A platform with two models, on a socket."""
    site = small(copied(history, tmp_path_factory.mktemp("registry")))
    file = trained(site.platform, strength=0.5)
    with served(site.platform) as url:
        yield Registry(url, site, file)
    site.platform.close()


def test_a_good_model_is_registered_with_metrics_of_the_platforms_own(registry: Registry) -> None:
    answer = registry.upload(stated("good", notes="first try", user_metrics={"accuracy": 0.99}))
    assert answer.status_code == 201, answer.text
    model = answer.json()
    assert (model["model_id"], model["version"], model["active"]) == ("good-v1", 1, False)
    assert (model["estimator"], model["features"]) == ("Pipeline", list(FEATURES))
    assert (model["label_id"], model["lookahead"], model["source"]) == (SPEC.label_id, LOOKAHEAD, "real")
    assert (model["notes"], model["user_metrics"]) == ("first try", {"accuracy": 0.99})
    assert model["test_from"] == f"{TRAINED + timedelta(hours=1 + LOOKAHEAD):%Y-%m-%dT%H:%M:%SZ}"
    metrics = model["metrics"]
    assert sum(metrics["confusion"].values()) == metrics["n"] > 100
    assert metrics["accuracy_low"] < metrics["accuracy"] < metrics["accuracy_high"]
    assert metrics["effective_n"] < metrics["n"]
    assert ask(f"{registry.url}/api/v1/models/good-v1").json() == model
    stored = registry.site.platform.store.get(
        registry.site.table("models").set_index("model_id").loc["good-v1", "file"],
        int(registry.site.table("models").set_index("model_id").loc["good-v1", "generation"]),
    )
    assert stored == registry.file


def _late(**changes: Any) -> dict[str, Any]:
    return stated("refused", **changes)


def _without(field: str) -> dict[str, Any]:
    return {name: value for name, value in stated("refused").items() if name != field}


REFUSALS: dict[str, tuple[object, int, str, str]] = {
    "no JSON": ("{'name': 'x'}", 400, "metadata", "The metadata is not valid JSON"),
    "a list": ([], 400, "metadata", "The metadata must be a JSON object"),
    "no name": (_without("name"), 400, "metadata", "name is missing. Give up to 48 lower-case letters"),
    "no label": (_without("label_id"), 400, "metadata", "label_id is missing. Give text."),
    "no window": (_without("train_to"), 400, "metadata", "train_to is missing. Give a time"),
    "a name that is a path": (_late(name="../evil"), 400, "metadata", "Give up to 48 lower-case letters"),
    "an unknown field": (
        _late(colour="red"),
        400,
        "metadata",
        "colour is not a field. Leave it out;",
    ),
    "a time that is none": (_late(train_to="NaT"), 400, "metadata", "train_to is 'NaT'"),
    "a window turned round": (_late(train_from=TRAINED.isoformat()), 400, "metadata", "not before train_to"),
    "features as text": (
        _late(features="hour_of_day"),
        400,
        "metadata",
        "features is 'hour_of_day'. Give a list",
    ),
    "a metric that is a word": (
        _late(user_metrics={"f1": "good"}),
        400,
        "metadata",
        "an object, each value a number.",
    ),
    "a threshold of 1": (_late(decision_threshold=1), 400, "metadata", "between 0 and 1"),
    "several fields": (
        _late(name="A B", train_to=None, tags=["Ü"], expires_after_days=0),
        400,
        "metadata",
        "name is 'A B'; train_to is None; tags is ['Ü']; expires_after_days is 0.",
    ),
    "an unknown label": (_late(label_id="btc-none"), 404, "not_found", "There is no label 'btc-none'"),
    "an unknown feature": (
        _late(features=[*FEATURES, "moon_phase"]),
        422,
        "model_features",
        "no column moon_phase",
    ),
    "another catalogue": (
        _late(catalogue_version="c0ffee"),
        422,
        "model_catalogue",
        "trained on catalogue c0ffee",
    ),
    "another scikit-learn": (
        _late(libraries={"scikit-learn": "0.24.2"}),
        422,
        "model_version",
        "saved with scikit-learn 0.24.2",
    ),
    "no rows left": (
        _late(train_to=(NOW - timedelta(days=4)).isoformat()),
        422,
        "model_test_too_short",
        "Leave at least 100 rows",
    ),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_what_its_author_says_of_it_is_refused_with_a_sentence(registry: Registry, fault: str) -> None:
    metadata, status, code, words = REFUSALS[fault]
    before = registry.holds()
    assert_problem(registry.upload(metadata), status, words, code)
    assert registry.holds() == before


def _other_order(_: Small) -> bytes:
    return trained(_.platform, features=FEATURES[::-1])


def _pickled(_: Small) -> bytes:
    return pickle.dumps(LogisticRegression())


def _unfitted(_: Small) -> bytes:
    return dump_model(LogisticRegression())


FILES: dict[str, tuple[Callable[[Small], bytes], str]] = {
    "features in another order": (_other_order, "model_features"),
    "a pickle": (_pickled, "model_is_pickle"),
    "an unfitted estimator": (_unfitted, "model_unfitted"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_does_not_pass_the_gate_leaves_nothing(registry: Registry, fault: str) -> None:
    make, code = FILES[fault]
    before = registry.holds()
    assert_problem(registry.upload(stated("refused"), make(registry.site)), 422, "", code)
    assert registry.holds() == before


def test_a_form_without_its_parts_says_what_to_send(registry: Registry) -> None:
    answer = ask(f"{registry.url}/api/v1/models", "POST", data={"metadata": "{}"})
    assert_problem(answer, 400, "Send a multipart form with the model as `file`", "bad_input")


def test_two_uploads_of_one_name_and_file_at_once_are_two_versions_that_both_load(registry: Registry) -> None:
    with ThreadPoolExecutor(2) as threads:
        answers = list(
            threads.map(lambda at: registry.upload(stated("twin", decision_threshold=at)), (0.4, 0.6))
        )
    assert sorted(answer.json()["model_id"] for answer in answers) == ["twin-v1", "twin-v2"]
    platform = registry.site.platform
    for name in ("twin-v1", "twin-v2"):
        model = find_model(platform, name)
        assert program_of(platform, model).program.columns == tuple(model.features)
