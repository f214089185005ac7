"""Convert wall-clock times to UTC."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.importing.errors import FileRefused

_UTC = {"UTC", "GMT", "Z"}
# the prices of two adjacent bars differ by less than this part of what they differ by over a missing hour
_CONTINUOUS = 0.25

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Localised:
    """Times in UTC, and the rows whose times do not exist (`absent`) or stay ambiguous (`unclear`).

    `by_price` is the first row that was decided by its price, None if there is none.
    """

    utc: Moments
    absent: Rows
    unclear: Rows
    by_price: int | None


def is_utc(name: str) -> bool:
    """True if the name of a time zone is one of UTC."""
    return name.upper() in _UTC or name in ("Etc/UTC", "Etc/GMT")


def load_zone(name: str) -> ZoneInfo:
    """Time zone by its IANA name; FileRefused if there is none."""
    try:
        return ZoneInfo("UTC" if name.upper() in _UTC else name)
    except (KeyError, ValueError, OSError) as error:
        raise FileRefused(
            f"there is no time zone {name!r}: use UTC or a name such as Europe/Berlin"
        ) from error


def to_utc(clock: Moments, zone: ZoneInfo, opens: Floats, closes: Floats) -> Localised:
    """UTC times of `clock`, in file order; `opens` and `closes` are the prices of the rows.

    When clocks go back, an hour occurs twice: read from old to new, rows before the step back (or before the first
    equal time) are its first occurrence, rows after it the second. An hour that the file has once is the first if its
    open continues the close before it and its close is not continued by the next open, and the second in the reverse
    case.
    """
    local = pd.DatetimeIndex(clock)
    twice = np.asarray(local.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna())
    first, unclear, priced = (
        np.zeros(len(clock), np.bool_),
        np.zeros(len(clock), np.bool_),
        np.zeros(len(clock), np.bool_),
    )
    step = -1 if local[0] > local[-1] else 1
    if twice.any():
        passes = _passes(clock[::step], twice[::step], opens[::step], closes[::step])
        first, unclear, priced = (mask[::step] for mask in passes)
    utc = local.tz_localize(zone, ambiguous=first, nonexistent="NaT").tz_convert("UTC").tz_localize(None)
    by_price = int(np.argmax(priced)) if priced.any() else None
    return Localised(utc.to_numpy(), np.flatnonzero(utc.isna()), np.flatnonzero(unclear), by_price)


def _passes(clock: Moments, twice: Mask, opens: Floats, closes: Floats) -> tuple[Mask, Mask, Mask]:
    """Masks of the rows of an hour's first occurrence, of unclear rows, and of those decided by price; oldest first."""
    first, unclear, priced = (np.zeros(len(clock), np.bool_) for _ in range(3))
    starts = np.flatnonzero(twice & ~np.append(False, twice[:-1]))
    ends = np.flatnonzero(twice & ~np.append(twice[1:], False)) + 1
    for start, end in zip(starts, ends, strict=True):
        back = np.flatnonzero(np.diff(clock[start:end]) <= np.timedelta64(0)) + start + 1
        if back.size == 1:
            first[start : back[0]] = True
            continue
        is_first = None if back.size else _by_price(int(start), int(end), opens, closes)
        first[start:end] = bool(is_first)
        unclear[start:end] = is_first is None
        priced[start:end] = is_first is not None
    return first, unclear, priced


def _by_price(start: int, end: int, opens: Floats, closes: Floats) -> bool | None:
    """True if the rows [start, end) continue the row before them and not the one after, False for the reverse."""
    if start == 0 or end == len(opens):
        return None
    before = abs(np.log(opens[start] / closes[start - 1]))
    after = abs(np.log(opens[end] / closes[end - 1]))
    if min(before, after) > _CONTINUOUS * max(before, after) or max(before, after) == 0:
        return None
    return bool(before < after)
