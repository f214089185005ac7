"""Whole platforms in this process, each on a socket of its own."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import requests
import waitress

from ppa.cli.first_run import fill_with_history, missing_examples, train_examples
from ppa.cli.server import build_application
from ppa.client.api import Api, in_place
from ppa.ops.clock import Clock, fixed
from ppa.ops.settings import Settings
from ppa.outside.scheduling.calls import scheduler_headers
from ppa.platform import Platform, open_platform

ACTIVATED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 4, 10, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """A running app: its address, the platform behind it, a client of its API."""

    url: str
    platform: Platform
    api: Api

    def call(self, job: str, due: datetime) -> requests.Response:
        """Call a function as Cloud Scheduler does."""
        url = f"{self.url}/functions/{job}"
        return requests.post(url, headers=scheduler_headers(job, due), timeout=300)


@contextmanager
def serving(platform: Platform) -> Iterator[Site]:
    """Serve a platform on a free port: pages, API and functions, without the timer."""
    app = build_application(platform)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.effective_port}"
    try:
        with requests.Session() as session:
            yield Site(url, platform, Api(session, url))
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        platform.close()


def ticking(moment: datetime) -> Clock:
    """A clock that moves on by a microsecond whenever it is read: two events never share a moment."""
    steps = count()
    return lambda: moment + timedelta(microseconds=next(steps))


def lived(home: Path) -> Settings:
    """Settings of a site that has history since the start of 2025."""
    return Settings(home=home, source="synthetic", history_from=datetime(2025, 1, 1, tzinfo=UTC))


def live(home: Path) -> None:
    """Some days after `make run`: synthetic history, a label, two active models, live answers."""
    with closing(open_platform(lived(home), clock=fixed(ACTIVATED))) as before, in_place(before) as api:
        fill_with_history(before)
        train_examples(api, missing_examples(before))
    with serving(open_platform(lived(home), clock=ticking(NOW))) as running:
        for job in ("backfill", "ingest", "predict"):
            running.call(job, NOW).raise_for_status()
