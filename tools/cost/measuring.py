"""Measure an hour of the platform and its page views on synthetic data."""

import re
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import requests
from flask.testing import FlaskClient

from ppa.cli.training import train_model
from ppa.client.api import IN_PLACE, Api, WsgiAdapter
from ppa.client.app import App
from ppa.core.errors import BadInput
from ppa.core.times import utc
from ppa.jobs.activate import activate
from ppa.jobs.backfill import backfill
from ppa.jobs.ingest import ingest
from ppa.jobs.predict import predict
from ppa.jobs.runs import run_job
from ppa.ops.settings import Settings
from ppa.platform import Platform, open_platform
from ppa.repository.models import find_model
from ppa.storage.arrow import rows_table
from ppa.storage.series_cache import SeriesCache
from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse.cached_warehouse import CachedWarehouse
from ppa_web import create_app
from tools.cost.metering import Count, Meter
from tools.cost.visits import VISITS, Visit
from tools.cost.workload import Workload

JOBS: Mapping[str, Callable[[Platform, pd.Timestamp], Mapping[str, object]]] = {
    "ingest": ingest,
    "predict": predict,
}
NOW = datetime(2026, 3, 2, 12, 7, tzinfo=UTC)
HISTORY = timedelta(days=45)
LABEL = {"asset": "BTC", "mode": "touch", "lookahead": 12, "threshold": 0.01}
Names = Mapping[str, str]


@dataclass(frozen=True)
class Spent:
    """Resources used by a piece of work: processor seconds, warehouse calls, and bytes sent to the browser."""

    seconds: float
    count: Count
    sent: int = 0


@dataclass(frozen=True)
class Measured:
    """Measurements of an hour of ingests, one hourly job, page views and polls.

    Every page is viewed once by a new instance, after one minute, after five minutes, and after an hour of data was
    stored; `polls` are repeated requests of open pages without new data.
    """

    ingests: list[Spent]
    predict: Spent
    fresh: Mapping[str, Spent]
    minute: Mapping[str, Spent]
    five: Mapping[str, Spent]
    changed: Mapping[str, Spent]
    polls: Mapping[str, Spent]
    stored_bytes: int
    assets_bytes: int


class Clock:
    """Clock that is set by the measurement."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Bench:
    """Platform with a metered warehouse, the pages as deployed over it, and the clock."""

    platform: Platform
    meter: Meter
    clock: Clock
    pages: FlaskClient
    moment: "Moment"

    def job(self, name: str, at: datetime) -> Spent:
        """Run a job as its function does."""
        self.clock.now = at
        due = utc(at.replace(second=0))
        return self._spent(lambda: run_job(self.platform, name, due, partial(JOBS[name], self.platform, due)))

    def visits(self, names: Names, after: float) -> Mapping[str, Spent]:
        """View every page, `after` seconds after the previous step."""
        self.moment.seconds += after
        return {page: self._spent(partial(self._visit, visit, names)) for page, visit in VISITS.items()}

    def polls(self) -> Mapping[str, Spent]:
        """Repeat the requests of open pages with the last entity tag, once the version tokens have expired."""
        spent = {}
        for page, visit in VISITS.items():
            if visit.polled:
                tag = self.pages.get(f"/api/v1/{visit.polled}").headers.get("ETag", "")
                self.moment.seconds += visit.every_seconds
                spent[page] = self._spent(partial(self._sent, f"/api/v1/{visit.polled}", tag))
        return spent

    def assets(self) -> int:
        """Compressed bytes of the scripts and styles that a first visit needs."""
        named = re.findall(
            r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', self.pages.get("/live").get_data(as_text=True)
        )
        return sum(self._sent(address) for address in set(named))

    def _visit(self, visit: Visit, names: Names) -> int:
        """Bytes of the responses to a page view, as sent."""
        paths = [visit.path, *(f"/api/v1/{path}" for path in visit.asked)]
        return sum(self._sent(path.format_map(names)) for path in paths)

    def _sent(self, path: str, tag: str = "") -> int:
        response = self.pages.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
        if response.status_code not in (200, 304):
            raise BadInput(f"The request for {path} returned status {response.status_code}: {response.text}")
        return len(response.data)

    def _spent(self, work: Callable[[], object]) -> Spent:
        """Resources used by `work`; an integer result is the number of bytes sent."""
        self.meter.count = Count()
        began = time.process_time()
        result = work()
        seconds = time.process_time() - began
        return Spent(seconds, self.meter.count, result if isinstance(result, int) else 0)


class Moment:
    """Monotonic clock that is advanced by the measurement."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def measure(workload: Workload) -> Measured:
    """Run all measurements in a temporary folder."""
    with _bench(workload) as bench:
        names = _models(bench.platform, workload)
        fresh, minute, five = (bench.visits(names, after) for after in (0, 60, 300))
        polls = bench.polls()
        hour = bench.clock.now.replace(minute=0) + timedelta(hours=1)
        minutes = range(workload.ingests_an_hour)
        ingests = [bench.job("ingest", hour + timedelta(minutes=m, seconds=20)) for m in minutes]
        predicted = bench.job("predict", hour + timedelta(hours=1, minutes=7))
        changed, stored = bench.visits(names, 3600), bench.meter.stored_bytes()
        return Measured(ingests, predicted, fresh, minute, five, changed, polls, stored, bench.assets())


@contextmanager
def _bench(workload: Workload) -> Iterator[Bench]:
    clock, moment = Clock(), Moment()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), source="synthetic", history_from=NOW - HISTORY)
        opened = open_platform(settings, clock=clock)
        meter = Meter(opened.warehouse, opened.catalogue, workload, clock)
        # the functions and the web service are separate processes, so they share no cache
        platform = replace(opened, warehouse=meter)
        deployed = replace(
            opened,
            warehouse=CachedWarehouse(meter, moment),
            cache=SingleFlightCache(),
            series_cache=SeriesCache(),
        )
        try:
            # as in steady operation, most rows are older than an hour
            clock.now = NOW - timedelta(days=1)
            deque(backfill(platform, utc(settings.history_from)), maxlen=0)
            clock.now = NOW
            for work in JOBS.values():
                work(platform, utc(NOW))
            yield Bench(platform, meter, clock, create_app(deployed).test_client(), moment)
        finally:
            opened.close()


def _models(platform: Platform, workload: Workload) -> Names:
    """Register a trained model and copies of it, all active; return the names used in page addresses."""
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount(IN_PLACE, WsgiAdapter(create_app(platform)))
        api = Api(session, IN_PLACE)
        label = api.send("POST", "labels", json=LABEL)
        trained = train_model(api, App(api).dataset(label["label_id"]), "logistic", "model")["model_id"]
    row = find_model(platform, trained).to_row()
    copies = [f"copy-{i}-v1" for i in range(1, workload.models)]
    rows = [{**row, "model_id": name, "name": name} for name in copies]
    platform.warehouse.merge("models", rows_table(rows))
    for name in (trained, *copies):
        activate(platform, name, "cost")
    return {"model": str(trained), "other": copies[0], "label": str(label["label_id"])}
