"""Coverage of each stored series; queried every minute over all observations, so older periods are cached."""

from collections.abc import Hashable

import pandas as pd

from ppa.core.times import END, utc
from ppa.platform import Platform
from ppa.storage.arrow import to_frame

FIRST_PERIOD = utc("1700-01-01")
# new observations mostly fall into these periods, which are separate partitions
RECENT = pd.Timedelta(days=35)
COMBINED = {
    "observations": "sum",
    "first_event": "min",
    "newest_event": "max",
    "newest_known_at": "max",
    "newest_ingested_at": "max",
    "source": "last",
}


def series_status(platform: Platform) -> pd.DataFrame:
    """Return the coverage of each stored series, indexed by series; the frame is shared and must not be modified.

    Recent periods are read again after any new observation, older ones only when their number of observations changes
    or one begins or ceases to count.
    """
    return platform.cache.get(
        "series_status", lambda: _status(platform), platform.warehouse.version_token("observations")
    )


def _status(platform: Platform) -> pd.DataFrame:
    edge = (platform.now() - RECENT).normalize().replace(day=1)
    recent = _read(platform, edge, END)
    token: Hashable = platform.warehouse.version_token("observations")
    if len(recent):
        token = recent["stored"].iloc[0] - recent["observations"].sum(), recent["changed"].iloc[0]
    older = platform.cache.get(
        "series_status of older periods", lambda: _read(platform, FIRST_PERIOD, edge), (edge, token)
    )
    return pd.concat([older, recent]).groupby("series").agg(COMBINED)


def _read(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    return to_frame(platform.warehouse.query("series_status", since=since, until=until))
