"""Check the state of built estimators: numbers that scikit-learn's compiled code uses as indices without checks.

A valid type does not imply valid content. A tree with an index out of range makes the process read other memory,
and a tree with a cycle never terminates (https://github.com/scikit-learn/scikit-learn/pull/34558).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ppa.core.errors import MALFORMED
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety.allowlist import (
    BALL_TREE,
    HISTOGRAM_BOOSTING,
    KD_TREE,
    LIGHTGBM,
    METRICS,
    REGRESSION_TREE,
    TREE,
    TREE_PREDICTOR,
    WEIGHTED_METRIC,
    XGBOOST,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.base import BaseEstimator

_LEAF = -1
_METRIC = 11  # its position in the state of a KDTree or BallTree
_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.")
_NO_CATEGORIES = "categorical splits are not supported, as every feature is a number"
# parameters that affect the machine rather than the results
_NEUTRAL: dict[str, object] = {"n_jobs": None, "memory": None, "verbose": 0}


def sanitize(estimator: "BaseEstimator") -> None:
    """Check every part of a built estimator and disable its threads, caches and output."""
    for part in parts(estimator):
        try:
            _check(part)
        except MALFORMED as error:
            raise invalid_state(type(part).__name__, str(error)) from error
        _neutralise(part)


def invalid_state(where: str, why: str) -> ModelRefused:
    """Return the error for a state that cannot result from fitting."""
    return ModelRefused(
        "model_unsound",
        f"The {where} in the model file is damaged or was modified: {why or 'its state is incomplete'}.",
        "Fit and save the model again.",
    )


def parts(estimator: "BaseEstimator") -> Iterator[object]:
    """Yield every object inside a fitted estimator, including itself, once."""
    seen: set[int] = set()
    waiting: list[object] = [estimator]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(_inside(part))


def _inside(part: object) -> list[object]:
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple):
        return list(part)
    if isinstance(part, np.ndarray):
        return list(part.flat) if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values()) if _name(part).startswith(_LIBRARIES) else []


def _neutralise(part: object) -> None:
    attributes = getattr(part, "__dict__", {})
    for name, value in _NEUTRAL.items():
        if name in attributes:
            attributes[name] = value
    if _name(part) in {LIGHTGBM, XGBOOST}:
        attributes["n_jobs"] = 1  # to these two, None means all cores


def _check(part: object) -> None:
    check = _CHECKS.get(_name(part))
    if check is not None:
        check(part)


def _name(part: object) -> str:
    return f"{type(part).__module__}.{type(part).__name__}"


def _is(part: object, name: str) -> bool:
    return _name(part) == name


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise ValueError(why)


def _check_tree(tree: Any) -> None:
    nodes = tree.__getstate__()["nodes"]
    inner = nodes["left_child"] != _LEAF
    _check_children(nodes["left_child"], nodes["right_child"], inner)
    _check_range(nodes["feature"][inner], tree.n_features, "a tree splits on a feature that does not exist")


def _check_decision_tree(model: Any) -> None:
    if not hasattr(model, "tree_"):
        return
    _require(_is(model.tree_, TREE), "its tree is not a tree")
    _require(model.tree_.n_features == model.n_features_in_, "its tree was fitted on other features")
    _require(model.tree_.n_outputs == model.n_outputs_ == 1, "its tree has more than one output")


def _check_children(left: "NDArray[Any]", right: "NDArray[Any]", inner: "NDArray[np.bool]") -> None:
    """Check that each child comes after its parent, as scikit-learn grows trees, so that every path ends."""
    _require(len(inner) > 0, "a tree is empty")
    position = np.flatnonzero(inner)
    for child in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        _require(bool(np.all(child > position)), "a tree contains a cycle")
        _require(bool(np.all(child < len(inner))), "a tree refers to a node that does not exist")


def _check_range(indices: "NDArray[Any]", end: int, why: str) -> None:
    _require(bool(np.all((indices >= 0) & (indices < end))), why)


def _check_forest(model: Any) -> None:
    for tree in getattr(model, "estimators_", ()):
        _require(
            tree.n_features_in_ == model.n_features_in_, "a forest's trees were fitted on other features"
        )


def _check_boosting(model: Any) -> None:
    if not hasattr(model, "estimators_"):
        return
    _require(
        model.estimators_.ndim == 2 and model.estimators_.shape[1] == 1,
        "a stage does not have exactly one tree",
    )
    for tree in model.estimators_.flat:
        _require(_is(tree, REGRESSION_TREE), "a stage is not a regression tree")
        _require(tree.n_features_in_ == model.n_features_in_, "a stage was fitted on other features")


def _check_histogram_boosting(model: Any) -> None:
    if not hasattr(model, "_predictors"):
        return
    _require(not np.any(model._bin_mapper.is_categorical_), _NO_CATEGORIES)
    for predictor in (predictor for stage in model._predictors for predictor in stage):
        _require(_is(predictor, TREE_PREDICTOR), "a stage is not a tree")
        nodes = predictor.nodes
        used = nodes["feature_idx"][nodes["is_leaf"] == 0]
        _check_range(used, model.n_features_in_, "a tree splits on a feature that does not exist")


def _check_predictor(predictor: Any) -> None:
    nodes = predictor.nodes
    _require(not nodes["is_categorical"].any(), _NO_CATEGORIES)
    _check_children(nodes["left"], nodes["right"], nodes["is_leaf"] == 0)


def _check_neighbours(model: Any) -> None:
    if not hasattr(model, "_fit_X"):
        return
    shape = (len(model._y), model.n_features_in_)
    _require(model._fit_X.shape == shape, "its rows, classes and features do not match in number")
    _require(model._y.ndim == 1 and model._y.dtype.kind == "i", "its classes are not indices")
    _check_range(model._y, len(model.classes_), "a row has a class that does not exist")
    _require(model._tree is None or model._tree.data.shape == shape, "its tree has other rows")


def _check_space_tree(tree: Any) -> None:
    data, index, nodes, bounds = (np.asarray(array) for array in tree.get_arrays())
    rows, features = data.shape
    start, end, inner = nodes["idx_start"], nodes["idx_end"], nodes["is_leaf"] == 0
    corners = 2 if _is(tree, KD_TREE) else 1
    _require(index.shape == (rows,) and len(nodes) > 0, "its index has other rows")
    _check_range(index, rows, "its index is out of range")
    _require(bool(np.all((start >= 0) & (start <= end) & (end <= rows))), "a node's rows do not exist")
    _require(bool(np.all(2 * np.flatnonzero(inner) + 2 < len(nodes))), "a node's children do not exist")
    _require(bounds.shape == (corners, len(nodes), features), "its bounds have another shape")
    _check_metric(tree.__getstate__()[_METRIC])


def _check_metric(metric: Any) -> None:
    _require(_name(metric) in METRICS, "its metric is missing or not allowed")
    weighted = _is(metric, WEIGHTED_METRIC) and np.size(metric.__getstate__()[1]) > 0
    _require(not weighted, "a weighted metric is not supported")


def _check_svc(model: Any) -> None:
    if not hasattr(model, "support_vectors_"):
        return
    vectors = len(model.support_vectors_)
    _require(model.kernel in {"linear", "poly", "rbf", "sigmoid"}, f"its kernel is {model.kernel!r}")
    _require(model._sparse is False, "it was fitted on sparse data")
    _require(
        model.support_vectors_.shape == (vectors, model.n_features_in_),
        "its support vectors have other features than it was fitted on",
    )
    _require(
        model.support_.shape == (vectors,), "its support vectors and their indices do not match in number"
    )
    _require(model._n_support.shape == (2,) and model._n_support.min() >= 0, "it does not have two classes")
    _require(
        model._n_support.sum() == vectors and len(model.classes_) == 2,
        "the numbers of support vectors per class do not add up",
    )
    _require(
        model._dual_coef_.shape == (1, vectors), "its coefficients and support vectors do not match in number"
    )
    _require(model._intercept_.shape == (1,), "it does not have exactly one intercept")
    _require(model._probA.size == model._probB.size <= 1, "its calibration has another shape")


_CHECKS = {
    BALL_TREE: _check_space_tree,
    HISTOGRAM_BOOSTING: _check_histogram_boosting,
    KD_TREE: _check_space_tree,
    REGRESSION_TREE: _check_decision_tree,
    TREE: _check_tree,
    TREE_PREDICTOR: _check_predictor,
    "sklearn.ensemble._forest.ExtraTreesClassifier": _check_forest,
    "sklearn.ensemble._forest.RandomForestClassifier": _check_forest,
    "sklearn.ensemble._gb.GradientBoostingClassifier": _check_boosting,
    "sklearn.neighbors._classification.KNeighborsClassifier": _check_neighbours,
    "sklearn.svm._classes.SVC": _check_svc,
    "sklearn.tree._classes.DecisionTreeClassifier": _check_decision_tree,
    "sklearn.tree._classes.ExtraTreeClassifier": _check_decision_tree,
}
