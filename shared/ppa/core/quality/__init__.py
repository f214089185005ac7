"""Quality of observations: checks of stored values, and the doctors that examine bars."""

from ppa.core.quality.checks import (
    check,
    check_seriously,
    disagreement,
    lag_correlations,
    shift,
    shifted_hours,
)
from ppa.core.quality.findings import Finding

__all__ = [
    "Finding",
    "check",
    "check_seriously",
    "disagreement",
    "lag_correlations",
    "shift",
    "shifted_hours",
]
