"""Validated criterion of label 1: the part of a label's definition that is independent of asset and range."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import get_args

from ppa.core.errors import BadInput
from ppa.core.labels.kernel import Mode

MAX_LOOKAHEAD = 24 * 366
MAX_THRESHOLD = 100.0
MIN_VOLATILITY_WINDOW = 2


class LabelError(BadInput):
    """A label definition, or the closes to label, are invalid."""


@dataclass(frozen=True)
class LabelCriterion:
    """Criterion of label 1, as specified in `ppa.core.labels.definition`.

    `threshold` and `stop_loss` are fractions, or multiples of the volatility if `volatility_window` (hours) is set.
    """

    mode: Mode
    lookahead: int
    threshold: float
    stop_loss: float | None = None
    volatility_window: int | None = None

    def __post_init__(self) -> None:
        """Validate and normalise all fields; raises `LabelError`."""
        if self.mode not in get_args(Mode):
            modes = " or ".join(repr(mode) for mode in get_args(Mode))
            raise LabelError(f"The mode must be {modes}, not {self.mode!r}.")
        window = _volatility_window(self.volatility_window)
        object.__setattr__(self, "threshold", _distance("threshold", self.threshold))
        object.__setattr__(self, "lookahead", check_lookahead(self.lookahead))
        object.__setattr__(self, "volatility_window", window)
        object.__setattr__(self, "stop_loss", _stop_loss(self.stop_loss, self.mode, window))


def check_lookahead(lookahead: int) -> int:
    """Return `lookahead` as an int from 1 to `MAX_LOOKAHEAD` hours; raises `LabelError`."""
    if not isinstance(lookahead, Integral) or isinstance(lookahead, bool):
        raise LabelError(f"The look-ahead must be a whole number of hours, not {lookahead!r}.")
    if not 1 <= lookahead <= MAX_LOOKAHEAD:
        raise LabelError(f"The look-ahead must be 1 to {MAX_LOOKAHEAD} hours, not {lookahead}.")
    return int(lookahead)


def _distance(name: str, distance: float) -> float:
    """Return a threshold or stop loss as a float; raises `LabelError`."""
    if not isinstance(distance, Real) or isinstance(distance, bool) or not math.isfinite(distance):
        raise LabelError(f"The {name} must be a number such as 0.02 for 2%, not {distance!r}.")
    if not 0 <= distance <= MAX_THRESHOLD:
        raise LabelError(f"The {name} must be 0 to 100, such as 0.02 for 2%, not {distance}.")
    return float(distance) + 0.0  # -0.0 becomes 0.0


def _stop_loss(stop_loss: float | None, mode: Mode, window: int | None) -> float | None:
    if mode != "triple_barrier":
        if stop_loss is not None:
            raise LabelError(f"The mode {mode!r} takes no stop loss. Leave it out or use 'triple_barrier'.")
        return None
    if stop_loss is None:
        raise LabelError("The mode 'triple_barrier' needs a stop loss, such as 0.02 for 2%.")
    distance = _distance("stop loss", stop_loss)
    if window is None and distance >= 1:
        raise LabelError(f"The stop loss must be below 1, such as 0.02 for 2%, not {distance}.")
    return distance


def _volatility_window(window: int | None) -> int | None:
    if window is None:
        return None
    if not isinstance(window, Integral) or isinstance(window, bool):
        raise LabelError(f"The volatility window must be a whole number of hours, not {window!r}.")
    if not MIN_VOLATILITY_WINDOW <= window <= MAX_LOOKAHEAD:
        raise LabelError(
            f"The volatility window must be {MIN_VOLATILITY_WINDOW} to {MAX_LOOKAHEAD} hours, not {window}."
        )
    return int(window)
