"""The timer in place of Cloud Scheduler: when it calls, what it sends, and that a failure does not stop it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ppa.cli.timer import MAX_PAUSE, Timer
from ppa.core.errors import WarehouseError
from ppa.outside.scheduling.calls import scheduler_headers
from ppa.outside.scheduling.schedules import Schedule, load_schedules
from tests.fakes.clock import HandClock

PATIENCE = 600  # seconds: only a test that fails waits so long
START = datetime(2026, 3, 1, 11, 58, 30, tzinfo=UTC)
HOURLY = Schedule("predict", "7 * * * *", "predict", "", PATIENCE, "")
EVERY_MINUTE = Schedule("ingest", "* * * * *", "ingest", "", PATIENCE, "")


class Functions(ThreadingHTTPServer):
    """Records calls and responds with the given statuses, repeating the last."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.statuses = list(statuses)
        self.calls: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def due(self) -> list[str]:
        """Logical times of the calls."""
        return [headers["X-CloudScheduler-ScheduleTime"] for _, _, headers in self.calls]


class _Answering(BaseHTTPRequestHandler):
    server: Functions

    def do_POST(self) -> None:
        self.server.calls.append((self.command, self.path, dict(self.headers)))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Do not log."""


@contextmanager
def functions(*statuses: int) -> Iterator[Functions]:
    with Functions(*statuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(server: Functions, schedule: Schedule, calls: int, clock: HandClock) -> list[float]:
    """Run the timer on a fake clock for a number of calls; return its pauses in seconds."""
    enough = threading.Event()

    def pause(seconds: float) -> None:
        if len(server.calls) >= calls:
            timer._stopping.set()
            enough.set()
        else:
            clock.sleep(seconds)

    timer = Timer(server.url, [schedule], clock=clock, pause=pause)
    timer.start()
    assert enough.wait(PATIENCE)
    timer.stop()
    return clock.slept


def test_a_job_is_called_at_once_for_when_it_was_last_due_and_then_when_its_cron_says() -> None:
    with functions(200) as server:
        run(server, HOURLY, 4, HandClock(START))
        assert server.due == [f"2026-03-01T{hour}:07:00Z" for hour in (11, 12, 13, 14)]


def test_every_minute_is_called_once_even_where_calls_take_no_time() -> None:
    with functions(200) as server:
        run(server, EVERY_MINUTE, 5, HandClock(START))
        assert server.due == [
            f"2026-03-01T{hour}:00Z" for hour in ("11:58", "11:59", "12:00", "12:01", "12:02")
        ]


def test_a_call_is_a_post_with_the_headers_that_scheduler_sends() -> None:
    with functions(200) as server:
        run(server, HOURLY, 1, HandClock(START))
        method, path, headers = server.calls[0]
    assert (method, path) == ("POST", "/functions/predict")
    sent = scheduler_headers("predict", datetime(2026, 3, 1, 11, 7, tzinfo=UTC))
    assert sent.items() <= headers.items()
    assert sent == {
        "User-Agent": "Google-Cloud-Scheduler",
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": "predict",
        "X-CloudScheduler-ScheduleTime": "2026-03-01T11:07:00Z",
    }


def test_a_failing_call_is_logged_and_the_next_one_made(caplog: pytest.LogCaptureFixture) -> None:
    with functions(500, 200) as server, caplog.at_level(logging.WARNING, "ppa.timer"):
        run(server, HOURLY, 3, HandClock(START))
        assert len(server.due) == 3
    assert [record.message.split(":")[0] for record in caplog.records] == ["predict failed"]
    assert "500" in caplog.text


def test_where_nobody_answers_the_call_is_logged_and_time_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with functions(200) as server:
        gone = server.url
    clock, stopped = HandClock(START), threading.Event()

    def pause(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now > START + timedelta(hours=2):
            timer._stopping.set()
            stopped.set()

    timer = Timer(gone, [HOURLY], clock=clock, pause=pause)
    timer.start()
    assert stopped.wait(PATIENCE)
    timer.stop()
    assert len([record for record in caplog.records if record.message.startswith("predict failed")]) == 3


def test_a_machine_that_slept_through_a_due_time_calls_for_it_once_it_wakes() -> None:
    clock = HandClock(START)
    with functions(200) as server:

        def asleep(seconds: float) -> None:
            assert seconds <= MAX_PAUSE
            clock.now += timedelta(hours=5)
            if len(server.calls) >= 3:
                timer._stopping.set()
                woken.set()

        woken = threading.Event()
        timer = Timer(server.url, [HOURLY], clock=clock, pause=asleep)
        timer.start()
        assert woken.wait(PATIENCE)
        timer.stop()
        assert server.due[:3] == [f"2026-03-01T{hour}:07:00Z" for hour in (11, 12, 17)]


def test_stopping_ends_a_long_pause_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ppa.cli.timer.MAX_PAUSE", 100 * PATIENCE)
    with functions(200) as server:
        timer = Timer(server.url, [Schedule("yearly", "0 0 1 1 *", "predict", "", 5, "")])
        timer.start()
        timer.stop()
        for thread in timer._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in timer._threads)


def test_every_schedule_calls_a_function_that_is_there() -> None:
    schedules = load_schedules()
    assert {"ingest", "predict"} <= schedules.keys()
    for schedule in schedules.values():
        assert schedule.function in ("ingest", "predict", "backfill")
        assert schedule.next_after(START) > START >= schedule.last_until(START)


def test_where_nobody_knows_whether_a_job_is_paused_it_is_logged_and_time_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[str] = []

    def paused(job: str) -> bool:
        asked.append(job)
        if len(asked) == 1:
            raise WarehouseError("The warehouse is closed.")
        return False

    clock, called = HandClock(START), threading.Event()

    def pause(seconds: float) -> None:
        clock.sleep(seconds)
        if server.calls:
            timer._stopping.set()
            called.set()

    with functions(200) as server:
        timer = Timer(server.url, [HOURLY], clock=clock, paused=paused, pause=pause)
        timer.start()
        assert called.wait(PATIENCE)
        timer.stop()
    assert [record.message for record in caplog.records] == [
        "predict was not called: The warehouse is closed."
    ]
