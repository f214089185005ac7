"""Agreement of two labels over their common hours."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Agreement:
    """Contingency counts of two labels over the hours that both know, and three measures of agreement.

    `both`, `only_first`, `only_second` and `neither` count the hours labelled 1. `agreement` is the share of equal
    labels, `kappa` Cohen's kappa (Educational and Psychological Measurement 20, 1960), `overlap` the Jaccard index of
    the hours labelled 1. Each is None where it is 0/0.
    """

    hours: int
    both: int
    only_first: int
    only_second: int
    neither: int
    agreement: float | None
    kappa: float | None
    overlap: float | None


def label_agreement(first: "pd.Series[int]", second: "pd.Series[int]") -> Agreement:
    """Compare two nullable labels (0, 1, NA) over the hours (UTC) that both know."""
    joined = pd.concat([first, second], axis=1, join="inner").dropna().to_numpy(dtype=np.int64)
    counts = np.bincount(joined[:, 0] * 2 + joined[:, 1], minlength=4).tolist()
    neither, only_second, only_first, both = counts
    hours = sum(counts)
    same = _share(both + neither, hours)
    return Agreement(
        hours,
        both,
        only_first,
        only_second,
        neither,
        same,
        _kappa(same, both + only_first, both + only_second, hours),
        _share(both, hours - neither),
    )


def _kappa(same: float | None, first: int, second: int, hours: int) -> float | None:
    if same is None:
        return None
    expected = (first * second + (hours - first) * (hours - second)) / hours**2
    return None if expected == 1 else (same - expected) / (1 - expected)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
