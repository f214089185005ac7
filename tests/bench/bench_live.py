"""What the live and the performance page cost the server, at nine years of bars and a year of 20 models' answers.

`python -m tests.bench.bench_live` from the repository's root. Requests go through the app without a socket. What
nothing changed for is the median of many; what is worked out anew is the best of some, each with nothing kept.
Seconds are of the process's own processor time. Exits with 1 where a measure is missed.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from flask.testing import FlaskClient

from ppa.core.labels.definition import LabelDefinition
from ppa.core.metrics import evaluate
from ppa.core.times import HOUR
from ppa.ops.catalogue_file import load_catalogue
from ppa.ops.clock import fixed
from ppa.ops.settings import Settings
from ppa.platform import Platform
from ppa.providers.feed import Feed
from ppa.repository.holdout_predictions import HoldoutPredictions, save_holdout
from ppa.repository.labels import save_label
from ppa.repository.models import find_model
from ppa.storage.arrow import rows_table, to_table
from ppa.storage.modelstore.factory import open_store
from ppa.storage.warehouse import open_warehouse
from ppa_web import create_app

NOW = pd.Timestamp("2026-01-01 00:07", tz="UTC").as_unit("us")
BARS, YEAR, HELD_OUT, MODELS = 78_000, 8_760, 10_000, 20
SPEC = LabelDefinition("BTC", "touch", 24, 0.02)
MAX_UNCHANGED, MAX_BYTES, MAX_PAGE = 0.020, 5_000, 0.300


def main() -> int:
    """Print milliseconds beside what is asked of them."""
    with tempfile.TemporaryDirectory() as folder:
        platform = a_year(Path(folder))
        client = create_app(platform).test_client()
        good = [*_live(client, platform), *_performance(client, platform)]
        platform.close()
    return int(not all(good))


def _live(client: FlaskClient, platform: Platform) -> list[bool]:
    first, path = client.get("/api/v1/live"), "/api/v1/live"
    tag, have = first.headers["ETag"], first.json["mark"]
    unchanged = [_seconds(lambda: _asked(client, path, 304, {"If-None-Match": tag})) for _ in range(200)]
    size = len(_asked(client, path, 304, {"If-None-Match": tag}))
    moved = len(_asked(client, f"{path}?have={have}"))
    whole = min(_anew(platform, lambda: _asked(client, path)) for _ in range(3))
    say(
        f"live view, {MODELS} active models: {len(first.data) / 1000:.0f} kB packed, {whole * 1000:.0f} ms anew"
    )
    return [
        reported("live, nothing changed: ms", median(unchanged) * 1000, MAX_UNCHANGED * 1000),
        reported("live, nothing changed: bytes", size, MAX_BYTES),
        reported("live, a new price only: bytes", moved, MAX_BYTES),
    ]


def _performance(client: FlaskClient, platform: Platform) -> list[bool]:
    paths = {
        f"performance of {MODELS} models": "performance",
        "performance of a model": "models/model-0-v1/performance",
        "its last 30 days": "models/model-0-v1/performance?window=30d",
        "a page of its results": "models/model-0-v1/results?sort=probability",
        "its drift": "models/model-0-v1/drift?window=30d",
    }
    for path in paths.values():
        _asked(client, f"/api/v1/{path}")
    good = []
    for name, path in paths.items():
        address = f"/api/v1/{path}"
        anew = min(_anew(platform, lambda address=address: _asked(client, address)) for _ in range(3))
        again = _seconds(lambda address=address: _asked(client, address))
        size = len(_asked(client, address)) / 1000
        say(f"{name}: {size:.0f} kB, {again * 1000:.0f} ms again")
        good.append(reported(f"{name}, anew: ms", anew * 1000, MAX_PAGE * 1000))
    return good


def _asked(client: FlaskClient, path: str, status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"} | (headers or {}))
    if answer.status_code != status:
        raise SystemExit(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return answer.data


def _anew(platform: Platform, work: Callable[[], object]) -> float:
    """Seconds with nothing kept of what follows from tables that change by the hour."""
    row = platform.warehouse.query("predictions", **EVERYTHING, model_ids=["model-0-v1"]).slice(0, 1)
    platform.warehouse.merge("predictions", row, replace=True)
    return _seconds(work)


EVERYTHING = {"origins": ["live"], "since": NOW - 100 * HOUR, "until": NOW, "maximum": 1}


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def a_year(folder: Path, models: int = MODELS) -> Platform:
    """A platform on disk with bars, rows and answers, made up; close it."""
    catalogue, settings = load_catalogue(), Settings(home=folder)
    warehouse = open_warehouse(settings.warehouse_address, catalogue)
    store = open_store(settings.models_address)
    platform = Platform(settings, catalogue, warehouse, store, Feed("csv", {}), fixed(NOW))
    random = np.random.default_rng(0)
    hours = pd.date_range(end=NOW.floor("h") - HOUR, periods=BARS, freq="h").as_unit("us")
    _bars(platform, hours, random)
    save_label(platform, SPEC, "", "bench")
    for number in range(models):
        _model(platform, f"model-{number}", hours, random)
    return platform


def _bars(platform: Platform, hours: pd.DatetimeIndex, random: np.random.Generator) -> None:
    close = (20_000 * np.exp(random.normal(0, 0.004, len(hours)).cumsum())).round(2)
    series = {"series": platform.catalogue.asset("BTC").series("close"), "source": "bench", "basis": "lag"}
    bars = pd.DataFrame({**series, "event_time": hours, "known_at": hours + HOUR, "value": close})
    platform.warehouse.merge("observations", to_table(bars.assign(ingested_at=NOW)))
    names = list(platform.catalogue.feature_names)
    rows = pd.DataFrame(random.normal(size=(len(hours), len(names))), columns=names).assign(ts=hours)
    stored = rows.assign(catalogue_version=platform.catalogue.version, built_at=NOW, row_hash="0")
    platform.warehouse.merge("features_hourly", to_table(stored))


def _model(platform: Platform, name: str, hours: pd.DatetimeIndex, random: np.random.Generator) -> None:
    held_out, lived = hours[-YEAR - HELD_OUT : -YEAR], hours[-YEAR:]
    output = random.uniform(0, 1, HELD_OUT)
    figures = evaluate(
        output > random.uniform(0, 1, HELD_OUT), output, lookahead=SPEC.lookahead, times=held_out
    )
    model_id = f"{name}-v1"
    row = {"model_id": model_id, "name": name, "version": 1, "label_id": SPEC.label_id, "asset": "BTC"}
    row |= {"file": f"{name}/{name}-v1.skops", "generation": 1, "sha256": "0", "size_bytes": 1}
    row |= {"features": json.dumps(platform.catalogue.feature_names), "source": "bench", "libraries": "{}"}
    row |= {
        "catalogue_version": platform.catalogue.version,
        "estimator": "made up",
        "decision_threshold": 0.5,
    }
    row |= {"train_from": hours[0], "train_to": held_out[0] - 25 * HOUR, "uploaded_by": "bench"}
    row |= {"test_from": held_out[0], "test_to": held_out[-1], "uploaded_at": NOW, "user_metrics": "{}"}
    row |= {"metrics": json.dumps(figures.to_dict()), "notes": ""}
    platform.warehouse.merge("models", rows_table([row]))
    event = {"model_id": model_id, "at": NOW, "event": "activated", "by": "bench"}
    platform.warehouse.merge("model_events", rows_table([event]))
    save_holdout(platform, find_model(platform, model_id), HoldoutPredictions(held_out, output))
    platform.warehouse.merge("predictions", to_table(_answers(model_id, lived, random)))


def _answers(model_id: str, hours: pd.DatetimeIndex, random: np.random.Generator) -> pd.DataFrame:
    probability = random.uniform(0, 1, len(hours))
    times = {"ts": hours, "due_at": hours + HOUR, "made_at": hours + HOUR, "matures_at": hours + 25 * HOUR}
    output = {"probability": probability, "threshold": 0.5, "decision": probability >= 0.5, "price": 100.0}
    rest = {"target_price": 102.0, "feature_hash": "0" * 64, "catalogue_version": "c", "generation": 1}
    return pd.DataFrame({"model_id": model_id, "origin": "live", **times, **output, **rest})


def reported(name: str, measure: float, maximum: float) -> bool:
    """Print a measure beside the most it may be."""
    good = measure <= maximum
    say(f"  {name:44} {measure:10.1f}  (at most {maximum:g}{'' if good else ': MISSED'})")
    return good


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
