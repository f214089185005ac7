"""Schedules in the cloud: Google's client against a gRPC stand-in, and the log of manual changes."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from fake_scheduler import LOCATION, NEXT, PREFIX, FakeScheduler, fake_scheduler

from ppa.core.errors import BadInput, NotFound, Unavailable
from ppa.ops.catalogue_file import load_catalogue
from ppa.outside.scheduling import ScheduleManager
from ppa.outside.scheduling.cloud import CloudScheduler
from ppa.storage.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.clock import HandClock

CLOCK = HandClock(NEXT)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[ScheduleManager, FakeScheduler]]:
    """Schedule manager on the stand-in for Cloud Scheduler."""
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb", load_catalogue())
    with fake_scheduler() as (fake, client):
        yield ScheduleManager(CloudScheduler(client, PREFIX), warehouse, CLOCK), fake
    warehouse.close()


def test_only_our_jobs_are_listed_with_when_they_are_next_called(
    kept: tuple[ScheduleManager, FakeScheduler],
) -> None:
    schedule_manager, fake = kept
    result = {one.job: one for one in schedule_manager.schedules()}
    assert result.keys() == {"ingest", "predict"}
    assert not result["ingest"].paused
    assert result["ingest"].next == NEXT
    assert fake.asked == [("ListJobs", LOCATION)]


def test_a_pause_and_a_resumption_reach_cloud_scheduler_and_name_who_asked(
    kept: tuple[ScheduleManager, FakeScheduler],
) -> None:
    schedule_manager, fake = kept
    assert schedule_manager.pause("ingest", "ada@example.com") == "ingest is paused."
    [ingest, _] = schedule_manager.schedules()
    assert (ingest.paused, ingest.by, ingest.since, ingest.next) == (True, "ada@example.com", NEXT, None)
    CLOCK.sleep(1)
    schedule_manager.resume("ingest", "bob@example.com")
    [ingest, _] = schedule_manager.schedules()
    assert (ingest.paused, ingest.by, ingest.next) == (False, None, NEXT)
    assert [call for call in fake.asked if call[0] != "ListJobs"] == [
        ("PauseJob", f"{PREFIX}ingest"),
        ("ResumeJob", f"{PREFIX}ingest"),
    ]


def test_a_pause_from_elsewhere_is_shown_without_a_name(kept: tuple[ScheduleManager, FakeScheduler]) -> None:
    schedule_manager, fake = kept
    fake.answer("PauseJob", type("Request", (), {"name": f"{PREFIX}predict"}), None)  # type: ignore[arg-type]
    [_, predict] = schedule_manager.schedules()
    assert (predict.paused, predict.by, predict.since) == (True, None, None)


def test_a_run_by_hand_is_asked_for_and_written_down(kept: tuple[ScheduleManager, FakeScheduler]) -> None:
    schedule_manager, fake = kept
    assert schedule_manager.run("predict", "ada@example.com").startswith("Cloud Scheduler is calling predict")
    assert fake.asked == [("ListJobs", LOCATION), ("RunJob", f"{PREFIX}predict")]
    [_, predict] = schedule_manager.schedules()
    assert (predict.run_by, predict.run_at) == ("ada@example.com", CLOCK.now)


def test_what_google_refuses_is_said_in_its_words_and_no_pause_is_written_down(
    kept: tuple[ScheduleManager, FakeScheduler],
) -> None:
    schedule_manager, fake = kept
    fake.refusal = (grpc.StatusCode.PERMISSION_DENIED, "The caller lacks cloudscheduler.jobs.pause")
    with pytest.raises(Unavailable, match=r"refused to pause ingest: .*lacks cloudscheduler\.jobs\.pause"):
        schedule_manager.pause("ingest", "ada@example.com")
    fake.refusal = None
    assert schedule_manager.schedules()[0].by is None
    del fake.jobs[f"{PREFIX}ingest"]
    with pytest.raises(Unavailable, match="there is no such job; run terraform apply"):
        schedule_manager.run("ingest", "ada@example.com")
    with pytest.raises(NotFound, match="There is no schedule 'tea'"):
        schedule_manager.pause("tea", "ada@example.com")


@pytest.mark.parametrize("prefix", ["ppa-", "jobs/ppa-", "location/jobs/ppa-"])
def test_a_setting_that_names_no_place_is_refused(prefix: str) -> None:
    with pytest.raises(BadInput, match="PPA_SCHEDULES is"):
        CloudScheduler(None, prefix)  # type: ignore[arg-type]


def test_all_shards_of_a_job_are_paused_together(kept: tuple[ScheduleManager, FakeScheduler]) -> None:
    schedule_manager, fake = kept
    for name in ("predict-2", "predict-3", "predict-late"):
        fake.add(PREFIX + name)
    schedule_manager.pause("predict", "ada@example.com")
    paused = {name.removeprefix(PREFIX) for method, name in fake.asked if method == "PauseJob"}
    assert paused == {"predict", "predict-2", "predict-3"}
