"""Summary of a label: class balance, effective sample size, runs and warnings.

Labels are nullable Int8 (1, 0, NA) on an hourly UTC index, as returned by `ppa.core.labels.definition`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.label import check_lookahead
from ppa.core.labels.definition import clock_hours


@dataclass(frozen=True)
class YearBalance:
    """Class counts of one calendar year (UTC)."""

    year: int
    positives: int
    negatives: int
    unknown: int


@dataclass(frozen=True)
class LabelSummary:
    """Summary of a label.

    `share` is the positive rate among known rows, None without any. `effective` is the effective sample size, the
    number of non-overlapping look-ahead windows; `longest_run` is the longest run of label 1 in hours.
    """

    positives: int
    negatives: int
    unknown: int
    share: float | None
    effective: int
    longest_run: int
    by_year: tuple[YearBalance, ...]
    warnings: tuple[str, ...]


def label_summary(labels: "pd.Series[int]", lookahead: int) -> LabelSummary:
    """Summarise labels made with `lookahead` (hours)."""
    lookahead = check_lookahead(lookahead)
    hours, values = clock_hours(labels.index), _values(labels)
    unknown, negatives, positives = (int(np.count_nonzero(values == kind)) for kind in (-1, 0, 1))
    rows = positives + negatives
    share = positives / rows if rows else None
    effective = count_non_overlapping(hours[values >= 0], lookahead)
    starts, ends = _runs(hours[values == 1])
    longest = int((ends - starts).max(initial=0))
    warnings = tuple(_warnings(share, rows, effective))
    years = tuple(_balance_by_year(hours, values))
    return LabelSummary(positives, negatives, unknown, share, effective, longest, years, warnings)


def count_non_overlapping(hours: NDArray[np.int64], lookahead: int) -> int:
    """Count the windows `(t, t + lookahead]` that do not overlap, chosen greedily from the earliest.

    `hours` are clock hours in any order.
    """
    return non_overlapping_windows(hours, lookahead).size


def non_overlapping_windows(hours: NDArray[np.int64], lookahead: int) -> NDArray[np.int64]:
    """Select the hours, ascending, whose windows `(t, t + lookahead]` do not overlap, greedily from the earliest."""
    if lookahead == 1:
        return np.unique(hours)
    hours = np.sort(hours, kind="stable")
    following = _first_at_or_after(hours, hours + lookahead).tolist()
    row, taken = 0, list[int]()
    while row < len(following):
        taken.append(row)
        row = following[row]
    return hours[taken]


def stretches(labels: "pd.Series[int]", *kinds: int) -> list[NDArray[np.int64]]:
    """Encode the runs of each label in `kinds` (1, 0, or -1 for unknown) as gap, length, gap, length, … in hours.

    The first gap is counted from the first hour of `labels`; a missing hour ends a run.
    """
    hours, values = clock_hours(labels.index), _values(labels)
    edges = [np.column_stack(_runs(hours[values == kind])).ravel() for kind in kinds]
    return [np.diff(edge, prepend=hours.min()) if edge.size else edge for edge in edges]


def _first_at_or_after(hours: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the first hour at or after each wanted one; counts where hours are dense, faster than a search."""
    if not hours.size or hours[-1] - hours[0] > 4 * hours.size:
        return np.searchsorted(hours, wanted).astype(np.int64)
    counts = np.zeros(hours[-1] - hours[0] + 2, np.int64)
    np.cumsum(np.bincount(hours - hours[0]), out=counts[1:])
    return np.asarray(counts[np.minimum(wanted - hours[0], counts.size - 1)])


def _values(labels: "pd.Series[int]") -> NDArray[np.int8]:
    return np.asarray(labels.to_numpy(dtype=np.int8, na_value=-1))


def _runs(hours: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and exclusive ends of the runs of consecutive hours."""
    hours = np.sort(hours, kind="stable")
    breaks = np.diff(hours) != 1
    edge = np.ones(min(1, hours.size), bool)
    return hours[np.append(edge, breaks)], hours[np.append(breaks, edge)] + 1


def _balance_by_year(hours: NDArray[np.int64], values: NDArray[np.int8]) -> Iterator[YearBalance]:
    years = hours.astype("M8[h]").astype("M8[Y]").astype(np.int64) + 1970
    first = int(years.min(initial=9999))
    span = int(years.max(initial=first - 1)) - first + 1
    counts = np.bincount((years - first) * 3 + values + 1, minlength=3 * span).reshape(span, 3)
    for year, (unknown, negatives, positives) in enumerate(counts.tolist(), first):
        if unknown + negatives + positives:
            yield YearBalance(year, positives, negatives, unknown)


def _warnings(share: float | None, rows: int, effective: int) -> Iterator[str]:
    if share is None:
        yield "No label is known yet. Use a longer range or a shorter look-ahead."
    elif max(share, 1 - share) > 0.98:
        yield f"{max(share, 1 - share):.1%} of the labels are {share:.0f}, which a constant prediction scores too."
    if rows >= 2 * effective > 0:
        yield f"Adjacent rows overlap: the effective sample size of {rows:,} rows is {effective:,}. Use a purged split."
