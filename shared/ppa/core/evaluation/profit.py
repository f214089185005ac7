"""What following the predictions would have earned after fees, beside buying and holding.

The rule is one that anybody can follow and check: where a decision says rise and nothing is held, everything
is bought at that hour's close, and sold `lookahead` clock hours later at the close. Positions therefore never
overlap, and each is one independent trial. A round trip costs `fee`, a fraction of what is sold: commission,
spread and slippage of both ways together. A position whose last hour has not closed is not opened.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.errors import BadInput
from ppa.core.labels.criterion import check_lookahead
from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import non_overlapping_windows
from ppa.core.metrics import Z_95, Interval

FEE = 0.002
MAX_FEE = 0.1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Profit:
    """Two accounts that begin with 1: `equity` follows the decisions, `hold` buys once and keeps.

    Both are valued at every hour of `hours` (UTC, complete, from the first decision's hour to the end of the
    last window) at the newest close, the way out paid for once it was taken. `entries` and `exits` are
    positions in `hours`, `returns` what each trade earned after its fee, as a fraction.
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
        """What following earned, as a fraction; None where no hour could be followed."""
        return float(self.equity[-1] - 1) if self.equity.size else None

    @property
    def hold_total(self) -> float | None:
        """What holding earned over the same hours, the one round trip paid."""
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
        """Share of the hours in which something was held."""
        span = self.hours.size - 1
        return float((self.exits - self.entries).sum() / span) if span > 0 else None

    def to_dict(self) -> dict[str, object]:
        """The figures without the curves, as JSON takes them."""
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
    """Follow `decisions` (true: a rise is expected) about `hours` (UTC, on the hour, any order, each once).

    `closes` is indexed by bar opens in UTC. A decision about an hour without a close cannot be followed; an
    hour without one is valued at the last before it. Raises `BadInput` for lengths that differ or a fee
    outside 0 to 0.1.
    """
    lookahead, decided = check_lookahead(lookahead), np.asarray(decisions, dtype=bool)
    if decided.shape != (len(hours),):
        raise BadInput(f"There are {len(hours)} hours and {decided.size} decisions: give one for each.")
    if not 0 <= fee <= MAX_FEE:
        raise BadInput(f"The fee must lie between 0 and {MAX_FEE:g}, a fraction of a round trip, not {fee}.")
    asked, known = clock_hours(hours), closes if closes.index.is_monotonic_increasing else closes.sort_index()
    known = known.iloc[int(known.index.searchsorted(hours.min())) :].dropna() if len(hours) else known[:0]
    price = known.to_numpy(dtype=np.float64)
    bars = clock_hours(known.index) if len(known) else np.empty(0, np.int64)
    followed = asked[np.isin(asked, bars) & (asked + lookahead <= bars.max(initial=-1))]
    if not followed.size:
        return _nothing(fee)
    grid = np.arange(followed.min(), followed.max() + lookahead + 1)
    value: Floats = np.asarray(price[np.searchsorted(bars, grid, side="right") - 1], dtype=np.float64)
    entries = non_overlapping_windows(np.intersect1d(asked[decided], followed), lookahead) - grid[0]
    exits = entries + lookahead
    equity, returns = _account(value, entries, exits, fee)
    stamps = pd.DatetimeIndex(grid.astype("datetime64[h]")).as_unit("us").tz_localize("UTC")
    return Profit(stamps, equity, value / value[0], entries, exits, returns, fee)


def max_drawdown(equity: Floats) -> float | None:
    """The deepest fall from a peak, as a fraction of it; None without values."""
    return float((1 - equity / np.maximum.accumulate(equity)).max()) if equity.size else None


def _account(value: Floats, entries: Ints, exits: Ints, fee: float) -> tuple[Floats, Floats]:
    """The account by the hour, and the return of each trade: growth only while something is held."""
    held = np.zeros(value.size + 1, np.int64)
    np.add.at(held, entries + 1, 1)
    np.add.at(held, exits + 1, -1)
    growth = np.append(1.0, value[1:] / value[:-1])
    growth[np.cumsum(held)[:-1] == 0] = 1.0
    growth[exits] *= 1 - fee
    return np.cumprod(growth), value[exits] / value[entries] * (1 - fee) - 1


def _nothing(fee: float) -> Profit:
    none, whole = np.empty(0), np.empty(0, np.int64)
    return Profit(pd.DatetimeIndex([], tz="UTC"), none, none, whole, whole, none, fee)
