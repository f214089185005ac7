"""Whether what a model is fed, and what it says, still looks like what it was trained on.

Two comparisons of a sample with a reference: the population stability index (PSI) over bins that hold equal
shares of the reference, and the two-sample Kolmogorov-Smirnov test. Hours follow one another, so that their
values are not that many independent draws: both count an effective number, from the autocorrelation.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BINS = 10
QUANTILES = 1001
# the customary levels: N. Siddiqi, Credit Risk Scorecards (2006)
MODERATE, SHIFTED = 0.1, 0.25
MIN_ROWS = 24
MAX_OUTSIDE = 0.05
_HALF = 0.5
_Z_95 = 1.645


@dataclass(frozen=True)
class DriftBaseline:
    """A sample to compare with: its bins' inner edges, its rows in them (missing ones last), its quantiles."""

    edges: Floats
    counts: Floats
    quantiles: Floats
    effective: float

    @property
    def n(self) -> int:
        """Rows, missing ones among them."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Drift:
    """A sample beside its reference. `by_chance` is the PSI that 95% of samples without drift stay below.

    `ks` is the greatest distance of the two distributions, `p_value` how often chance alone makes it as great;
    `outside` the share of values beyond all of the reference's. None where nothing can be said.
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
        """`shifted`, `outside`, `moderate`, `stable`, or `too few` rows to tell."""
        if self.psi is None or self.by_chance is None or self.n < MIN_ROWS:
            return "too few"
        if self.outside is not None and self.outside > MAX_OUTSIDE:
            return "outside"
        if self.psi <= max(MODERATE, self.by_chance):
            return "stable"
        return "shifted" if self.psi > SHIFTED else "moderate"


def drift_baseline(values: ArrayLike, bins: int = BINS) -> DriftBaseline:
    """The reference of a sample in time order; NaN is missing."""
    sample = np.asarray(values, np.float64)
    known = sample[~np.isnan(sample)]
    quantiles = np.quantile(known, np.linspace(0, 1, QUANTILES)) if known.size else np.empty(0)
    inner = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]) if known.size else np.empty(0)
    edges = np.unique(inner)
    return DriftBaseline(edges, _binned(sample, edges), quantiles, effective_size(known))


def compare(values: ArrayLike, before: DriftBaseline) -> Drift:
    """How far a sample in time order has moved from its reference."""
    sample = np.asarray(values, np.float64)
    known = sample[~np.isnan(sample)]
    effective = effective_size(known)
    index = chance = None
    if sample.size and before.n:
        counts = _binned(sample, before.edges)
        index = psi(before.counts, counts)
        filled = int(np.count_nonzero(before.counts + counts))
        chance = psi_by_chance(filled, max(1.0, before.effective), max(1.0, effective))
    ks = p_value = outside = None
    if known.size and before.quantiles.size:
        ks = ks_distance(np.sort(known), before.quantiles)
        p_value = ks_p_value(ks, max(1.0, effective), max(1.0, before.effective))
        low, high = before.quantiles[0], before.quantiles[-1]
        outside = float(((known < low) | (known > high)).mean())
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
        median=float(np.median(known)) if known.size else None,
        median_before=float(before.quantiles[QUANTILES // 2]) if before.quantiles.size else None,
    )


def psi(before: ArrayLike, now: ArrayLike) -> float:
    """The population stability index of two rows of counts over the same bins; 0 where their shares are equal.

    `sum((q - p) ln(q / p))`, which is the symmetric divergence of Kullback and Leibler (1951). So that an empty
    bin does not make it infinite, half a row a bin is added to each, spread as both together are.
    """
    counts = np.asarray(before, np.float64), np.asarray(now, np.float64)
    both = counts[0] / counts[0].sum() + counts[1] / counts[1].sum()
    filled, added = both > 0, _HALF * both.size
    p, q = ((one + added * both / 2)[filled] / (one.sum() + added) for one in counts)
    return float(np.sum((q - p) * np.log(q / p)))


def psi_by_chance(bins: int, before: float, now: float) -> float:
    """What the PSI of samples without drift stays below in 95 of 100 cases, of `before` and `now` independent rows.

    PSI / (1/n + 1/m) follows a chi-square distribution of `bins - 1` degrees: B. Yurdakul, Statistical
    Properties of Population Stability Index (2018). Its quantile is Wilson's and Hilferty's (1931).
    """
    degrees = max(1, bins - 1)
    part = 2 / (9 * degrees)
    quantile = degrees * math.pow(1 - part + _Z_95 * math.sqrt(part), 3)
    return quantile * (1 / before + 1 / now)


def ks_distance(one: Floats, other: Floats) -> float:
    """The greatest distance of two distribution functions, of sorted values."""
    everywhere = np.concatenate([one, other])
    shares = (np.searchsorted(sample, everywhere, side="right") / sample.size for sample in (one, other))
    first, second = shares
    return float(np.abs(first - second).max())


def ks_p_value(distance: float, one: float, other: float) -> float:
    """How often two samples of so many independent rows differ as much by chance.

    Kolmogorov's distribution with the correction of M. A. Stephens, JRSS B 32 (1970).
    """
    root = math.sqrt(one * other / (one + other))
    x = (root + 0.12 + 0.11 / root) * distance
    if x < 0.2:  # the sum converges too slowly there, and is 1 to twelve digits
        return 1.0
    total = 2 * sum((1 if k % 2 else -1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 21))
    return min(1.0, max(0.0, total))


def effective_size(values: Floats) -> float:
    """How many independent rows a series is worth, by its autocorrelation from one row to the next.

    `n (1 - r) / (1 + r)`, as for a first-order autoregression: G. V. Bayley and J. M. Hammersley, JRSS Supplement
    8 (1946). At least 1, at most n; 0 without values.
    """
    size = values.size
    if size < 3:
        return float(size)
    centred = values - values.mean()
    spread = float(centred @ centred)
    r = float(centred[1:] @ centred[:-1]) / spread if spread > 0 else 1.0
    return float(np.clip(size * (1 - r) / (1 + r), 1.0, size)) if r > -1 else float(size)


def _binned(values: Floats, edges: Floats) -> Floats:
    """Rows in each bin `(low, high]`, and last those that are missing."""
    missing = np.isnan(values)
    which = np.searchsorted(edges, values[~missing], side="left")
    counts = np.bincount(which, minlength=edges.size + 1)
    return np.append(counts, missing.sum()).astype(np.float64, copy=False)
