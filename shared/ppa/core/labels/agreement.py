"""How far two labels say the same of the same hours."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Agreement:
    """Counts of the hours that both labels know, by what each says of them, and two measures of those.

    `agreement` is the share of hours of which both say the same; `kappa` is Cohen's (Educational and Psychological
    Measurement 20, 1960), which is 0 where they agree as often as chance has it; `overlap` is the hours that
    both call a rise among those that either does (Jaccard's index). Each is None where it is 0/0.
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
    """Compare two nullable labels (0, 1, NA) over the hours (UTC) that both have and know."""
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
    by_chance = (first * second + (hours - first) * (hours - second)) / hours**2
    return None if by_chance == 1 else (same - by_chance) / (1 - by_chance)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
