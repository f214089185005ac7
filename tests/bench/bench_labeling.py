"""How long labelling takes, as ratios, since times depend on the machine.

`python -m tests.bench.bench_labeling` from the repository's root. Runs are interleaved and counted in the
thread's own processor time, so that whatever else the machine does falls on all of them alike; the figures
are ratios of medians. Exits with 1 where a measure is missed.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.kernel import lookahead_kernel

Work = Callable[[], object]
HOURS, MINUTES = 78_000, 4_700_000  # nine years of hours, nine of minutes


def main() -> int:
    """Print what the kernel costs against one copy of its input, and against pandas."""
    return int(not all([*_hourly(), *_long()]))


def _hourly() -> Iterator[bool]:
    for name, closes in (("complete", _closes(HOURS)), ("with gaps", _closes(HOURS, missing=200))):
        times = _medians(
            kernel=partial(lookahead_kernel, closes, 24, 0.02),
            copy=closes.copy,
            pandas=partial(_reversed_rolling_maximum, closes, 24),
            runs=51,
            repeat=5,
        )
        yield _told(f"{HOURS:,} rows, L = 24, {name}: copies", times["kernel"] / times["copy"], at_most=10)
        yield _told(
            "  pandas' reversed rolling maximum, kernels", times["pandas"] / times["kernel"], at_least=10
        )


def _long() -> Iterator[bool]:
    closes = _closes(MINUTES)
    for lookahead in (1, 24, 1440, 10_080):
        kernel = partial(lookahead_kernel, closes, lookahead, 0.02)
        times = _medians(kernel=kernel, copy=closes.copy, runs=7, repeat=1)
        name = f"{MINUTES:,} rows, L = {lookahead:,}: copies"
        yield _told(name, times["kernel"] / times["copy"], at_most=12)


def _closes(rows: int, missing: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.005, rows)))
    closes[rng.integers(0, rows, missing)] = np.nan
    return closes


def _reversed_rolling_maximum(closes: NDArray[np.float64], lookahead: int) -> object:
    highest = pd.Series(closes)[::-1].rolling(lookahead, min_periods=1).max()[::-1].shift(-1)
    return highest.to_numpy() > closes * 1.02


def _medians(*, runs: int, repeat: int, **works: Work) -> dict[str, float]:
    """Median seconds of each work over interleaved runs of `repeat` times, warmed up by one."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            seconds[name].append(_seconds(work, repeat))
    return {name: median(values) for name, values in seconds.items()}


def _seconds(work: Work, repeat: int) -> float:
    work()
    start = time.thread_time()
    for _ in range(repeat):
        work()
    return (time.thread_time() - start) / repeat


def _told(name: str, ratio: float, *, at_most: float = np.inf, at_least: float = 0.0) -> bool:
    good = at_least <= ratio <= at_most
    asked = f"at least {at_least:g}" if at_least else f"at most {at_most:g}"
    print(f"{name:60} {ratio:6.1f}  ({asked}{'' if good else ': MISSED'})")  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
