"""What acting on a label would pay, and how often a model would have to be right for it.

Whoever buys at the close of an hour leaves as the label ends: at the target, as a limit order there would be
filled, where the label is 1 by `touch` or `triple_barrier`; at the stop where that is crossed first; and
else at the last close of the window. With `gain` and `loss` the mean returns of hours labelled 1 and 0, a round
trip's fee of `fee` and a share `p` of the entries being right, an entry earns `p * gain + (1 - p) * loss - fee` on
average; it is nought at the break-even precision

    p* = (fee - loss) / (gain - loss).

All are fractions of the price paid; hours whose label is unknown are left out. Means hide that wrong answers may
come where the losses are larger, and that windows overlap: p* says what is needed, not what is enough.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ppa.core.labels.definition import LabelDefinition, clock_hours, on_grid, unit_of
from ppa.core.labels.kernel import Floats, lowest_ahead


@dataclass(frozen=True)
class Payoff:
    """Mean returns before fees, and the precision from which on acting pays; None where it cannot be said.

    `always` is the mean return, after the fee, of acting in every hour that has a label.
    """

    fee: float
    gain: float | None
    loss: float | None
    break_even: float | None
    always: float | None


def payoff(
    definition: LabelDefinition, close: "pd.Series[float]", labels: "pd.Series[int]", fee: float
) -> Payoff:
    """The payoff of `labels`, which `definition` made of all or some of the hours of `close`; `fee` is a fraction."""
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
    """What an entry in each hour of `labels` returns by leaving as the label ends, before fees."""
    grid, _ = on_grid(close)
    rows = clock_hours(labels.index) - clock_hours(close.index).min()
    unit, hours = unit_of(grid, definition.criterion), np.arange(grid.size)
    traded = np.maximum.accumulate(np.where(np.isnan(grid), 0, hours))  # the last hour with a bar
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
