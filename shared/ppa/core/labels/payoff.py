"""Payoff of trading a label, and the precision at which it breaks even.

A trade enters at the close of an hour and exits with the label: at the target (as a limit order) where the label is 1
by `touch` or `triple_barrier`, at the stop where it is crossed first, and otherwise at the last close of the window.
With mean returns `gain` and `loss` of the hours labelled 1 and 0, a round-trip fee `fee` and precision `p`, a trade
earns `p * gain + (1 - p) * loss - fee` on average. This is zero at the break-even precision

    p* = (fee - loss) / (gain - loss).

All values are fractions of the entry price; hours with an unknown label are excluded. p* is necessary rather than
sufficient: false positives may coincide with larger losses, and windows overlap.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ppa.core.labels.definition import LabelDefinition, clock_hours, on_grid, unit_of
from ppa.core.labels.kernel import Floats, lowest_ahead


@dataclass(frozen=True)
class Payoff:
    """Mean returns before fees and the break-even precision; None where undefined.

    `gain` and `loss` are the mean returns of the hours labelled 1 and 0, `always` the mean return of trading every
    labelled hour, after `fee`.
    """

    fee: float
    gain: float | None
    loss: float | None
    break_even: float | None
    always: float | None


def payoff(
    definition: LabelDefinition, close: "pd.Series[float]", labels: "pd.Series[int]", fee: float
) -> Payoff:
    """Compute the payoff of `labels`, made by `definition` from `close`; `fee` is a fraction per round trip."""
    if labels.empty:
        return Payoff(fee, None, None, None, None)
    returns = exit_returns(definition, close, labels)
    kinds = labels.to_numpy(dtype=np.int8, na_value=-1)
    gain, loss, every = (_mean(returns[kinds == 1]), _mean(returns[kinds == 0]), _mean(returns[kinds >= 0]))
    always = None if every is None else every - fee
    if gain is None or loss is None or gain <= loss:
        return Payoff(fee, gain, loss, None, always)
    return Payoff(fee, gain, loss, (fee - loss) / (gain - loss), always)


def exit_returns(definition: LabelDefinition, close: "pd.Series[float]", labels: "pd.Series[int]") -> Floats:
    """Return of a trade entered at each hour of `labels`, as a fraction before fees."""
    grid, _ = on_grid(close)
    rows = clock_hours(labels.index) - clock_hours(close.index).min()
    unit, hours = unit_of(grid, definition.criterion), np.arange(grid.size)
    traded = np.maximum.accumulate(np.where(np.isnan(grid), 0, hours))  # last hour with a bar
    returns = grid[traded[np.minimum(hours + definition.lookahead, grid.size - 1)]] / grid - 1
    kinds = np.full(grid.size, -1, np.int8)
    kinds[rows] = labels.to_numpy(dtype=np.int8, na_value=-1)
    if definition.mode != "close":
        returns = np.where(kinds == 1, definition.threshold * unit, returns)
    if definition.stop_loss is not None:
        stopped = (kinds == 0) & (
            lowest_ahead(grid, definition.lookahead) < grid * (1 - definition.stop_loss * unit)
        )
        returns = np.where(stopped, -definition.stop_loss * unit, returns)
    return np.asarray(returns[rows])


def _mean(returns: Floats) -> float | None:
    return float(returns.mean()) if returns.size else None
