"""Exactly once: each hour gets one prediction, however often, late or concurrently a job runs, or is killed."""

import resource
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from killing import PROCESSES, Counting
from platforms import (
    HOUR,
    JOBS,
    NOW,
    PATIENCE,
    Small,
    ask,
    assert_problem,
    bar_rows,
    copied,
    served,
    small,
    walk,
)

from ppa.cli.timer import scheduler_headers
from ppa.core.origins import BUFFER, LIVE
from ppa.core.times import BEGINNING, END, utc
from ppa.jobs.build import build_rows, rebuild_after
from ppa.jobs.ingest import ingest
from ppa.jobs.observation_writer import ObservationWriter
from ppa.jobs.predict import predict
from ppa.jobs.runs import run_job
from ppa.reports.parity import verify_parity
from ppa.repository.models import find_model
from ppa.repository.prices import latest_closes
from ppa.repository.rows import stored_rows
from ppa.repository.series_coverage import series_status
from ppa.storage.modelstore.protocol import ModelStore

HOURS = 3
LATER = NOW + HOURS * HOUR
# all columns of a prediction except the time it was made
SAID = [
    "model_id",
    "ts",
    "origin",
    "probability",
    "decision",
    "price",
    "target_price",
    "feature_hash",
    "reason",
]


@dataclass
class CountingStore:
    """A model store whose reads count like the warehouse's calls."""

    inner: ModelStore
    calls: Counting

    def get(self, name: str, generation: int) -> bytes:
        """Read, and count."""
        return self.calls.counted(lambda: self.inner.get(name, generation))


def counting(home: Path, now: datetime, last: int = 0, *, before: bool = False) -> tuple[Small, Counting]:
    """A folder's platform over a counting warehouse and store."""
    site = small(home, now)
    warehouse = Counting(site.platform.warehouse, last, before)
    store = cast(ModelStore, CountingStore(site.platform.store, warehouse))
    return replace(site, platform=replace(site.platform, warehouse=warehouse, store=store)), warehouse


def do(site: Small, job: str) -> None:
    """Run a job as a function does, including the record of the run, which is written before the response."""
    if job == "activate":
        site.activate("calm-v1")
    else:
        due = utc(site.clock.now)
        run_job(site.platform, job, due, lambda: JOBS[job](site.platform, due))


def work(home: Path, now: datetime, job: str, last: int, before: bool, room: int | None) -> None:
    """Entry point of a child process: run a job, die at call `last`, or limit files to `room` bytes."""
    site, _ = counting(home, now, last, before=before)
    if room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    do(site, job)


def in_a_process(
    home: Path,
    job: str,
    last: int = 0,
    *,
    now: datetime = LATER,
    before: bool = False,
    room: int | None = None,
) -> int | None:
    """Run a job in a child process; return its exit code."""
    process = PROCESSES.Process(target=work, args=(home, now, job, last, before, room))
    process.start()
    process.join(PATIENCE)
    return process.exitcode


def kill(home: Path, job: str, last: int, *, now: datetime = LATER, before: bool = False) -> None:
    """Run a job in a child process until it is killed."""
    assert in_a_process(home, job, last, now=now, before=before) == -signal.SIGKILL


@pytest.fixture(scope="module")
def owing(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where two active models lack three hours of predictions, whose bars arrived in time."""
    home = copied(history, tmp_path_factory.mktemp("owing"))
    site = small(home)
    site.activate("bold-v1", "calm-v1")
    site.live(HOURS, skip=["predict"])
    site.platform.close()
    return home


@dataclass(frozen=True)
class Undisturbed:
    """Predictions of an undisturbed run, and its number of warehouse calls."""

    answers: pd.DataFrame
    calls: int


@pytest.fixture(scope="module")
def undisturbed(owing: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The three hours, predicted once without disturbance."""
    site, warehouse = counting(copied(owing, tmp_path_factory.mktemp("undisturbed")), LATER)
    do(site, "predict")
    needed = warehouse.calls
    answers = site.answers()[SAID]
    site.platform.close()
    assert answers["origin"].value_counts().to_dict() == {BUFFER: 48, LIVE: 2 * HOURS}
    return Undisturbed(answers, needed)


@pytest.fixture
def site(owing: Path, tmp_path: Path) -> Iterator[Small]:
    """A copy of the folder, three hours later."""
    opened = small(copied(owing, tmp_path / "home"), LATER)
    yield opened
    opened.platform.close()


def call(url: str, due: datetime) -> int:
    return ask(f"{url}/functions/predict", "POST", headers=scheduler_headers("predict", due)).status_code


def test_a_job_delivered_five_times_at_once_answers_once(site: Small, undisturbed: Undisturbed) -> None:
    with served(site.platform) as url, ThreadPoolExecutor(5) as threads:
        assert list(threads.map(lambda _: call(url, LATER), range(5))) == [200] * 5
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)
    runs = site.table("job_runs", since=utc(NOW), maximum=10)
    assert (runs["status"] == "ok").all()
    assert runs["scheduled_for"].tolist() == [utc(LATER)] * 5
    assert runs["attempt"].is_unique
    assert runs["rows"].sum() == 2 * HOURS


def test_deliveries_out_of_order_and_late_answer_once(site: Small, undisturbed: Undisturbed) -> None:
    due = [NOW + n * HOUR for n in (3, 1, 2, 0, 3, 2)]
    written = [predict(site.platform, utc(moment))["rows"] for moment in due]
    assert written == [2 * HOURS, 0, 0, 0, 0, 0]
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)


def test_an_early_hour_delivered_alone_leaves_the_later_ones_to_their_own(site: Small) -> None:
    assert predict(site.platform, utc(NOW + HOUR))["rows"] == 2
    assert predict(site.platform, utc(LATER))["rows"] == 4
    assert site.answers(LIVE)[["model_id", "ts"]].duplicated().sum() == 0


def test_quotes_bars_and_rows_from_many_threads_are_stored_once(site: Small) -> None:
    site.clock.now = LATER + HOUR
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: ingest(site.platform, utc(site.clock.now)), range(8)))
        list(threads.map(lambda _: predict(site.platform, utc(site.clock.now)), range(4)))
    rows = stored_rows(site.platform, utc(NOW), utc(site.clock.now))
    assert rows.index.is_unique
    status = series_status(site.platform)
    expected = (status["newest_event"] - status["first_event"]) / pd.Timedelta(HOUR) + 1
    bars = status.index.str.startswith("btc_usd")
    assert (status["observations"] == expected)[bars].all()
    assert verify_parity(site.platform, utc(NOW - timedelta(days=2)), utc(site.clock.now)).differences == ()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    "share", [0.2, 0.7, *(pytest.param(share, marks=pytest.mark.torture) for share in (0.4, 0.6, 0.85, 1.0))]
)
def test_a_job_killed_half_way_is_finished_by_the_next_run(
    owing: Path, tmp_path: Path, undisturbed: Undisturbed, share: float, before: bool
) -> None:
    home = copied(owing, tmp_path / "home")
    kill(home, "predict", round(undisturbed.calls * share), before=before)
    again = small(home, LATER)
    kept = again.answers()[SAID]
    do(again, "predict")
    answers = again.answers()[SAID]
    again.platform.close()
    pd.testing.assert_frame_equal(answers, undisturbed.answers)
    # predictions written before the kill are still stored
    assert len(kept) >= 48
    assert kept["feature_hash"].isin(answers["feature_hash"]).all()


def test_a_database_that_another_process_has_open_is_left_alone(
    owing: Path, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    home = copied(owing, tmp_path / "home")
    holder = small(home, LATER)
    before = holder.answers()
    assert in_a_process(home, "predict") == 1
    pd.testing.assert_frame_equal(holder.answers(), before)
    holder.platform.close()
    assert in_a_process(home, "predict") == 0
    assert_answered(home, undisturbed)


def test_a_full_disk_loses_nothing_and_the_next_run_with_room_answers(
    owing: Path, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    home = copied(owing, tmp_path / "home")
    assert in_a_process(home, "predict", room=2048) == 1
    kept = small(home, LATER)
    assert len(kept.answers()) == 48
    kept.platform.close()
    assert in_a_process(home, "predict") == 0
    assert_answered(home, undisturbed)


def test_hours_whose_bars_are_there_are_answered_though_the_provider_is_down(
    site: Small, undisturbed: Undisturbed
) -> None:
    site.market.broken |= {"bars", "quotes", "series"}
    do(site, "predict")
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)
    site.clock.now = LATER + HOUR
    do(site, "predict")
    # its bar is missing, which each model records once
    assert site.answers(LIVE)["reason"].tolist()[-2:] == ["late_data"] * 2
    run = site.table("job_runs", since=utc(NOW), maximum=1).iloc[0]
    assert "coinbase answered 500" in run["detail"]


def test_a_model_whose_program_is_gone_answers_with_a_reason_until_it_is_back(site: Small) -> None:
    program = find_model(site.platform, "bold-v1").program
    assert program is not None
    file, aside = site.platform.settings.home / "models" / program.name, site.platform.settings.home / "aside"
    file.rename(aside)
    do(site, "predict")
    aside.rename(file)
    site.live(1)
    answers = site.answers(LIVE).set_index(["model_id", "ts"])["reason"]
    assert answers.index.is_unique
    assert answers["bold-v1"].fillna("").tolist() == ["model_error"] * HOURS + [""]
    assert answers["calm-v1"].isna().tolist() == [True] * (HOURS + 1)


def test_shards_answer_for_every_model_once_and_their_runs_stand_apart(
    site: Small, undisturbed: Undisturbed
) -> None:
    with served(site.platform) as url, ThreadPoolExecutor(3) as threads:
        parts = [f"{url}/functions/predict?shard={n}/3" for n in (1, 2, 3, 3)]
        headers = scheduler_headers("predict", LATER)
        output = list(threads.map(lambda part: ask(part, "POST", headers=headers), parts))
        assert_problem(ask(f"{url}/functions/predict?shard=4/3", "POST"), 400, "such as 1/4 to 4/4")
    assert [answer.status_code for answer in output] == [200] * 4
    assert sum(answer.json()["models"] for answer in output[:3]) == 2
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)
    runs = site.table("job_runs", since=utc(NOW), maximum=10)
    assert runs["job"].value_counts().to_dict() == {"predict": 1, "predict-2": 1, "predict-3": 2}


def assert_answered(home: Path, undisturbed: Undisturbed) -> None:
    """Assert that every hour is predicted once, as in the undisturbed run."""
    site = small(home, LATER)
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)
    site.platform.close()


@pytest.mark.parametrize("last", [2, 3, 4])
def test_an_ingest_killed_half_way_is_finished_by_the_next_run(
    owing: Path, tmp_path: Path, last: int
) -> None:
    home, now = copied(owing, tmp_path / "home"), LATER + HOUR
    kill(home, "ingest", last, now=now)
    again = small(home, now)
    ingest(again.platform, utc(now))
    assert latest_closes(again.platform, "BTC").equals(walk(now).rename("close"))
    again.platform.close()


def test_a_build_killed_half_way_is_finished_though_no_new_bar_comes(owing: Path, tmp_path: Path) -> None:
    site = small(copied(owing, tmp_path / "home"), LATER)
    earlier = walk(NOW)[:200].shift(freq=-timedelta(days=30))
    delivered = bar_rows(site.platform.catalogue.asset("BTC"), earlier)
    ObservationWriter(site.platform).record(delivered)
    # killed after its first rows; the next delivery contains nothing new
    list(build_rows(site.platform, earlier.index[0], earlier.index[50]))
    assert ObservationWriter(site.platform).record(delivered).first_known_at is None
    list(rebuild_after(site.platform, None))
    rows = stored_rows(site.platform, BEGINNING, END)
    site.platform.close()
    assert rows["btc_usd_close"].iloc[:200].tolist() == earlier.tolist()
    assert len(rows) == (rows.index[-1] - rows.index[0]) / HOUR + 1


@pytest.mark.parametrize("last", [5, 7, 9])
def test_an_activation_killed_half_way_is_done_by_the_next_one(
    history: Path, tmp_path: Path, last: int
) -> None:
    home = copied(history, tmp_path / "home")
    kill(home, "activate", last)
    site = small(home, LATER)
    site.activate("calm-v1")
    hours = site.answers()["ts"].tolist()
    site.platform.close()
    assert hours == list(pd.date_range(end=utc(LATER).floor("h") - HOUR, periods=24, freq="h"))
