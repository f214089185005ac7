"""Import values of a daily or slower series of the catalogue from a file, as a batch."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from ppa.core.catalogue import Series
from ppa.core.contracts.imports import BatchDescription, ImportBatch, Mode
from ppa.core.errors import BadInput, NotFound
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.core.plain_json import jsonable
from ppa.importing import ReadingTexts, parse_options, read_series
from ppa.jobs.backfill import Progress
from ppa.jobs.csv_import import SOURCE, Comparison, check_source, refuse_synthetic, sha256_of
from ppa.jobs.import_batches import contradiction, overlap, store_batch
from ppa.platform import Platform


@dataclass(frozen=True)
class SeriesFile:
    """A request to import a file of one series: how to read it, and what to do where it contradicts.

    Without `lag`, in hours from the end of each period, and without a column of publication times, values are known
    after the catalogue's lag. With `dry_run` nothing is stored.
    """

    name: str
    series: str
    source: str = SOURCE
    mode: Mode = "plain"
    texts: ReadingTexts = field(default_factory=ReadingTexts)
    lag: float | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class SeriesPreview:
    """How a file of a series was understood, in sentences."""

    lines: tuple[str, ...]


def import_series(
    platform: Platform, source: Path | BinaryIO, request: SeriesFile, by: str
) -> Iterator[Progress | SeriesPreview | Comparison | ImportBatch]:
    """Read a file of a series, store it as a batch and build rows; yields progress, preview, comparison and batch.

    Nothing is stored if any part of the file cannot be read or the file contradicts what is stored, nor in a dry run.
    """
    series = _slower_series(platform, request.series)
    refuse_synthetic(platform)
    check_source(platform, request.source)
    yield Progress("reading", 0, 1)
    options = parse_options(request.name, platform.now().to_pydatetime(), request.texts)
    if request.lag is not None and any(column.startswith("known_at=") for column in options.columns):
        raise BadInput("Both a lag and a column of publication times are given; give one of them.")
    read = read_series(source, series, options)
    yield SeriesPreview(read.lines)
    values = _known(read.values, series, request.lag).assign(series=series.name, source=request.source)
    values = values[list(OBSERVATION_COLUMNS)]
    description = _described(series, values, request, read.lines, sha256_of(source))
    if request.dry_run:
        shared = overlap(platform, description, values)
        yield Comparison(shared, contradiction(description, shared).sentence if shared.different else None)
        yield Progress("nothing is stored", 1, 1)
        return
    yield from store_batch(platform, description, values, by)


def _slower_series(platform: Platform, name: str) -> Series:
    """Return a daily or slower series of the catalogue; raise NotFound or BadInput if it is none."""
    slower = [one.name for one in platform.catalogue.series.values() if one.cadence != "hourly"]
    series = platform.catalogue.series.get(name)
    if series is None:
        raise NotFound(f"There is no series {name!r}; choose one of {', '.join(slower)}.")
    if series.cadence == "hourly":
        raise BadInput(f"{name} is a series of bars; import a file of bars instead.")
    return series


def _known(values: pd.DataFrame, series: Series, lag: float | None) -> pd.DataFrame:
    """Return the values with the times of publication that a lag in hours gives."""
    if lag is None:
        return values
    return values.assign(known_at=values["event_time"] + series.period + pd.Timedelta(hours=lag))


def _described(
    series: Series, values: pd.DataFrame, request: SeriesFile, lines: tuple[str, ...], sha256: str
) -> BatchDescription:
    options = {name: value for name, value in asdict(request.texts).items() if value}
    if request.lag is not None:
        options["lag"] = request.lag
    return BatchDescription(
        subject=series.name,
        series=(series.name,),
        source=request.source,
        file=request.name,
        sha256=sha256,
        mode=request.mode,
        options=jsonable(options),
        understood={"lines": list(lines)},
        rows=len(values),
        first=values["event_time"].min(),
        last=values["event_time"].max(),
    )
