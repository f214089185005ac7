"""Checks of the numbers that compiled code of scikit-learn uses as indices and sizes without looking at them.

A tree with an index out of range makes the process read other memory, and one with a cycle never terminates
(https://github.com/scikit-learn/scikit-learn/pull/34558). An encoder that states fewer columns than it has writes
outside of its matrix. Each check is complete: what its compiled code reads and no check mentions has its size and
type checked by that code.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ppa.modelfiles.safety.allowlist import (
    BALL_TREE,
    HISTOGRAM_BOOSTING,
    KD_TREE,
    LIGHTGBM,
    METRICS,
    ONE_HOT,
    REGRESSION_TREE,
    TREE,
    TREE_PREDICTOR,
    WEIGHTED_METRIC,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAF = -1
_METRIC = 11  # its position in the state of a KDTree or BallTree
_NO_CATEGORIES = "categorical splits are not supported, as every feature is a number"
_CLASSIFICATION_TREES = {
    "sklearn.tree._classes.DecisionTreeClassifier",
    "sklearn.tree._classes.ExtraTreeClassifier",
}
_DISTANCES = {
    "chebyshev",
    "cityblock",
    "cosine",
    "euclidean",
    "l1",
    "l2",
    "manhattan",
    "minkowski",
    "nan_euclidean",
    "sqeuclidean",
}


def type_name(part: object) -> str:
    """Return the full name of an object's type."""
    return f"{type(part).__module__}.{type(part).__name__}"


def require(holds: bool, why: str) -> None:
    """Raise ValueError with the reason unless the condition holds."""
    if not holds:
        raise ValueError(why)


def _is(part: object, name: str) -> bool:
    return type_name(part) == name


def _check_tree(tree: Any) -> None:
    require(tree.node_count == tree.capacity, "a tree states another number of nodes than it has")
    nodes = tree.__getstate__()["nodes"]
    inner = nodes["left_child"] != _LEAF
    _check_children(nodes["left_child"], nodes["right_child"], inner)
    _check_range(nodes["feature"][inner], tree.n_features, "a tree splits on a feature that does not exist")


def _check_decision_tree(model: Any) -> None:
    if not hasattr(model, "tree_"):
        return
    require(_is(model.tree_, TREE), "its tree is not a tree")
    require(model.tree_.n_features == model.n_features_in_, "its tree was fitted on other features")
    require(model.tree_.n_outputs == model.n_outputs_ == 1, "its tree has more than one output")


def _check_children(left: "NDArray[Any]", right: "NDArray[Any]", inner: "NDArray[np.bool]") -> None:
    """Check that each child comes after its parent, as scikit-learn grows trees, so that every path ends."""
    require(len(inner) > 0, "a tree is empty")
    position = np.flatnonzero(inner)
    for child in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        require(bool(np.all(child > position)), "a tree contains a cycle")
        require(bool(np.all(child < len(inner))), "a tree refers to a node that does not exist")


def _check_range(indices: "NDArray[Any]", end: int, why: str) -> None:
    require(bool(np.all((indices >= 0) & (indices < end))), why)


def _check_forest(model: Any) -> None:
    for tree in getattr(model, "estimators_", ()):
        require(type_name(tree) in _CLASSIFICATION_TREES, "a forest has something else than trees")
        require(tree.n_features_in_ == model.n_features_in_, "a forest's trees were fitted on other features")


def _check_boosting(model: Any) -> None:
    if not hasattr(model, "estimators_"):
        return
    require(model.n_trees_per_iteration_ == 1 and model.n_classes_ == 2, "it does not have two classes")
    require(
        model.estimators_.ndim == 2 and model.estimators_.shape[1] == 1,
        "a stage does not have exactly one tree",
    )
    for tree in model.estimators_.flat:
        require(_is(tree, REGRESSION_TREE), "a stage is not a regression tree")
        require(tree.n_features_in_ == model.n_features_in_, "a stage was fitted on other features")


def _check_histogram_boosting(model: Any) -> None:
    if not hasattr(model, "_predictors"):
        return
    require(model._preprocessor is None and not np.any(model._bin_mapper.is_categorical_), _NO_CATEGORIES)
    require(
        model._n_features == model.n_features_in_ == len(model._bin_mapper.is_categorical_),
        "its numbers of features do not match",
    )
    require(model.n_trees_per_iteration_ == 1, "it does not have two classes")
    for stage in model._predictors:
        require(len(stage) == 1, "a stage does not have exactly one tree")
        predictor = stage[0]
        require(_is(predictor, TREE_PREDICTOR), "a stage is not a tree")
        nodes = predictor.nodes
        used = nodes["feature_idx"][nodes["is_leaf"] == 0]
        _check_range(used, model.n_features_in_, "a tree splits on a feature that does not exist")


def _check_predictor(predictor: Any) -> None:
    nodes = predictor.nodes
    require(not nodes["is_categorical"].any(), _NO_CATEGORIES)
    _check_children(nodes["left"], nodes["right"], nodes["is_leaf"] == 0)


def _check_neighbours(model: Any) -> None:
    if not hasattr(model, "_fit_X"):
        return
    shape = (len(model._y), model.n_features_in_)
    count = len(model._y)
    require(
        model.n_samples_fit_ == count and 1 <= model.n_neighbors <= count, "it has fewer rows than neighbours"
    )
    require(model.effective_metric_ in _DISTANCES, "its metric is missing or not allowed")
    given = {name for name, value in model.effective_metric_params_.items() if value is not None}
    require(given <= {"p"}, "a weighted metric is not supported")
    require(model._fit_X.shape == shape, "its rows, classes and features do not match in number")
    require(model._y.ndim == 1 and model._y.dtype.kind == "i", "its classes are not indices")
    _check_range(model._y, len(model.classes_), "a row has a class that does not exist")
    require(model._tree is None or model._tree.data.shape == shape, "its tree has other rows")


def _check_space_tree(tree: Any) -> None:
    data, index, nodes, bounds = (np.asarray(array) for array in tree.get_arrays())
    rows, features = data.shape
    start, end, inner = nodes["idx_start"], nodes["idx_end"], nodes["is_leaf"] == 0
    corners = 2 if _is(tree, KD_TREE) else 1
    require(index.shape == (rows,) and len(nodes) > 0, "its index has other rows")
    _check_range(index, rows, "its index is out of range")
    require(bool(np.all((start >= 0) & (start <= end) & (end <= rows))), "a node's rows do not exist")
    require(bool(np.all(2 * np.flatnonzero(inner) + 2 < len(nodes))), "a node's children do not exist")
    require(bounds.shape == (corners, len(nodes), features), "its bounds have another shape")
    _check_metric(tree.__getstate__()[_METRIC])


def _check_metric(metric: Any) -> None:
    require(type_name(metric) in METRICS, "its metric is missing or not allowed")
    weighted = _is(metric, WEIGHTED_METRIC) and np.size(metric.__getstate__()[1]) > 0
    require(not weighted, "a weighted metric is not supported")


def _check_svc(model: Any) -> None:
    if not hasattr(model, "support_vectors_"):
        return
    vectors = len(model.support_vectors_)
    require(model.kernel in {"linear", "poly", "rbf", "sigmoid"}, f"its kernel is {model.kernel!r}")
    require(model._sparse is False, "it was fitted on sparse data")
    require(
        model.support_vectors_.shape == (vectors, model.n_features_in_),
        "its support vectors have other features than it was fitted on",
    )
    require(
        model.support_.shape == (vectors,), "its support vectors and their indices do not match in number"
    )
    require(model._n_support.shape == (2,) and model._n_support.min() >= 0, "it does not have two classes")
    require(
        model._n_support.sum() == vectors and len(model.classes_) == 2,
        "the numbers of support vectors per class do not add up",
    )
    require(
        model._dual_coef_.shape == (1, vectors), "its coefficients and support vectors do not match in number"
    )
    require(model._intercept_.shape == (1,), "it does not have exactly one intercept")
    require(model._probA.size == model._probB.size <= 1, "its calibration has another shape")


def _check_one_hot(model: Any) -> None:
    if not hasattr(model, "categories_"):
        return
    dropped = [None] * len(model.categories_) if model.drop_idx_ is None else list(model.drop_idx_)
    require(model._infrequent_enabled is False, "grouped categories are not supported")
    require(len(model.categories_) == len(dropped) == model.n_features_in_, "a feature has no categories")
    require(_equal(model.drop_idx_, model._drop_idx_after_grouping), "its dropped categories do not match")
    for categories, drop in zip(model.categories_, dropped, strict=True):
        require(categories.ndim == 1 and categories.dtype.kind in "biuf", "a category is not a number")
        numbers = categories[:-1] if len(categories) and np.isnan(categories[-1]) else categories
        require(
            bool(np.all(numbers[1:] > numbers[:-1])) and not np.isnan(numbers).any(),
            "its categories are not in order",
        )
        require(drop is None or 0 <= drop < len(categories), "a category that does not exist is dropped")
    outputs = [len(one) - (drop is not None) for one, drop in zip(model.categories_, dropped, strict=True)]
    require(list(model._n_features_outs) == outputs, "it states another number of columns than it has")


def _equal(one: Any, other: Any) -> bool:
    return one is other is None or (one is not None and other is not None and list(one) == list(other))


def _check_bins(model: Any) -> None:
    if hasattr(model, "_encoder"):
        require(_is(model._encoder, ONE_HOT), "its encoder is none")


def _check_lightgbm(model: Any) -> None:
    require(not any("shape_check" in name for name in vars(model)), "it turns off a check of its input")


# by type; whatever a model may be built of and is not in here is made of Python and numpy, which check every index
CHECKS = {
    BALL_TREE: _check_space_tree,
    HISTOGRAM_BOOSTING: _check_histogram_boosting,
    KD_TREE: _check_space_tree,
    LIGHTGBM: _check_lightgbm,
    ONE_HOT: _check_one_hot,
    REGRESSION_TREE: _check_decision_tree,
    TREE: _check_tree,
    TREE_PREDICTOR: _check_predictor,
    "sklearn.ensemble._forest.ExtraTreesClassifier": _check_forest,
    "sklearn.ensemble._forest.RandomForestClassifier": _check_forest,
    "sklearn.ensemble._gb.GradientBoostingClassifier": _check_boosting,
    "sklearn.neighbors._classification.KNeighborsClassifier": _check_neighbours,
    "sklearn.preprocessing._discretization.KBinsDiscretizer": _check_bins,
    "sklearn.svm._classes.SVC": _check_svc,
    "sklearn.tree._classes.DecisionTreeClassifier": _check_decision_tree,
    "sklearn.tree._classes.ExtraTreeClassifier": _check_decision_tree,
}
