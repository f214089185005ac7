"""Queries for stored observations."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ppa.core.times import utc
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


def delivered_observations(
    platform: Platform, series: Sequence[str], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """Return every row of `observations` of periods of `series` in [since, until), UTC, whether it counts or not."""
    return to_frame(
        platform.warehouse.query("delivered_observations", series=list(series), since=since, until=until)
    )


def followed_since(platform: Platform, series: Sequence[str]) -> Mapping[str, pd.Timestamp]:
    """Return when the first value of each series arrived from a provider, without those that none has delivered.

    The times never change once they are known, so only those of other series are queried again.
    """
    since: dict[str, pd.Timestamp] = platform.cache.get("followed since", dict)
    missing = sorted(set(series) - since.keys())
    if missing:
        rows = platform.warehouse.query("followed_since", series=missing).to_pylist()
        since |= {row["series"]: utc(row["followed_since"]) for row in rows}
    return {name: since[name] for name in series if name in since}
