"""Small catalogues, observations and platforms shared by several tests."""

import copy
import json
import shutil
import tomllib
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from ppa.core.catalogue import Catalogue, Series, parse_catalogue
from ppa.core.features.rows import row_hashes
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import utc
from ppa.gate.metadata import parse_metadata
from ppa.gate.registration import register
from ppa.jobs.activate import activate
from ppa.jobs.backfill import backfill
from ppa.jobs.predict import predict
from ppa.modelfiles.files import dump_model
from ppa.modelfiles.training import fit, make_estimator
from ppa.ops.catalogue_file import DEFAULT_PATH
from ppa.ops.clock import fixed
from ppa.ops.settings import Settings
from ppa.platform import Platform, open_platform
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.labels import SavedLabel, save_label
from ppa.repository.models import RegisteredModel
from ppa.storage.arrow import to_table

HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
START = pd.Timestamp("2024-02-26", tz="UTC").as_unit("us")
UTC_US = pl.Datetime("us", "UTC")
OBSERVED = ["series", "event_time", "known_at", "value"]
FIELDS = ("open", "high", "low", "close", "volume", "vwap")
FILLED_FROM = datetime(2026, 1, 10, tzinfo=UTC)
ACTIVATED = datetime(2026, 3, 1, 4, 20, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 10, 7, tzinfo=UTC)


def hours_from(start: pd.Timestamp, count: int) -> pd.DatetimeIndex:
    """Consecutive hours."""
    return pd.date_range(start, periods=count, freq="h", unit="us")


def registered_model(**changes: Any) -> RegisteredModel:
    """A registered model with plausible fields."""
    fields = {
        "model_id": "calm-v1",
        "name": "calm",
        "version": 1,
        "label_id": "btc-touch-3h-200bp-000000",
        "asset": "BTC",
        "file": "calm/0.skops",
        "generation": 1,
        "sha256": "0",
        "size_bytes": 1,
        "estimator": "LogisticRegression",
        "features": ["btc_usd_return_1h"],
        "catalogue_version": "c0",
        "source": "synthetic",
        "libraries": {},
        "train_from": START - 1000 * HOUR,
        "train_to": START - 100 * HOUR,
        "decision_threshold": 0.5,
        "metrics": {},
        "user_metrics": {},
        "uploaded_notes": "",
        "uploaded_at": START,
        "uploaded_by": "test",
        "mode": "touch",
        "lookahead": 3,
        "threshold": 0.02,
    }
    return RegisteredModel(**{**fields, **changes})


def full_catalogue() -> dict[str, Any]:
    """The platform's catalogue as mutable parsed TOML."""
    return copy.deepcopy(tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8")))


def small_catalogue() -> Catalogue:
    """A catalogue with one asset and one series per slower cadence, with short maximum ages."""
    raw = full_catalogue()
    wanted = {"treasury_2y", "treasury_10y", "treasury_slope", "cpi", "hour_of_day", "day_of_week"}
    raw["assets"] = raw["assets"][:1]
    raw["features"] = [entry for entry in raw["features"] if entry["name"] in wanted]
    for entry in raw["features"]:
        entry.pop("business_days", None)
    raw["cadences"]["daily"] = {"lag": 10.0, "max_age": 60}
    raw["cadences"]["hourly"] = {"lag": 0.0, "max_age": 0}
    return parse_catalogue(raw)


def observed(rows: Iterable[tuple[str, pd.Timestamp, pd.Timestamp, float]]) -> pd.DataFrame:
    """Observations from (series, event_time, known_at, value)."""
    frame = pd.DataFrame(rows, columns=OBSERVED)
    times = {n: pd.to_datetime(frame[n], utc=True).dt.as_unit("us") for n in ("event_time", "known_at")}
    return frame.assign(**times).astype({"series": "str", "value": "float64"})


def random_observations(
    catalogue: Catalogue,
    seed: int,
    days: int,
    *,
    gaps: float = 0.1,
    late: float = 0.1,
    revised: float = 0.1,
    since: pd.Timestamp = START,
) -> pd.DataFrame:
    """Shuffled observations of every series over some days, with gaps, late values and revisions."""
    random = np.random.default_rng(seed)
    built = [
        _series_observations(random, series, since, days, gaps, late, revised)
        for series in catalogue.series.values()
    ]
    return pd.concat(built).sample(frac=1.0, random_state=seed).reset_index(drop=True)


def _series_observations(
    random: np.random.Generator,
    series: Series,
    since: pd.Timestamp,
    days: int,
    gaps: float,
    late: float,
    revised: float,
) -> pd.DataFrame:
    step = HOUR if series.cadence == "hourly" else DAY
    back = since - (0 if series.cadence == "hourly" else 100) * DAY
    events = pd.date_range(back, since + days * DAY, freq=step, inclusive="left", unit="us")
    events = events[random.random(len(events)) >= gaps]
    delay = random.integers(0, 310, len(events)) + np.where(
        random.random(len(events)) < late, random.integers(0, 4 * 86_400, len(events)), 0
    )
    reference = events + series.period + series.lag + pd.to_timedelta(delay, unit="s")
    first = pd.DataFrame({"event_time": events, "known_at": reference})
    again = first[random.random(len(first)) < revised]
    later = pd.to_timedelta(random.integers(1, 3 * 86_400, len(again)), unit="s")
    both = pd.concat([first, again.assign(known_at=again["known_at"] + later)])
    values = np.round(random.uniform(1.0, 1000.0, len(both)), 6)
    empty = (random.random(len(both)) < 0.1) & series.name.endswith("volume")
    return both.assign(series=series.name, value=np.where(empty, 0.0, values))[OBSERVED]


def dataset_of(label: SavedLabel, frame: pd.DataFrame) -> Dataset:
    """A synthetic dataset; `frame` is indexed by consecutive hours and has features, then `label`."""
    features, hashes = frame.drop(columns="label"), row_hashes(frame.drop(columns="label"))
    stored = features.assign(row_hash=hashes)
    labels = pl.Series("label", pa.array(frame["label"].astype("Int8").array), pl.Int8)
    rows = pl.DataFrame(
        {"ts": pl.Series(frame.index.to_list(), dtype=UTC_US), "row_hash": hashes, "label": labels}
    )

    def read(since: pd.Timestamp, until: pd.Timestamp) -> pa.Table:
        return to_table(stored.loc[since : until - HOUR].reset_index(names="ts"))

    built = label.created_at
    return Dataset(label, rows, list(features.columns), "c0", "synthetic", built, read)


def bars(prefix: str, closes: Mapping[pd.Timestamp, float], source: str = "csv") -> pd.DataFrame:
    """A provider's delivery of complete bars without vintages."""
    rows = [(f"{prefix}_{field}", hour, pd.NaT, close) for hour, close in closes.items() for field in FIELDS]
    return observed(rows).assign(source=source)


def filled_platform(base: Path, home: Path) -> Platform:
    """Seven weeks of synthetic history and a model that went live some hours ago, created once below `base`."""
    template = base / "filled"
    if not template.exists():
        _fill(template)
    shutil.copytree(template, home, dirs_exist_ok=True)
    return platform_at(home, NOW)


def platform_at(home: Path, moment: datetime) -> Platform:
    """The synthetic platform of a folder at a given time."""
    settings = Settings(home=home, source="synthetic", history_from=FILLED_FROM)
    return open_platform(settings, clock=fixed(moment))


def _fill(home: Path) -> None:
    with closing(platform_at(home, ACTIVATED)) as platform:
        deque(backfill(platform, utc(FILLED_FROM)), maxlen=0)
        label, _ = save_label(
            platform, LabelDefinition("BTC", "touch", 6, 0.01), "Up 1% in six hours", "test"
        )
        dataset = build_dataset(platform, label)
        fitted, metadata = fit(dataset.frame, dataset.manifest(), make_estimator("logistic"), "plain")
        model = register(platform, dump_model(fitted), parse_metadata(json.dumps(metadata)), "test")
        activate(platform, model.model_id, "test")
    with closing(platform_at(home, NOW)) as platform:
        predict(platform, platform.now())
