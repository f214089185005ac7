"""Enough exploration to decide what to model: what a feature has to do with a label, and where it is missing.

Rows an hour apart share most of their look-ahead window, so that they are not independent and every usual test
overstates significance. Each figure therefore has an effective number of rows, the windows that do not overlap,
and the size that chance alone would give it with so many.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import count_non_overlapping

BINS = 30
TAIL = (
    0.005  # of the values on either side are counted in the outermost bins, so that no outlier sets the scale
)
QUANTILE_BINS = 20
MAX_ROWS, SEED = 20_000, 7
MIN_ROWS = 30
Z95 = 1.96

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Distribution:
    """How a feature's values fall among rows labelled 0 and 1, on bins that both share.

    `edges` has one number more than there are bins; the outermost bins hold what lies beyond them, too. `missing`
    counts rows of each class without a value.
    """

    edges: Floats
    counts: tuple[Ints, Ints]
    missing: tuple[int, int]


@dataclass(frozen=True)
class Relation:
    """What a feature has to do with what follows, over `n` rows that have all three.

    `pearson` and `spearman` are correlations with the forward return, `information` is the mutual information
    with the label in bits; None where either side does not vary. `effective_n` counts independent rows;
    `chance_correlation` is what 95% of correlations stay below by chance, `chance_information` is what is expected
    of the information by chance.
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
    """The return over the next `lookahead` clock hours of hourly closes (UTC); NaN where either end is missing."""
    later = close.reindex(close.index + pd.Timedelta(hours=lookahead)).to_numpy()
    return pd.Series(later / close.to_numpy() - 1, index=close.index, name="forward_return")


def distribution(
    values: "pd.Series[float]", labels: "pd.Series[int]", bins: int = BINS
) -> Distribution | None:
    """A feature's values by class over the hours that both have; None where no row has a value and a label."""
    joined = pd.concat([values, labels.astype("float64")], axis=1, join="inner").to_numpy()
    parts = [joined[joined[:, 1] == kind, 0] for kind in (0, 1)]
    known = [part[~np.isnan(part)] for part in parts]
    everything = np.concatenate(known)
    if not everything.size:
        return None
    edges = _edges(everything, bins)
    counts = [np.histogram(part.clip(edges[0], edges[-1]), edges)[0].astype(np.int64) for part in known]
    missing = [len(part) - len(has) for part, has in zip(parts, known, strict=True)]
    return Distribution(edges, (counts[0], counts[1]), (missing[0], missing[1]))


def _edges(values: Floats, bins: int) -> Floats:
    """Equally wide bins over all but the tails; a bin a value where there are only few values."""
    different = np.unique(values)
    if 1 < different.size <= bins:
        between = (different[1:] + different[:-1]) / 2
        return np.concatenate(
            [[different[0] - (between[0] - different[0])], between, [2 * different[-1] - between[-1]]]
        )
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    if low == high:
        low, high = different[0], different[-1]
    return np.histogram_bin_edges(values, bins, (low, high))


def missingness(rows: pd.DataFrame) -> pd.DataFrame:
    """The share of hours without a value: a row a month (its first day, UTC), a column a column of `rows`."""
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
    """What each column of `rows` has to do with the label and the forward return, on at most `MOST_ROWS` rows.

    Those are drawn evenly, with a fixed seed, from the hours that have a label and a forward return.
    """
    known = pd.concat([labels.astype("float64"), forward], axis=1, join="inner").dropna()
    known = known.loc[known.index.intersection(rows.index)]
    independent = count_non_overlapping(clock_hours(known.index), lookahead) if len(known) else 0
    share = independent / max(len(known), 1)
    drawn = known.sample(min(MAX_ROWS, len(known)), random_state=SEED).sort_index()
    values = rows.loc[drawn.index].to_numpy(dtype=np.float64)
    label, after = drawn.to_numpy().T
    whole = len(known) / max(len(drawn), 1)
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
    """The bin of each value: up to `bins` that hold about as many values each; equal values share one."""
    edges = np.unique(np.sort(values)[np.arange(1, bins) * len(values) // bins])
    return np.searchsorted(edges, values, side="left").astype(np.int64)


def mutual_information(bins: Ints, label: Ints) -> float | None:
    """The plug-in estimate of the mutual information of two codes, in bits; None where either does not vary.

    It is biased upward by about (bins - 1)(classes - 1) / (2 n ln 2): G. A. Miller, Note on the bias of information
    estimates (1955). A `Relation` gives that bias beside it, with the effective n.
    """
    table = np.zeros((bins.max() + 1, label.max() + 1))
    np.add.at(table, (bins, label), 1.0)
    joint = table / table.sum()
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    if (np.count_nonzero(joint.sum(axis=0)) < 2) or (np.count_nonzero(joint.sum(axis=1)) < 2):
        return None
    there = joint > 0
    return max(0.0, float((joint[there] * np.log2(joint[there] / expected[there])).sum()))


def _correlation(x: Floats, y: Floats) -> float | None:
    dx, dy = x - x.mean(), y - y.mean()
    # sums, not dot products: BLAS would wait for threads on a busy machine
    spread = np.sqrt((dx * dx).sum() * (dy * dy).sum())
    return float(np.clip((dx * dy).sum() / spread, -1, 1)) if spread > 0 else None


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, the mean rank for equal values."""
    return np.asarray(pd.Series(values).rank(), dtype=np.float64)
