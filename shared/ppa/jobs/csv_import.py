"""Import a user's own price file as a batch."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from ppa.core.catalogue import BAR_FIELDS, Asset
from ppa.core.contracts.imports import BatchDescription, ImportBatch, Mode
from ppa.core.errors import BadInput, Conflict
from ppa.core.plain_json import jsonable
from ppa.core.times import utc
from ppa.importing import Preview, ReadBars, ReadingTexts, to_observations
from ppa.jobs.backfill import Progress
from ppa.jobs.import_batches import Overlap, contradiction, overlap, store_batch
from ppa.jobs.import_preview import preview_bars
from ppa.platform import SYNTHETIC, Platform

SOURCE = "csv"
PIECE = 1 << 20  # bytes
MAX_SOURCE_LENGTH = 32


@dataclass(frozen=True)
class FileImport:
    """A request to import a file: its asset, its source, how to read it, and what to do where it contradicts.

    With `dry_run` nothing is stored.
    """

    name: str
    asset_id: str = "BTC"
    source: str = SOURCE
    mode: Mode = "plain"
    texts: ReadingTexts = field(default_factory=ReadingTexts)
    dry_run: bool = False


@dataclass(frozen=True)
class Comparison:
    """A file beside what is stored: the values that both have, and the sentence on a contradiction if there is one."""

    overlap: Overlap
    contradiction: str | None

    def lines(self) -> list[str]:
        """Comparison as a list of sentences."""
        shared = self.overlap
        counts = (
            f"{shared.same:,} values are stored already, {shared.different:,} differ from those of the source, "
            f"{shared.other:,} are of hours that another source fills."
        )
        return [counts, self.contradiction] if self.contradiction else [counts]


def import_bars(
    platform: Platform, source: Path | BinaryIO, request: FileImport, by: str
) -> Iterator[Progress | Preview | Comparison | ImportBatch]:
    """Read a file of bars, store it as a batch and build rows; yields progress, preview, comparison and batch.

    Nothing is stored if any part of the file cannot be read or the file contradicts what is stored, nor in a dry run.
    """
    asset = platform.catalogue.asset(request.asset_id)
    refuse_synthetic(platform)
    check_source(platform, request.source)
    yield Progress("reading", 0, 1)
    read, shown = preview_bars(platform, source, request.name, asset, request.texts)
    yield shown
    values = to_observations(read.bars, asset.prefix, request.source)
    description = _described(asset, read, len(values), request, sha256_of(source))
    if request.dry_run:
        shared = overlap(platform, description, values)
        yield Comparison(shared, contradiction(description, shared).sentence if shared.different else None)
        yield Progress("nothing is stored", 1, 1)
        return
    yield from store_batch(platform, description, values, by)


def sha256_of(source: Path | BinaryIO) -> str:
    """Return the SHA-256 of a file, in hex."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return sha256_of(file)
    source.seek(0)
    digest = hashlib.sha256()
    while piece := source.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def refuse_synthetic(platform: Platform) -> None:
    """Raise Conflict if the platform holds synthetic data, which is never mixed with real data."""
    if SYNTHETIC in (platform.data_kind(), platform.settings.source):
        raise Conflict(
            f"{platform.settings.home} holds synthetic data, which is never mixed with real data. Start the app "
            "with another folder, `PPA_SOURCE=csv PPA_HOME=.ppa-csv make run`, and import there."
        )


def check_source(platform: Platform, name: str) -> None:
    """Raise BadInput if the name of an imported source is invalid, or that of a provider."""
    series = platform.catalogue.series.values()
    reserved = {SYNTHETIC, *(source.provider for one in series for source in one.sources)}
    if name in reserved or not name.isidentifier() or len(name) > MAX_SOURCE_LENGTH:
        raise BadInput(
            f"source is {name!r}; give a name of up to {MAX_SOURCE_LENGTH} letters, digits and _ that is not a "
            "provider's."
        )


def _described(asset: Asset, read: ReadBars, rows: int, request: FileImport, sha256: str) -> BatchDescription:
    return BatchDescription(
        subject=asset.id,
        series=tuple(asset.series(name) for name in BAR_FIELDS),
        source=request.source,
        file=request.name,
        sha256=sha256,
        mode=request.mode,
        options=jsonable({name: value for name, value in asdict(request.texts).items() if value}),
        understood=jsonable(read.understanding.to_dict()),
        rows=rows,
        first=utc(read.understanding.first),
        last=utc(read.understanding.last),
    )
