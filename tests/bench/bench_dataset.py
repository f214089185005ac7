"""What a download costs, against pandas, until its first byte, and in memory; and what the exploration costs.

`python -m tests.bench.bench_dataset` from the repository's root. Runs are interleaved. Writing is counted in the
process's own processor time, which other work on the machine does not change; the first byte is what a
person waits for, in time on the wall. A download is all that the server does for it, sending included, as `make run`
serves it; who receives it is another process. Memory is how far the peak of a process of its own, which has streamed
the file once, so that the database has filled its cache, rises after the first tenth of a second time (as Linux
tells it). Exits with 1 where a measure is missed.
"""

import io
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import waitress

from ppa.cli.server import BUFFERS
from ppa.core.features.rows import row_hashes
from ppa.core.labels.definition import LabelDefinition
from ppa.core.times import utc
from ppa.ops.settings import Settings
from ppa.platform import Platform, open_platform
from ppa.reports.dataset_files import csv_pieces, parquet_pieces
from ppa.repository.dataset import LABEL, Dataset, build_dataset
from ppa.repository.dataset_rows import nearest_rows
from ppa.repository.labels import named_label, save_label
from ppa.storage.arrow import to_table
from ppa.storage.series_cache import SeriesCache
from ppa_web import create_app

Work = Callable[[], object]
COLD, HELD = "from the warehouse", "from memory"
ROWS, RUNS, FIRST = 78_000, 5, datetime(2017, 1, 1, tzinfo=UTC)
KINDS = {"csv": csv_pieces, "gzip": partial(csv_pieces, compress=True), "parquet": parquet_pieces}
RECEIVE = """
import sys, urllib.request
file = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1])
while file.read(1 << 20): pass
"""
SAVED = named_label(LabelDefinition("BTC", "touch", 24, 0.02), "bench", utc(FIRST), "bench")
MIN_RATIO, MIN_COLD, MAX_FIRST, MAX_MEMORY, MAX_EXPLORE = 20.0, 12.0, 100.0, 20.0, 100.0


def main() -> int:
    """Print medians and what is asked of them."""
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home))
        rises = {
            f"{name}, {where}": rise_of(Path(home), name, where) for name in KINDS for where in (HELD, COLD)
        }
        platform = opened(Path(home))
        cold, frame = build_dataset(platform, SAVED), build_dataset(platform, SAVED).frame
        platform.series_cache.rows(platform.warehouse, platform.catalogue)
        with downloading(platform) as download:
            works: dict[str, Work] = {
                HELD: lambda: deque(csv_pieces(nearest(platform)), maxlen=0),
                COLD: lambda: deque(csv_pieces(cold), maxlen=0),
                "downloaded": download,
                "pandas": lambda: frame.to_csv(io.StringIO()),
            }
            seconds = medians(works, time.process_time)
        begun: dict[str, Work] = {
            HELD: lambda: next(csv_pieces(nearest(platform))),
            COLD: lambda: next(csv_pieces(build_dataset(platform, SAVED))),
        }
        first = {name: value * 1e3 for name, value in medians(begun, time.perf_counter).items()}
        exact, asked = round_trips(cold), explored(replace(platform, series_cache=SeriesCache()))
        platform.close()
    say(f"{len(frame):,} rows of {len(cold.features)} features")
    for name, value in {**seconds, **{f"explore: {part}": value for part, value in asked.items()}}.items():
        say(f"  {name:42} {value * 1e3:8.0f} ms")
    for name, value in rises.items():
        say(f"  memory while streaming, {name:26} {value:8.1f} MB")
    again = max(value for name, value in asked.items() if name.endswith("again")) * 1e3
    good = [
        *(
            faster(name, seconds, MIN_COLD if name == COLD else MIN_RATIO)
            for name in (HELD, COLD, "downloaded")
        ),
        *(
            reported(f"first byte {name}, ms", value, value < MAX_FIRST, f"below {MAX_FIRST:g}")
            for name, value in first.items()
        ),
        reported(
            "memory while streaming, MB",
            max(rises.values()),
            max(rises.values()) <= MAX_MEMORY,
            f"at most {MAX_MEMORY:g}",
        ),
        reported(
            "exploring again, slowest answer, ms", again, again <= MAX_EXPLORE, f"at most {MAX_EXPLORE:g}"
        ),
        reported("rows that read back to the last bit, share", exact, exact == 1, "all"),
    ]
    return int(not all(good))


def faster(name: str, seconds: dict[str, float], minimum: float) -> bool:
    """Whether pandas takes so many times as long."""
    ratio = seconds["pandas"] / seconds[name]
    return reported(f"pandas.to_csv, times the CSV {name}", ratio, ratio >= minimum, f"at least {minimum:g}")


def nearest(platform: Platform) -> Dataset:
    """The dataset as a visitor gets it: from memory, where it is there."""
    return build_dataset(platform, SAVED, rows=nearest_rows(platform))


@contextmanager
def downloading(platform: Platform) -> Iterator[Work]:
    """A download through the server that `make run` starts, received by another process."""
    save_label(platform, SAVED.definition, SAVED.name, SAVED.created_by)
    server = waitress.create_server(create_app(platform), host="127.0.0.1", port=0, **BUFFERS)
    threading.Thread(target=server.run, daemon=True).start()
    url = f"http://127.0.0.1:{server.effective_port}/api/v1/labels/{SAVED.label_id}/dataset.csv"
    yield lambda: subprocess.run([sys.executable, "-c", RECEIVE, url], check=True)
    server.close()


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
    built = {
        "catalogue_version": platform.catalogue.version,
        "built_at": index[-1],
        "row_hash": row_hashes(frame),
    }
    platform.warehouse.merge("features_hourly", to_table(frame.assign(**built).reset_index()))
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


def round_trips(dataset: Dataset) -> float:
    """Share of the rows whose hash is the stored one after they were read back from the CSV."""
    file = io.BytesIO(b"".join(csv_pieces(dataset)))
    read = pd.read_csv(file, index_col="ts", parse_dates=["ts"], float_precision="round_trip")
    pairs = zip(row_hashes(read.drop(columns=LABEL)), dataset.row_hashes, strict=True)
    return sum(a == b for a, b in pairs) / len(read)


def rise_of(home: Path, kind: str, where: str) -> float:
    """Megabytes by which a process of its own rises while it streams."""
    command = [sys.executable, "-m", "tests.bench.bench_dataset", str(home), kind, where]
    return int(subprocess.check_output(command)) / 1000


def alone(home: Path, kind: str, where: str) -> int:
    """Print by how many kilobytes the peak rises after the first tenth of a file that was streamed before."""
    platform = opened(home)
    if where == HELD:
        platform.series_cache.rows(platform.warehouse, platform.catalogue)
    dataset = nearest(platform)
    deque(KINDS[kind](dataset), maxlen=0)
    pieces = KINDS[kind](dataset)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    deque(islice(pieces, 4 if kind != "parquet" else 2), maxlen=0)
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


def reported(name: str, measure: float, good: bool, asked: str) -> bool:
    """Print a measure beside what is asked of it."""
    say(f"{name:44} {measure:8.2f}  ({asked}{'' if good else ': MISSED'})")
    return good


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(alone(Path(sys.argv[1]), *sys.argv[2:]) if len(sys.argv) > 1 else main())
