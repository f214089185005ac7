"""Fetch history, and make the rows it allows. Stops and resumes anywhere: what is stored is not fetched again."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from ppa.core.times import HOUR, utc
from ppa.jobs.build import rebuild_after
from ppa.jobs.observation_writer import ObservationWriter, WriteCounts
from ppa.platform import Platform
from ppa.providers.protocol import ProviderError

# how far back a series that is stored already is asked for again: values arrive late, and are revised
OVERLAP = pd.Timedelta(days=3)
# well within the nine minutes that a function may take
SLICE_SECONDS = 400


@dataclass(frozen=True)
class Progress:
    """How far a long piece of work is: `step` of `steps`, and what it is at."""

    stage: str
    step: float
    steps: float


def backfill(
    platform: Platform, since: pd.Timestamp, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[Progress]:
    """Fetch everything from `since` that is not stored, then build rows; yields progress. Stops when told to."""
    recorded, failures = WriteCounts(), dict[str, str]()
    work = list(_tasks(platform, since, failures))
    for done, (name, fetch) in enumerate(work):
        yield Progress(f"fetching {name}", done, len(work))
        if stop():
            break
        try:
            for page in fetch():
                recorded += page
        except ProviderError as error:
            _note(failures, name, error)
    yield from build_progress(platform, recorded.first_known_at)
    yield Progress(_summary(recorded, failures), len(work), len(work))


def backfill_slice(platform: Platform, _scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """As much of a backfill as one call may take; `complete` says whether anything was left."""
    started = time.monotonic()

    def late() -> bool:
        return time.monotonic() - started > SLICE_SECONDS

    *_, last = backfill(platform, utc(platform.settings.history_from), stop=late)
    return {"rows": 0, "summary": last.stage, "complete": not late()}


def build_progress(platform: Platform, known_at: pd.Timestamp | None) -> Iterator[Progress]:
    """Build rows, with progress in hours."""
    hours = 0
    for built in rebuild_after(platform, known_at):
        hours += built
        yield Progress("building rows", hours, hours)


def _tasks(
    platform: Platform, since: pd.Timestamp, failures: dict[str, str]
) -> Iterator[tuple[str, Callable[[], Iterator[WriteCounts]]]]:
    recorder, feed, now = ObservationWriter(platform), platform.feed.patient(), platform.now()
    for asset in platform.catalogue.assets.values():
        newest = recorder.newest_event(asset.series("close"))
        start = utc(since if newest is None else newest - OVERLAP)
        failed = partial(_note, failures, asset.pair)
        if (newest is None or newest < now.floor("h") - HOUR) and feed.serves(asset.sources):
            yield asset.pair, _recording(recorder, feed.bars, asset, start, now, failed)
    for series in platform.catalogue.series.values():
        newest = recorder.newest_event(series.name)
        start = utc(since - series.max_age if newest is None else newest - 2 * series.period)
        failed = partial(_note, failures, series.name)
        due = feed.exact or recorder.awaits(series)
        if series.cadence != "hourly" and due and feed.serves(series.sources):
            yield series.name, _recording(recorder, feed.series, series, start, now, failed)


def _recording(
    recorder: ObservationWriter, fetch: Callable[..., Iterator[pd.DataFrame]], *request: object
) -> Callable[[], Iterator[WriteCounts]]:
    return lambda: (recorder.record(page) for page in fetch(*request))


def _note(failures: dict[str, str], name: str, error: ProviderError) -> None:
    failures[name] = f"{failures[name]}; {error}" if name in failures else str(error)


def _summary(recorded: WriteCounts, failures: Mapping[str, str]) -> str:
    words = f"{recorded.new} observations stored"
    return words + (f"; failed: {'; '.join(f'{k}: {v}' for k, v in failures.items())}" if failures else "")
