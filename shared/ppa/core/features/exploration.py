"""Exploratory statistics: relation of features to a label, class distributions and missingness.

The look-ahead windows of adjacent rows overlap, so that ordinary tests overstate significance. Each statistic is
therefore accompanied by its effective sample size and by the value expected by chance at that size.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import count_non_overlapping

BINS = 30
TAIL = 0.005  # share of values on either side that fall into the outermost bins, so that outliers do not set the scale
QUANTILE_BINS = 20
MAX_ROWS, SEED = 20_000, 7
MIN_ROWS = 30
Z95 = 1.96

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Distribution:
    """Histograms of a feature for rows labelled 0 and 1, over common bins.

    `edges` has one more element than there are bins; the outermost bins include all values beyond them. `missing`
    counts the rows of each class without a value.
    """

    edges: Floats
    counts: tuple[Ints, Ints]
    missing: tuple[int, int]


@dataclass(frozen=True)
class Relation:
    """Relation of a feature to the label and the forward return, over the `n` rows that have all three.

    `pearson` and `spearman` are correlations with the forward return, `information` is the mutual information with the
    label in bits; None if either is constant. `effective_n` is the effective sample size, `chance_correlation` the 95%
    critical value of the absolute correlation, `chance_information` the expected mutual information of independent
    variables.
    """

    feature: str
    n: int
    effective_n: int
    pearson: float | None
    spearman: float | None
    information: float | None
    chance_correlation: float | None
    chance_information: float | None


def forward_return(close: "pd.Series[float]", lookahead: int) -> "pd.Series[float]":
    """Return over the next `lookahead` clock hours of hourly closes (UTC); NaN where either close is missing."""
    later = close.reindex(close.index + pd.Timedelta(hours=lookahead)).to_numpy()
    return pd.Series(later / close.to_numpy() - 1, index=close.index, name="forward_return")


def distribution(
    values: "pd.Series[float]", labels: "pd.Series[int]", bins: int = BINS
) -> Distribution | None:
    """Histogram of a feature by class over the hours of both series; None if no row has a value and a label."""
    joined = pd.concat([values, labels.astype("float64")], axis=1, join="inner").to_numpy()
    classes = [joined[joined[:, 1] == label, 0] for label in (0, 1)]
    present = [rows[~np.isnan(rows)] for rows in classes]
    pooled = np.concatenate(present)
    if not pooled.size:
        return None
    edges = _edges(pooled, bins)
    counts = [np.histogram(rows.clip(edges[0], edges[-1]), edges)[0].astype(np.int64) for rows in present]
    missing = [len(rows) - len(valid) for rows, valid in zip(classes, present, strict=True)]
    return Distribution(edges, (counts[0], counts[1]), (missing[0], missing[1]))


def _edges(values: Floats, bins: int) -> Floats:
    """Equal-width bin edges without the tails; one bin per value if there are at most `bins` distinct values."""
    distinct = np.unique(values)
    if 1 < distinct.size <= bins:
        between = (distinct[1:] + distinct[:-1]) / 2
        return np.concatenate(
            [[distinct[0] - (between[0] - distinct[0])], between, [2 * distinct[-1] - between[-1]]]
        )
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    if low == high:
        low, high = distinct[0], distinct[-1]
    return np.histogram_bin_edges(values, bins, (low, high))


def missingness(rows: pd.DataFrame) -> pd.DataFrame:
    """Share of missing values per month: indexed by the first day of the month (UTC), with the columns of `rows`."""
    times = pd.DatetimeIndex(rows.index)
    months = times.year.to_numpy() * 12 + times.month.to_numpy() - 1
    names, starts, counts = np.unique(months, return_index=True, return_counts=True)
    if not len(rows):
        return pd.DataFrame(columns=rows.columns, dtype=np.float64)
    missing = np.add.reduceat(rows.isna().to_numpy(dtype=np.int64), starts) / counts[:, None]
    first_days = pd.DatetimeIndex([pd.Timestamp(int(m) // 12, int(m) % 12 + 1, 1, tz="UTC") for m in names])
    return pd.DataFrame(missing, index=first_days, columns=rows.columns)


def relations(
    rows: pd.DataFrame, labels: "pd.Series[int]", forward: "pd.Series[float]", lookahead: int
) -> list[Relation]:
    """Relate each column of `rows` to the label and the forward return.

    Uses a random sample, with a fixed seed, of at most `MAX_ROWS` hours that have a label and a forward return.
    """
    targets = pd.concat([labels.astype("float64"), forward], axis=1, join="inner").dropna()
    targets = targets.loc[targets.index.intersection(rows.index)]
    effective = count_non_overlapping(clock_hours(targets.index), lookahead) if len(targets) else 0
    share = effective / max(len(targets), 1)
    drawn = targets.sample(min(MAX_ROWS, len(targets)), random_state=SEED).sort_index()
    values = rows.loc[drawn.index].to_numpy(dtype=np.float64)
    label, after = drawn.to_numpy().T
    whole = len(targets) / max(len(drawn), 1)
    return list(_relations(list(rows.columns), values, label, after, share * whole))


def _relations(
    names: list[str], values: Floats, label: Floats, after: Floats, effective_share: float
) -> Iterator[Relation]:
    for name, column in zip(names, values.T, strict=True):
        has = ~np.isnan(column)
        x, y, n = column[has], label[has].astype(np.int64), int(has.sum())
        effective = min(n, round(n * effective_share))
        if n < MIN_ROWS or effective < 2:
            yield Relation(str(name), n, effective, None, None, None, None, None)
            continue
        ranks, bins = _ranks(x), quantile_bins(x)
        yield Relation(
            str(name),
            n,
            effective,
            _correlation(x, after[has]),
            _correlation(ranks, _ranks(after[has])),
            mutual_information(bins, y),
            min(1.0, Z95 / effective**0.5),
            (len(np.unique(bins)) - 1) * (len(np.unique(y)) - 1) / (2 * effective * np.log(2)),
        )


def quantile_bins(values: Floats, bins: int = QUANTILE_BINS) -> Ints:
    """Assign each value to one of up to `bins` quantile bins; equal values share a bin."""
    edges = np.unique(np.sort(values)[np.arange(1, bins) * len(values) // bins])
    return np.searchsorted(edges, values, side="left").astype(np.int64)


def mutual_information(bins: Ints, label: Ints) -> float | None:
    """Plug-in estimate of the mutual information of two integer codes, in bits; None if either is constant.

    It is biased upward by about (bins - 1)(classes - 1) / (2 n ln 2): G. A. Miller, Note on the bias of information
    estimates (1955). `Relation.chance_information` is this bias at the effective sample size.
    """
    table = np.zeros((bins.max() + 1, label.max() + 1))
    np.add.at(table, (bins, label), 1.0)
    joint = table / table.sum()
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    if (np.count_nonzero(joint.sum(axis=0)) < 2) or (np.count_nonzero(joint.sum(axis=1)) < 2):
        return None
    filled = joint > 0
    return max(0.0, float((joint[filled] * np.log2(joint[filled] / expected[filled])).sum()))


def _correlation(x: Floats, y: Floats) -> float | None:
    dx, dy = x - x.mean(), y - y.mean()
    # sums instead of dot products: BLAS waits for its threads on a busy machine
    spread = np.sqrt((dx * dx).sum() * (dy * dy).sum())
    return float(np.clip((dx * dy).sum() / spread, -1, 1)) if spread > 0 else None


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values get their mean rank."""
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)
