"""The platform with real sources and no keys, on real history that the fakes serve over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from platforms import described, trained

from ppa.core.times import utc
from ppa.functions.local import function_caller
from ppa.gate.registration import register
from ppa.jobs.activate import activate
from ppa.jobs.backfill import backfill
from ppa.jobs.ingest import ingest
from ppa.jobs.predict import predict
from ppa.jobs.replay import replay
from ppa.jobs.runs import run_job
from ppa.ops.clock import utc_now
from ppa.ops.settings import load_settings
from ppa.outside.scheduling import ScheduleManager, open_schedule_manager
from ppa.platform import Platform, open_platform
from ppa.reports.parity import verify_parity
from ppa.reports.status import status
from ppa.repository.models import list_models
from ppa.repository.predictions import predictions
from tests.fakes.data import load_world
from tests.fakes.faults import error, limit
from tests.fakes.server import FakeProviders

DATA = Path(__file__).parents[2].parent / "shared" / "data"
BEGAN = datetime(2021, 6, 1, tzinfo=UTC)
TONIGHT = datetime(2021, 12, 1, 0, 1, tzinfo=UTC)
JOBS = {"ingest": ingest, "predict": predict}
DOWN = error(503, "maintenance")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")


class MovableClock:
    """Clock that advances like the machine's from a settable time, as limits per second require."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def set(self, now: datetime) -> None:
        self._ahead = now - utc_now()

    def __call__(self) -> datetime:
        return utc_now() + self._ahead


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock(TONIGHT)


@pytest.fixture(scope="module")
def fakes(clock: MovableClock) -> Iterator[FakeProviders]:
    with FakeProviders(load_world(DATA), clock=clock) as running:
        yield running


def opened(home: Path, fakes: FakeProviders, clock: MovableClock, **keys: str) -> Platform:
    """Platform opened from its environment."""
    addresses = {f"PPA_{name.upper()}_BASE_URL": fakes.url(name) for name in fakes.behaviours}
    environ = {"PPA_HOME": str(home), "PPA_SOURCE": "real", "PPA_HISTORY_FROM": f"{BEGAN:%Y-%m-%d}"}
    return open_platform(load_settings({**environ, **addresses, **keys}), clock=clock)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, fakes: FakeProviders, clock: MovableClock) -> Path:
    """Half a year of history and an active model."""
    folder = tmp_path_factory.mktemp("real")
    platform = opened(folder, fakes, clock)
    *_, last = backfill(platform, utc(BEGAN))
    assert "observations stored" in last.stage
    dates = {"train_from": utc(BEGAN), "train_to": utc("2021-11-01")}
    model = register(platform, trained(platform), described("calm", **dates), "tester")
    activate(platform, model.model_id, "tester")
    platform.close()
    return folder


@pytest.fixture
def platform(home: Path, fakes: FakeProviders, clock: MovableClock) -> Iterator[Platform]:
    """Platform opened again, as after a restart."""
    again = opened(home, fakes, clock)
    yield again
    again.close()


def hour(platform: Platform, clock: MovableClock, at: datetime) -> None:
    """Run the jobs of the hour `at`."""
    for job, minute in (("ingest", 1), ("predict", 7)):
        clock.set(at.replace(minute=minute))
        now = platform.now().floor("min")
        run_job(platform, job, now, lambda work=JOBS[job], now=now: work(platform, now))


def test_without_any_key_real_data_is_served_and_what_is_missing_is_said(
    platform: Platform, fakes: FakeProviders
) -> None:
    state = status(platform, schedule_manager_of(platform))
    assert state["source_note"] == "Real data from coinbase, fred."
    series = {entry["name"]: entry for entry in state["series"]}
    assert (series["btc_usd_close"]["source"], series["btc_usd_close"]["observations"]) == (
        "coinbase",
        183 * 24,
    )
    assert series["vix"]["source"] == "fred"
    assert series["gold"]["observations"] == series["eth_usd_close"]["observations"] == 0
    assert fakes.requests("polygon") == fakes.requests("alphavantage") == []
    stored = platform.warehouse.query(
        "observations", since=BEGAN, known_until=TONIGHT, series=["btc_usd_close"]
    )
    bars = fakes.world.bars["BTC"]["close"]
    assert sorted(stored["value"].to_pylist()) == sorted(
        bars[(bars.index >= BEGAN) & (bars.index < TONIGHT.replace(minute=0))]
    )


def test_a_night_of_live_hours_a_source_that_is_down_and_one_that_stands_in(
    platform: Platform, home: Path, fakes: FakeProviders, clock: MovableClock
) -> None:
    hour(platform, clock, TONIGHT + timedelta(hours=1))
    fakes.then("coinbase", *[DOWN] * 50)
    hour(platform, clock, TONIGHT + timedelta(hours=2))
    state = status(platform, schedule_manager_of(platform))
    assert state["failures"]["BTC"].startswith("coinbase: HTTP 503: maintenance")
    assert "coinbase: HTTP 503" in state["failures"]["quotes"]
    platform.close()
    # the app is restarted with a key, while coinbase is still down
    with_key = opened(home, fakes, clock, PPA_POLYGON_API_KEY="sesame")
    hour(with_key, clock, TONIGHT + timedelta(hours=3))
    assert "coinbase: HTTP 503" in status(with_key, schedule_manager_of(with_key))["failures"]["BTC"]
    bars = with_key.warehouse.query("stored_observations", since=TONIGHT, until=clock()).to_pylist()
    sources = [row["source"] for row in bars if row["series"] == "btc_usd_close"]
    assert sources == ["polygon", "polygon"]
    answers = predictions(with_key, list_models(with_key), ["live"]).sort_values("ts")
    assert answers["ts"].dt.hour.tolist() == [23, 0, 1, 2]
    # the hour after a late bar has no hourly return, neither then nor now
    assert answers["reason"].tolist()[2:] == ["late_data", "stale_feature"]
    assert answers["probability"].notna().tolist() == [True, True, False, False]
    *_, replayed = replay(with_key, utc("2021-11-30"), utc("2021-11-30T12:00"))
    assert replayed.stage.startswith("12 new predictions")
    compared = verify_parity(with_key, utc("2021-11-29"), utc(clock()))
    assert compared.differences == ()
    assert (compared.rows, compared.vectors) == (48 + 3, 24 + 12 + 4)
    with_key.close()


def test_a_refusal_is_kept_over_a_restart(
    platform: Platform, home: Path, fakes: FakeProviders, clock: MovableClock
) -> None:
    clock.set(TONIGHT + timedelta(hours=4))
    fakes.behaviours["coinbase"].faults.clear()
    fakes.then("coinbase", limit("coinbase", retry_after="1800"))
    first = ingest(platform, platform.now().floor("min"))
    assert "Public rate limit exceeded (next attempt at" in first["failures"]["quotes"]
    asked = len(fakes.requests("coinbase"))
    platform.close()
    again = opened(home, fakes, clock)
    second = ingest(again, again.now().floor("min"))
    (coinbase, _) = status(again, schedule_manager_of(again))["providers"]
    free = coinbase["free_at"]
    assert free >= utc(TONIGHT + timedelta(hours=4, minutes=30))  # later, as far as the jobs took time
    assert f"no call is available before {free:%Y-%m-%d %H:%M}" in second["failures"]["BTC"]
    assert len(fakes.requests("coinbase")) == asked
    clock.set(free + timedelta(minutes=1))
    third = ingest(again, again.now().floor("min"))
    assert "quotes" not in third["failures"] or "ETH" in str(third["failures"])
    assert "BTC" not in third["failures"]
    assert third["rows"] > 0
    again.close()


def schedule_manager_of(platform: Platform) -> ScheduleManager:
    """The schedule manager of the local timer."""
    return open_schedule_manager(platform, function_caller(platform))
