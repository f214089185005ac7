"""When a value can first be known whose source does not say: the end of its period and the catalogue's lag.

US agencies publish on the days that they work: the yields of a Friday come out on Monday, or on Tuesday where Monday is
a holiday. Counted in plain hours they would be in rows that were cut before anybody had them.
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
    """From when on each value can be known: of the series in `names`, about the periods that begin at `event_time`."""
    waits = {name: pd.Timedelta(series.period + series.lag) for name, series in catalogue.series.items()}
    known = event_time + names.map(waits)
    for name in names.unique():
        series = catalogue.series[name]
        if series.business_days:
            rows = names == name
            known = known.mask(rows, _in_business_time(event_time[rows] + series.period, series))
    return known.astype(event_time.dtype)


def _in_business_time(ends: "pd.Series[pd.Timestamp]", series: Series) -> "pd.Series[pd.Timestamp]":
    """The lag after the end of a day, US business days counted only; a lag begins with the first of them."""
    whole, rest = divmod(pd.Timedelta(series.lag), DAY)
    midnights = ends.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    begins = np.busday_offset(midnights, 0, roll="forward", holidays=_holidays())
    days = np.busday_offset(begins, whole, holidays=_holidays())
    return pd.Series(pd.DatetimeIndex(days, tz="UTC").as_unit("us") + rest, index=ends.index)


@cache
def _holidays() -> NDArray[np.datetime64]:
    found = USFederalHolidayCalendar().holidays(pd.Timestamp(1970, 1, 1), pd.Timestamp(2100, 1, 1))
    return np.asarray(found.to_numpy().astype("datetime64[D]"))
