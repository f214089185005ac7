"""How old what a row holds was when the row was cut, for every hour."""

import io
from collections.abc import Iterator

import pandas as pd
import polars as pl

from ppa.core.catalogue import Series
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.dataset_files import TIMES

ROWS_A_CHUNK = 5_000


def age_csv(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[bytes]:
    """The stored hours of [since, until) as CSV, in pieces: `ts`, and `<series>_age_hours` of every series but bars.

    An age runs from the end of the period that the row's level is about to the close of the row's hour; it is empty
    where the row has no level.
    """
    hours = _hours(platform, since, until)
    for start in range(0, max(1, len(hours)), ROWS_A_CHUNK):
        text = io.BytesIO()
        chunk = _ages(platform, hours[start : start + ROWS_A_CHUNK])
        chunk.write_csv(text, include_header=start == 0, datetime_format=TIMES, float_precision=2)
        yield text.getvalue()


def aged_series(platform: Platform) -> list[Series]:
    """The series whose level may be older than the hour: all that come less often."""
    return [series for series in platform.catalogue.series.values() if series.period > HOUR]


def _ages(platform: Platform, hours: pd.DatetimeIndex) -> pl.DataFrame:
    ages = {
        f"{series.name}_age_hours": platform.series_cache.vintages(platform.warehouse, series.name).age_hours(
            hours, series, platform.catalogue.grace
        )
        for series in aged_series(platform)
    }
    return pl.from_pandas(pd.DataFrame(ages, index=hours).reset_index(names="ts"), nan_to_null=True)


def _hours(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    rows = platform.series_cache.rows(platform.warehouse, platform.catalogue).index
    return pd.DatetimeIndex(rows[(rows >= since) & (rows < until)])
