"""What a model said of its held-out hours: written on upload, made again where it is missing, never changed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from platforms import Small, copied, small

from shared.errors import Refused
from shared.labels.saved import closes
from shared.metrics import evaluate
from shared.models.heldout import HeldOut, held_out, keep_held_out
from shared.models.models import Model, find_model


@pytest.fixture(scope="module")
def site(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A platform with an uploaded model, and one that was put there without the gate."""
    running = small(copied(history, tmp_path_factory.mktemp("heldout")))
    yield running
    running.platform.close()


def kept(site: Small, model: Model) -> list[str]:
    """The files of a model's answers."""
    return [file.name for file in site.platform.store.names(f"{model.row['name']}/{model.model_id}.heldout")]


def test_an_upload_keeps_what_its_figures_were_made_of(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    assert kept(site, model) == ["calm/calm-v1.heldout.parquet"]
    said = held_out(site.platform, model)
    assert (said.hours[0], said.hours[-1]) == (model.row["test_from"], model.row["test_to"])
    outcome = model.spec.labels(closes(site.platform, "BTC")).reindex(said.hours).to_numpy(dtype=float)
    again = evaluate(outcome, said.probability, lookahead=model.spec.lookahead, times=said.hours)
    assert again.log_loss == pytest.approx(model.metrics["log_loss"], rel=1e-12)


def test_a_model_without_them_is_asked_again_once_and_answers_the_same(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    before = held_out(site.platform, model)
    (file,) = site.platform.store.names("calm/calm-v1.heldout.parquet")
    site.platform.store.delete(file.name, file.generation)
    site.platform.memo.forget()
    again = held_out(site.platform, model)
    assert kept(site, model) == [file.name]
    assert held_out(site.platform, model) is again
    assert again.hours.equals(before.hours)
    np.testing.assert_array_equal(again.probability, before.probability)


def test_what_is_kept_is_never_changed(site: Small) -> None:
    model = find_model(site.platform, "calm-v1")
    before = held_out(site.platform, model)
    keep_held_out(site.platform, model, HeldOut(before.hours, before.probability / 2))
    site.platform.memo.forget()
    np.testing.assert_array_equal(held_out(site.platform, model).probability, before.probability)


def test_a_model_of_another_catalogue_says_that_it_has_to_be_trained_again(site: Small) -> None:
    model = find_model(site.platform, "bold-v1")
    old = Model({**model.row, "model_id": "old-v1", "catalogue_version": "c0ffee"})
    with pytest.raises(Refused, match="train it on today's dataset"):
        held_out(site.platform, old)
