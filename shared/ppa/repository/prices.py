"""Prices as they are known now."""

import pandas as pd

from ppa.platform import Platform


def latest_closes(platform: Platform, asset_id: str) -> "pd.Series[float]":
    """What truly happened: the newest known close of every hour that has one, indexed by its open."""
    name = platform.catalogue.asset(asset_id).series("close")
    return platform.series_cache.vintages(platform.warehouse, name).newest.rename("close")
