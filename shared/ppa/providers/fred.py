"""FRED: current values as CSV without a key; with a key, every vintage and when it became known.

Vintages follow https://fred.stlouisfed.org/docs/api/fred/series_observations.html: with `output_type=1` each
observation is listed once per value it had in the real-time window. Its `realtime_start` is the day that value
appeared, clipped to the window's first day.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.ops.clock import Clock, utc_now
from ppa.providers.client import Client, is_within, nat_index, observations, parse_dates, parse_numbers
from ppa.providers.http import HttpSession
from ppa.providers.protocol import ProviderError

CSV_URL = "https://fred.stlouisfed.org"
API_URL = "https://api.stlouisfed.org"
# the API refuses requests for more vintages
VINTAGES_A_REQUEST = 2000
ROWS_A_PAGE = 100_000
DATES_A_PAGE = 10_000
# a vintage is a day in St. Louis, which ends at 05:00 or 06:00 UTC of the next
END_OF_DAY = pd.Timedelta(hours=30)
_FIRST_DAY, _LAST_DAY = "1776-07-04", "9999-12-31"


class Fred:
    """Adapter for daily to yearly series, stamped with the first day of their period."""

    name = "fred"

    def __init__(
        self,
        base_url: str | None = None,
        key: str | None = None,
        *,
        clock: Clock = utc_now,
        session: HttpSession | None = None,
    ) -> None:
        """`base_url` defaults to the CSV service without a key, and to the API with one."""
        session = session or HttpSession(clock=clock)
        query = {"api_key": key, "file_type": "json"} if key else {}
        address = base_url or (API_URL if key else CSV_URL)
        self._client = Client(self.name, address, session, query=query, key=key)
        self._has_key = bool(key)

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Always raise ProviderError: FRED has no bars."""
        raise ProviderError(f"fred: no bars of {asset.pair} are available.")

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Return no quotes."""
        return []

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Fetch a series and yield it as one frame.

        `known_at` is the end of a vintage's day; NaT without a key, and for values older than the archive.
        """
        rows, at = (self._vintages if self._has_key else self._csv)(source.symbol, since, until)
        begins = pd.DatetimeIndex(rows["event_time"])
        rows = rows[is_within(begins, series.cadence, since, until, at)]
        if not rows.empty:
            yield observations(
                series.name,
                pd.DatetimeIndex(rows["event_time"]),
                rows["value"].to_numpy(dtype="float64"),
                self.name,
                pd.DatetimeIndex(rows["known_at"]),
            )

    def _csv(self, symbol: str, since: datetime, until: datetime) -> tuple[pd.DataFrame, datetime]:
        params = {"id": symbol, "cosd": f"{since:%Y-%m-%d}", "coed": f"{until:%Y-%m-%d}"}
        response = self._client.text("/graph/fredgraph.csv", params)
        with self._client.reading():
            header, *cells = [row for row in csv.reader(response.text.splitlines()) if row]
            if header not in (["observation_date", symbol], ["DATE", symbol]):
                raise ValueError(f"expected a table of {symbol}, got columns {','.join(header)}")
            return _table([day for day, _ in cells], [value for _, value in cells]), response.at

    def _vintages(self, symbol: str, since: datetime, until: datetime) -> tuple[pd.DataFrame, datetime]:
        vintage_dates = self._vintage_dates(symbol)
        window = {"observation_start": f"{since:%Y-%m-%d}", "observation_end": f"{until:%Y-%m-%d}"}
        if not vintage_dates:
            return self._observations(symbol, window)
        # no value is known before its own day
        relevant = [day for day in vintage_dates if day >= f"{since:%Y-%m-%d}"]
        parts = [
            self._observations(symbol, window | {"realtime_start": first, "realtime_end": last})
            for first, last in _real_time_windows(relevant)
        ]
        if not parts:
            return _table([], []), since
        rows = _without_repeats(pd.concat([part for part, _ in parts]))
        # values in the first vintage were published earlier, at an unknown time
        began = rows["known_at"] == parse_dates([vintage_dates[0]])[0] + END_OF_DAY
        rows["known_at"] = rows["known_at"].mask(began)
        return rows, min(at for _, at in parts)

    def _vintage_dates(self, symbol: str) -> list[str]:
        """Days on which any value of the series changed; empty if the archive does not have the series."""
        params = {"series_id": symbol, "realtime_start": _FIRST_DAY, "realtime_end": _LAST_DAY}
        try:
            pages = [page for page, _ in self._pages("vintagedates", params, "vintage_dates", DATES_A_PAGE)]
        except ProviderError as error:
            if "does not exist in ALFRED" in str(error):
                return []
            raise
        return [str(day) for page in pages for day in page]

    def _observations(self, symbol: str, window: dict[str, str]) -> tuple[pd.DataFrame, datetime]:
        params = {"series_id": symbol, "output_type": "1", **window}
        pages = list(self._pages("observations", params, "observations", ROWS_A_PAGE))
        with self._client.reading():
            rows = [row for page, _ in pages for row in page]
            vintages = [row["realtime_start"] for row in rows] if "realtime_start" in window else None
            table = _table([row["date"] for row in rows], [row["value"] for row in rows], vintages)
        return table, min(at for _, at in pages)

    def _pages(
        self, endpoint: str, params: dict[str, str], key: str, size: int
    ) -> Iterator[tuple[list[Any], datetime]]:
        offset, total = 0, 1
        while offset < total:
            page, at = self._client.json(
                f"/fred/series/{endpoint}", {**params, "limit": str(size), "offset": str(offset)}
            )
            with self._client.reading():
                items, total = list(page[key]), int(page["count"])
            yield items, at
            offset += len(items) or total


def _table(dates: list[str], values: list[object], vintages: list[str] | None = None) -> pd.DataFrame:
    known_at = nat_index(len(dates)) if vintages is None else parse_dates(vintages) + END_OF_DAY
    return pd.DataFrame(
        {"event_time": parse_dates(dates), "known_at": known_at, "value": parse_numbers(values)}
    )


def _real_time_windows(vintage_dates: list[str]) -> Iterator[tuple[str, str]]:
    """First and last days, inclusive, of consecutive windows that hold at most the permitted number of vintages."""
    firsts = vintage_dates[::VINTAGES_A_REQUEST]
    for first, following in pairwise([*firsts, None]):
        yield str(first), _day_before(following) if following else _LAST_DAY


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _without_repeats(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop values that repeat the previous vintage: each window starts with the value already in force."""
    rows = rows[rows["value"].notna()].sort_values(["event_time", "known_at"])
    repeated = rows["event_time"].eq(rows["event_time"].shift()) & rows["value"].eq(rows["value"].shift())
    return rows[~repeated]
