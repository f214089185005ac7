"""Model comparison over HTTP, from upload to figures that agree with the model's own."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from platforms import FEATURES, SPEC, Small, add_model, ask, assert_problem, copied, served, small, trained

from ppa.core.evaluation.importance import importances, sample, shuffled
from ppa.core.labels.definition import LabelDefinition
from ppa.repository.labels import save_label
from ppa.repository.models import find_model
from ppa.storage.arrow import rows_table


@pytest.fixture(scope="module")
def site(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Small]]:
    """Served platform with two comparable models, one of another label, and one of another catalogue version."""
    running = small(copied(history, tmp_path_factory.mktemp("comparison")))
    platform = running.platform
    calm = find_model(platform, "calm-v1")
    other = save_label(platform, LabelDefinition("BTC", "close", 12, 0.0), "", "tester")[0]
    for name, changes in {
        "apart": {"label_id": other.label_id},
        "old": {"catalogue_version": "c0ffee", "definition": "made otherwise"},
    }.items():
        add_model(platform, calm, name, trained(platform, strength=0.1))
        row = find_model(platform, f"{name}-v1").to_row()
        platform.warehouse.merge("models", rows_table([{**row, **changes}]), replace=True)
    with served(platform) as url:
        yield f"{url}/api/v1", running
    platform.close()


def test_two_models_are_compared_on_their_common_hours(site: tuple[str, Small]) -> None:
    url, running = site
    result = ask(f"{url}/comparison?models=bold-v1,calm-v1").json()
    assert [model["model_id"] for model in result["models"]] == ["bold-v1", "calm-v1"]
    bold, calm = result["models"]
    stored = find_model(running.platform, "calm-v1")
    assert result["hours"]["n"] == calm["metrics"]["n"] == bold["metrics"]["n"]
    assert calm["metrics"]["roc_auc"] == pytest.approx(stored.metrics["roc_auc"])
    assert sum(calm["metrics"]["confusion"].values()) == result["hours"]["n"]
    assert calm["metrics"]["hold"] == bold["metrics"]["hold"]
    assert [(pair["a"], pair["b"]) for pair in result["pairs"]] == [("bold-v1", "calm-v1")]
    assert len(calm["by_month"]) == len(result["months"])
    assert result["left_out"] == {}


def test_at_a_models_own_threshold_the_sweep_says_what_the_table_says(site: tuple[str, Small]) -> None:
    result = ask(f"{site[0]}/comparison?models=bold-v1,calm-v1&fee=0.01").json()
    at = int(np.abs(np.array(result["thresholds"]) - 0.5).argmin())
    for model in result["models"]:
        swept, reported = model["sweep"], model["metrics"]
        assert (swept["tp"][at], swept["fp"][at]) == (
            reported["confusion"]["tp"],
            reported["confusion"]["fp"],
        )
        earned = np.expm1(swept["growth"][at] + swept["trades"][at] * np.log1p(-result["fee"]))
        assert (swept["trades"][at], earned) == (
            reported["trades"],
            pytest.approx(reported["profit"], abs=1e-4),
        )


def test_a_bar_that_is_revised_changes_the_comparison(site: tuple[str, Small]) -> None:
    url, running = site
    before = ask(f"{url}/comparison?models=calm-v1").json()
    assert ask(f"{url}/comparison?models=calm-v1").json() == before
    hour = pd.Timestamp(before["hours"]["from"]) + pd.Timedelta(hours=30)
    reference = {
        "known_at": running.platform.now(),
        "basis": "arrival",
        "ingested_at": running.platform.now(),
    }
    row = {"series": "btc_usd_close", "event_time": hour, "value": 90_000.0, "source": "coinbase"}
    running.platform.warehouse.merge("observations", rows_table([row | reference]))
    after = ask(f"{url}/comparison?models=calm-v1").json()
    assert after["hours"]["rises"] > before["hours"]["rises"]


def test_a_model_that_cannot_be_asked_any_more_is_left_out_with_the_reason(site: tuple[str, Small]) -> None:
    result = ask(f"{site[0]}/comparison?models=old-v1,calm-v1").json()
    assert [model["model_id"] for model in result["models"]] == ["calm-v1"]
    assert "c0ffee" in result["left_out"]["old-v1"]
    assert_problem(ask(f"{site[0]}/comparison?models=old-v1"), 422, "None of these models can be compared")


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("", 400, "models is missing. Give a list of at most 6"),
        ("models=a,b,c,d,e,f,g", 400, "models is 'a,b,c,d,e,f,g'"),
        ("models=calm-v1,none-v1", 404, "There is no model 'none-v1'"),
        ("models=calm-v1,apart-v1", 400, "compare models of one label"),
        ("models=calm-v1&fee=2", 400, "fee is '2'"),
        ("models=calm-v1&fee=x", 400, "fee is 'x'"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    site: tuple[str, Small], query: str, status: int, words: str
) -> None:
    assert_problem(ask(f"{site[0]}/comparison?{query}"), status, words)


def test_labels_come_with_most_models_first_and_with_a_picture_of_what_they_mark(
    site: tuple[str, Small],
) -> None:
    first, second = ask(f"{site[0]}/comparison/labels").json()["labels"]
    assert (first["label_id"], first["models"], second["models"]) == (SPEC.label_id, 3, 1)
    drawn = first["picture"]
    assert len(drawn["close"]) == len(drawn["share"]) == 120
    assert 0 < np.mean([share for share in drawn["share"] if share is not None]) < 1


def test_importance_finds_the_feature_that_a_model_goes_by(site: tuple[str, Small]) -> None:
    url, running = site
    result = ask(f"{url}/models/calm-v1/importance").json()["importance"]
    assert {one["feature"] for one in result} == set(FEATURES)
    assert [one["fall"] for one in result] == sorted((one["fall"] for one in result), reverse=True)
    (file,) = running.platform.store.list_files("calm/calm-v1.importance.json")
    assert len(json.loads(running.platform.store.get(file.name, file.generation))) == len(FEATURES)


def test_shuffling_a_feature_that_is_ignored_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = sample(pd.DataFrame(rng.normal(size=(5_000, 3)), columns=["used", "ignored", "noise"]))
    truth = (rows["used"] > 0).astype(int)
    output = 1 / (1 + np.exp(-shuffled(rows)["used"].to_numpy()))
    used, *others = importances(rows, truth, output)
    assert used.feature == "used"
    assert used.low > 0.3
    assert [one.fall for one in others] == [0.0, 0.0]
    assert importances(rows, np.ones(len(rows)), output) == []
