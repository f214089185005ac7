"""Jobs on a small market: ingest, rows, predictions, activation, replay and import."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from platforms import (
    FIRST,
    HOUR,
    LOOKAHEAD,
    NOW,
    TRAINED,
    Small,
    copied,
    small,
    walk,
)

from ppa.core.contracts.imports import ImportBatch, Mode
from ppa.core.errors import BadInput, Conflict, NotFound
from ppa.core.features.rows import last_closed_hour
from ppa.core.import_batches import counts_sentence
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import BEGINNING, END, utc
from ppa.importing import FileRefused
from ppa.jobs.activate import activate, activation, deactivate
from ppa.jobs.backfill import backfill
from ppa.jobs.build import rebuild_after
from ppa.jobs.csv_import import FileImport, import_bars
from ppa.jobs.import_batches import Contradiction
from ppa.jobs.ingest import REVISIONS_HOUR, SLOW_MINUTE, ingest
from ppa.jobs.predict import predict
from ppa.jobs.replay import replay
from ppa.ops.clock import fixed
from ppa.ops.settings import Settings
from ppa.platform import Platform, open_platform
from ppa.reports.parity import verify_parity
from ppa.repository.models import find_model
from ppa.repository.observations import newest_values
from ppa.repository.prices import latest_closes
from ppa.repository.rows import stored_rows
from ppa.repository.series_coverage import series_status
from ppa.storage.loaded_programs import LoadedPrograms

CLOSE = "btc_usd_close"
LAST = utc(NOW).floor("h") - HOUR


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """A separate platform with two months of history."""
    opened = small(copied(history, tmp_path / "home"))
    yield opened
    opened.platform.close()


@pytest.fixture
def live(site: Small) -> Small:
    """The platform of `site` with both models active."""
    site.activate("bold-v1", "calm-v1")
    return site


def hours_of(answers: pd.DataFrame, model: str = "calm-v1") -> list[pd.Timestamp]:
    return list(answers.loc[answers["model_id"] == model, "ts"])


def known_values(platform: Platform, hour: datetime) -> pd.DataFrame:
    return newest_values(platform, [CLOSE], utc(hour), utc(hour + HOUR))


# ── ingest ──────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_bar_is_stored_once_and_an_open_one_not(site: Small) -> None:
    site.clock.now = NOW.replace(hour=13, minute=1)
    assert ingest(site.platform, utc(site.clock.now))["rows"] == 2 * 6
    assert latest_closes(site.platform, "BTC").index[-1] == LAST + HOUR
    assert ingest(site.platform, utc(site.clock.now))["rows"] == 0


def test_a_late_bar_is_known_from_its_arrival_and_a_revision_from_then_on(site: Small) -> None:
    late = LAST + HOUR
    site.market.withheld.add(late)
    site.live(2, skip=["predict"])
    assert late not in latest_closes(site.platform, "BTC").index
    site.market.withheld.clear()
    site.live(1, skip=["predict"])
    arrived = known_values(site.platform, late).iloc[0]
    assert arrived["known_at"] == late + timedelta(hours=3, minutes=1)
    site.market.revised[late] = 1.25
    site.live(1, skip=["predict"])
    revised = known_values(site.platform, late).iloc[0]
    assert revised["value"] == arrived["value"] * 1.25
    assert revised["known_at"] == late + timedelta(hours=4, minutes=1)
    assert verify_parity(site.platform, utc(FIRST), utc(site.clock.now)).differences == ()


@pytest.mark.parametrize("broken", ["quotes", "bars"])
def test_a_source_that_fails_is_reported_and_stops_nothing_else(site: Small, broken: str) -> None:
    site.market.broken.add(broken)
    site.clock.now = NOW.replace(hour=13, minute=20)
    result = ingest(site.platform, utc(site.clock.now))
    failed = {"quotes"} if broken == "quotes" else {"BTC", "ETH"}
    assert result["failures"] == dict.fromkeys(failed, f"coinbase answered 500 to a request for {broken}.")
    assert (latest_closes(site.platform, "BTC").index[-1] > LAST) == (broken == "quotes")
    assert len(site.table("quotes", since=utc(NOW))) == (broken == "bars")


def test_a_slow_series_is_followed_once_an_hour_and_its_failure_is_its_own(site: Small) -> None:
    before = series_status(site.platform).loc["federal_funds", "newest_event"]
    site.clock.now += timedelta(days=2)
    gauge = site.platform.feed.providers["fred"]
    gauge.broken.add("treasury_3m")
    on_the_hour = utc(site.clock.now).floor("h")
    ingest(site.platform, on_the_hour)
    assert series_status(site.platform).loc["federal_funds", "newest_event"] == before
    result = ingest(site.platform, on_the_hour + timedelta(minutes=20))
    assert result["failures"] == {"treasury_3m": "fred answered 500 to a request for treasury_3m."}
    after = series_status(site.platform).loc["federal_funds", "newest_event"]
    assert after == before + timedelta(days=2)


def test_bars_begin_with_the_backfill_so_that_ingest_cannot_hide_their_history(tmp_path: Path) -> None:
    empty = small(tmp_path)
    failures = ingest(empty.platform, utc(NOW))["failures"]
    assert failures["BTC"] == "BTC/USD has no history yet: run the function backfill first."
    list(backfill(empty.platform, utc(FIRST)))
    assert latest_closes(empty.platform, "BTC").index[0] == utc(FIRST)
    assert ingest(empty.platform, utc(NOW))["failures"] == {}
    empty.platform.close()


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def test_a_gap_in_the_bars_is_a_row_without_numbers_and_not_a_shift(tmp_path: Path) -> None:
    gappy = small(tmp_path)
    gap = utc(FIRST) + timedelta(days=10)
    gappy.market.withheld.add(gap)
    list(backfill(gappy.platform, utc(FIRST)))
    rows = stored_rows(gappy.platform, BEGINNING, END)
    expected = walk(NOW)
    assert rows.index.equals(expected.index)
    assert rows.index[rows[CLOSE].isna()].tolist() == [gap]
    assert rows[CLOSE].drop(gap).tolist() == expected.drop(gap).tolist()
    assert pd.isna(rows.loc[gap + HOUR, "btc_usd_return_1h"])
    gappy.platform.close()


def test_rows_are_made_again_after_late_history_and_only_from_there_on(tmp_path: Path) -> None:
    late = small(tmp_path)
    gap = utc(FIRST) + timedelta(days=20)
    late.market.withheld.add(gap)
    list(backfill(late.platform, utc(FIRST)))
    before = stored_rows(late.platform, BEGINNING, END)
    late.market.withheld.clear()
    late.platform.warehouse.merge(
        "observations",
        late.platform.warehouse.query("observations", series=[CLOSE], since=gap - HOUR, known_until=gap)
        .drop_columns(["event_time", "known_at"])
        .append_column("event_time", [[gap]])
        .append_column("known_at", [[gap + HOUR]])
        .append_column("source", [["coinbase"]])
        .append_column("basis", [["lag"]])
        .append_column("ingested_at", [[utc(NOW)]]),
    )
    list(rebuild_after(late.platform, gap + HOUR))
    after = stored_rows(late.platform, BEGINNING, END)
    changed = after.index[before["row_hash"] != after["row_hash"]]
    assert gap in changed
    assert changed.min() == gap
    assert verify_parity(late.platform, utc(FIRST), END).differences == ()
    late.platform.close()


def test_a_backfill_fetches_every_value_that_its_first_rows_may_hold(tmp_path: Path) -> None:
    # the yearly inflation of 2024 is published in between
    first, now = (
        datetime(2025, 7, 18, tzinfo=UTC),
        datetime(2025, 7, 21, REVISIONS_HOUR, SLOW_MINUTE, tzinfo=UTC),
    )
    settings = Settings(home=tmp_path, source="synthetic", history_from=first)
    platform = open_platform(settings, clock=fixed(now))
    list(backfill(platform, utc(first)))
    rows = stored_rows(platform, BEGINNING, END)["row_hash"]
    ingest(platform, utc(now))
    list(rebuild_after(platform, BEGINNING))
    pd.testing.assert_series_equal(stored_rows(platform, BEGINNING, END)["row_hash"], rows)
    platform.close()


def test_history_that_comes_after_the_rows_are_made_is_in_them_by_the_next_hour(site: Small) -> None:
    """A provider without calls left during the backfill; its history arrives with the next ingest."""
    site.platform.feed.providers["fred"].serves.add("treasury_10y")
    site.clock.now = NOW.replace(hour=13, minute=SLOW_MINUTE)
    assert ingest(site.platform, utc(site.clock.now))["rows"] > 30
    assert stored_rows(site.platform, BEGINNING, END)["treasury_10y"].isna().all()
    site.live(2)
    rows = stored_rows(site.platform, BEGINNING, END)
    assert rows["treasury_10y"].notna().all()
    assert rows.index[-1] == site.clock.now.replace(minute=0) - HOUR
    assert verify_parity(site.platform, BEGINNING, END).differences == ()


def test_history_that_is_stored_while_rows_are_made_is_in_them_too(site: Small) -> None:
    """Observations stamped before the hourly job started, but stored after it had read."""
    site.live(1)
    site.platform.feed.providers["fred"].serves.add("treasury_10y")
    ingest(site.platform, utc(site.clock.now).replace(minute=SLOW_MINUTE))
    assert stored_rows(site.platform, BEGINNING, END)["treasury_10y"].notna().all()
    assert verify_parity(site.platform, BEGINNING, END).differences == ()


# ── predict ─────────────────────────────────────────────────────────────────────────────────────


def test_every_active_model_answers_every_hour_and_the_numbers_are_those_of_the_row(live: Small) -> None:
    live.live(3)
    answers = live.answers(LIVE)
    assert hours_of(answers) == hours_of(answers, "bold-v1") == [LAST + n * HOUR for n in (1, 2, 3)]
    assert answers["reason"].isna().all()
    assert answers["probability"].between(0, 1).all()
    assert (answers["decision"] == (answers["probability"] >= answers["threshold"])).all()
    assert answers["price"].tolist() == walk(live.clock.now)[answers["ts"]].tolist()
    assert (answers["made_at"] < answers["matures_at"]).all()
    assert verify_parity(live.platform, utc(FIRST), END).vectors == len(live.answers())
    assert verify_parity(live.platform, utc(FIRST), END).differences == ()


def test_a_model_that_is_not_active_answers_nothing(site: Small) -> None:
    site.activate("calm-v1")
    site.live(2)
    assert set(site.answers()["model_id"]) == {"calm-v1"}


def test_a_missing_bar_is_a_row_that_says_so_and_its_late_arrival_changes_nothing(live: Small) -> None:
    missing = LAST + HOUR
    live.market.withheld.add(missing)
    live.live(1)
    live.market.withheld.clear()
    live.live(2)
    answers = live.answers(LIVE)
    of_missing = answers[answers["ts"] == missing]
    assert of_missing["reason"].tolist() == ["late_data", "late_data"]
    assert of_missing["probability"].isna().all()
    assert (
        of_missing["detail"].tolist() == ["The hour's bar had not arrived by the as-of time of its row."] * 2
    )
    # the next hour lacks the last hour's return, which the models were trained with
    next_hour = answers[answers["ts"] == missing + HOUR]
    assert next_hour["reason"].tolist() == ["stale_feature"] * 2
    lost = f"The bar of {missing:%Y-%m-%d %H:%M} had not arrived"
    named = f"{lost}, so features based on it are missing: btc_usd_return_1h."
    assert next_hour["detail"].tolist() == [named] * 2
    assert answers.loc[answers["ts"] > missing + HOUR, "reason"].isna().all()
    assert verify_parity(live.platform, utc(FIRST), END).differences == ()


def test_a_model_that_fails_says_so_and_the_other_goes_on(live: Small) -> None:
    program = find_model(live.platform, "bold-v1").program
    assert program is not None
    (live.platform.settings.home / "models" / program.name).write_bytes(b"overwritten")
    replace(live, platform=replace(live.platform, loaded_programs=LoadedPrograms())).live(1)
    answers = live.answers(LIVE).set_index("model_id")
    assert answers.loc["bold-v1", "reason"] == "model_error"
    assert program.name in answers.loc["bold-v1", "detail"]
    assert pd.isna(answers.loc["calm-v1", "reason"])


def test_a_feature_gone_from_the_catalogue_is_a_schema_mismatch(live: Small) -> None:
    catalogue = live.platform.catalogue
    fewer = replace(catalogue, features=tuple(f for f in catalogue.features if f.name != "hour_of_day"))
    changed = replace(live, platform=replace(live.platform, catalogue=fewer))
    changed.live(1)
    answers = changed.answers(LIVE)
    assert answers["reason"].tolist() == ["schema_mismatch"] * 2
    assert answers["catalogue_version"].tolist() == [fewer.version] * 2


def test_a_feature_that_is_made_in_another_way_is_a_schema_mismatch_and_one_more_is_none(live: Small) -> None:
    catalogue = live.platform.catalogue
    series = catalogue.series["vix"]
    older = replace(catalogue, series=catalogue.series | {"vix": replace(series, max_age=series.max_age / 2)})
    changed = replace(live, platform=replace(live.platform, catalogue=older))
    changed.live(1)
    assert changed.answers(LIVE)["reason"].isna().all(), "no model is trained on it"
    weekly = [replace(f, hours=23) if f.name == "btc_usd_return_24h" else f for f in catalogue.features]
    changed = replace(
        live, platform=replace(live.platform, catalogue=replace(catalogue, features=tuple(weekly)))
    )
    changed.live(1)
    assert changed.answers(LIVE)["reason"].tail(2).tolist() == ["schema_mismatch"] * 2
    assert verify_parity(changed.platform, BEGINNING, END).differences == ()


def test_an_outage_is_caught_up_in_order_and_what_could_be_known_by_then_is_not_live(live: Small) -> None:
    live.live(LOOKAHEAD + 4, skip=["ingest", "predict"])
    ingest(live.platform, utc(live.clock.now))
    written = predict(live.platform, utc(live.clock.now))
    answers = live.answers(LIVE, BUFFER)
    outage = answers[answers["ts"] > LAST]
    owed = [LAST + n * HOUR for n in range(1, LOOKAHEAD + 5)]
    assert hours_of(outage) == hours_of(outage, "bold-v1") == owed
    assert written["rows"] == 2 * len(owed)
    late = outage["matures_at"] <= utc(live.clock.now)
    assert outage.loc[late, "origin"].unique().tolist() == [BUFFER]
    assert outage.loc[~late, "origin"].unique().tolist() == [LIVE]
    assert hours_of(outage[~late]) == owed[-LOOKAHEAD:]
    # every bar arrived after the as-of time of its row
    assert outage["reason"].unique().tolist() == ["late_data"]


def test_a_time_that_has_not_come_is_not_answered(live: Small) -> None:
    result = predict(live.platform, utc(NOW) + timedelta(days=40))
    assert (result["rows"], result["hour"]) == (0, LAST.isoformat())
    live.live(1)
    assert live.answers(LIVE)["reason"].isna().all()


# ── activation ──────────────────────────────────────────────────────────────────────────────────


def test_activation_buffers_the_last_hours_and_live_ones_follow_without_a_hole(live: Small) -> None:
    buffered = hours_of(live.answers(BUFFER))
    assert buffered == list(pd.date_range(end=LAST, periods=4 * LOOKAHEAD, freq="h"))
    live.live(1)
    assert hours_of(live.answers(LIVE)) == [LAST + HOUR]


def test_an_activation_tells_how_far_it_is(site: Small) -> None:
    reported = list(activation(site.platform, "calm-v1", "tester"))
    assert [(event.stage, event.step, event.steps) for event in reported] == [
        (f"backfilling {LAST - 23 * HOUR:%Y-%m-%d %H:%M}", 0, 24),
        ("active", 24, 24),
    ]
    assert list(activation(site.platform, "calm-v1", "tester")) == []


def test_an_hour_that_closes_during_an_activation_is_answered_by_the_next_run(site: Small) -> None:
    site.clock.now = NOW.replace(minute=4, second=59)
    slow = replace(site.platform, clock=lambda: _later(site))
    activate(slow, "calm-v1", "tester")
    site.clock.now = NOW.replace(minute=7)
    ingest(site.platform, utc(site.clock.now))
    predict(site.platform, utc(site.clock.now))
    answered = hours_of(site.answers())
    assert answered == list(pd.date_range(answered[0], LAST, freq="h"))


def _later(site: Small) -> datetime:
    site.clock.now += timedelta(seconds=1)
    return site.clock.now


def test_hours_that_training_labels_reach_into_are_not_buffered(history: Path, tmp_path: Path) -> None:
    early = small(copied(history, tmp_path), now=TRAINED + timedelta(hours=LOOKAHEAD + 4, minutes=7))
    early.activate("calm-v1")
    first = utc(TRAINED) + timedelta(hours=LOOKAHEAD + 1)
    assert hours_of(early.answers(BUFFER)) == [first, first + HOUR, first + 2 * HOUR]
    early.platform.close()


def test_activating_twice_changes_nothing_and_takes_its_time_from_the_first(live: Small) -> None:
    before = find_model(live.platform, "calm-v1").active_since
    live.activate("calm-v1")
    assert find_model(live.platform, "calm-v1").active_since == before
    assert len(live.answers(BUFFER)) == 2 * 4 * LOOKAHEAD


def test_deactivation_deletes_nothing_and_a_pause_is_buffered_without_answering_twice(live: Small) -> None:
    live.live(2)
    before = live.answers()
    deactivate(live.platform, "calm-v1", "tester")
    pd.testing.assert_frame_equal(live.answers(), before)
    live.live(3)
    assert hours_of(live.answers()) == hours_of(before)
    live.activate("calm-v1")
    live.live(1)
    answers = live.answers()
    mine = answers[answers["model_id"] == "calm-v1"]
    assert mine["ts"].is_unique
    assert hours_of(mine) == list(pd.date_range(mine["ts"].min(), LAST + 6 * HOUR, freq="h"))
    assert mine["origin"].tolist()[-6:] == [LIVE, LIVE, BUFFER, BUFFER, BUFFER, LIVE]


def test_an_unknown_model_cannot_be_activated_and_nobody_cannot_do_it(site: Small) -> None:
    with pytest.raises(NotFound, match="There is no model 'nobody-v1'"):
        activate(site.platform, "nobody-v1", "tester")
    with pytest.raises(BadInput, match="user is empty"):
        activate(site.platform, "calm-v1", "")
    assert not find_model(site.platform, "calm-v1").active


# ── replay ──────────────────────────────────────────────────────────────────────────────────────


def test_a_replay_gives_what_the_hourly_job_would_have_and_leaves_out_hours_trained_on(live: Small) -> None:
    live.live(3)
    first = utc(TRAINED) + timedelta(hours=LOOKAHEAD + 1)
    *_, output = replay(live.platform, first - 30 * HOUR, END)
    answers = live.answers(REPLAY)
    assert hours_of(answers) == list(pd.date_range(first, LAST + 3 * HOUR, freq="h"))
    assert "60 skipped, as their models were trained on these hours" in output.stage
    assert (answers["made_at"] == answers["due_at"]).all()
    same = ["model_id", "ts", "probability", "decision", "price", "target_price", "feature_hash", "reason"]
    both = live.answers(LIVE)[same].merge(answers[same], on=same)
    assert len(both) == len(live.answers(LIVE)) == 6


def test_a_replay_done_twice_writes_once_and_touches_no_other_origin(live: Small) -> None:
    before = live.answers(LIVE, BUFFER)
    span = LAST - 50 * HOUR, LAST
    list(replay(live.platform, *span))
    once = live.answers(REPLAY)
    *_, output = replay(live.platform, *span)
    assert output.stage.startswith("0 new predictions over 50 hours")
    pd.testing.assert_frame_equal(live.answers(REPLAY), once)
    pd.testing.assert_frame_equal(live.answers(LIVE, BUFFER), before)


def test_a_replay_without_models_or_hours_says_so(site: Small) -> None:
    with pytest.raises(BadInput, match="No model is active"):
        list(replay(site.platform, BEGINNING, END))
    site.activate("calm-v1")
    with pytest.raises(BadInput, match=r"There are no hours to replay from 2019-.* history covers 2026-"):
        list(replay(site.platform, utc("2019-01-01"), utc("2019-02-01")))


# ── import ──────────────────────────────────────────────────────────────────────────────────────


def write_bars(path: Path, hours: "pd.Series[float]") -> Path:
    """A file of hourly bars in the format of an exchange."""
    rows = [f"{ts:%Y-%m-%d %H:%M:%S}+00:00,{c},{c},{c},{c},1.5" for ts, c in hours.items()]
    text = "\n".join(["date,open,high,low,close,volume", *rows]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.fixture
def csv_site(tmp_path: Path) -> Iterator[Platform]:
    """An empty platform for CSV files."""
    platform = open_platform(Settings(home=tmp_path / "csv", source="csv"), clock=lambda: NOW)
    yield platform
    platform.close()


def do_import(platform: Platform, path: Path, mode: Mode = "plain") -> str:
    *_, last = import_bars(platform, path, FileImport(path.name, mode=mode), "tester")
    assert isinstance(last, ImportBatch)
    return counts_sentence(last)


def test_overlapping_imports_store_each_bar_once_and_rows_cover_both(
    csv_site: Platform, tmp_path: Path
) -> None:
    hours = walk(NOW)
    first = write_bars(tmp_path / "first.csv", hours[:300])
    second = write_bars(tmp_path / "second.csv.gz", hours[200:500])
    assert do_import(csv_site, second) == "1500 new observations, 0 revised, 0 unchanged"
    assert do_import(csv_site, first) == "1000 new observations, 0 revised, 500 unchanged"
    assert do_import(csv_site, first) == "0 new observations, 0 revised, 1500 unchanged"
    rows = stored_rows(csv_site, BEGINNING, END)
    assert rows[CLOSE].tolist() == hours[:500].tolist()
    assert verify_parity(csv_site, BEGINNING, END).differences == ()


def test_bars_of_a_later_import_are_history_too(csv_site: Platform, tmp_path: Path) -> None:
    hours = walk(NOW)
    do_import(csv_site, write_bars(tmp_path / "january.csv", hours[:300]))
    do_import(csv_site, write_bars(tmp_path / "february.csv", hours[300:500]))
    rows = stored_rows(csv_site, BEGINNING, END)
    assert rows[CLOSE].tolist() == hours[:500].tolist()
    last = known_values(csv_site, hours.index[499])
    assert last["known_at"].max() < utc(NOW)


def test_a_source_that_is_followed_after_an_import_leaves_no_hole_behind_it(
    csv_site: Platform, tmp_path: Path
) -> None:
    do_import(csv_site, write_bars(tmp_path / "january.csv", walk(NOW)[:300]))
    csv_site.close()
    site = small(csv_site.settings.home, NOW + timedelta(days=2))
    list(backfill(site.platform, utc(FIRST)))
    rows = stored_rows(site.platform, BEGINNING, END)
    assert rows[CLOSE].tolist() == walk(site.clock.now).tolist()
    site.platform.close()


def test_a_corrected_file_is_refused_but_as_a_revision_it_is_known_from_now_on(
    csv_site: Platform, tmp_path: Path
) -> None:
    hours = walk(NOW)[:200]
    do_import(csv_site, write_bars(tmp_path / "bars.csv", hours))
    before = stored_rows(csv_site, BEGINNING, END)
    hours.iloc[100] *= 2
    corrected = write_bars(tmp_path / "bars.csv", hours)
    with pytest.raises(Contradiction, match="4 of 1,000 values differ"):
        do_import(csv_site, corrected)
    assert do_import(csv_site, corrected, "revision") == "0 new observations, 4 revised, 996 unchanged"
    pd.testing.assert_frame_equal(stored_rows(csv_site, BEGINNING, END), before)
    assert latest_closes(csv_site, "BTC").iloc[100] == hours.iloc[100]
    assert known_values(csv_site, hours.index[100])["known_at"].tolist() == [utc(NOW)]


def test_a_file_that_cannot_be_read_stores_nothing(csv_site: Platform, tmp_path: Path) -> None:
    path = write_bars(tmp_path / "bars.csv", walk(NOW)[:50])
    path.write_text(path.read_text().replace("2026-01-02 03:00:00+00:00,", "2026-01-02 03:00:00+00:00,-"))
    with pytest.raises(FileRefused, match="line 29"):
        do_import(csv_site, path)
    assert csv_site.data_kind() == "empty"
    with pytest.raises(NotFound, match="There is no asset 'DOGE'"):
        list(import_bars(csv_site, path, FileImport("bars.csv", "DOGE"), "tester"))


def test_real_bars_are_never_mixed_with_synthetic_ones(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "made-up", source="synthetic", history_from=NOW - timedelta(days=3))
    made_up = open_platform(settings, clock=lambda: NOW)
    with pytest.raises(Conflict, match="never mixed"):
        do_import(made_up, write_bars(tmp_path / "bars.csv", walk(NOW)[:50]))
    list(backfill(made_up, utc(settings.history_from)))
    stored = made_up.sources()
    made_up.close()
    assert set(stored) == {"synthetic"}
    with pytest.raises(Conflict, match="holds synthetic data"):
        open_platform(replace(settings, source="csv"), clock=lambda: NOW)
    again = open_platform(replace(settings, source="auto"), clock=lambda: NOW)
    assert (again.feed.kind, again.sources()) == ("synthetic", stored)
    with pytest.raises(Conflict, match="never mixed"):
        do_import(again, write_bars(tmp_path / "bars.csv", walk(NOW)[:50]))
    again.close()


def test_real_history_takes_no_synthetic_source(csv_site: Platform, tmp_path: Path) -> None:
    do_import(csv_site, write_bars(tmp_path / "bars.csv", walk(NOW)[:50]))
    csv_site.close()
    with pytest.raises(Conflict, match="holds real data"):
        open_platform(replace(csv_site.settings, source="synthetic"), clock=lambda: NOW)


def test_the_last_closed_hour_waits_for_the_grace(site: Small) -> None:
    catalogue = site.platform.catalogue
    full = utc(NOW).floor("h")
    assert last_closed_hour(full + timedelta(minutes=4, seconds=59), catalogue) == full - 2 * HOUR
    assert last_closed_hour(full + timedelta(minutes=5), catalogue) == full - HOUR
