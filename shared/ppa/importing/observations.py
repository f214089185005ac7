"""Convert bars to observations, one row per value."""

import pandas as pd

from ppa.core.observations import OBSERVATION_COLUMNS


def to_observations(bars: pd.DataFrame, prefix: str, source: str) -> pd.DataFrame:
    """Long form of `bars` (index ts, one column per field) with OBSERVATION_COLUMNS; NaNs are dropped.

    Series are named `{prefix}_{field}` and ordered by field, then time; `known_at` is NaT throughout.
    """
    long = bars.rename_axis(index="event_time", columns=None).melt(
        var_name="series", value_name="value", ignore_index=False
    )
    long = long.dropna(subset="value").reset_index()
    long["series"] = prefix + "_" + long["series"]
    long["known_at"] = pd.Series(pd.NaT, index=long.index, dtype="datetime64[us, UTC]")
    long["source"] = source
    return long[list(OBSERVATION_COLUMNS)]
