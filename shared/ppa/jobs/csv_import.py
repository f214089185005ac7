"""Import a user's own price file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ppa.core.errors import Conflict
from ppa.importing import ReadOptions, Understanding, read_bars, to_observations
from ppa.jobs.backfill import Progress, build_progress
from ppa.jobs.observation_writer import ObservationWriter
from ppa.platform import SYNTHETIC, Platform

SOURCE = "csv"


def import_bars(
    platform: Platform,
    source: Path | BinaryIO,
    *,
    name: str,
    asset_id: str,
    columns: Sequence[str] | None = None,
    time_zone: str | None = None,
) -> Iterator[Progress | Understanding]:
    """Read a file of bars, store its new values and build rows; yields progress and the import report.

    Nothing is stored if any part of the file cannot be read.
    """
    asset = platform.catalogue.asset(asset_id)
    refuse_synthetic(platform)
    yield Progress("reading", 0, 1)
    options = ReadOptions(name, platform.now().to_pydatetime(), tuple(columns or ()), time_zone)
    read = read_bars(source, options)
    yield read.understanding
    yield Progress("storing", 0, 1)
    counts = ObservationWriter(platform).record(to_observations(read.bars, asset.prefix, SOURCE))
    yield from build_progress(platform, counts.first_known_at)
    yield Progress(
        f"{counts.new} new observations, {counts.revised} revised, {counts.unchanged} unchanged",
        1,
        1,
    )


def refuse_synthetic(platform: Platform) -> None:
    """Raise Conflict if the platform holds synthetic data, which is never mixed with real data."""
    if SYNTHETIC in (platform.data_kind(), platform.settings.source):
        raise Conflict(
            f"{platform.settings.home} holds synthetic data, which is never mixed with real data. Start the app "
            "with another folder, `PPA_SOURCE=csv PPA_HOME=.ppa-csv make run`, and import there."
        )
