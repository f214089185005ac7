"""Observation frames of a generated year, limited to the values already known."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.providers.synthetic.bars import BarYear
from ppa.providers.synthetic.levels import LevelYear
from ppa.providers.synthetic.parameters import Floats, Ints

NAME = "synthetic"


def bar_frame(names: Sequence[str], year: BarYear, since: int, until: int, now: int) -> pd.DataFrame:
    """Bars that open in [since, until) and are known at `now` (epoch µs), by hour; one row per field."""
    part = slice(*np.searchsorted(year.hours, (since, until)))
    seen = year.present[part] & (year.known_at[part] <= now)
    hours, known_at = year.hours[part][seen], year.known_at[part][seen]
    fields = len(names)
    values = year.fields[part][seen].ravel()
    return _frame(np.tile(names, len(hours)), np.repeat(hours, fields), np.repeat(known_at, fields), values)


def level_frame(name: str, years: Sequence[LevelYear], since: int, until: int, now: int) -> pd.DataFrame:
    """Observations of periods that begin in [since, until) and are known at `now` (epoch µs)."""
    nothing = np.empty(0, dtype=np.int64)
    events = np.concatenate([nothing, *(year.events for year in years)])
    known_at = np.concatenate([nothing, *(year.known_at for year in years)])
    values = np.concatenate([nothing.astype(np.float64), *(year.levels for year in years)])
    seen = (events >= since) & (events < until) & (known_at <= now)
    return _frame(np.full(seen.sum(), name), events[seen], known_at[seen], values[seen])


def _frame(names: NDArray[np.str_], events: Ints, known_at: Ints, values: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": pd.array(names, dtype="str"),
            "event_time": _utc(events),
            "known_at": _utc(known_at),
            "value": values,
            "source": pd.array(np.full(len(values), NAME), dtype="str"),
        }
    )


def _utc(moments: Ints) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(moments.view("datetime64[us]"), tz="UTC")
