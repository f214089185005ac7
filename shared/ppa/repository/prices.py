"""Latest known prices."""

import pandas as pd

from ppa.platform import Platform


def latest_closes(platform: Platform, asset_id: str) -> "pd.Series[float]":
    """Return the newest known close of every hour that has one, indexed by the hour's open time (UTC)."""
    name = platform.catalogue.asset(asset_id).series("close")
    return platform.series_cache.vintages(platform.warehouse, name).newest.rename("close")
