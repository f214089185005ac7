"""Fetch history and build its rows; may be stopped and resumed anywhere, as stored data is not fetched again."""

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

# period before the newest stored value that is fetched again, as values arrive late and are revised
OVERLAP = pd.Timedelta(days=3)
# well within the nine-minute limit of a function call
SLICE_SECONDS = 400


@dataclass(frozen=True)
class Progress:
    """Progress of a long task: `step` of `steps`, and the current stage."""

    stage: str
    step: float
    steps: float


def backfill(
    platform: Platform, since: pd.Timestamp, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[Progress]:
    """Fetch everything from `since` (UTC) that is not stored, then build rows; yields progress.

    Fetching ends early once `stop()` returns True; rows are built in any case.
    """
    counts, failures = WriteCounts(), dict[str, str]()
    work = list(_tasks(platform, since, failures))
    for done, (name, fetch) in enumerate(work):
        yield Progress(f"fetching {name}", done, len(work))
        if stop():
            break
        try:
            for page in fetch():
                counts += page
        except ProviderError as error:
            _note(failures, name, error)
    yield from build_progress(platform, counts.first_known_at)
    yield Progress(_summary(counts, failures), len(work), len(work))


def backfill_slice(platform: Platform, _scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """Run a backfill for up to SLICE_SECONDS; `complete` in the result is false if anything is left."""
    started = time.monotonic()

    def time_is_up() -> bool:
        return time.monotonic() - started > SLICE_SECONDS

    *_, last = backfill(platform, utc(platform.settings.history_from), stop=time_is_up)
    return {"rows": 0, "summary": last.stage, "complete": not time_is_up()}


def build_progress(platform: Platform, known_at: pd.Timestamp | None) -> Iterator[Progress]:
    """Build missing and outdated rows; yields progress in hours."""
    hours = 0
    for built in rebuild_after(platform, known_at):
        hours += built
        yield Progress("building rows", hours, hours)


def _tasks(
    platform: Platform, since: pd.Timestamp, failures: dict[str, str]
) -> Iterator[tuple[str, Callable[[], Iterator[WriteCounts]]]]:
    writer, feed, now = ObservationWriter(platform), platform.feed.patient(), platform.now()
    for asset in platform.catalogue.assets.values():
        newest = writer.newest_event(asset.series("close"))
        start = utc(since if newest is None else newest - OVERLAP)
        on_error = partial(_note, failures, asset.pair)
        if (newest is None or newest < now.floor("h") - HOUR) and feed.serves(asset.sources):
            yield asset.pair, _recording(writer, feed.bars, asset, start, now, on_error)
    for series in platform.catalogue.series.values():
        start = writer.fetch_from(series, since)
        on_error = partial(_note, failures, series.name)
        due = feed.exact or writer.awaits(series)
        if series.cadence != "hourly" and due and feed.serves(series.sources):
            yield series.name, _recording(writer, feed.series, series, start, now, on_error)


def _recording(
    writer: ObservationWriter, fetch: Callable[..., Iterator[pd.DataFrame]], *request: object
) -> Callable[[], Iterator[WriteCounts]]:
    return lambda: (writer.record(page) for page in fetch(*request))


def _note(failures: dict[str, str], name: str, error: ProviderError) -> None:
    failures[name] = f"{failures[name]}; {error}" if name in failures else str(error)


def _summary(counts: WriteCounts, failures: Mapping[str, str]) -> str:
    summary = f"{counts.new} observations stored"
    return summary + (f"; failed: {'; '.join(f'{k}: {v}' for k, v in failures.items())}" if failures else "")
