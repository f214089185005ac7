"""Imputers of missing values, and what marks them."""

from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire
from ppa.modelfiles.convert.registry import Conversion, transformer


def _marked(c: Conversion, e: Any, x: Wire) -> Wire:
    """Values with NaN where the imputer sees a missing value."""
    marker = e.missing_values
    if isinstance(marker, float) and np.isnan(marker):
        return x
    c.require(
        e, isinstance(marker, int | float), f"takes {marker!r} as missing", "Use missing_values=np.nan."
    )
    # 0 / 0: the only way to a missing value
    hit = c.binary("equal", x, float(marker))
    return c.where(hit, c.over(0.0, c.sub(1.0, hit)), x)


def _with_indicator(c: Conversion, e: Any, imputed: Wire, x: Wire) -> Wire:
    return c.concat([imputed, c.transform(e.indicator_, x)]) if e.add_indicator else imputed


@transformer("SimpleImputer")
def _simple(c: Conversion, e: Any, x: Wire) -> Wire:
    fill = np.asarray(e.statistics_, np.float64)
    if e.keep_empty_features:
        empty = float(e.fill_value or 0) if e.strategy == "constant" else 0.0
        fill = np.where(np.isnan(fill), empty, fill)
    kept = np.flatnonzero(~np.isnan(fill))
    imputed = c.binary("fill", c.columns_of(_marked(c, e, x), kept), fill[kept])
    return _with_indicator(c, e, imputed, x)


@transformer("MissingIndicator")
def _indicator(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("is_missing", c.columns_of(_marked(c, e, x), e.features_))


@transformer("IterativeImputer")
def _iterative(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e, not e.sample_posterior, "draws random values (sample_posterior)", "Use sample_posterior=False."
    )
    marked = _marked(c, e, x)
    statistics = np.asarray(e.initial_imputer_.statistics_, np.float64)
    kept = np.flatnonzero(~np.isnan(statistics))
    if e.keep_empty_features:
        kept = np.arange(x.width)
        statistics = np.where(np.isnan(statistics), 0.0, statistics)
    chosen = c.columns_of(marked, kept)
    filled = c.binary("fill", chosen, statistics[kept])
    columns = [c.columns_of(filled, [j]) for j in range(len(kept))]
    low, high = (np.broadcast_to(one, (len(kept),)) for one in (e._min_value, e._max_value))
    for feature, neighbours, estimator in e.imputation_sequence_:
        guess = c.regress(estimator, c.concat([columns[j] for j in neighbours]))
        bounds = [max(float(low[feature]), -1e100), min(float(high[feature]), 1e100)]
        columns[feature] = c.binary("fill", c.columns_of(chosen, [feature]), c.clip(guess, *bounds))
    return _with_indicator(c, e, c.concat(columns), x)
