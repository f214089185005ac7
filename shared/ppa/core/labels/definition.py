"""Look-ahead labels of hourly closes: 1 where the price reaches a target within the next hours.

Timestamps are bar opens in UTC; a bar closes one hour later. With the target `close[t] * (1 + threshold)` and the
window `(t, t + lookahead]` in clock hours, the label of row `t` is 1 where

- `touch`: the highest close of the window is greater than the target;
- `close`: `close[t + lookahead]` is at least the target;
- `triple_barrier`: the first close of the window that is greater than the target or less than the stop,
  `close[t] * (1 - stop_loss)`, is greater than the target;

and 0 otherwise. `triple_barrier` follows M. López de Prado, Advances in Financial Machine Learning (2018), section 3.4
and snippet 3.2, except that hitting the time limit is labelled 0. One close cannot cross both barriers, so there are
no ties. Only closes are compared: highs and lows within an hour are ignored, and a close beyond a barrier crosses it.

With `volatility_window`, the threshold and the stop loss are in units of the volatility expected over the look-ahead:
`threshold * volatility[t] * sqrt(lookahead)` replaces `threshold`, where `volatility` is the root mean square of the
hourly returns of the last `volatility_window` hours up to `t`. Section 3.2 of the book also scales by a trailing
volatility; the square root of time holds for a random walk.

The label is unknown, not 0, where the data ends before the window and the outcome is still undecided, where `close[t]`
or its volatility is missing, where the window has no bar, and in `close` mode where its last bar is missing. A missing
hour inside a window is skipped.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from msgspec.structs import asdict, force_setattr
from numpy.typing import NDArray

from ppa.core.contracts.conversion import normalise
from ppa.core.contracts.label import (
    AssetId,
    LabelCriterion,
    LabelError,
    LabelFields,
    LabelMode,
    Lookahead,
    Mode,
    RangeFrom,
    RangeTo,
    StopLoss,
    Threshold,
    VolatilityWindow,
    check_lookahead,
)
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Record
from ppa.core.labels.kernel import Floats, lookahead_kernel, rolling_volatility

__all__ = [
    "LabelCriterion",
    "LabelDefinition",
    "LabelError",
    "Mode",
    "check_lookahead",
    "clock_hours",
    "lookahead_kernel",
    "lookahead_labels",
    "on_grid",
    "unit_of",
]

MAX_SPAN = 24 * 366 * 200  # a longer grid indicates a wrong time unit and would not fit into memory


def lookahead_labels(
    close: "pd.Series[float]",
    *,
    lookahead: int,
    threshold: float,
    mode: Mode = "touch",
    stop_loss: float | None = None,
    volatility_window: int | None = None,
) -> "pd.Series[int]":
    """Label hourly closes; returns nullable Int8 on the index of `close`, `pd.NA` where unknown.

    `close` is indexed by bar opens in UTC, on the hour, in any order and with gaps. `lookahead` and
    `volatility_window` are in clock hours; `threshold` and `stop_loss` are fractions (0.02 is 2%) or, with a
    `volatility_window`, multiples of the volatility. Raises `LabelError` for invalid arguments.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-01-01", periods=5, freq="h", tz="UTC")
    >>> close = pd.Series([100.0, 101.0, 103.0, 102.0, 101.0], index=hours)
    >>> lookahead_labels(close, lookahead=2, threshold=0.02).tolist()
    [1, 0, 0, <NA>, <NA>]
    """
    criterion = LabelCriterion(mode, lookahead, threshold, stop_loss, volatility_window)
    if close.empty:
        return pd.Series(index=close.index, dtype="Int8", name="label")
    grid, rows = on_grid(close)
    unit = unit_of(grid, criterion)
    labels = lookahead_kernel(
        grid,
        criterion.lookahead,
        criterion.threshold * unit,
        criterion.mode,
        (criterion.stop_loss or 0.0) * unit,
    )[rows]
    return pd.Series(pd.arrays.IntegerArray(labels, labels < 0), index=close.index, name="label")


def clock_hours(index: pd.Index) -> NDArray[np.int64]:
    """Convert a UTC index to hours since 1970; raises `LabelError` unless all times are UTC and on the hour."""
    if not isinstance(index, pd.DatetimeIndex) or str(index.tz) != "UTC":
        raise LabelError(
            "The index must be a DatetimeIndex in UTC. Use tz_localize('UTC') or tz_convert('UTC')."
        )
    ticks, hour = index.asi8, np.timedelta64(1, "h") // np.timedelta64(1, index.unit)
    hours = ticks // hour
    off = index[hours * hour != ticks]  # NaT is not on the hour either
    if len(off):
        raise LabelError(f"The index must be on the hour, but {off[0]} is not. Floor or resample it first.")
    return np.asarray(hours, np.int64)


class LabelDefinition(Record, frozen=True):
    """Definition of a label for the hours of `asset` in `start <= ts < end` (UTC; None: unbounded).

    Fields are normalised, so that equal definitions have equal ids. Raises `LabelError` with all wrong fields.

    Examples
    --------
    >>> label = LabelDefinition("BTC", "touch", lookahead=24, threshold=0.02)
    >>> label.label_id
    'btc-touch-24h-200bp-6fe69e'
    """

    asset: AssetId
    mode: LabelMode
    lookahead: Lookahead
    threshold: Threshold
    start: RangeFrom = None
    end: RangeTo = None
    stop_loss: StopLoss = None
    volatility_window: VolatilityWindow = None

    def __post_init__(self) -> None:
        """Check and normalise all fields; -0.0 becomes 0.0."""
        normalise(self, LabelError)
        for name, value in asdict(self.criterion).items():
            force_setattr(self, name, value)

    def conflicts(self) -> Iterator[WrongField]:
        """Yield an empty range."""
        if self.start is not None and self.end is not None and self.start >= self.end:
            sentence = f"The range is empty: {self.start:%F %R} is not before {self.end:%F %R}."
            yield WrongField("start", sentence, "Give an earlier start, or a later end.")

    @property
    def fields(self) -> LabelFields:
        """The definition as it is in JSON."""
        return LabelFields(
            **asdict(self.criterion), asset=self.asset, range_from=self.start, range_to=self.end
        )

    @property
    def criterion(self) -> LabelCriterion:
        """Criterion of label 1, independent of asset and range."""
        return LabelCriterion(
            self.mode, self.lookahead, self.threshold, self.stop_loss, self.volatility_window
        )

    @property
    def label_id(self) -> str:
        """Deterministic, readable id, for example `btc-touch-24h-200bp-3f9a1c`."""
        fields = asdict(self)
        stated = {name: value for name, value in fields.items() if value is not None or name in _HASHED}
        definition = json.dumps(stated, default=datetime.isoformat, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(definition.encode()).hexdigest()[:6]
        distances = (d for d in (self.threshold, self.stop_loss) if d is not None)
        moves = "-".join(_short(distance, self.volatility_window) for distance in distances)
        mode = self.mode.replace("_", "-")
        return f"{self.asset.lower()}-{mode}-{self.lookahead}h-{moves}-{digest}"

    def targets(self, close: "pd.Series[float]") -> "pd.Series[float]":
        """Target price of each close: to exceed (`touch`, `triple_barrier`) or to reach (`close`).

        With a volatility window, `close` must include that many earlier hours; NaN where the volatility is unknown.
        """
        factor: Floats | float = 1 + self.threshold
        if self.volatility_window is not None and not close.empty:
            grid, rows = on_grid(close)
            factor = 1 + self.threshold * unit_of(grid, self.criterion)[rows]
        return close.mul(factor)

    def settled(self, close: "pd.Series[float]") -> pd.Timestamp:
        """Last hour whose window lies within `close`; a time before 1970 if `close` is empty."""
        last = close.index.max() if len(close) else pd.Timestamp(0, tz="UTC")
        return last - pd.Timedelta(hours=self.lookahead)

    def labels(self, close: "pd.Series[float]") -> "pd.Series[int]":
        """Label the hours of the range; their windows may extend beyond its end, as far as `close` does."""
        labels = lookahead_labels(close, **asdict(self.criterion))
        if self.start is None and self.end is None:
            return labels
        return labels[_within(labels.index, self.start, self.end)]


# hashed even where None, so that ids never change
_HASHED = frozenset({"start", "end"})


def on_grid(close: "pd.Series[float]") -> tuple[Floats, NDArray[np.int64]]:
    """Return the closes on a complete hourly grid, NaN where missing, and the grid position of each close."""
    rows = _grid_rows(clock_hours(close.index))
    grid = np.full(rows.max() + 1, np.nan)
    grid[rows] = _closes(close)
    return grid, rows


def _grid_rows(hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """Grid position of each hour, counted from the first; raises `LabelError` for duplicates or too long a span."""
    rows: NDArray[np.int64] = hours - hours.min()
    if rows.max() > MAX_SPAN:
        raise LabelError("The index spans more than 200 years. Check the time unit it was parsed with.")
    if np.bincount(rows).max() > 1:
        raise LabelError("The index contains duplicate hours. Keep one bar per hour.")
    return rows


def _closes(close: pd.Series) -> Floats:
    if not pd.api.types.is_any_real_numeric_dtype(close.dtype):
        raise LabelError(f"Closes must be numbers, not {close.dtype}.")
    values = np.asarray(close.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = np.flatnonzero((values <= 0) | np.isinf(values))
    if bad.size:
        raise LabelError(
            f"Closes must be positive and finite, not {values[bad[0]]} at {close.index[bad[0]]}."
        )
    return values


def unit_of(grid: Floats, criterion: LabelCriterion) -> Any:
    """Unit of the threshold as a fraction: 1, or per row the volatility expected over the look-ahead."""
    if criterion.volatility_window is None:
        return 1.0
    return rolling_volatility(grid, criterion.volatility_window) * math.sqrt(criterion.lookahead)


def _within(index: pd.Index, start: datetime | None, end: datetime | None) -> NDArray[np.bool_]:
    after = np.ones(len(index), bool) if start is None else index >= start
    return after if end is None else after & (index < end)


def _short(distance: float, window: int | None) -> str:
    """Format a distance in basis points, or in standard deviations with their window in hours."""
    number, unit = (distance * 10_000, "bp") if window is None else (distance, f"sd{window}")
    return f"{number:.2f}".rstrip("0").rstrip(".") + unit
