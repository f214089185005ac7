"""Once: however often, in parallel, out of order, late or killed half-way a job runs, each hour is answered once."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pytest
from platforms import HOUR, JOBS, NOW, Small, ask, bar_rows, copied, served, small, walk

from cli.timer import scheduler_headers
from shared.frames import BEGINNING, END, utc
from shared.jobs.build import build_rows, rebuild_after, stored_rows
from shared.jobs.ingest import ingest
from shared.jobs.predict import BUFFER, LIVE, predict
from shared.jobs.record import Recorder
from shared.labels import closes
from shared.parity import verify_parity
from shared.warehouse import Warehouse

HOURS = 3
LATER = NOW + HOURS * HOUR
# everything of an answer but when it was made
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
Result = TypeVar("Result")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["platforms"])


@dataclass
class Counting:
    """A warehouse that counts its calls; its process kills itself before or after the last one."""

    inner: Warehouse
    last: int = 0
    before: bool = False
    calls: int = 0

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Ask, and count."""
        return self._counted(lambda: self.inner.query(name, **parameters))

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        """Write, and count."""
        return self._counted(lambda: self.inner.merge(table, rows, replace=replace))

    def append(self, table: str, rows: pa.Table) -> int:
        """Write, and count."""
        return self._counted(lambda: self.inner.append(table, rows))

    def bytes_billed(self) -> int:
        """As ever."""
        return self.inner.bytes_billed()

    def stored_bytes(self) -> int:
        """As ever."""
        return self.inner.stored_bytes()

    def close(self) -> None:
        """As ever."""
        self.inner.close()

    def _counted(self, work: Callable[[], Result]) -> Result:
        self.calls += 1
        fatal = self.calls == self.last
        if fatal and self.before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = work()
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def counting(home: Path, now: datetime, last: int = 0, *, before: bool = False) -> tuple[Small, Counting]:
    """A folder's platform over a warehouse that counts."""
    site = small(home, now)
    warehouse = Counting(site.platform.warehouse, last, before)
    return replace(site, platform=replace(site.platform, warehouse=warehouse)), warehouse


def work_until_killed(home: Path, now: datetime, job: str, last: int, before: bool) -> None:
    """A process of its own: do a job on a folder, and die at a call of the warehouse."""
    site, _ = counting(home, now, last, before=before)
    if job == "activate":
        site.activate("calm-v1")
    else:
        JOBS[job](site.platform, utc(now))


def kill(home: Path, job: str, last: int, *, now: datetime = LATER, before: bool = False) -> None:
    """Have a process do a job until it dies."""
    process = PROCESSES.Process(target=work_until_killed, args=(home, now, job, last, before))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture(scope="module")
def owing(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where two active models owe three hours, whose bars arrived in time."""
    home = copied(history, tmp_path_factory.mktemp("owing"))
    site = small(home)
    site.activate("bold-v1", "calm-v1")
    site.live(HOURS, skip=["predict"])
    site.platform.close()
    return home


@dataclass(frozen=True)
class Undisturbed:
    """The answers where nothing goes wrong, and how often the warehouse was called for them."""

    answers: pd.DataFrame
    calls: int


@pytest.fixture(scope="module")
def undisturbed(owing: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The same three hours, once and in peace."""
    site, warehouse = counting(copied(owing, tmp_path_factory.mktemp("undisturbed")), LATER)
    predict(site.platform, utc(LATER))
    needed = warehouse.calls
    answers = site.answers()[SAID]
    site.platform.close()
    assert answers["origin"].value_counts().to_dict() == {BUFFER: 48, LIVE: 2 * HOURS}
    return Undisturbed(answers, needed)


@pytest.fixture
def site(owing: Path, tmp_path: Path) -> Iterator[Small]:
    """One's own copy of it, three hours later."""
    opened = small(copied(owing, tmp_path / "home"), LATER)
    yield opened
    opened.platform.close()


def call(url: str, due: datetime) -> int:
    return ask(f"{url}/functions/predict", "POST", headers=scheduler_headers("predict", due)).status_code


def test_a_job_delivered_five_times_at_once_answers_once(site: Small, undisturbed: Undisturbed) -> None:
    with served(site.platform) as url, ThreadPoolExecutor(5) as threads:
        assert list(threads.map(lambda _: call(url, LATER), range(5))) == [200] * 5
    pd.testing.assert_frame_equal(site.answers()[SAID], undisturbed.answers)
    runs = site.table("job_runs", since=utc(NOW), most=10)
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
    status = site.table("series_status").set_index("series")
    expected = (status["newest_event"] - status["first_event"]) / pd.Timedelta(HOUR) + 1
    bars = status.index.str.startswith("btc_usd")
    assert (status["observations"] == expected)[bars].all()
    assert verify_parity(site.platform, utc(NOW - timedelta(days=2)), utc(site.clock.now)).differences == ()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.75, 1.0])
def test_a_job_killed_half_way_is_finished_by_the_next_run(
    owing: Path, tmp_path: Path, undisturbed: Undisturbed, share: float, before: bool
) -> None:
    home = copied(owing, tmp_path / "home")
    kill(home, "predict", round(undisturbed.calls * share), before=before)
    again = small(home, LATER)
    kept = again.answers()[SAID]
    predict(again.platform, utc(LATER))
    answers = again.answers()[SAID]
    again.platform.close()
    pd.testing.assert_frame_equal(answers, undisturbed.answers)
    # what had been written is still there, first to last
    assert len(kept) >= 48
    assert kept["feature_hash"].isin(answers["feature_hash"]).all()


@pytest.mark.parametrize("last", [2, 3, 4])
def test_an_ingest_killed_half_way_is_finished_by_the_next_run(
    owing: Path, tmp_path: Path, last: int
) -> None:
    home, now = copied(owing, tmp_path / "home"), LATER + HOUR
    kill(home, "ingest", last, now=now)
    again = small(home, now)
    ingest(again.platform, utc(now))
    assert closes(again.platform, "BTC").equals(walk(now).rename("close"))
    again.platform.close()


def test_a_build_killed_half_way_is_finished_though_no_new_bar_comes(owing: Path, tmp_path: Path) -> None:
    site = small(copied(owing, tmp_path / "home"), LATER)
    earlier = walk(NOW)[:200].shift(freq=-timedelta(days=30))
    delivered = bar_rows(site.platform.catalogue.asset("BTC"), earlier)
    Recorder(site.platform).record(delivered)
    # killed after its first rows: the next delivery is nothing new
    list(build_rows(site.platform, earlier.index[0], earlier.index[50]))
    assert Recorder(site.platform).record(delivered).first_known_at is None
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
