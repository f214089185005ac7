"""Publication times of values without a vintage: the end of the period plus the catalogue's lag.

US agencies publish on business days: Friday's yields appear on Monday, or on Tuesday if Monday is a holiday. A lag in
clock hours would put such values into rows whose as-of time precedes their publication.
"""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import USFederalHolidayCalendar

from ppa.core.catalogue import Catalogue, Series

DAY = pd.Timedelta(days=1)


def publication_times(
    names: "pd.Series[str]", event_time: "pd.Series[pd.Timestamp]", catalogue: Catalogue
) -> "pd.Series[pd.Timestamp]":
    """Publication time (UTC) of each value of the series `names`, for the periods that start at `event_time`."""
    delays = {name: pd.Timedelta(series.period + series.lag) for name, series in catalogue.series.items()}
    published = event_time + names.map(delays)
    for name in names.unique():
        series = catalogue.series[name]
        if series.business_days:
            rows = names == name
            published = published.mask(rows, _add_business_lag(event_time[rows] + series.period, series))
    return published.astype(event_time.dtype)


def _add_business_lag(ends: "pd.Series[pd.Timestamp]", series: Series) -> "pd.Series[pd.Timestamp]":
    """Add the lag to the end of a day, counting from the next US business day and in business days only."""
    whole, rest = divmod(pd.Timedelta(series.lag), DAY)
    midnights = ends.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    begins = np.busday_offset(midnights, 0, roll="forward", holidays=_holidays())
    days = np.busday_offset(begins, whole, holidays=_holidays())
    return pd.Series(pd.DatetimeIndex(days, tz="UTC").as_unit("us") + rest, index=ends.index)


@cache
def _holidays() -> NDArray[np.datetime64]:
    holidays = USFederalHolidayCalendar().holidays(pd.Timestamp(1970, 1, 1), pd.Timestamp(2100, 1, 1))
    return np.asarray(holidays.to_numpy().astype("datetime64[D]"))
