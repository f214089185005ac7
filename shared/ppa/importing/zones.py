"""Convert wall-clock times to UTC."""

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.importing.errors import CsvError

_UTC = {"UTC", "GMT", "Z"}

Rows = npt.NDArray[np.int64]


def load_zone(name: str) -> ZoneInfo:
    """Time zone by its IANA name; CsvError if there is none."""
    try:
        return ZoneInfo("UTC" if name.upper() in _UTC else name)
    except (KeyError, ValueError, OSError) as error:
        raise CsvError(f"there is no time zone {name!r}: use UTC or a name such as Europe/Berlin") from error


def to_utc(
    clock: npt.NDArray[np.datetime64], zone: ZoneInfo
) -> tuple[npt.NDArray[np.datetime64], Rows, Rows]:
    """UTC times of `clock`, in file order; rows with nonexistent times; rows with ambiguous times.

    When clocks go back, an hour occurs twice: read from old to new, rows before the single step back are its first
    occurrence, rows after it the second.
    """
    local = pd.DatetimeIndex(clock)
    twice = np.asarray(local.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna())
    first, unclear = _first_pass(local, twice)
    utc = local.tz_localize(zone, ambiguous=first, nonexistent="NaT").tz_convert("UTC").tz_localize(None)
    return utc.to_numpy(), np.flatnonzero(utc.isna()), np.flatnonzero(unclear)


def _first_pass(
    local: pd.DatetimeIndex, twice: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    step = -1 if local[0] > local[-1] else 1
    clock, repeated = local[::step], twice[::step]
    back = np.append(False, np.diff(clock.to_numpy()) < np.timedelta64(0)) & repeated
    back &= np.append(False, repeated[:-1])
    runs = pd.Series(back).groupby(np.cumsum(~repeated))
    first = repeated & (runs.cumsum() == 0).to_numpy()
    unclear = repeated & (runs.transform("sum") != 1).to_numpy()
    return first[::step], unclear[::step]
