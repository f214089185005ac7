"""What the CSV costs: against pandas, until its first byte, and in memory.

`python -m tests.bench.bench_dataset` from the repository's root. Runs are interleaved and counted in the
process's own processor time; memory is how far a process of its own, which holds the frame already, rises
above that while it writes (as Linux tells it). Exits with 1 where a measure is missed.
"""

import io
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from shared.catalogue import load_catalogue
from shared.dataset import Dataset
from shared.labeling import LabelSpec
from shared.labels import SavedLabel

Work = Callable[[], object]
ROWS, RUNS = 78_000, 3
LEAST_RATIO, MOST_FIRST, MOST_MEMORY = 5.0, 0.25, 2.0


def main() -> int:
    """Print ratios of medians."""
    dataset = made_up()
    seconds = medians(
        csv=lambda: deque(dataset.csv(), maxlen=0),
        packed=lambda: deque(dataset.csv(compress=True), maxlen=0),
        first=lambda: next(dataset.csv()),
        pandas=lambda: dataset.frame.to_csv(io.StringIO()),
    )
    size, written = dataset.frame.memory_usage().sum() / 1e6, sum(map(len, dataset.csv())) / 1e6
    say(f"{ROWS:,} rows of {len(dataset.features)} features: {size:.0f} MB, {written:.0f} MB as CSV")
    for name in ("csv", "packed", "pandas"):
        say(f"  {name:42} {seconds[name]:8.2f} s")
    rises = {name: rise_of(name) for name in ("csv", "pandas")}
    for name, megabytes in rises.items():
        say(f"  memory beside the frame, {name:17} {megabytes:8.0f} MB")
    ratio, share, memory = (
        seconds["pandas"] / seconds["csv"],
        seconds["first"] / seconds["csv"],
        rises["csv"] / size,
    )
    good = [
        told("pandas.to_csv, times the CSV", ratio, ratio >= LEAST_RATIO, f"at least {LEAST_RATIO:g}"),
        told("first byte, share of the whole", share, share <= MOST_FIRST, f"at most {MOST_FIRST:g}"),
        told("memory, times the frame", memory, memory <= MOST_MEMORY, f"at most {MOST_MEMORY:g}"),
    ]
    return int(not all(good))


def rise_of(name: str) -> float:
    """Megabytes by which a process of its own rises while it writes."""
    answer = subprocess.check_output([sys.executable, "-m", "tests.bench.bench_dataset", name])
    return int(answer) / 1000


def alone(name: str) -> int:
    """Print by how many kilobytes one way of writing raises this process."""
    dataset = made_up()
    work = {"csv": lambda: deque(dataset.csv(), maxlen=0), "pandas": partial(to_nowhere, dataset.frame)}[name]
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = memory_of("VmRSS")
    work()
    say(str(memory_of("VmHWM") - before))
    return 0


def to_nowhere(frame: pd.DataFrame) -> None:
    """Write with pandas without keeping what is written."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        frame.to_csv(nowhere)


def memory_of(field: str) -> int:
    """A figure of this process's memory, in kilobytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def made_up() -> Dataset:
    """Nine years of rows: prices to the cent, ratios to the last digit, a few values missing."""
    random = np.random.default_rng(0)
    names = load_catalogue().feature_names
    index = pd.date_range(datetime(2017, 1, 1, tzinfo=UTC), periods=ROWS, freq="h", unit="us", name="ts")
    values = np.where(
        random.random((ROWS, len(names))) < 0.01, np.nan, random.uniform(0, 1e5, (ROWS, len(names)))
    )
    values[:, ::2] = np.round(values[:, ::2], 2)
    label = pd.array(random.integers(0, 2, ROWS), dtype="Int8")
    frame = pd.DataFrame(values, index=index, columns=list(names)).assign(label=label)
    spec = LabelSpec("BTC", "touch", 24, 0.02)
    saved = SavedLabel(spec, "bench", index[0].to_pydatetime(), "bench")
    return Dataset(saved, frame, [], "", "synthetic", index[0].to_pydatetime())


def medians(**works: Work) -> dict[str, float]:
    """Median seconds of each work over interleaved runs."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            start = time.process_time()
            work()
            seconds[name].append(time.process_time() - start)
    return {name: median(values) for name, values in seconds.items()}


def told(name: str, measure: float, good: bool, asked: str) -> bool:
    """Print a measure beside what is asked of it."""
    say(f"{name:44} {measure:8.2f}  ({asked}{'' if good else ': MISSED'})")
    return good


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(alone(sys.argv[1]) if len(sys.argv) > 1 else main())
