"""Import a user's own price file."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ppa.core.errors import Conflict
from ppa.importing import Preview, ReadingTexts, to_observations
from ppa.jobs.backfill import Progress, build_progress
from ppa.jobs.import_preview import preview_bars
from ppa.jobs.observation_writer import ObservationWriter
from ppa.platform import SYNTHETIC, Platform

SOURCE = "csv"


def import_bars(
    platform: Platform,
    source: Path | BinaryIO,
    *,
    name: str,
    asset_id: str,
    texts: ReadingTexts | None = None,
    dry_run: bool = False,
) -> Iterator[Progress | Preview]:
    """Read a file of bars, store its new values and build rows; yields progress and the preview.

    Nothing is stored if any part of the file cannot be read, nor with `dry_run`.
    """
    asset = platform.catalogue.asset(asset_id)
    refuse_synthetic(platform)
    yield Progress("reading", 0, 1)
    read, shown = preview_bars(platform, source, name, asset, texts or ReadingTexts())
    yield shown
    if dry_run:
        yield Progress("nothing is stored", 1, 1)
        return
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
