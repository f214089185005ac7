"""Nearest neighbours and label propagation."""

from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire, doubles
from ppa.modelfiles.convert.registry import Conversion, probability

_METRICS = {
    "euclidean": "squared",
    "l2": "squared",
    "manhattan": "manhattan",
    "l1": "manhattan",
    "cityblock": "manhattan",
}
_REMEDY = "Use the Euclidean or the Manhattan metric, and weights='uniform' or 'distance'."


def _kind(c: Conversion, e: Any) -> str:
    kind = _METRICS.get(e.effective_metric_)
    if kind is None or callable(getattr(e, "weights", None)):
        raise c.refusal(e, f"has the metric {e.effective_metric_} or weights of its own", _REMEDY)
    return kind


def _two_classes(e: Any) -> Any:
    return np.eye(2)[np.asarray(e._y).ravel()]


def _share(c: Conversion, sums: Wire) -> Wire:
    """The second of two sums as a share of both."""
    first, second = c.columns_of(sums, [0]), c.columns_of(sums, [1])
    return c.over(second, c.plus(first, second))


@probability("KNeighborsClassifier")
def _neighbours(c: Conversion, e: Any, x: Wire) -> Wire:
    sums = c.add(
        "neighbours", x, width=2, points=doubles(e._fit_X), targets=doubles(_two_classes(e)),
        count=int(e.n_neighbors), kind=_kind(c, e), by_distance=e.weights == "distance",
    )  # fmt: skip
    if e.weights != "distance":
        return c.over(c.columns_of(sums, [1]), float(e.n_neighbors))
    # not below the smallest positive number, so that the divisor is known to be positive
    return _share(
        c, c.concat([c.binary("maximum", c.columns_of(sums, [0]), 1e-300), c.columns_of(sums, [1])])
    )


@probability("RadiusNeighborsClassifier")
def _radius(c: Conversion, e: Any, x: Wire) -> Wire:
    kind = _kind(c, e)
    distance = c.distance(x, e._fit_X, kind)
    if kind == "squared":
        distance = c.unary("sqrt", distance)
    near = c.binary("less_equal", distance, float(e.radius))
    weight = near
    if e.weights == "distance":
        same = c.binary("equal", distance, 0.0)
        inverse = c.over(1.0, c.binary("maximum", distance, 1e-300))
        weight = c.where(c.add("largest", same, width=1), same, c.times(inverse, near))
    sums = c.affine(weight, _two_classes(e))
    both = c.total(sums)
    share = c.over(c.columns_of(sums, [1]), c.binary("maximum", both, 1e-300))
    outlier = _outlier(c, e)
    return c.complete(c.where(both, share, outlier), x)


def _outlier(c: Conversion, e: Any) -> Wire | float:
    """The probability where there are no neighbours; NaN where the library raises an error."""
    label = e.outlier_label_
    label = label[0] if isinstance(label, list | tuple) else label
    if label is None:
        return c.over(0.0, c.constant(0.0))
    return float(label == e.classes_[1])


@probability("LabelPropagation", "LabelSpreading")
def _propagation(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(e, e.kernel in {"rbf", "knn"}, "has a kernel of its own", "Use kernel='rbf' or 'knn'.")
    shares = doubles(e.label_distributions_)
    if e.kernel == "knn":
        sums = c.add(
            "neighbours", x, width=2, points=doubles(e.X_), targets=shares, count=int(e.n_neighbors), kind="squared",
            by_distance=False,
        )  # fmt: skip
    else:
        sums = c.affine(c.unary("exp", c.times(c.distance(x, e.X_), -float(e.gamma))), shares)
    return _share(c, sums)
