"""What a download costs, against pandas, until its first byte, and in memory; and what the exploration costs.

`python -m tests.bench.bench_dataset` from the repository's root. Runs are interleaved. Writing is counted in the
process's own processor time, which other work on the machine does not change; the first byte is what a
person waits for, in time on the wall. Memory is how far the peak of a process of its own, which has streamed the
file once, so that the database has filled its cache, rises after the first quarter of a second time (as Linux
tells it). Exits with 1 where a measure is missed.
"""

import io
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from frontend import create_app
from shared.datasets.dataset import LABEL, Dataset, build_dataset
from shared.datasets.files import csv_pieces, parquet_pieces
from shared.features import row_hashes
from shared.frames import END, HOUR, to_table, utc
from shared.labeling import LabelSpec
from shared.labels.saved import SavedLabel
from shared.platform import Platform, open_platform
from shared.settings import Settings

Work = Callable[[], object]
ROWS, RUNS, FIRST = 78_000, 5, datetime(2017, 1, 1, tzinfo=UTC)
SAVED = SavedLabel(LabelSpec("BTC", "touch", 24, 0.02), "bench", FIRST, "bench")
LEAST_RATIO, LEAST_STREAMED, MOST_FIRST, MOST_MEMORY, MOST_EXPLORE = 20.0, 12.0, 100.0, 20.0, 100.0


def main() -> int:
    """Print medians and what is asked of them."""
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home))
        rises = {name: rise_of(Path(home), name) for name in ("csv", "packed", "parquet")}
        platform = opened(Path(home))
        dataset = build_dataset(platform, SAVED)
        frame, held = dataset.frame, in_memory(dataset)
        works: dict[str, Work] = {
            "csv": lambda: deque(csv_pieces(held), maxlen=0),
            "streamed": lambda: deque(csv_pieces(dataset), maxlen=0),
            "pandas": lambda: frame.to_csv(io.StringIO()),
        }
        seconds = medians(works, time.process_time)
        begin: dict[str, Work] = {"first": lambda: next(csv_pieces(build_dataset(platform, SAVED)))}
        first = medians(begin, time.perf_counter)["first"] * 1e3
        exact, asked = round_trips(dataset), explored(platform)
        platform.close()
    say(
        f"{len(frame):,} rows of {len(dataset.features)} features; streamed: read from the warehouse meanwhile"
    )
    for name, value in seconds.items():
        say(f"  {name:42} {value * 1e3:8.0f} ms")
    for name, value in rises.items():
        say(f"  memory while streaming, {name:18} {value:8.0f} MB")
    for name, value in asked.items():
        say(f"  explore: {name:33} {value * 1e3:8.0f} ms")
    ratio, whole, most = (
        seconds["pandas"] / seconds["csv"],
        seconds["pandas"] / seconds["streamed"],
        max(rises.values()),
    )
    again = max(value for name, value in asked.items() if name.endswith("again")) * 1e3
    good = [
        told("pandas.to_csv, times the CSV", ratio, ratio >= LEAST_RATIO, f"at least {LEAST_RATIO:g}"),
        told(
            "pandas.to_csv, times it streamed", whole, whole >= LEAST_STREAMED, f"at least {LEAST_STREAMED:g}"
        ),
        told("first byte, ms", first, first < MOST_FIRST, f"below {MOST_FIRST:g}"),
        told("memory while streaming, MB", most, most <= MOST_MEMORY, f"at most {MOST_MEMORY:g}"),
        told(
            "exploring again, slowest answer, ms", again, again <= MOST_EXPLORE, f"at most {MOST_EXPLORE:g}"
        ),
        told("rows that read back to the last bit, share", exact, exact == 1, "all"),
    ]
    return int(not all(good))


def fill(home: Path) -> None:
    """Nine years of rows: prices to the cent, ratios to the last digit, a few values missing."""
    platform, random = opened(home), np.random.default_rng(0)
    names = platform.catalogue.feature_names
    index = pd.date_range(FIRST, periods=ROWS, freq="h", unit="us", name="ts")
    values = np.where(
        random.random((ROWS, len(names))) < 0.01, np.nan, random.uniform(0, 1e5, (ROWS, len(names)))
    )
    values[:, ::2] = np.round(values[:, ::2], 2)
    frame = pd.DataFrame(values, index=index, columns=list(names))
    made = {
        "catalogue_version": platform.catalogue.version,
        "built_at": index[-1],
        "row_hash": row_hashes(frame),
    }
    platform.warehouse.merge("features_hourly", to_table(frame.assign(**made).reset_index()))
    bars = pd.DataFrame({"event_time": index, "known_at": index + pd.Timedelta(hours=1)}).assign(
        series=platform.catalogue.asset("BTC").series("close"),
        value=1e4 * np.exp(np.cumsum(random.normal(0, 0.005, ROWS))),
        source="synthetic",
        ingested_at=index[-1],
        basis="lag",
    )
    platform.warehouse.merge("observations", to_table(bars))
    platform.close()


def opened(home: Path) -> Platform:
    """The platform of a folder."""
    return open_platform(Settings(home=home, source="synthetic", history_from=FIRST))


def explored(platform: Platform) -> dict[str, float]:
    """Seconds of processor time of each answer of the exploration: the first with nothing in memory, and again."""
    client, seconds = create_app(platform).test_client(), {}
    query = "asset=BTC&mode=touch&lookahead=24&threshold=0.02&feature=btc_usd_return_24h"
    for part in ("features", "explore/relations", "explore/distribution", "explore/missingness"):
        for when in ("first", "again"):
            start = time.process_time()
            assert client.get(f"/api/v1/{part}?{query}").status_code == 200
            seconds[f"{part.removeprefix('explore/')}, {when}"] = time.process_time() - start
    return seconds


def in_memory(dataset: Dataset) -> Dataset:
    """The same dataset, its rows in memory already, as pandas has its frame."""
    rows = dataset.read(utc(FIRST), END).sort_by("ts")
    first = utc(FIRST)
    return replace(dataset, read=lambda since, until: rows[(since - first) // HOUR : (until - first) // HOUR])


def round_trips(dataset: Dataset) -> float:
    """Share of the rows whose hash is the stored one after they were read back from the CSV."""
    file = io.BytesIO(b"".join(csv_pieces(dataset)))
    read = pd.read_csv(file, index_col="ts", parse_dates=["ts"], float_precision="round_trip")
    pairs = zip(row_hashes(read.drop(columns=LABEL)), dataset.row_hashes, strict=True)
    return sum(a == b for a, b in pairs) / len(read)


def rise_of(home: Path, name: str) -> float:
    """Megabytes by which a process of its own rises while it streams."""
    command = [sys.executable, "-m", "tests.bench.bench_dataset", str(home), name]
    return int(subprocess.check_output(command)) / 1000


def alone(home: Path, name: str) -> int:
    """Print by how many kilobytes the peak rises after the first quarter of a file that was streamed before."""
    platform = opened(home)
    dataset = build_dataset(platform, SAVED)
    kinds = {"csv": csv_pieces, "packed": partial(csv_pieces, compress=True), "parquet": parquet_pieces}
    deque(kinds[name](dataset), maxlen=0)
    pieces = kinds[name](dataset)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    deque(islice(pieces, 3), maxlen=0)
    before = memory_of("VmHWM")
    deque(pieces, maxlen=0)
    say(str(memory_of("VmHWM") - before))
    platform.close()
    return 0


def memory_of(field: str) -> int:
    """A figure of this process's memory, in kilobytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def medians(works: dict[str, Work], clock: Callable[[], float]) -> dict[str, float]:
    """Median seconds of each work over interleaved runs."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            start = clock()
            work()
            seconds[name].append(clock() - start)
    return {name: median(values) for name, values in seconds.items()}


def told(name: str, measure: float, good: bool, asked: str) -> bool:
    """Print a measure beside what is asked of it."""
    say(f"{name:44} {measure:8.2f}  ({asked}{'' if good else ': MISSED'})")
    return good


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(alone(Path(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 1 else main())
