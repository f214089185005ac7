"""Preview of an import against what is stored."""

from pathlib import Path
from typing import BinaryIO

from ppa.core.catalogue import Asset
from ppa.importing import Preview, ReadBars, ReadingTexts, parse_options, preview, read_bars
from ppa.platform import Platform
from ppa.repository.prices import latest_closes


def preview_bars(
    platform: Platform, source: Path | BinaryIO, name: str, asset: Asset, texts: ReadingTexts
) -> tuple[ReadBars, Preview]:
    """Read a file of bars of `asset`, and compare its hours with the stored closes of it and of the other assets.

    FileRefused: the file cannot be read. BadInput: an option of another form.
    """
    prices = platform.catalogue.series[asset.series("close")].range
    now = platform.now().to_pydatetime()
    read = read_bars(source, parse_options(name, now, texts, price_range=prices, supply=asset.supply))
    others = {
        other.series("close"): latest_closes(platform, other.id)
        for other in platform.catalogue.assets.values()
        if other.id != asset.id
    }
    return read, preview(read, others, latest_closes(platform, asset.id))
