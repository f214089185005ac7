"""How far each stored series reaches. It is asked for every minute, and over all observations."""

from collections.abc import Hashable

import pandas as pd

from ppa.core.times import END, utc
from ppa.platform import Platform
from ppa.storage.arrow import to_frame

FIRST_PERIOD = utc("1700-01-01")
# What is new is mostly about these periods, which are partitions of their own.
RECENT = pd.Timedelta(days=35)
COMBINED = {
    "observations": "sum",
    "first_event": "min",
    "newest_event": "max",
    "newest_known_at": "max",
    "followed_since": "min",
    "newest_ingested_at": "max",
    "source": "last",
}


def series_status(platform: Platform) -> pd.DataFrame:
    """How far each stored series reaches, indexed by series; the frame is shared, and not to be changed.

    Recent periods are read again once there are other observations. Those before them are as they were for as long as
    there are as many: an observation is added, and never changed.
    """
    return platform.cache.get(
        "series_status", lambda: _status(platform), platform.warehouse.version_token("observations")
    )


def _status(platform: Platform) -> pd.DataFrame:
    edge = (platform.now() - RECENT).normalize().replace(day=1)
    recent = _read(platform, edge, END)
    token: Hashable = platform.warehouse.version_token("observations")
    if len(recent):
        token = recent["stored"].iloc[0] - recent["observations"].sum()
    older = platform.cache.get(
        "series_status of older periods", lambda: _read(platform, FIRST_PERIOD, edge), (edge, token)
    )
    return pd.concat([older, recent]).groupby("series").agg(COMBINED)


def _read(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    return to_frame(platform.warehouse.query("series_status", since=since, until=until))
