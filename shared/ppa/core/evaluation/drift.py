"""Drift of a model's features and probabilities against a baseline sample.

Two statistics compare a sample with its baseline: the population stability index (PSI) over quantile bins of the
baseline, and the two-sample Kolmogorov-Smirnov (KS) test. Hourly values are autocorrelated, so both use an effective
sample size derived from the lag-1 autocorrelation.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BINS = 10
QUANTILES = 1001
# customary PSI limits: N. Siddiqi, Credit Risk Scorecards (2006)
MODERATE, SHIFTED = 0.1, 0.25
MIN_ROWS = 24
MAX_OUTSIDE = 0.05
_HALF = 0.5
_Z_95 = 1.645


@dataclass(frozen=True)
class DriftBaseline:
    """Summary of the baseline sample.

    `edges` are the inner edges of its bins, `counts` the rows in each bin with missing values last, `quantiles` its
    `QUANTILES` evenly spaced quantiles, `effective` its effective sample size.
    """

    edges: Floats
    counts: Floats
    quantiles: Floats
    effective: float

    @property
    def n(self) -> int:
        """Number of rows, missing values included."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Drift:
    """Drift statistics of a sample; None where a statistic is undefined.

    `by_chance` is the 95% critical value of the PSI without drift. `ks` is the Kolmogorov-Smirnov statistic and
    `p_value` its p-value. `outside` is the share of values beyond the baseline's range. `missing_before` and
    `median_before` belong to the baseline.
    """

    n: int
    effective: float
    psi: float | None
    by_chance: float | None
    ks: float | None
    p_value: float | None
    outside: float | None
    missing: float | None
    missing_before: float
    median: float | None
    median_before: float | None

    @property
    def level(self) -> str:
        """Drift level: `shifted`, `outside`, `moderate`, `stable`, or `too few` rows."""
        if self.psi is None or self.by_chance is None or self.n < MIN_ROWS:
            return "too few"
        if self.outside is not None and self.outside > MAX_OUTSIDE:
            return "outside"
        if self.psi <= max(MODERATE, self.by_chance):
            return "stable"
        return "shifted" if self.psi > SHIFTED else "moderate"


def drift_baseline(values: ArrayLike, bins: int = BINS) -> DriftBaseline:
    """Summarise a baseline sample in time order; NaN marks missing values."""
    sample = np.asarray(values, np.float64)
    present = sample[~np.isnan(sample)]
    quantiles = np.quantile(present, np.linspace(0, 1, QUANTILES)) if present.size else np.empty(0)
    inner = np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1]) if present.size else np.empty(0)
    edges = np.unique(inner)
    return DriftBaseline(edges, _bin_counts(sample, edges), quantiles, effective_size(present))


def compare(values: ArrayLike, before: DriftBaseline) -> Drift:
    """Compare a sample in time order with its baseline; NaN marks missing values."""
    sample = np.asarray(values, np.float64)
    present = sample[~np.isnan(sample)]
    effective = effective_size(present)
    index = chance = None
    if sample.size and before.n:
        counts = _bin_counts(sample, before.edges)
        index = psi(before.counts, counts)
        filled = int(np.count_nonzero(before.counts + counts))
        chance = psi_critical_value(filled, max(1.0, before.effective), max(1.0, effective))
    ks = p_value = outside = None
    if present.size and before.quantiles.size:
        ks = ks_distance(np.sort(present), before.quantiles)
        p_value = ks_p_value(ks, max(1.0, effective), max(1.0, before.effective))
        low, high = before.quantiles[0], before.quantiles[-1]
        outside = float(((present < low) | (present > high)).mean())
    return Drift(
        n=sample.size,
        effective=effective,
        psi=index,
        by_chance=chance,
        ks=ks,
        p_value=p_value,
        outside=outside,
        missing=float(np.isnan(sample).mean()) if sample.size else None,
        missing_before=float(before.counts[-1] / before.n) if before.n else 0.0,
        median=float(np.median(present)) if present.size else None,
        median_before=float(before.quantiles[QUANTILES // 2]) if before.quantiles.size else None,
    )


def psi(before: ArrayLike, now: ArrayLike) -> float:
    """Population stability index of two vectors of counts over the same bins; 0 for equal shares.

    `sum((q - p) ln(q / p))`, the symmetric divergence of Kullback and Leibler (1951). Half a pseudo-count per bin,
    distributed like both samples together, keeps it finite for empty bins.
    """
    counts = np.asarray(before, np.float64), np.asarray(now, np.float64)
    both = counts[0] / counts[0].sum() + counts[1] / counts[1].sum()
    filled, added = both > 0, _HALF * both.size
    p, q = ((one + added * both / 2)[filled] / (one.sum() + added) for one in counts)
    return float(np.sum((q - p) * np.log(q / p)))


def psi_critical_value(bins: int, before: float, now: float) -> float:
    """95% critical value of the PSI without drift, for `before` and `now` independent rows.

    PSI / (1/n + 1/m) follows a chi-square distribution with `bins - 1` degrees of freedom: B. Yurdakul, Statistical
    Properties of Population Stability Index (2018). The quantile is approximated after Wilson and Hilferty (1931).
    """
    degrees = max(1, bins - 1)
    part = 2 / (9 * degrees)
    quantile = degrees * math.pow(1 - part + _Z_95 * math.sqrt(part), 3)
    return quantile * (1 / before + 1 / now)


def ks_distance(one: Floats, other: Floats) -> float:
    """Kolmogorov-Smirnov statistic of two sorted samples."""
    everywhere = np.concatenate([one, other])
    shares = (np.searchsorted(sample, everywhere, side="right") / sample.size for sample in (one, other))
    first, second = shares
    return float(np.abs(first - second).max())


def ks_p_value(distance: float, one: float, other: float) -> float:
    """Two-sided p-value of the Kolmogorov-Smirnov statistic for `one` and `other` independent rows.

    Kolmogorov's distribution with the correction of M. A. Stephens, JRSS B 32 (1970).
    """
    root = math.sqrt(one * other / (one + other))
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.2:  # the series converges too slowly here; the p-value is 1 to twelve digits
        return 1.0
    total = 2 * sum((1 if k % 2 else -1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 21))
    return min(1.0, max(0.0, total))


def effective_size(values: Floats) -> float:
    """Effective sample size of a series, from its lag-1 autocorrelation.

    `n (1 - r) / (1 + r)`, as for a first-order autoregression: G. V. Bayley and J. M. Hammersley, JRSS Supplement
    8 (1946). Between 1 and n; 0 without values.
    """
    size = values.size
    if size < 3:
        return float(size)
    centred = values - values.mean()
    spread = float(centred @ centred)
    r = float(centred[1:] @ centred[:-1]) / spread if spread > 0 else 1.0
    return float(np.clip(size * (1 - r) / (1 + r), 1.0, size)) if r > -1 else float(size)


def _bin_counts(values: Floats, edges: Floats) -> Floats:
    """Rows in each bin `(low, high]`, followed by the number of missing values."""
    missing = np.isnan(values)
    which = np.searchsorted(edges, values[~missing], side="left")
    counts = np.bincount(which, minlength=edges.size + 1)
    return np.append(counts, missing.sum()).astype(np.float64, copy=False)
