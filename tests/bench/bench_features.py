"""What rows cost: nine years from millions of observations, and the one of the live hour.

`python -m tests.bench.bench_features` from the repository's root. Runs are interleaved and counted in the
process's own processor time. The loop that rows are compared with does, with pandas, what the definition says:
hour by hour and series by series, it takes the newest observation known by the cut. It is run on a sample of
the hours and leaves out the transforms, which favours it. Exits with 1 where a measure is missed.
"""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import numpy as np
import pandas as pd

from ppa.core.catalogue import Catalogue, Series
from ppa.core.features.rows import as_of_frame, as_of_time, history_needed, row_hashes
from ppa.ops.catalogue_file import load_catalogue

Work = Callable[[], object]
HOURS, OBSERVATIONS, SAMPLE, RUNS = 78_000, 5_000_000, 12, 3
LAST = pd.Timestamp("2026-01-01", tz="UTC").as_unit("us")
MIN_RATIO, MAX_LIVE_MS = 100.0, 250.0


def main() -> int:
    """Print seconds, and ratios of medians."""
    catalogue = load_catalogue()
    hours = pd.date_range(end=LAST, periods=HOURS, freq="h", unit="us")
    observations = made_up(catalogue, hours)
    live = hours[-1:]
    recent = needed(observations, catalogue, live)
    sample = hours[:: HOURS // SAMPLE]
    by_series = {str(name): rows for name, rows in observations.groupby("series")}
    seconds = medians(
        all_rows=partial(as_of_frame, observations, catalogue, hours),
        live_row=lambda: row_hashes(as_of_frame(recent, catalogue, live)),
        loop=partial(by_loop, by_series, catalogue, sample),
    )
    per_hour = seconds["loop"] / len(sample) / (seconds["all_rows"] / HOURS)
    say(f"{HOURS:,} rows of {len(catalogue.features)} features from {len(observations):,} observations")
    say(f"{'  all rows at once':44} {seconds['all_rows']:8.2f} s")
    say(f"{'  a pandas loop, an hour of it':44} {1e3 * seconds['loop'] / len(sample):8.2f} ms")
    say(f"{'  a row, all at once':44} {1e3 * seconds['all_rows'] / HOURS:8.4f} ms")
    say(f"the live row and its hash, from {len(recent):,} observations")
    fast = reported(
        "  loop, times all at once, a row", per_hour, per_hour >= MIN_RATIO, f"at least {MIN_RATIO:g}"
    )
    milliseconds = 1e3 * seconds["live_row"]
    soon = reported("  milliseconds", milliseconds, milliseconds <= MAX_LIVE_MS, f"at most {MAX_LIVE_MS:g}")
    return int(not (fast and soon))


def made_up(catalogue: Catalogue, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """Bars for every hour, the rest daily with enough revisions to make up the number."""
    random = np.random.default_rng(0)
    bars = [s for s in catalogue.series.values() if s.cadence == "hourly"]
    slow = [s for s in catalogue.series.values() if s.cadence != "hourly"]
    each = (OBSERVATIONS - len(bars) * len(hours)) // len(slow)
    days = pd.date_range(hours[0].floor("D") - pd.Timedelta(days=400), hours[-1], freq="D", unit="us")
    parts = [series_rows(random, series, hours) for series in bars]
    parts += [series_rows(random, series, days[random.integers(0, len(days), each)]) for series in slow]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(series=frame["series"].astype("str"))


def series_rows(random: np.random.Generator, series: Series, events: pd.DatetimeIndex) -> pd.DataFrame:
    """An observation of each event, known some minutes or, where it is slow, days after it is due."""
    spread = 240 if series.cadence == "hourly" else 30 * 86_400
    delay = pd.to_timedelta(random.integers(0, spread, len(events)), unit="s")
    reference = events + series.period + series.lag + delay
    values = random.uniform(1.0, 100.0, len(events))
    names = pd.Categorical.from_codes(np.zeros(len(events), dtype=np.int8), [series.name])
    return pd.DataFrame({"series": names, "event_time": events, "known_at": reference, "value": values})


def needed(observations: pd.DataFrame, catalogue: Catalogue, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """What a live job reads."""
    first = {name: history_needed(hours[0], series) for name, series in catalogue.series.items()}
    recent = observations["event_time"] >= observations["series"].map(first)
    return observations[recent & (observations["known_at"] <= as_of_time(hours[-1], catalogue))]


def by_loop(
    by_series: Mapping[str, pd.DataFrame], catalogue: Catalogue, hours: pd.DatetimeIndex
) -> pd.DataFrame:
    """Levels an hour and a series at a time, as one would write it first; frames are split beforehand."""
    rows = []
    for hour in hours:
        cut = as_of_time(hour, catalogue)
        reference = {name: rows[rows["known_at"] <= cut] for name, rows in by_series.items()}
        rows.append({name: newest(rows) for name, rows in reference.items()})
    return pd.DataFrame(rows, index=hours)


def newest(rows: pd.DataFrame) -> float:
    """The value of the newest period, as last revised."""
    last = rows[rows["event_time"] == rows["event_time"].max()]
    return float(last["value"].iloc[last["known_at"].argmax()]) if len(last) else np.nan


def medians(**works: Work) -> dict[str, float]:
    """Median seconds of each work over interleaved runs."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            start = time.process_time()
            work()
            seconds[name].append(time.process_time() - start)
    return {name: median(values) for name, values in seconds.items()}


def reported(name: str, measure: float, good: bool, asked: str) -> bool:
    """Print a measure beside what is asked of it."""
    say(f"{name:44} {measure:8.1f}  ({asked}{'' if good else ': MISSED'})")
    return good


def say(line: str) -> None:
    """Print a line."""
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
