"""HTTP client of one provider, and helpers that turn its responses into observations."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.catalogue import BAR_FIELDS, Asset
from ppa.core.errors import MALFORMED
from ppa.core.observations import OBSERVATION_COLUMNS
from ppa.providers.http import Call, HttpResponse, HttpSession, no_rate_limit
from ppa.providers.protocol import ProviderError

_PERIODS: Mapping[str, pd.DateOffset] = {
    "hourly": pd.DateOffset(hours=1),
    "daily": pd.DateOffset(days=1),
    "monthly": pd.DateOffset(months=1),
    "quarterly": pd.DateOffset(months=3),
    "yearly": pd.DateOffset(years=1),
}


@dataclass(frozen=True)
class Client:
    """Address, credentials and rate limit of one provider, over a shared HTTP session."""

    provider: str
    base_url: str
    session: HttpSession
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str | None = field(default=None, repr=False)
    limit_lasts: timedelta = timedelta(minutes=1)
    limit_in: Callable[[str], timedelta | None] = no_rate_limit

    def text(self, path: str, params: Mapping[str, str]) -> HttpResponse:
        """GET `path` and return the response body as text."""
        return self.session.get(self._call(path, params))

    def json(self, path: str, params: Mapping[str, str]) -> tuple[Any, datetime]:
        """GET `path` and return its JSON body with the response's time (UTC); ProviderError if the body is not JSON."""
        response = self.text(path, params)
        try:
            return json.loads(response.text, parse_constant=_not_a_number), response.at
        except ValueError:
            raise self.error(f"the response is not JSON: {response.text}") from None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Context in which errors from parsing an unexpected body become ProviderError."""
        try:
            yield
        except MALFORMED as error:
            raise self.error(f"unexpected response ({type(error).__name__}: {error})") from None

    def error(self, message: str) -> ProviderError:
        """ProviderError that names the provider, with all keys removed from the message."""
        return self._call("", {}).error(message)

    def _call(self, path: str, params: Mapping[str, str]) -> Call:
        return Call(
            provider=self.provider,
            url=self.base_url.rstrip("/") + path,
            params={**params, **self.query},
            headers=self.headers,
            secrets=(self.key,) if self.key else (),
            limit_lasts=self.limit_lasts,
            limit_in=self.limit_in,
        )


def is_within(
    begins: pd.DatetimeIndex, cadence: str, since: datetime, until: datetime, at: datetime
) -> npt.NDArray[np.bool_]:
    """Boolean mask of the periods that begin in [since, until) and have ended by `at`."""
    ends = begins + _PERIODS[cadence]
    first, last, now = pd.Timestamp(since), pd.Timestamp(until), pd.Timestamp(at)
    return np.asarray((begins >= first) & (begins < last) & (ends <= now))


def bar_rows(
    asset: Asset, opens: pd.DatetimeIndex, bars: Mapping[str, npt.NDArray[np.float64]], source: str
) -> pd.DataFrame:
    """Observations of hourly bars, in the given order; one row per bar and field.

    `opens` holds the bars' open times (UTC); `bars` maps names in BAR_FIELDS to arrays of the same length.
    """
    fields = [name for name in BAR_FIELDS if name in bars]
    return observations(
        np.tile(np.array([asset.series(name) for name in fields], dtype=object), len(opens)),
        opens.repeat(len(fields)),
        np.column_stack([bars[name] for name in fields]).ravel(),
        source,
    )


def observations(
    series: str | npt.NDArray[np.object_],
    event_time: pd.DatetimeIndex,
    value: npt.NDArray[np.float64],
    source: str,
    known_at: pd.DatetimeIndex | None = None,
) -> pd.DataFrame:
    """Frame with OBSERVATION_COLUMNS, in the given order; NaN values are missing and get no row."""
    given = ~np.isnan(value)
    known_at = nat_index(len(event_time)) if known_at is None else known_at
    columns = {
        "series": pd.array(
            series[given] if isinstance(series, np.ndarray) else [series] * given.sum(), dtype="str"
        ),
        "event_time": event_time[given].as_unit("us"),
        "known_at": known_at[given].as_unit("us"),
        "value": value[given],
        "source": pd.array([source] * given.sum(), dtype="str"),
    }
    return pd.DataFrame(columns, columns=list(OBSERVATION_COLUMNS))


def nat_index(count: int) -> pd.DatetimeIndex:
    """Index of `count` NaT in UTC, for sources that do not report when a value became known."""
    return pd.DatetimeIndex(np.full(count, "NaT", dtype="datetime64[us]"), tz="UTC")


def parse_dates(dates: list[str]) -> pd.DatetimeIndex:
    """Midnights (UTC) of dates written YYYY-MM-DD; ValueError for any other format."""
    return pd.DatetimeIndex(pd.to_datetime(dates, format="%Y-%m-%d", utc=True)).as_unit("us")


def parse_numbers(values: list[object]) -> npt.NDArray[np.float64]:
    """Convert to floats; `.`, empty strings and null become NaN. ValueError if a value is not a finite number."""
    return np.array([_number(value) for value in values], dtype="float64")


def _number(value: object) -> float:
    if value in (".", "", None):
        return np.nan
    number = float(str(value))
    if not isfinite(number):
        raise ValueError(f"{value} is not a finite number")
    return number


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
