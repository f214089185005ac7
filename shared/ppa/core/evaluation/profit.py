"""Backtest of a long-only strategy on a model's decisions, against buy and hold.

If the decision of an hour is 1 and no position is open, the whole account is invested at that hour's close and sold
at the close `lookahead` clock hours later. Positions never overlap, so that each trade is one independent trial. A
round trip costs `fee`, a fraction of the proceeds: commission, spread and slippage of both sides. A position is opened
only if its exit hour has closed.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.contracts.label import check_lookahead
from ppa.core.errors import BadInput
from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import non_overlapping_windows
from ppa.core.metrics import Z_95, Interval

FEE = 0.002
MAX_FEE = 0.1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Profit:
    """Account values of the strategy (`equity`) and of buy and hold (`hold`), both starting at 1.

    Both are valued at the latest close of every hour in `hours` (UTC, without gaps, from the first decision to the end
    of the last window); a fee is charged at the exit. `entries` and `exits` are positions in `hours`, `returns` the
    return of each trade after its fee, as a fraction.
    """

    hours: pd.DatetimeIndex
    equity: Floats
    hold: Floats
    entries: Ints
    exits: Ints
    returns: Floats
    fee: float

    @property
    def total(self) -> float | None:
        """Total return of the strategy, as a fraction; None if no decision could be traded."""
        return float(self.equity[-1] - 1) if self.equity.size else None

    @property
    def hold_total(self) -> float | None:
        """Total return of buy and hold over the same hours, after one round trip."""
        return float(self.hold[-1] * (1 - self.fee) - 1) if self.hold.size else None

    @property
    def mean_interval(self) -> Interval | None:
        """95% interval of the mean return of a trade (normal approximation); None below two trades."""
        if self.returns.size < 2:
            return None
        spread = Z_95 * float(self.returns.std(ddof=1)) / math.sqrt(self.returns.size)
        return Interval(float(self.returns.mean()) - spread, float(self.returns.mean()) + spread)

    @property
    def exposure(self) -> float | None:
        """Share of the hours with an open position."""
        span = self.hours.size - 1
        return float((self.exits - self.entries).sum() / span) if span > 0 else None

    def to_dict(self) -> dict[str, object]:
        """Return the figures, without the account values, as JSON."""
        trades = int(self.returns.size)
        return {
            "fee": self.fee,
            "total": self.total,
            "hold_total": self.hold_total,
            "trades": trades,
            "wins": int((self.returns > 0).sum()),
            "mean": float(self.returns.mean()) if trades else None,
            "mean_interval": self.mean_interval and self.mean_interval._asdict(),
            "drawdown": max_drawdown(self.equity),
            "hold_drawdown": max_drawdown(self.hold),
            "exposure": self.exposure,
        }


def backtest(
    hours: pd.DatetimeIndex,
    decisions: ArrayLike,
    closes: "pd.Series[float]",
    *,
    lookahead: int,
    fee: float = FEE,
) -> Profit:
    """Backtest `decisions` (true: predicts 1) for `hours` (UTC, on the hour, unique, in any order).

    `closes` is indexed by bar opens in UTC. A decision for an hour without a close is skipped; in between, a missing
    close is filled with the last one before it. Raises `BadInput` if the lengths differ or the fee lies outside 0 to
    0.1.
    """
    lookahead, decided = check_lookahead(lookahead), np.asarray(decisions, dtype=bool)
    if decided.shape != (len(hours),):
        raise BadInput(
            f"There are {len(hours)} hours but {decided.size} decisions. Pass one decision per hour."
        )
    if not 0 <= fee <= MAX_FEE:
        raise BadInput(f"The fee must be a fraction from 0 to {MAX_FEE:g}, not {fee}.")
    asked, prices = (
        clock_hours(hours),
        closes if closes.index.is_monotonic_increasing else closes.sort_index(),
    )
    prices = prices.iloc[int(prices.index.searchsorted(hours.min())) :].dropna() if len(hours) else prices[:0]
    price = prices.to_numpy(dtype=np.float64)
    bars = clock_hours(prices.index) if len(prices) else np.empty(0, np.int64)
    tradable = asked[np.isin(asked, bars) & (asked + lookahead <= bars.max(initial=-1))]
    if not tradable.size:
        return _no_trades(fee)
    grid = np.arange(tradable.min(), tradable.max() + lookahead + 1)
    value: Floats = np.asarray(price[np.searchsorted(bars, grid, side="right") - 1], dtype=np.float64)
    entries = non_overlapping_windows(np.intersect1d(asked[decided], tradable), lookahead) - grid[0]
    exits = entries + lookahead
    equity, returns = _trade(value, entries, exits, fee)
    stamps = pd.DatetimeIndex(grid.astype("datetime64[h]")).as_unit("us").tz_localize("UTC")
    return Profit(stamps, equity, value / value[0], entries, exits, returns, fee)


def max_drawdown(equity: Floats) -> float | None:
    """Largest decline from a peak, as a fraction of the peak; None without values."""
    return float((1 - equity / np.maximum.accumulate(equity)).max()) if equity.size else None


def _trade(value: Floats, entries: Ints, exits: Ints, fee: float) -> tuple[Floats, Floats]:
    """Return the hourly account value and the return of each trade."""
    held = np.zeros(value.size + 1, np.int64)
    np.add.at(held, entries + 1, 1)
    np.add.at(held, exits + 1, -1)
    growth = np.append(1.0, value[1:] / value[:-1])
    growth[np.cumsum(held)[:-1] == 0] = 1.0
    growth[exits] *= 1 - fee
    return np.cumprod(growth), value[exits] / value[entries] * (1 - fee) - 1


def _no_trades(fee: float) -> Profit:
    values, positions = np.empty(0), np.empty(0, np.int64)
    return Profit(pd.DatetimeIndex([], tz="UTC"), values, values, positions, positions, values, fee)
