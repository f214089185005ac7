"""Trees, forests and scikit-learn's boosting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ppa.core.programs.builder import Wire, doubles, integers
from ppa.modelfiles.convert.registry import Conversion, decision, probability, regressor, transformer


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree: arrays of its nodes, the root first; `left` is negative at leaves.

    `category` is the position of the node's set among those of the model, or -1.
    """

    feature: NDArray[Any]
    threshold: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    missing_left: NDArray[Any]
    value: NDArray[Any]
    category: NDArray[Any] | None = None


def trees(
    c: Conversion,
    x: Wire,
    all_trees: Sequence[Tree],
    *,
    initial: float = 0.0,
    divisor: float = 1.0,
    single: bool = False,
    single_sum: bool = False,
    members: ArrayLike | None = None,
) -> Wire:
    """Return the sum of the trees' values; the nodes are put in order, parents before children."""
    parts = [_ordered(tree) for tree in all_trees]
    starts = np.cumsum([0, *(len(part["feature"]) for part in parts)])[:-1]
    for part, start in zip(parts, starts, strict=True):
        part["left"], part["right"] = part["left"] + start, part["right"] + start
    flat = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return c.add(
        "trees",
        x,
        width=1,
        **{name: integers(value) for name, value in flat.items() if name not in {"threshold", "value"}},
        threshold=doubles(flat["threshold"]),
        value=doubles(flat["value"]),
        root=integers(starts),
        members=integers(np.zeros((0, 0)) if members is None else np.asarray(members)),
        initial=float(initial),
        divisor=float(divisor),
        single=single,
        single_sum=single_sum,
    )


def _ordered(tree: Tree) -> dict[str, NDArray[Any]]:
    left, right = np.asarray(tree.left), np.asarray(tree.right)
    leaf = left < 0
    order = _by_level(left, right, leaf)
    place = np.empty(len(left), np.int64)
    place[order] = np.arange(len(order))
    at_leaf = leaf[order]
    own = np.arange(len(order))
    category = np.full(len(left), -1) if tree.category is None else np.asarray(tree.category)
    return {
        "feature": np.where(at_leaf, 0, tree.feature[order]),
        "threshold": np.where(at_leaf, 0.0, tree.threshold[order]),
        "left": np.where(at_leaf, own, place[left[order]]),
        "right": np.where(at_leaf, own, place[right[order]]),
        "missing_left": np.where(at_leaf, 0, tree.missing_left[order]),
        "value": np.where(at_leaf, tree.value[order], 0.0),
        "category": np.where(at_leaf, -1, category[order]),
    }


def _by_level(left: NDArray[Any], right: NDArray[Any], leaf: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Nodes that the root reaches, level by level."""
    levels, level = [], np.zeros(1, np.int64)
    while len(level):
        levels.append(level)
        inner = level[~leaf[level]]
        level = np.stack([left[inner], right[inner]], axis=1).ravel().astype(np.int64)
    order = np.concatenate(levels)
    if len(order) < len(left):  # some libraries leave nodes behind that pruning has cut off
        rest = np.setdiff1d(np.arange(len(left)), order)
        leaf[rest] = True
        order = np.concatenate([order, rest])
    return order


def sklearn_tree(tree: Any, value: NDArray[Any]) -> Tree:
    """Return scikit-learn's tree with the values given for its nodes."""
    missing = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))
    return Tree(
        tree.feature, tree.threshold, tree.children_left, tree.children_right, missing.astype(np.int64), value
    )


def _shares(e: Any) -> Tree:
    """A classifier's tree with the share of the second class; counts before scikit-learn 1.3 are made shares."""
    value = e.tree_.value[:, 0, :]
    return sklearn_tree(e.tree_, value[:, 1])


@probability("DecisionTreeClassifier", "ExtraTreeClassifier")
def _tree(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.strictly(e, trees(c, x, [_shares(e)], single=True), x)


@probability("RandomForestClassifier", "ExtraTreesClassifier")
def _forest(c: Conversion, e: Any, x: Wire) -> Wire:
    parts = [_shares(one) for one in e.estimators_]
    return c.strictly(e, trees(c, x, parts, single=True, divisor=len(parts)), x)


@regressor("DecisionTreeRegressor", "ExtraTreeRegressor")
def _tree_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    return trees(c, x, [sklearn_tree(e.tree_, e.tree_.value[:, 0, 0])], single=True)


@regressor("RandomForestRegressor", "ExtraTreesRegressor")
def _forest_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    parts = [sklearn_tree(one.tree_, one.tree_.value[:, 0, 0]) for one in e.estimators_]
    return trees(c, x, parts, single=True, divisor=len(parts))


@transformer("RandomTreesEmbedding")
def _embedding(c: Conversion, e: Any, x: Wire) -> Wire:
    leaves = []
    for one in e.estimators_:
        number = np.arange(one.tree_.node_count, dtype=float)
        leaves.append(trees(c, x, [sklearn_tree(one.tree_, number)], single=True))
    return c.transform(e.one_hot_encoder_, c.strictly(e, c.concat(leaves), x))


@decision("GradientBoostingClassifier")
def _gradient_boosting(c: Conversion, e: Any, x: Wire) -> Wire:
    rate = e.learning_rate
    parts = [sklearn_tree(one.tree_, rate * one.tree_.value[:, 0, 0]) for one in e.estimators_[:, 0]]
    constant = isinstance(e.init_, str) or type(e.init_).__name__ == "DummyClassifier"
    c.require(
        e,
        constant,
        f"starts from a {type(e.init_).__name__}",
        "Use init=None or 'zero', or a StackingClassifier.",
    )
    initial = float(e._raw_predict_init(np.zeros((1, e.n_features_in_), np.float32))[0, 0])
    return c.strictly(e, trees(c, x, parts, single=True, initial=initial), x)


@probability("GradientBoostingClassifier")
def _gradient_boosting_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    score = c.decision(e, x)
    return c.unary("expit", score if e.loss == "log_loss" else c.times(score, 2.0))


@decision("HistGradientBoostingClassifier")
def _histogram(c: Conversion, e: Any, x: Wire) -> Wire:
    if getattr(e, "_preprocessor", None) is not None:
        x = _categories_first(c, e, x)
    parts: list[Tree] = []
    members: list[NDArray[np.bool_]] = []
    for (predictor,) in e._predictors:
        parts.append(_histogram_tree(predictor.nodes, len(members)))
        members += [_unpacked(words) for words in predictor.raw_left_cat_bitsets]
    initial = float(np.ravel(e._baseline_prediction)[0])
    return trees(c, x, parts, initial=initial, members=np.array(members) if members else None)


def _categories_first(c: Conversion, e: Any, x: Wire) -> Wire:
    """The columns as the trees see them: the encoded categories, then the others."""
    (_, encoder, categorical), *others = e._preprocessor.transformers_
    places = [positions(e, one) for _, _, one in others]
    kept = [c.columns_of(x, one) for one in places if len(one)]
    return c.concat([c.transform(encoder, c.columns_of(x, positions(e, categorical))), *kept])


def positions(e: Any, columns: Any) -> NDArray[np.int64]:
    """Return the positions of columns that are given as names, numbers, flags or a slice."""
    names = [str(name) for name in getattr(e, "feature_names_in_", ())]
    if isinstance(columns, slice):
        bounds = (names.index(end) if isinstance(end, str) else end for end in (columns.start, columns.stop))
        start, stop = bounds
        if isinstance(columns.stop, str):
            stop += 1
        return np.arange(e.n_features_in_)[slice(start, stop, columns.step)]
    given = np.atleast_1d(np.asarray(columns))
    if given.dtype == bool:
        return np.flatnonzero(given)
    places = [names.index(str(one)) if isinstance(one, str) else int(one) for one in given.tolist()]
    return np.arange(e.n_features_in_)[places]


def _histogram_tree(nodes: Any, sets_before: int) -> Tree:
    leaf, categorical = nodes["is_leaf"].astype(bool), nodes["is_categorical"].astype(bool)
    left, right = (np.where(leaf, -1, nodes[name].astype(np.int64)) for name in ("left", "right"))
    return Tree(
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"],
        left,
        right,
        nodes["missing_go_to_left"].astype(np.int64),
        nodes["value"],
        np.where(categorical, nodes["bitset_idx"].astype(np.int64) + sets_before, -1),
    )


def _unpacked(words: Any) -> NDArray[np.bool_]:
    """The 256 bits of a set of categories."""
    bits = (np.asarray(words, np.uint32)[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    return bits.ravel().astype(bool)


@probability("HistGradientBoostingClassifier")
def _histogram_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", c.decision(e, x))
