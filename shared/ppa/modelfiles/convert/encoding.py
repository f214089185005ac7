"""Encoders of categories, bins, splines and polynomials."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.builder import Wire, doubles, joined
from ppa.modelfiles.convert.registry import Conversion, transformer

_KNOWN_ONLY = "Use numbers as categories; the app passes features as numbers."
Floats = NDArray[np.float64]


def lookup(
    c: Conversion,
    x: Wire,
    keys: Sequence[Floats],
    results: Sequence[Floats],
    unknown: object,
    missing: object,
) -> Wire:
    """Return each column's result of the key that equals x; keys need not be sorted."""
    orders = [np.argsort(key, kind="stable") for key in keys]
    table = joined(
        keys=[key[order] for key, order in zip(keys, orders, strict=True)],
        results=[doubles(result)[order] for result, order in zip(results, orders, strict=True)],
    )
    defaults = (np.broadcast_to(doubles(one), (x.width,)).copy() for one in (unknown, missing))  # type: ignore[arg-type]
    unknown_results, missing_results = defaults
    return c.add("lookup", x, width=x.width, unknown=unknown_results, missing=missing_results, **table)


def _numeric(c: Conversion, e: Any, categories: Sequence[Any]) -> list[Floats]:
    try:
        return [np.asarray(one, np.float64) for one in categories]
    except (TypeError, ValueError):
        raise c.refusal(e, "has categories that are not numbers", _KNOWN_ONLY) from None


def _codes(c: Conversion, e: Any, x: Wire, codes: Sequence[Floats], unknown: object, missing: object) -> Wire:
    """Codes of the categories; of a missing value that of the category NaN, where there is one."""
    categories = _numeric(c, e, e.categories_)
    absent = np.broadcast_to(np.asarray(missing, np.float64), (x.width,)).copy()
    keys, results = [], []
    for j, (category, code) in enumerate(zip(categories, codes, strict=True)):
        numbers = ~np.isnan(category)
        keys.append(category[numbers])
        results.append(code[numbers])
        if not numbers.all():
            absent[j] = code[~numbers][0]
    return lookup(c, x, keys, results, unknown, absent)


def _groups(e: Any, j: int, count: int) -> NDArray[np.int64]:
    """Positions of the categories after infrequent ones have been joined."""
    if not getattr(e, "_infrequent_enabled", False) or e._default_to_infrequent_mappings[j] is None:
        return np.arange(count)
    return np.asarray(e._default_to_infrequent_mappings[j], np.int64)


@transformer("OneHotEncoder")
def _one_hot(c: Conversion, e: Any, x: Wire) -> Wire:
    groups = [_groups(e, j, len(one)) for j, one in enumerate(e.categories_)]
    counts = [int(group.max()) + 1 for group in groups]
    unknown = np.full(x.width, np.nan if e.handle_unknown == "error" else -1.0)
    if e.handle_unknown in {"infrequent_if_exist", "warn"}:
        for j, one in enumerate(getattr(e, "infrequent_categories_", [None] * x.width)):
            unknown[j] = -1.0 if one is None else counts[j] - 1
    codes = _codes(c, e, x, [group.astype(float) for group in groups], unknown, unknown)
    dropped = getattr(e, "_drop_idx_after_grouping", None)
    index, wanted = [], []
    for j, count in enumerate(counts):
        drop = None if dropped is None else dropped[j]
        index += [j] * (count - (drop is not None))
        wanted += [float(code) for code in range(count) if code != drop]
    hot = c.binary("equal", c.columns_of(codes, index), wanted)
    return c.complete(hot, codes) if np.isnan(unknown).any() else hot


@transformer("OrdinalEncoder")
def _ordinal(c: Conversion, e: Any, x: Wire) -> Wire:
    codes = []
    for j, category in enumerate(_numeric(c, e, e.categories_)):
        code = _groups(e, j, len(category)).astype(float)
        code[np.isnan(category)] = e.encoded_missing_value
        codes.append(code)
    unknown = float(e.unknown_value) if e.handle_unknown == "use_encoded_value" else np.nan
    return _codes(c, e, x, codes, unknown, unknown)


@transformer("TargetEncoder")
def _target(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(e, len(e.encodings_) == x.width, "has more than two classes", "Fit it on 0 and 1.")
    mean = float(e.target_mean_)
    return _codes(c, e, x, [np.asarray(one, np.float64) for one in e.encodings_], mean, mean)


@transformer("KBinsDiscretizer")
def _bins(c: Conversion, e: Any, x: Wire) -> Wire:
    edges = [np.asarray(one, np.float64) for one in e.bin_edges_]
    codes = c.add("bins", x, width=x.width, **joined(edges=[one[1:-1] for one in edges]))
    if e.encode == "ordinal":
        return codes
    index = [j for j, count in enumerate(e.n_bins_) for _ in range(count)]
    wanted = [float(code) for count in e.n_bins_ for code in range(count)]
    return c.complete(c.binary("equal", c.columns_of(codes, index), wanted), codes)


@transformer("PolynomialFeatures")
def _polynomial(c: Conversion, e: Any, x: Wire) -> Wire:
    with_one = c.concat([x, c.constant(1.0)])
    terms = [np.repeat(np.arange(len(powers)), powers) for powers in e.powers_]
    degree = max(len(term) for term in terms)
    padded = np.array([[*[x.width] * (degree - len(term)), *term] for term in terms])
    if degree == 0:
        return c.constant(np.ones(len(terms)))
    product = c.columns_of(with_one, padded[:, -1])
    for position in range(degree - 2, -1, -1):
        product = c.times(product, c.columns_of(with_one, padded[:, position]))
    return c.strictly(e, product, x)


@transformer("SplineTransformer")
def _spline(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e, e.extrapolation == "constant", f"extrapolates {e.extrapolation!r}", "Use extrapolation='constant'."
    )
    outputs = [_splines_of_column(c, c.columns_of(x, [j]), spline) for j, spline in enumerate(e.bsplines_)]
    if not e.include_bias:
        outputs = [c.columns_of(one, np.arange(one.width - 1)) for one in outputs]
    return c.concat(outputs)


def _splines_of_column(c: Conversion, x: Wire, spline: Any) -> Wire:
    """The B-splines of a column, as one cubic (or other) polynomial for each interval and output."""
    from scipy.interpolate import BSpline, PPoly

    knots, degree = np.asarray(spline.t), int(spline.k)
    count = np.asarray(spline.c).shape[1]
    low, high = knots[degree], knots[-degree - 1]
    pieces = [PPoly.from_spline(BSpline(knots, np.asarray(spline.c)[:, i], degree)) for i in range(count)]
    breaks = pieces[0].x
    inside = [k for k, (a, b) in enumerate(pairwise(breaks)) if a < b and a >= low and b <= high]
    lefts = breaks[inside]
    bounded = c.clip(x, low, high)
    place = c.add("bins", bounded, width=1, **joined(edges=[lefts[1:]]))
    codes = np.arange(len(inside), dtype=float)
    offset = c.sub(bounded, lookup(c, place, [codes], [lefts], 0.0, 0.0))
    wide = c.columns_of(place, [0] * count)
    total: Wire | None = None
    for power in range(degree + 1):
        coefficient = lookup(c, wide, [codes] * count, [piece.c[power][inside] for piece in pieces], 0.0, 0.0)
        total = coefficient if total is None else c.plus(c.times(total, offset), coefficient)
    return total if total is not None else bounded
