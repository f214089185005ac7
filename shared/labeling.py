"""Look-ahead labels: does the close reach a target within the next hours?

Two modes over hourly closes (timestamps are the bars' opens, UTC; a bar is closed an hour later):

- `touch`: 1 if the highest close in `(t, t + lookahead]` is greater than `close[t] * (1 + threshold)`,
  else 0;
- `close`: 1 if `close[t + lookahead]` is at least that, else 0;
- unknown, never 0, where the data ends before the window does and nothing has decided it yet, where
  `close[t]` is missing, where the window has no bar at all, and in `close` mode where its last bar is
  missing.

An hour missing inside a window counts as no trade.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from numbers import Integral, Real
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import BadInput

Mode = Literal["touch", "close"]
MAX_LOOKAHEAD = 24 * 366
MAX_THRESHOLD = 100.0
MAX_SPAN = 24 * 366 * 200  # a grid of centuries is a mistaken unit, and would not fit into memory

_BLOCK = 1 << 17  # rows: a block and its scratch stay in the processor's cache
_RULES = {"touch": (np.greater, np.less_equal), "close": (np.greater_equal, np.less)}


class LabelError(BadInput):
    """A label definition, or the closes it is to be computed from, cannot be used."""


def lookahead_kernel(
    close: NDArray[np.float64], lookahead: int, threshold: float, mode: Mode = "touch"
) -> NDArray[np.int8]:
    """Label each row of a complete hourly grid: 1, 0, or -1 where it is unknown.

    `close` has one row an hour, NaN where there is no bar. Nothing is checked here: see `lookahead_labels`.
    Window maxima are found by doubling (1, 2, 4, … hours), block by block.
    """
    span, factor = min(lookahead, close.size), 1 + float(threshold)
    closed = close.size - span
    labels = np.empty(close.size, np.int8)
    block = max(_BLOCK, span)
    scratch = cycle(np.empty((2, min(block + span, close.size))))
    for start in range(0, closed, block):
        stop = min(start + block, closed)
        _label_closed(close[start : stop + span], span, factor, mode, scratch, labels[start:stop])
    _label_open(close[closed:], factor, mode, labels[closed:])
    return labels


def _label_closed(
    close: NDArray[np.float64],
    span: int,
    factor: float,
    mode: Mode,
    scratch: Iterator[NDArray[np.float64]],
    labels: NDArray[np.int8],
) -> None:
    """Label all rows but the last `span`: those whose windows end within `close`."""
    reached = _highest(close[1:], span, scratch) if mode == "touch" else close[span:]
    target = np.multiply(close[:-span], factor, out=next(scratch)[: labels.size])
    above, below = _RULES[mode]
    hit = above(reached, target, out=labels.view(np.bool_))
    if np.isnan(close.max()):  # a NaN is neither above nor below
        labels -= (~(hit | below(reached, target))).view(np.int8)


def _label_open(close: NDArray[np.float64], factor: float, mode: Mode, labels: NDArray[np.int8]) -> None:
    """Label rows whose windows reach beyond `close`: 1 if a target is exceeded already, else unknown."""
    labels.fill(-1)
    if mode == "touch":
        highest = np.fmax.accumulate(close[:0:-1])[::-1]
        labels[:-1][highest > close[:-1] * factor] = 1


def _highest(
    values: NDArray[np.float64], window: int, scratch: Iterator[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The highest of each `window` consecutive values, ignoring NaN, by doubling."""
    width = 1
    while width < window:
        step = min(width, window - width)
        size = values.size - step
        values = np.fmax(values[:size], values[step:], out=next(scratch)[:size])
        width += step
    return values


def lookahead_labels(
    close: "pd.Series[float]", *, lookahead: int, threshold: float, mode: Mode = "touch"
) -> "pd.Series[int]":
    """Label hourly closes: nullable Int8 on the index of `close`, in its order; `pd.NA` where unknown.

    `close` is indexed by bar opens in UTC, on the hour, in any order and with gaps; `lookahead` is in clock
    hours, `threshold` a fraction (0.02 is 2%). Raises `LabelError` for anything else.
    """
    lookahead, threshold = _definition(lookahead, threshold, mode)
    if close.empty:
        return pd.Series(index=close.index, dtype="Int8", name="label")
    rows = _grid_rows(clock_hours(close.index))
    grid = np.full(rows.max() + 1, np.nan)
    grid[rows] = _closes(close)
    labels = lookahead_kernel(grid, lookahead, threshold, mode)[rows]
    return pd.Series(pd.arrays.IntegerArray(labels, labels < 0), index=close.index, name="label")


def clock_hours(index: pd.Index) -> NDArray[np.int64]:
    """Hours since 1970 of a UTC index whose times are on the hour; raises `LabelError` for any other."""
    if not isinstance(index, pd.DatetimeIndex) or str(index.tz) != "UTC":
        raise LabelError("The index must be times in UTC: use tz_localize or tz_convert('UTC') first.")
    ticks, hour = index.asi8, np.timedelta64(1, "h") // np.timedelta64(1, index.unit)
    off = index[(ticks % hour != 0) | index.isna()]
    if len(off):
        raise LabelError(f"The index must be on the hour, and {off[0]} is not: floor or resample it first.")
    return np.asarray(ticks // hour, np.int64)


def _grid_rows(hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each hour's row on the complete grid from the first hour to the last."""
    rows: NDArray[np.int64] = hours - hours.min()
    if rows.max() > MAX_SPAN:
        raise LabelError("The index spans more than 200 years: check the unit it was read with.")
    if np.bincount(rows).max() > 1:
        raise LabelError("The index has the same hour twice: keep one bar an hour.")
    return rows


def _closes(close: pd.Series) -> NDArray[np.float64]:
    if not pd.api.types.is_any_real_numeric_dtype(close.dtype):
        raise LabelError(f"Closes must be numbers, not {close.dtype}.")
    values = np.asarray(close.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = np.flatnonzero((values <= 0) | np.isinf(values))
    if bad.size:
        raise LabelError(f"Closes must be positive and finite: {values[bad[0]]} at {close.index[bad[0]]}.")
    return values


def check_lookahead(lookahead: int) -> int:
    """`lookahead` as an int of 1 to `MAX_LOOKAHEAD` hours; raises `LabelError`."""
    if not isinstance(lookahead, Integral) or isinstance(lookahead, bool):
        raise LabelError(f"The look-ahead must be a whole number of hours, not {lookahead!r}.")
    if not 1 <= lookahead <= MAX_LOOKAHEAD:
        raise LabelError(f"The look-ahead must be 1 to {MAX_LOOKAHEAD} hours, not {lookahead}.")
    return int(lookahead)


def _definition(lookahead: int, threshold: float, mode: Mode) -> tuple[int, float]:
    if mode not in get_args(Mode):
        raise LabelError(f"The mode must be 'touch' or 'close', not {mode!r}.")
    if not isinstance(threshold, Real) or isinstance(threshold, bool) or not math.isfinite(threshold):
        raise LabelError(
            f"The threshold must be a number, a fraction such as 0.02 for 2%, not {threshold!r}."
        )
    if not 0 <= threshold <= MAX_THRESHOLD:
        raise LabelError(f"The threshold must be 0 to 100, a fraction such as 0.02 for 2%, not {threshold}.")
    return check_lookahead(lookahead), float(threshold) + 0.0  # -0.0 becomes 0.0


@dataclass(frozen=True)
class LabelSpec:
    """The definition of a label: rows of `asset` with `start <= ts < end` (None: no bound), times in UTC."""

    asset: str
    mode: Mode
    lookahead: int
    threshold: float
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        """Normalise every field, so that equal definitions have equal ids; raises `LabelError`."""
        if not isinstance(self.asset, str) or not re.fullmatch(r"[A-Z0-9]{1,12}", self.asset):
            raise LabelError(f"The asset must be an id of the catalogue, such as BTC, not {self.asset!r}.")
        lookahead, threshold = _definition(self.lookahead, self.threshold, self.mode)
        start, end = _moment(self.start), _moment(self.end)
        if start and end and start >= end:
            raise LabelError(f"The range must start before it ends: {start:%F %R} is not before {end:%F %R}.")
        for name, value in (
            ("lookahead", lookahead),
            ("threshold", threshold),
            ("start", start),
            ("end", end),
        ):
            object.__setattr__(self, name, value)

    @property
    def label_id(self) -> str:
        """Readable and deterministic, for example `btc-touch-24h-200bp-3f9a1c`."""
        definition = json.dumps(
            asdict(self), default=datetime.isoformat, sort_keys=True, separators=(",", ":")
        )
        digest = hashlib.sha256(definition.encode()).hexdigest()[:6]
        return (
            f"{self.asset.lower()}-{self.mode}-{self.lookahead}h-{_basis_points(self.threshold)}bp-{digest}"
        )

    def target(self, price: float) -> float:
        """The price to exceed (`touch`) or to reach (`close`) from `price`."""
        return price * (1 + self.threshold)

    def matures_at(self, ts: datetime) -> datetime:
        """When the outcome of the row `ts` is known at the latest: the last bar of its window closes."""
        return ts + timedelta(hours=1 + self.lookahead)

    def labels(self, close: "pd.Series[float]") -> "pd.Series[int]":
        """Labels of the rows in the range; windows may look beyond its end, as far as `close` goes."""
        labels = lookahead_labels(close, lookahead=self.lookahead, threshold=self.threshold, mode=self.mode)
        return labels[_within(labels.index, self.start, self.end)]


def _moment(moment: datetime | None) -> datetime | None:
    if moment is None or pd.isna(moment):
        return None
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise LabelError(f"A range must be given in times with a time zone, such as UTC, not {moment!r}.")
    return moment.astimezone(UTC)


def _within(index: pd.Index, start: datetime | None, end: datetime | None) -> NDArray[np.bool_]:
    after = np.ones(len(index), bool) if start is None else index >= start
    return after if end is None else after & (index < end)


def _basis_points(threshold: float) -> str:
    return f"{threshold * 10_000:.2f}".rstrip("0").rstrip(".")
