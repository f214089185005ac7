"""Scalers, power and quantile transforms, and functions of single values."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire, joined
from ppa.modelfiles.convert.formulas import expm1, log1p, negative, normal_quantile, square
from ppa.modelfiles.convert.registry import Conversion, transformer

_QUANTILE_MARGIN = 1e-7  # BOUNDS_THRESHOLD of scikit-learn


@transformer("StandardScaler")
def _standard(c: Conversion, e: Any, x: Wire) -> Wire:
    centred = c.sub(x, e.mean_) if e.with_mean else x
    return c.over(centred, e.scale_) if e.with_std else centred


@transformer("MinMaxScaler")
def _min_max(c: Conversion, e: Any, x: Wire) -> Wire:
    scaled = c.plus(c.times(x, e.scale_), e.min_)
    return c.clip(scaled, *e.feature_range) if e.clip else scaled


@transformer("MaxAbsScaler")
def _max_abs(c: Conversion, e: Any, x: Wire) -> Wire:
    scaled = c.over(x, e.scale_)
    return c.clip(scaled, -1.0, 1.0) if getattr(e, "clip", False) else scaled


@transformer("RobustScaler")
def _robust(c: Conversion, e: Any, x: Wire) -> Wire:
    centred = c.sub(x, e.center_) if e.with_centering else x
    return c.over(centred, e.scale_) if e.with_scaling else centred


@transformer("Normalizer")
def _normalizer(c: Conversion, e: Any, x: Wire) -> Wire:
    return normalized(c, x, e.norm)


def normalized(c: Conversion, x: Wire, kind: str) -> Wire:
    """Return rows divided by their norm (l1, l2 or max); rows of zeros stay."""
    if kind == "l2":
        norm = c.root(c.total(square(c, x)))
    else:
        size = c.unary("absolute", x)
        norm = c.total(size) if kind == "l1" else c.add("largest", size, width=1)
    return _over_positive(c, x, norm)


def _over_positive(c: Conversion, x: Wire, size: Wire) -> Wire:
    """Divide by a size, or by 1 where that is 0; sizes below the smallest normal number count as that."""
    bounded = c.binary("maximum", c.where(c.binary("less", 0.0, size), size, 1.0), 1e-300)
    return c.complete(c.over(x, bounded), x)


@transformer("Binarizer")
def _binarizer(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.strictly(e, c.binary("less", float(e.threshold), x), x)


@transformer("KernelCenterer")
def _centerer(c: Conversion, e: Any, x: Wire) -> Wire:
    mean = c.over(c.total(x), float(len(e.K_fit_rows_)))
    return c.plus(c.sub(c.sub(x, e.K_fit_rows_), mean), float(e.K_fit_all_))


@transformer("PowerTransformer")
def _power(c: Conversion, e: Any, x: Wire) -> Wire:
    bent = _box_cox(c, x, e.lambdas_) if e.method == "box-cox" else _yeo_johnson(c, x, e.lambdas_)
    return c.transform(e._scaler, bent) if e.standardize else bent


def _box_cox(c: Conversion, x: Wire, lambdas: Any) -> Wire:
    return _bent(c, c.unary("log", x), np.asarray(lambdas))


def _yeo_johnson(c: Conversion, x: Wire, lambdas: Any) -> Wire:
    lam = np.asarray(lambdas)
    above = _bent(c, log1p(c, c.binary("maximum", x, 0.0)), lam)
    below = negative(c, _bent(c, log1p(c, c.binary("maximum", negative(c, x), 0.0)), 2.0 - lam))
    return c.where(c.binary("less_equal", 0.0, x), above, below)


def _bent(c: Conversion, log: Wire, power: Any) -> Wire:
    """(exp(power * log) - 1) / power, or the logarithm where the power is 0."""
    straight = np.abs(power) < np.spacing(1.0)
    curved = c.over(expm1(c, c.times(log, power)), np.where(straight, 1.0, power))
    return c.where(c.constant(straight.astype(float)), log, curved)


@transformer("QuantileTransformer")
def _quantile(c: Conversion, e: Any, x: Wire) -> Wire:
    quantiles, references = np.asarray(e.quantiles_), np.asarray(e.references_)
    up = _interpolated(c, x, quantiles, references)
    down = _interpolated(c, negative(c, x), -quantiles[::-1], -references[::-1])
    share = c.times(c.sub(up, down), 0.5)
    low, high = quantiles[0], quantiles[-1]
    if e.output_distribution == "uniform":
        share = c.where(c.binary("equal", x, high), 1.0, share)
        return c.where(c.binary("equal", x, low), 0.0, share)
    share = c.where(c.binary("less", high, c.plus(x, _QUANTILE_MARGIN)), 1.0, share)
    share = c.where(c.binary("less", c.sub(x, _QUANTILE_MARGIN), low), 0.0, share)
    return c.complete_columns(c.clip(normal_quantile(c, share), *_normal_bounds()), x)


def _normal_bounds() -> tuple[float, float]:
    """The quantiles at which scikit-learn clips."""
    from scipy.stats import norm

    margin = _QUANTILE_MARGIN - float(np.spacing(1))
    return float(norm.ppf(margin)), float(norm.ppf(1 - margin))


def _interpolated(c: Conversion, x: Wire, knots: Any, heights: Any) -> Wire:
    table = joined(knots=list(knots.T), heights=[heights] * x.width)
    return c.add("interpolate", x, width=x.width, **table)


def _sign(c: Conversion, x: Wire) -> Wire:
    sign = c.sub(c.binary("less", 0.0, x), c.binary("less", x, 0.0))
    return c.complete_columns(sign, x)


FUNCTIONS: dict[str, Callable[[Conversion, Wire], Wire]] = {
    "abs": lambda c, x: c.unary("absolute", x),
    "absolute": lambda c, x: c.unary("absolute", x),
    "arcsinh": lambda c, x: _arcsinh(c, x),
    "ceil": lambda c, x: negative(c, c.unary("floor", negative(c, x))),
    "cos": lambda c, x: c.unary("cos", x),
    "exp": lambda c, x: c.unary("exp", x),
    "exp2": lambda c, x: c.unary("exp", c.times(x, float(np.log(2.0)))),
    "expm1": lambda c, x: expm1(c, x),
    "fabs": lambda c, x: c.unary("absolute", x),
    "floor": lambda c, x: c.unary("floor", x),
    "isnan": lambda c, x: c.unary("is_missing", x),
    "log": lambda c, x: c.unary("log", x),
    "log10": lambda c, x: c.times(c.unary("log", x), float(1 / np.log(10.0))),
    "log1p": lambda c, x: log1p(c, x),
    "log2": lambda c, x: c.times(c.unary("log", x), float(1 / np.log(2.0))),
    "nan_to_num": lambda c, x: c.binary("fill", x, 0.0),
    "negative": lambda c, x: negative(c, x),
    "reciprocal": lambda c, x: c.over(1.0, x),
    "sign": _sign,
    "sin": lambda c, x: c.unary("sin", x),
    "sqrt": lambda c, x: c.unary("sqrt", x),
    "square": lambda c, x: square(c, x),
    "tanh": lambda c, x: c.unary("tanh", x),
}


def _arcsinh(c: Conversion, x: Wire) -> Wire:
    size = c.unary("absolute", x)
    squared = square(c, size)
    # log1p(|x| + x² / (1 + sqrt(1 + x²)))
    root = c.plus(c.unary("sqrt", c.plus(squared, 1.0)), 1.0)
    return c.times(_sign(c, x), log1p(c, c.plus(size, c.over(squared, root))))


@transformer("FunctionTransformer")
def _function(c: Conversion, e: Any, x: Wire) -> Wire:
    if e.func is None:
        return c.strictly(e, x, x) if e.validate else x
    name = getattr(e.func, "__name__", "")
    listed = name in FUNCTIONS and getattr(np, name) is e.func
    c.require(
        e,
        listed and not e.kw_args,
        f"applies {name or 'a function'}{' with keyword arguments' if e.kw_args else ''}",
        f"Use a numpy function of this list: {', '.join(sorted(FUNCTIONS))}; or compute the column as a feature.",
    )
    return FUNCTIONS[name](c, x)
