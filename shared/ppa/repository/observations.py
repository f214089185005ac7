"""Queries for stored observations."""

import pandas as pd

from ppa.platform import Platform
from ppa.storage.arrow import to_frame


def newest_values(
    platform: Platform, series: list[str], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """Return the newest value of each period of `series` in [since, until), UTC."""
    return to_frame(platform.warehouse.query("newest_values", series=series, since=since, until=until))


def stored_observations(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return all observations, including revised ones, of periods in [since, until), UTC."""
    return to_frame(platform.warehouse.query("stored_observations", since=since, until=until))
