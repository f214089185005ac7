"""System info over a socket: status, metrics, health, and schedules with their manual changes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from platforms import FIRST, NOW, PATIENCE, Small, ask, assert_problem, copied, served, small
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_metrics

from ppa.cli.main import ppa
from ppa.cli.timer import Timer
from ppa.client.api import ApiProblem
from ppa.core.times import utc
from ppa.functions.local import function_caller
from ppa.jobs.predict import predict
from ppa.jobs.runs import run_job
from ppa.modelfiles.attempts import ATTEMPTS
from ppa.outside.scheduling.events import is_paused
from ppa.outside.scheduling.home import HomeScheduler
from ppa.outside.scheduling.schedules import load_schedules

PLAIN, OPEN = "text/plain", "application/openmetrics-text; version=1.0.0"


LATER = NOW + timedelta(hours=2)


@pytest.fixture(scope="module")
def lived(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an active model and two hours of jobs."""
    built = small(copied(history, tmp_path_factory.mktemp("lived")))
    built.activate("calm-v1")
    built.live(2)
    built.platform.close()
    return built.platform.settings.home


@pytest.fixture
def site(lived: Path, tmp_path: Path) -> Iterator[Small]:
    """Copy of the platform, at the end of those hours."""
    built = small(copied(lived, tmp_path), LATER)
    yield built
    built.platform.close()


@contextmanager
def app(site: Small) -> Iterator[str]:
    with served(site.platform) as url:
        yield url


def job(site: Small, name: str, error: OSError | None = None) -> None:
    """Run of a job that does nothing, or fails."""

    def work() -> dict[str, object]:
        if error:
            raise error
        return {"rows": 1}

    site.clock.now += timedelta(seconds=1)
    with suppress(OSError):
        run_job(site.platform, name, utc(site.clock.now).floor("min"), work)


# ── the status ──────────────────────────────────────────────────────────────────────────────────


def test_a_failed_run_shows_at_once_on_the_time_line_and_among_the_problems(site: Small) -> None:
    with app(site) as url:
        job(site, "predict")
        before = ask(f"{url}/api/v1/status").json()
        job(site, "predict", OSError("the disk is full"))
        after = ask(f"{url}/api/v1/status").json()
    assert before["timeline"]["lanes"]["predict"][-1] | {"slowest": 0} == {
        "at": "2026-03-01T14:00:00Z",
        "runs": 1,
        "failed": 0,
        "slowest": 0,
    }
    assert after["timeline"]["lanes"]["predict"][-1]["failed"] == 1
    sentence = "The last run of predict failed: OSError: the disk is full."
    assert {"code": "failing_runs", "title": "Calls fail", "sentence": sentence} in after["problems"]
    assert (after["verdict"], after["healthy"]) == ("failing", False)
    assert after["jobs"][0]["error"] == "OSError: the disk is full"


def test_hours_covered_by_predictions_are_counted_of_those_owed(site: Small) -> None:
    with app(site) as url:
        covered = ask(f"{url}/api/v1/status").json()["coverage"]
        assert len(covered["hours"]) == 7 * 24
        assert covered["hours"][-1] | {"owed": 0} == {
            "ts": "2026-03-01T13:00:00Z",
            "owed": 0,
            "live": 1,
            "buffer": 0,
            "without": 0,
        }
        assert (covered["share"], covered["missing"], covered["reasons"]) == (1.0, 0, {})
        site.clock.now += timedelta(hours=2)
        late = ask(f"{url}/api/v1/status").json()
    assert late["coverage"]["missing"] == 1
    assert late["coverage"]["share"] == pytest.approx(2 / 3, abs=1e-4)
    assert "prediction_missing" in {problem["code"] for problem in late["problems"]}


def test_the_status_says_what_is_refused_to_the_process_that_examines_models(site: Small) -> None:
    with app(site) as url:
        sandbox = ask(f"{url}/api/v1/status").json()["sandbox"]
    assert {*sandbox["refused"], *sandbox["not_refused"]} == set(ATTEMPTS)
    assert all(name in sandbox["sentence"] for name in sandbox["refused"] + sandbox["not_refused"])


def test_the_status_is_read_once_from_the_warehouse_while_nothing_changes(site: Small) -> None:
    with app(site) as url:
        ask(f"{url}/api/v1/status")
        asked = []
        query = site.platform.warehouse.query
        try:
            site.platform.warehouse.query = lambda name, **p: asked.append(name) or query(name, **p)  # type: ignore[method-assign]
            ask(f"{url}/api/v1/status")
        finally:
            del site.platform.warehouse.query
    assert set(asked) == {"schedule_events"}


# ── metrics and health ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("accept", "parse"), [(PLAIN, plain_metrics), (OPEN, open_metrics)])
def test_the_metrics_are_what_prometheus_reads_and_say_what_the_status_says(
    site: Small, accept, parse
) -> None:
    job(site, "ingest", OSError("gone"))
    with app(site) as url:
        answer = ask(f"{url}/metrics", headers={"Accept": accept})
        status = ask(f"{url}/api/v1/status").json()
    assert answer.headers["Content-Type"].startswith(accept.partition(";")[0])
    families = {family.name: family for family in parse(answer.text)}
    assert all(family.documentation for family in families.values())
    figures = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert figures["ppa_healthy",] == 0
    assert figures["ppa_rows",] == status["rows"]
    assert figures["ppa_problems", "failing_runs"] == 1
    assert figures["ppa_problems", "spend"] == 0
    assert figures["ppa_job_runs_day", "ingest", "error"] == 1
    assert figures["ppa_last_hour_timestamp_seconds",] == utc(status["last_hour"]).timestamp()
    late = {entry["name"]: entry["late"] for entry in status["series"] if entry["observations"]}
    assert {name: figures["ppa_series_late", name] for name in late} == late
    assert figures["ppa_prediction_coverage_ratio",] == status["coverage"]["share"]
    assert figures["ppa_stored_bytes", "warehouse"] == status["storage"]["warehouse_bytes"] > 0


def test_rows_that_are_hours_behind_make_it_alive_and_not_ready(site: Small) -> None:
    with app(site) as url:
        assert ask(f"{url}/readyz").json()["status"] == "ok"
        site.clock.now += timedelta(hours=5)
        assert ask(f"{url}/healthz").status_code == 200
        late = ask(f"{url}/readyz")
        assert (late.status_code, late.json()["status"]) == (503, "stale")
        site.platform.warehouse.close()
        assert ask(f"{url}/healthz").status_code == 200
        assert ask(f"{url}/readyz").status_code == 503


# ── schedules ───────────────────────────────────────────────────────────────────────────────────


def test_a_pause_names_who_and_since_when_is_no_failure_and_survives_a_restart(
    site: Small, tmp_path: Path
) -> None:
    with app(site) as url:
        reported = ask(f"{url}/api/v1/schedules/ingest/pause", "POST").json()
        assert reported["message"] == "ingest is paused."
        site.clock.now += timedelta(minutes=40)
        status = ask(f"{url}/api/v1/status").json()
    assert status["notices"] == ["ingest is paused by tester since 2026-03-01 14:07 UTC."]
    assert not {"ingest_silent", "stale_feature"} & {problem["code"] for problem in status["problems"]}
    site.platform.close()
    again = small(tmp_path, site.clock.now)
    [ingest, predict] = HomeScheduler(again.platform, function_caller(again.platform)).states().values()
    assert (ingest.paused, ingest.next, predict.paused) == (True, None, False)
    again.platform.close()


def test_the_timer_leaves_out_what_is_paused_until_it_is_resumed(site: Small) -> None:
    with app(site) as url:
        assert called_in_a_turn(site, url)
        ask(f"{url}/api/v1/schedules/ingest/pause", "POST").raise_for_status()
        assert not called_in_a_turn(site, url)
        site.clock.now += timedelta(seconds=1)
        ask(f"{url}/api/v1/schedules/ingest/resume", "POST").raise_for_status()
        assert called_in_a_turn(site, url)


def called_in_a_turn(site: Small, url: str) -> bool:
    """True if a newly started timer runs the job."""
    waiting = threading.Event()
    before = len(site.table("job_runs", since=FIRST, maximum=1))
    timer = Timer(
        url,
        [load_schedules()["ingest"]],
        clock=site.clock,
        paused=partial(is_paused, site.platform.warehouse),
        pause=lambda _: (waiting.set(), timer._stopping.wait()),
    )
    timer.start()
    assert waiting.wait(PATIENCE)
    timer.stop()
    return len(site.table("job_runs", since=FIRST, maximum=1)) > before


def test_run_now_runs_the_function_as_deployed_and_is_written_down_with_who(site: Small) -> None:
    site.clock.now += timedelta(hours=1)
    with app(site) as url:
        reported = ask(f"{url}/api/v1/schedules/predict/run", "POST").json()
        status = ask(f"{url}/api/v1/status").json()
    assert reported["message"] == "predict ran: 1 row written."
    assert status["jobs"][0]["job"] == "predict"
    assert status["jobs"][0]["status"] == "ok"
    [_, predict] = status["schedules"]
    assert (predict["run_by"], predict["run_at"]) == ("tester", "2026-03-01T15:07:00Z")


def test_an_unknown_job_is_refused_by_name_and_nothing_is_written(site: Small) -> None:
    with app(site) as url:
        assert_problem(ask(f"{url}/api/v1/schedules/tea/run", "POST"), 404, "There is no schedule 'tea'")
        assert_problem(ask(f"{url}/api/v1/schedules/ingest/run"), 405, "takes POST, not GET.")
    assert site.table("schedule_events").empty


# ── what the alerts count ───────────────────────────────────────────────────────────────────────


def test_the_hourly_job_logs_each_late_series_that_the_page_shows(
    site: Small, caplog: pytest.LogCaptureFixture
) -> None:
    site.market.broken = {"bars"}
    site.clock.now += timedelta(hours=6)
    with caplog.at_level("WARNING", "ppa.jobs"), app(site) as url:
        predict(site.platform, utc(site.clock.now))
        late = [entry["name"] for entry in ask(f"{url}/api/v1/status").json()["series"] if entry["late"]]
    fields = [record.fields for record in caplog.records if hasattr(record, "fields")]
    assert sorted(one["series"] for one in fields if one["event"] == "stale_feature") == late
    assert len(late) >= 12
    assert any(one["event"] == "prediction_missing" for one in fields)


# ── the command, and the page's frame ───────────────────────────────────────────────────────────


def test_the_command_tells_the_same_and_exits_with_1_where_something_is_wrong(
    site: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(site, "ingest", OSError("the disk is full"))
    runner = CliRunner()
    with app(site) as url:
        monkeypatch.setenv("PPA_URL", url)
        assert runner.invoke(ppa, ["schedules", "pause", "predict"]).output == "predict is paused.\n"
        reported = runner.invoke(ppa, ["status"])
        listed = runner.invoke(ppa, ["schedules", "list"])
        assert runner.invoke(ppa, ["schedules", "resume", "predict"]).exit_code == 0
        assert isinstance(runner.invoke(ppa, ["schedules", "run", "tea"]).exception, ApiProblem)
    assert reported.exit_code == 1
    assert "Calls fail: The last run of ingest failed: OSError: the disk is full." in reported.output
    assert "docs/runbook.md#failing_runs" in reported.output
    assert "predict is paused by tester" in reported.output
    for title in ("Series", "Job runs", "Schedules"):
        assert title in reported.output
    assert "tester" in listed.output


def test_only_the_system_page_may_frame_and_only_the_configured_grafana(site: Small) -> None:
    address = "http://127.0.0.1:3000"
    platform = replace(site.platform, settings=replace(site.platform.settings, grafana_url=address))
    with served(platform) as url:
        policies = {path: ask(f"{url}{path}").headers["Content-Security-Policy"] for path in ("/system", "/")}
        elsewhere = ask(f"{url}/system".replace("127.0.0.1", "localhost")).headers["Content-Security-Policy"]
        assert ask(f"{url}/api/v1/grafana").json()["state"] in ("silent", "shown", "refused")
    assert policies["/system"].endswith(f"; frame-src {address}")
    assert "frame-src" not in policies["/"] + elsewhere
