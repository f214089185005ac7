"""Every hour has a complete prediction, or a reason from the closed list."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from platforms import FEATURES, HOUR, LOOKAHEAD, NOW, Market, Small, ask, copied, served, small

from ppa.cli.main import ppa
from ppa.core.catalogue import Asset, Source
from ppa.core.contracts.changes import ModelChanges
from ppa.core.errors import NotFound, Unavailable
from ppa.core.no_prediction_reasons import REASONS, REMEDIES
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import utc
from ppa.jobs.predict import predict, rows_for
from ppa.jobs.replay import replay
from ppa.providers.feed import Feed
from ppa.providers.protocol import RateLimited
from ppa.repository.model_edits import edit_model
from ppa.repository.models import find_model
from ppa.repository.novelty_profiles import novelty_profile_of
from ppa.repository.programs import probabilities
from ppa.storage.arrow import rows_table
from ppa.storage.loaded_programs import LoadedPrograms
from ppa.storage.modelstore.protocol import ModelStore, StoredFile

LAST = utc(NOW).floor("h") - HOUR


@pytest.fixture
def live(history: Path, tmp_path: Path) -> Iterator[Small]:
    """A separate platform with two active models."""
    opened = small(copied(history, tmp_path / "home"))
    opened.activate("bold-v1", "calm-v1")
    yield opened
    opened.platform.close()


def only(answers: pd.DataFrame) -> "pd.Series[str]":
    """Return the only reason and its detail."""
    assert set(answers["reason"]) <= set(REASONS)
    assert answers["probability"].isna().all()
    assert answers["decision"].isna().all()
    return answers[["reason", "detail"]].drop_duplicates().squeeze()


def test_every_reason_says_what_it_means_and_whether_to_do_anything() -> None:
    assert REASONS.keys() == REMEDIES.keys()


def test_a_prediction_keeps_everything_that_it_was_made_of(live: Small) -> None:
    live.live(2)
    answers = live.answers(LIVE)
    assert len(answers) == 4
    model = find_model(live.platform, "calm-v1")
    first = answers[answers["model_id"] == "calm-v1"].iloc[0]
    assert first["matures_at"] == first["ts"] + (1 + LOOKAHEAD) * HOUR
    assert first["due_at"] == first["ts"] + HOUR + timedelta(minutes=5)
    assert first["made_at"] == first["ts"] + HOUR + timedelta(minutes=7)
    assert first["target_price"] == first["price"] * 1.01
    assert first["generation"] == model.generation
    assert answers["novelty"].between(0, 3).all()
    assert answers["feature_hash"].str.len().eq(64).all()
    list(replay(live.platform, LAST, LAST + 3 * HOUR))
    same = ["model_id", "ts", "novelty", "feature_hash"]
    assert len(live.answers(REPLAY)[same].merge(answers[same], on=same)) == 4


def test_a_model_that_has_expired_says_so_from_then_on(live: Small) -> None:
    live.clock.now -= timedelta(hours=22)
    edit_model(live.platform, "calm-v1", ModelChanges(expires_after_days=1), "tester")
    live.clock.now += timedelta(hours=22)
    live.live(4)
    answers = live.answers(LIVE).set_index(["model_id", "ts"])["reason"]
    assert answers["calm-v1"].fillna("").tolist() == ["", "", "model_expired", "model_expired"]
    assert answers["bold-v1"].isna().all()


def test_an_hour_far_from_the_training_data_says_which_features_are_far(live: Small) -> None:
    live.market.revised[LAST + HOUR] = 3.0
    live.live(1)
    output = only(live.answers(LIVE))
    assert output["reason"] == "outside_training"
    assert output["detail"].startswith("Novelty ")
    assert "btc_usd_return_1h (" in output["detail"]
    assert live.answers(LIVE)["novelty"].gt(3).all()


class Limited(Market):
    """A market without calls left."""

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Raise RateLimited."""
        raise RateLimited("coinbase: no call is free.", until)
        yield


def test_a_source_without_a_free_call_is_told_apart_from_a_late_bar(live: Small) -> None:
    feed = Feed("real", {"coinbase": Limited(live.clock)})
    limited = replace(live, platform=replace(live.platform, feed=feed))
    limited.live(1)
    assert only(limited.answers(LIVE))["reason"] == "quota"


def test_the_job_fetches_the_bar_that_ingest_did_not_and_the_next_hours_have_it(live: Small) -> None:
    live.live(1, skip=["ingest"])
    assert live.answers(LIVE)["reason"].tolist() == ["late_data"] * 2
    late = live.table("stored_observations", since=LAST + HOUR, until=LAST + 2 * HOUR)
    assert late["known_at"].unique().tolist() == [LAST + 2 * HOUR + timedelta(minutes=7)]


class Shut(ModelStore):
    """A store that does not respond."""

    def put(self, name: str, data: bytes) -> StoredFile:
        """Raise Unavailable."""
        raise Unavailable("The model store does not answer.")

    def get(self, name: str, generation: int) -> bytes:
        """Raise Unavailable."""
        raise Unavailable("The model store does not answer.")


class Emptied(Shut):
    """A store whose files are missing."""

    def get(self, name: str, generation: int) -> bytes:
        """Raise NotFound."""
        raise NotFound(f"There is no model file {name!r}.")


def program_file(live: Small, model_id: str) -> StoredFile:
    file = find_model(live.platform, model_id).program
    assert file is not None
    return file


def test_a_store_that_does_not_answer_for_now_leaves_the_hour_to_the_next_run(live: Small) -> None:
    loaded = LoadedPrograms()
    loaded.get(live.platform.store, program_file(live, "bold-v1"))
    with pytest.raises(Unavailable, match="does not answer"):
        replace(live, platform=replace(live.platform, store=Shut(), loaded_programs=loaded)).live(1)
    assert live.answers(LIVE)["model_id"].tolist() == ["bold-v1"]
    predict(live.platform, utc(live.clock.now))
    answers = live.answers(LIVE)
    assert answers["model_id"].tolist() == ["bold-v1", "calm-v1"]
    assert answers["reason"].isna().all()


def test_a_model_file_that_is_gone_is_a_model_error(live: Small) -> None:
    emptied = replace(live.platform, store=Emptied(), loaded_programs=LoadedPrograms())
    replace(live, platform=emptied).live(1)
    answers = live.answers(LIVE)
    assert answers["reason"].tolist() == ["model_error"] * 2
    assert answers["detail"].str.contains("There is no model file").all()
    live.live(1)
    assert live.answers(LIVE)["reason"].isna().tolist() == [False, False, True, True]
    assert (live.answers(BUFFER)["reason"].isna()).all()


def test_a_model_from_before_ranges_were_stored_is_held_against_its_training_rows(live: Small) -> None:
    platform, calm = live.platform, find_model(live.platform, "calm-v1")
    stored = novelty_profile_of(platform, calm)
    forgotten(live, "calm-v1", catalogue_version="with fewer columns")
    assert novelty_profile_of(platform, find_model(platform, "calm-v1")) == stored, (
        "bit for bit what the upload had stored"
    )
    assert [file.name for file in platform.store.list_files("calm/calm-v1.reference.json")]
    live.market.withheld.add(LAST + HOUR)
    live.live(2)
    output = live.answers(LIVE).set_index(["model_id", "ts"])["reason"]
    assert output["calm-v1"].tolist() == ["late_data", "stale_feature"]


def test_a_model_whose_rows_are_no_longer_made_says_why_it_is_not_held_against_them(live: Small) -> None:
    forgotten(live, "calm-v1", catalogue_version="older", definition=None)
    with served(live.platform) as url:
        output = ask(f"{url}/api/v1/models/calm-v1/reference").json()
        assert "whose rows are no longer built" in output["unavailable"]
        assert output["remedy"].endswith("upload it again.")
        reference = ask(f"{url}/api/v1/models/bold-v1/reference").json()
    assert reference["rows"] > 900
    assert [feature["feature"] for feature in reference["features"]] == list(FEATURES)
    assert any(feature["needed"] for feature in reference["features"])


def test_a_model_from_before_programs_says_what_to_do_until_it_is_converted(
    live: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = live.answers(BUFFER).set_index(["model_id", "ts"])["probability"]["calm-v1"]
    forgotten(live, "calm-v1", program=None)
    live.live(1)
    text = live.answers(LIVE).set_index("model_id")
    assert text.loc["calm-v1", "reason"] == "model_error"
    assert "Run `ppa models convert`" in text.loc["calm-v1", "detail"]
    with served(live.platform) as url:
        monkeypatch.setenv("PPA_URL", url)
        converted, again = (CliRunner().invoke(ppa, ["models", "convert"]) for _ in range(2))
        history = ask(f"{url}/api/v1/models/calm-v1/history").json()["events"]
    assert "calm-v1 is converted; its probabilities may differ in their last digits." in converted.output
    assert "Every model is a program." in again.output
    assert [event["event"] for event in history].count("converted") == 1
    model = find_model(live.platform, "calm-v1")
    rows = rows_for(live.platform, pd.DatetimeIndex(built.index))[model.features]
    assert probabilities(live.platform, model, rows) == pytest.approx(built.to_numpy(dtype=float), abs=1e-12)


def forgotten(live: Small, model_id: str, **changes: object) -> None:
    """Reset a model to the state of an older version, without a novelty profile."""
    gone = {**find_model(live.platform, model_id).to_row(), "reference": None, **changes}
    live.platform.warehouse.merge("models", rows_table([gone]), replace=True)
    live.platform.loaded_programs.novelty_profiles.clear()
