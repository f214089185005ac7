"""Preview of an import against what is stored."""

from pathlib import Path
from typing import BinaryIO, TypedDict

from ppa.core.catalogue import Asset
from ppa.importing import Preview, ReadBars, ReadOptions, preview, read_bars
from ppa.platform import Platform
from ppa.repository.prices import latest_closes


class AssetLimits(TypedDict):
    """Plausible values of an asset, as `parse_options` takes them."""

    price_range: tuple[float, float]
    supply: float | None


def asset_limits(platform: Platform, asset: Asset) -> AssetLimits:
    """Plausible prices of an asset, and the number of its coins."""
    return {"price_range": platform.catalogue.series[asset.series("close")].range, "supply": asset.supply}


def preview_bars(
    platform: Platform, source: Path | BinaryIO, options: ReadOptions, asset: Asset
) -> tuple[ReadBars, Preview]:
    """Read a file of bars of `asset`, and compare its hours with the stored closes of it and of the other assets.

    FileRefused: the file cannot be read.
    """
    read = read_bars(source, options)
    others = {
        other.series("close"): latest_closes(platform, other.id)
        for other in platform.catalogue.assets.values()
        if other.id != asset.id
    }
    return read, preview(read, others, latest_closes(platform, asset.id))
