"""Time and memory of reading and previewing 2.6 million minute bars, a year of real ones five times over.

`python -m tests.bench.bench_import` from the repository's root. Each run is a process of its own. What is asked of an
import is processor time, which other work on the machine does not change much; a preview is what a person waits for,
so that its fastest run on the wall counts. Memory is the process's peak (as Linux tells it), without that of one that
has only loaded the reader. Exits with 1 where a measure is missed, and with 0 if there is no real data.
"""

import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from ppa.importing import ReadingTexts, parse_options, preview, read_bars

YEAR = Path(__file__).parents[2].parent / "shared" / "data" / "btc" / "bitfinex_btcusd_1m_2019.csv.gz"
NOW = datetime(2024, 1, 1, tzinfo=UTC)
YEARS, RUNS = 5, 3
YEAR_MS = 365 * 86_400_000
MAX_READ_SECONDS, MAX_PREVIEW_SECONDS, MAX_MIB = 4.0, 1.5, 700.0


def main() -> int:
    """Print medians and what is asked of them."""
    if not YEAR.is_file():
        print(f"There is no real data in {YEAR.parent}; nothing is measured.")  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minutes.csv"
        path.write_bytes(five_years())
        runs = {name: [measured(name, path) for _ in range(RUNS)] for name in WORK}
    memory = {name: median(run.peak for run in own) for name, own in runs.items()}
    seconds = {
        "read": (median(run.busy for run in runs["read"]), MAX_READ_SECONDS, "of processor time"),
        "preview": (min(run.wall for run in runs["preview"]), MAX_PREVIEW_SECONDS, "on the wall"),
    }
    missed = False
    for name, (took, limit, clock) in seconds.items():
        needed = memory[name] - memory["nothing"]
        bad = took > limit or needed > MAX_MIB
        figures = f"{took:.2f} s {clock} (at most {limit:g}), {needed:.0f} MiB (at most {MAX_MIB:g})"
        print(f"{name}: {figures}{': MISSED' * bad}")  # noqa: T201
        missed |= bad
    return int(missed)


def five_years() -> bytes:
    """The lines of the year, and again a year later, and so on."""
    lines = gzip.decompress(YEAR.read_bytes()).splitlines()
    times = np.array([int(line[: line.index(b",")]) for line in lines])
    rests = [line[line.index(b",") :] for line in lines]
    start = YEARS // 2 * YEAR_MS
    parts = (
        b"%d%s\n" % (time, rest)
        for year in range(YEARS)
        for time, rest in zip((times - start + year * YEAR_MS).tolist(), rests, strict=True)
    )
    return b"".join(parts)


@dataclass(frozen=True)
class Run:
    """Processor time and time on the wall in seconds, and the peak memory in MiB."""

    busy: float
    wall: float
    peak: float


def measured(name: str, path: Path) -> Run:
    """Run a kind of work in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_import", name, str(path)]
    return Run(
        *map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    )


def read(path: Path) -> None:
    """Read the file as an import does."""
    read_bars(path, parse_options("minutes.csv", NOW, ReadingTexts()))


def show(path: Path) -> None:
    """Preview the file beside stored closes of the same asset and of another."""
    bars = read_bars(path, parse_options("minutes.csv", NOW, ReadingTexts()))
    closes: pd.Series[float] = bars.bars["close"]
    preview(bars, {"eth_usd_close": closes / 16}, closes)


WORK: dict[str, Callable[[Path], object]] = {"nothing": lambda path: None, "read": read, "preview": show}


def report(name: str, path: Path) -> None:
    """Do the work, and print what it took as a `Run` has it."""
    busy, wall = time.process_time(), time.perf_counter()
    WORK[name](path)
    busy, wall = time.process_time() - busy, time.perf_counter() - wall
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    print(busy, wall, peak)  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) > 1:
        report(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
