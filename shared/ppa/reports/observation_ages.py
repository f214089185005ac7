"""Age of each series' value in every row, at the time of the row."""

from collections.abc import Iterator

import pandas as pd
import polars as pl

from ppa.core.catalogue import Series
from ppa.core.features.transforms import Floats
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.csv_text import csv_bytes

ROWS_A_CHUNK = 5_000


def age_csv(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[bytes]:
    """Yield the age of each series in the stored hours of [since, until) as CSV.

    The columns are `ts` and `<series>_age_hours` of every series slower than hourly. An age runs from the end of the
    period that the value refers to until the close of the row's hour; it is empty if the row has no value.
    """
    hours = _hours(platform, since, until)
    for start in range(0, max(1, len(hours)), ROWS_A_CHUNK):
        chunk = _ages(platform, hours[start : start + ROWS_A_CHUNK])
        yield csv_bytes(chunk, header=start == 0, decimals=2)


def aged_series(platform: Platform) -> list[Series]:
    """Series that are slower than hourly, whose value may be older than the row's hour."""
    return [series for series in platform.catalogue.series.values() if series.period > HOUR]


def age_hours(platform: Platform, series: Series, hours: pd.DatetimeIndex) -> Floats:
    """Age in hours of a series' value in each row; NaN if the row has no value."""
    held = platform.series_cache.vintages(platform.warehouse, series.name)
    return held.age_hours(hours, series, platform.catalogue.grace)


def _ages(platform: Platform, hours: pd.DatetimeIndex) -> pl.DataFrame:
    ages = {
        f"{series.name}_age_hours": age_hours(platform, series, hours) for series in aged_series(platform)
    }
    return pl.from_pandas(pd.DataFrame(ages, index=hours).reset_index(names="ts"), nan_to_null=True)


def _hours(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    rows = platform.series_cache.rows(platform.warehouse, platform.catalogue).index
    return pd.DatetimeIndex(rows[(rows >= since) & (rows < until)])
