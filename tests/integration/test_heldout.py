"""A model's held-out predictions: stored at upload, recomputed when missing, never changed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from msgspec import structs
from platforms import HOUR, LOOKAHEAD, NOW, TRAINED, Small, copied, described, small

from ppa.core.errors import Refused
from ppa.core.metrics import evaluate
from ppa.gate.split import split_rows
from ppa.repository.dataset import LABEL, build_dataset
from ppa.repository.holdout_predictions import HoldoutPredictions, holdout_predictions, save_holdout
from ppa.repository.labels import list_labels
from ppa.repository.models import RegisteredModel, find_model
from ppa.repository.prices import latest_closes
from ppa.storage.single_flight_cache import SingleFlightCache


@pytest.fixture(scope="module")
def site(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A platform with one uploaded model and one added without the gate."""
    running = small(copied(history, tmp_path_factory.mktemp("heldout")))
    yield running
    running.platform.close()


def kept(site: Small, model: RegisteredModel) -> list[str]:
    """Return the names of a model's held-out files."""
    return [file.name for file in site.platform.store.list_files(f"{model.name}/{model.model_id}.heldout")]


def test_an_upload_keeps_what_its_figures_were_made_of(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    assert kept(site, model) == ["calm/calm-v1.heldout.parquet"]
    output = holdout_predictions(site.platform, model)
    assert (output.hours[0], output.hours[-1]) == (model.test_from, model.test_to)
    outcome = (
        model.definition.labels(latest_closes(site.platform, "BTC"))
        .reindex(output.hours)
        .to_numpy(dtype=float)
    )
    again = evaluate(outcome, output.probability, lookahead=model.definition.lookahead, times=output.hours)
    assert again.log_loss == pytest.approx(model.metrics["log_loss"], rel=1e-12)


def test_a_model_without_them_is_asked_again_once_and_answers_the_same(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    before = holdout_predictions(site.platform, model)
    (file,) = site.platform.store.list_files("calm/calm-v1.heldout.parquet")
    site.platform.store.delete(file.name, file.generation)
    platform = replace(site.platform, cache=SingleFlightCache())
    again = holdout_predictions(platform, model)
    assert kept(site, model) == [file.name]
    assert holdout_predictions(platform, model) is again
    assert again.hours.equals(before.hours)
    np.testing.assert_array_equal(again.probability, before.probability)


def test_hours_whose_window_has_not_closed_are_not_held_out(history: Path, tmp_path: Path) -> None:
    """A jump of the price in the last hour labels the hours before it, all of them with 1."""
    site = small(copied(history, tmp_path))
    site.market.revised[NOW.replace(hour=12, minute=0)] = 1.25
    site.live(1)
    (label,) = list_labels(site.platform)
    dataset = build_dataset(site.platform, label)
    assert dataset.frame[LABEL].tail(1 + LOOKAHEAD).tolist() == [1] * LOOKAHEAD + [pd.NA]
    split = split_rows(dataset, described())
    site.platform.close()
    assert split.test.index[-1] == dataset.frame.index[-1] - LOOKAHEAD * HOUR
    assert len(split.test) == len(dataset.frame.loc[TRAINED:]) - 1 - 2 * LOOKAHEAD


def test_what_is_kept_is_never_changed(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    before = holdout_predictions(site.platform, model)
    save_holdout(site.platform, model, HoldoutPredictions(before.hours, before.probability / 2))
    platform = replace(site.platform, cache=SingleFlightCache())
    np.testing.assert_array_equal(holdout_predictions(platform, model).probability, before.probability)


def test_a_model_of_another_catalogue_says_that_it_has_to_be_trained_again(site: Small) -> None:
    model = find_model(site.platform, "bold-v1")
    old = structs.replace(
        model, model_id="old-v1", catalogue_version="c0ffee", features_hash="made otherwise"
    )
    with pytest.raises(Refused, match="Train it on the current dataset"):
        holdout_predictions(site.platform, old)
