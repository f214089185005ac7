"""Small platforms in a temporary folder, with a controllable market and clock, and cheap models."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import requests
import waitress
from declared_responses import watch
from flask import Flask

from ppa.cli.server import build_application
from ppa.core.catalogue import BAR_FIELDS, Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.core.contracts.upload import UploadMetadata
from ppa.core.labels.definition import LabelDefinition
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.core.origins import ORIGINS
from ppa.core.programs.archive import dump
from ppa.core.times import BEGINNING, END, utc
from ppa.gate.registration import register
from ppa.jobs.activate import activate
from ppa.jobs.backfill import backfill
from ppa.jobs.ingest import ingest
from ppa.jobs.predict import predict
from ppa.modelfiles.convert import convert
from ppa.modelfiles.files import dump_model, load_model
from ppa.modelfiles.training import library_versions
from ppa.ops.catalogue_file import load_catalogue
from ppa.ops.clock import Clock
from ppa.ops.settings import Settings
from ppa.platform import Platform
from ppa.providers.feed import Feed
from ppa.providers.protocol import ProviderError
from ppa.repository.dataset import LABEL, build_dataset
from ppa.repository.labels import save_label
from ppa.repository.models import RegisteredModel, list_models
from ppa.repository.predictions import predictions
from ppa.repository.programs import store_program
from ppa.storage.arrow import rows_table, to_frame
from ppa.storage.modelstore.factory import open_store
from ppa.storage.warehouse import open_warehouse
from tests.fakes.clock import HandClock

REPOSITORY = Path(__file__).parents[2]
SOURCES = [str(REPOSITORY), str(REPOSITORY / "shared"), str(REPOSITORY / "frontend")]
PYTHONPATH = os.pathsep.join(SOURCES)
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TRAINED = datetime(2026, 2, 10, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)
LOOKAHEAD = 6
SPEC = LabelDefinition("BTC", "touch", LOOKAHEAD, 0.01)
FEATURES = ("btc_usd_return_1h", "btc_usd_return_24h", "hour_of_day")
SEED = 20260101
PATIENCE = 900  # seconds: only a test that fails waits so long
JOBS = {"ingest": ingest, "predict": predict}


@dataclass
class Market:
    """Bars from a random walk, equal for every asset. A test can withhold, revise or break it."""

    clock: Clock
    name: str = "coinbase"
    withheld: set[datetime] = field(default_factory=set)
    revised: dict[datetime, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield closed bars that are not withheld, in one frame."""
        self._refuse("bars")
        closes = walk(self.clock())
        there = closes[(closes.index >= since) & (closes.index < until) & ~closes.index.isin(self.withheld)]
        if len(there):
            yield bar_rows(asset, there * there.index.map(lambda ts: self.revised.get(ts, 1.0)))

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield nothing: no slower series is followed here."""
        self._refuse("series")
        yield from ()

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Return the newest close as the current price."""
        self._refuse("quotes")
        return [Quote("BTC", self.clock(), float(walk(self.clock()).iloc[-1]), self.name)]

    def _refuse(self, what: str) -> None:
        if what in self.broken:
            raise ProviderError(f"{self.name} answered 500 to a request for {what}.")


@dataclass
class Gauge(Market):
    """Slower series with one value per day; everything else is empty."""

    name: str = "fred"
    serves: set[str] = field(default_factory=lambda: {"federal_funds"})

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield nothing."""
        yield from ()

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield one frame."""
        self._refuse(series.name)
        days = pd.date_range(FIRST - timedelta(days=30), self.clock() - series.period - series.lag, freq="D")
        days = days[(days >= since) & (days < until)]
        if series.name in self.serves and len(days):
            yield observations(series.name, days, 4 + days.day_of_year.to_numpy() / 100, self.name)

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Return no quotes."""
        return []


def walk(now: datetime) -> "pd.Series[float]":
    """Return the closes of all hours from FIRST that have closed by `now`."""
    hours = pd.date_range(FIRST, now - HOUR, freq="h", tz="UTC").as_unit("us")
    steps = np.random.default_rng(SEED).normal(0, 0.004, 24 * 366 * 2)[: len(hours)]
    return pd.Series(40_000 * np.exp(steps.cumsum()), index=hours).round(2)


def bar_rows(asset: Asset, closes: "pd.Series[float]") -> pd.DataFrame:
    """Return the observations of bars with these closes."""
    hours = pd.DatetimeIndex(closes.index)
    values = dict.fromkeys(BAR_FIELDS, closes) | {"volume": np.full(len(hours), 5.0)}
    return pd.concat(
        [observations(asset.series(name), hours, values[name], "coinbase") for name in BAR_FIELDS]
    )


def observations(series: str, times: pd.DatetimeIndex, values: object, source: str) -> pd.DataFrame:
    """Return a delivery without vintages."""
    never = pd.DatetimeIndex(np.full(len(times), "NaT", dtype="datetime64[us]"), tz="UTC")
    columns = dict(
        zip(OBSERVATION_COLUMNS, (series, times.as_unit("us"), never, values, source), strict=True)
    )
    return pd.DataFrame({name: getattr(value, "array", value) for name, value in columns.items()})


@dataclass(frozen=True)
class Small:
    """A small platform with its clock and market."""

    platform: Platform
    clock: HandClock
    market: Market

    def live(self, hours: int, *, skip: Sequence[str] = ()) -> None:
        """Advance hour by hour, running the jobs as the timer does, except those in `skip`."""
        for _ in range(hours):
            full = self.clock.now.replace(minute=0, second=0) + HOUR
            for name, minute in (("ingest", 1), ("predict", 7)):
                self.clock.now = full + timedelta(minutes=minute)
                if name not in skip:
                    JOBS[name](self.platform, utc(self.clock.now))

    def answers(self, *origins: str) -> pd.DataFrame:
        """Return all stored predictions, oldest first, then by model."""
        result = predictions(self.platform, list_models(self.platform), origins or ORIGINS)
        return result.sort_values(["ts", "model_id"], ignore_index=True)

    def table(self, name: str, **parameters: object) -> pd.DataFrame:
        """Return the result of a query."""
        return to_frame(self.platform.warehouse.query(name, **parameters))

    def activate(self, *names: str) -> None:
        """Activate models, a second apart."""
        for name in names:
            self.clock.now += timedelta(seconds=1)
            activate(self.platform, name, "tester")


def small(home: Path, now: datetime = NOW) -> Small:
    """Open a folder's platform at the time `now`."""
    clock, catalogue = HandClock(now), load_catalogue()
    market = Market(clock)
    settings = Settings(home=home, source="real", history_from=FIRST, user="tester")
    feed = Feed("real", {"coinbase": market, "fred": Gauge(clock)})
    warehouse = open_warehouse(settings.warehouse_address, catalogue)
    platform = Platform(settings, catalogue, warehouse, open_store(settings.models_address), feed, clock)
    return Small(platform, clock, market)


def make_history(home: Path) -> None:
    """Create a folder with two months of bars, their rows, a label and two inactive models."""
    platform = small(home).platform
    for _ in backfill(platform, utc(FIRST)):
        pass
    save_label(platform, SPEC, "Up 1% in six hours", "tester")
    calm = register(platform, trained(platform), described("calm"), "tester")
    add_model(platform, calm, "bold", trained(platform, strength=0.01))
    platform.close()


def add_model(platform: Platform, like: RegisteredModel, name: str, file: bytes) -> None:
    """Register another file with the metrics of an existing model, without running the gate."""
    stored = platform.store.put(f"{name}.skops", file)
    changed = {"model_id": f"{name}-v1", "name": name, "file": stored.name, "generation": stored.generation}
    columns = {"sha256": stored.sha256, "size_bytes": stored.size, "features": json.dumps(FEATURES)}
    reference = platform.warehouse.query("novelty_profiles", model_ids=[like.model_id])[
        "reference"
    ].to_pylist()
    program = convert(load_model(file, sha256=None)).file
    columns |= {"program": store_program(platform, name, dump(program))}
    columns |= {"reference": next(iter(reference), None)} if like.features == list(FEATURES) else {}
    platform.warehouse.merge("models", rows_table([{**like.to_row(), **changed, **columns}]))


def copied(history: Path, home: Path) -> Path:
    """Return a copy of the history in a separate folder."""
    shutil.copytree(history, home, dirs_exist_ok=True)
    return home


def trained(platform: Platform, strength: float = 1.0, features: Sequence[str] = FEATURES) -> bytes:
    """Return a fitted pipeline, an imputer and a logistic regression, as a model file."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    frame = build_dataset(platform, save_label(platform, SPEC, "", "tester")[0]).frame
    rows = frame[(frame.index <= TRAINED) & frame[LABEL].notna()]
    imputer = SimpleImputer(keep_empty_features=True)
    estimator = make_pipeline(imputer, LogisticRegression(C=strength))
    return dump_model(estimator.fit(rows[list(features)], rows[LABEL].astype(int)))


def described(name: str = "calm", /, **changes: Any) -> UploadMetadata:
    """Return the metadata of a `trained` file."""
    return UploadMetadata(**{**stated(name), "train_from": utc(FIRST), "train_to": utc(TRAINED), **changes})


def stated(name: str = "calm", /, **changes: Any) -> dict[str, Any]:
    """Return the metadata of a `trained` file as JSON."""
    return {
        "name": name,
        "label_id": SPEC.label_id,
        "train_from": FIRST.isoformat(),
        "train_to": TRAINED.isoformat(),
        "features": FEATURES,
        "libraries": library_versions(),
    } | changes


@contextmanager
def served(platform: Platform) -> Iterator[str]:
    """Serve the platform's app and functions on a socket; yields its URL. Every response is to be as declared."""
    app = build_application(platform)
    wrong = watch(cast(Flask, app.app))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        server.task_dispatcher.shutdown()  # a thread left would hold what DuckDB then reports as leaked
        thread.join(1)
    assert not wrong, "\n".join(wrong)


def ask(url: str, method: str = "GET", **options: Any) -> requests.Response:
    """Send one request, ignoring proxies."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=PATIENCE, **options)


def assert_problem(answer: requests.Response, status: int, words: str, code: str | None = None) -> None:
    """Assert that the response is a problem document with one sentence that contains `words`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert code in (None, body["code"]), body
    assert words in body["detail"]
    assert "\n" not in body["detail"]
    assert "Traceback" not in body["detail"]


def everything(platform: Platform, table: str) -> pd.DataFrame:
    """Return a stored table."""
    statements = {
        "predictions": {"model_ids": [m.model_id for m in list_models(platform)], "origins": list(ORIGINS)}
    }
    bounds = {"since": BEGINNING, "until": END, "maximum": 10**6}
    return to_frame(platform.warehouse.query(table, **bounds, **statements[table]))


def python(script: str, *arguments: str) -> list[str]:
    """Return the command that runs a script with this folder on its import path."""
    paths = f"import sys; sys.path[:0] = {[*SOURCES, str(Path(__file__).parent)]!r}\n"
    return [sys.executable, "-c", paths + script, *arguments]
