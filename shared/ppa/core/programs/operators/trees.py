"""The operator of decision trees: all trees of a forest or a boosted model, walked level by level."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.graph import FloatArray, Values
from ppa.core.programs.operators.operator import (
    FLAG,
    NUMBER,
    Compute,
    Operator,
    Parameter,
    Signal,
    array,
    integers,
    numbers,
    require,
)

MAX_DEPTH = 1024
MAX_TREES = 50_000

_FEW = 64  # rows up to which all trees are walked at once
_WALKERS = 1 << 16  # trees times rows that are walked at once
_BLOCK = 4096  # rows that a tree is walked with at once
_LEVELS = 8  # after which rows at leaves are put aside
_STEPS_OF_LEVEL = 8
_FLOAT32_MAX = 1e30

Positions = NDArray[np.intp]
_Step = Callable[[Positions, NDArray[np.floating]], Positions]


@dataclass(frozen=True)
class _Forest:
    """The arrays of all trees, ready to be walked.

    A node's place is twice its position: `child` holds the place of its right child there and that of its left child
    behind it, and `feature` and `threshold` have a node's values at its place. Leaves are their own children.
    """

    feature: Positions
    threshold: NDArray[np.floating]
    child: Positions
    missing_left: NDArray[np.bool_]
    value: NDArray[np.floating]
    root: Positions
    depth: Positions
    single: bool
    initial: float
    divisor: float
    category: Positions
    members: NDArray[np.bool_]


def _infer(values: Values, of: Sequence[Signal]) -> Signal:
    count = len(array(values, "feature"))
    for name in ("threshold", "left", "right", "missing_left", "value", "category"):
        require(len(array(values, name)) == count, f"{name} and feature differ in length")
    feature = array(values, "feature")
    require(bool((feature >= 0).all() and (feature < of[0].width).all()), "feature leaves the columns of x")
    require(values["divisor"] != 0, "divisor is 0")
    members, category = array(values, "members"), array(values, "category")
    require(bool((category >= -1).all() and (category < len(members)).all()), "category leaves members")
    require(bool(np.isin(members, (0, 1)).all()), "members is not of 0 and 1")
    require(not len(members) or members.shape[1] > 0, "members has no columns")
    require(bool(np.isin(array(values, "missing_left"), (0, 1)).all()), "missing_left is not of 0 and 1")
    depth = _depths(array(values, "left"), array(values, "right"), array(values, "root"))
    low, high = _bounds(values)
    steps = _STEPS_OF_LEVEL * float(depth.sum()) + len(depth)
    return Signal(1, low, high, False, steps, 2 * of[0].width + 4)


def _bounds(values: Values) -> tuple[float, float]:
    """Bounds of the output: each tree adds at most its largest value."""
    value, trees = array(values, "value"), len(array(values, "root"))
    size = abs(_number(values, "initial")) + trees * float(np.abs(value).max(initial=0.0))
    if values["single_sum"]:
        require(size <= _FLOAT32_MAX, f"a sum of {size:g} does not fit into float32")
    size = size / abs(_number(values, "divisor")) * (1 + 1e-6)
    return -size, size


def _depths(left: NDArray[Any], right: NDArray[Any], root: NDArray[Any]) -> Positions:
    """Check that the nodes form trees below their roots, and return each tree's depth."""
    count = len(left)
    place = np.arange(count)
    leaf = (left == place) & (right == place)
    require(0 < len(root) <= MAX_TREES, f"there are {len(root)} trees, not 1 to {MAX_TREES}")
    require(bool((root >= 0).all() and (root < count).all()), "root leaves the nodes")
    for child in (left, right):
        inside = (child > place) & (child < count)
        require(bool((leaf | inside).all()), "a child does not lie behind its parent")
    children = np.concatenate([left[~leaf], right[~leaf]])
    parents = np.bincount(children, minlength=count) + np.bincount(root, minlength=count)
    require(bool((parents <= 1).all()), "a node has two parents")
    owner = np.full(count, -1, np.intp)
    owner[root] = np.arange(len(root))
    depth, level, frontier = np.zeros(len(root), np.intp), 0, root[~leaf[root]].astype(np.intp)
    while len(frontier):
        level += 1
        require(level <= MAX_DEPTH, f"a tree is deeper than {MAX_DEPTH}")
        depth[owner[frontier]] = level
        below = np.concatenate([left[frontier], right[frontier]])
        owner[below] = np.concatenate([owner[frontier], owner[frontier]])
        frontier = below[~leaf[below]].astype(np.intp)
    return depth


def _build(values: Values) -> Compute:
    left, right = array(values, "left").astype(np.intp), array(values, "right").astype(np.intp)
    total = np.float32 if values["single_sum"] else np.float64

    def at_place(name: str, dtype: type) -> NDArray[Any]:
        return np.repeat(array(values, name).astype(dtype), 2)

    threshold = at_place("threshold", np.float64)
    forest = _Forest(
        feature=at_place("feature", np.intp),
        threshold=_single(threshold) if values["single"] else threshold,
        child=2 * np.stack([right, left], axis=1).ravel(),
        missing_left=at_place("missing_left", bool),
        value=at_place("value", total),
        root=2 * array(values, "root").astype(np.intp),
        depth=_depths(left, right, array(values, "root")),
        single=bool(values["single"]),
        initial=_number(values, "initial"),
        divisor=_number(values, "divisor"),
        category=at_place("category", np.intp),
        members=array(values, "members").astype(bool),
    )
    return lambda x: _evaluate(forest, x)


def _single(threshold: FloatArray) -> NDArray[np.float32]:
    """The largest float32 that is at most the threshold: the same decisions for float32, in half the memory."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _number(values: Values, name: str) -> float:
    value = values[name]
    if not isinstance(value, float):
        raise TypeError(name)
    return value


def _evaluate(forest: _Forest, x: FloatArray) -> FloatArray:
    if forest.single:
        return _sums(forest, x.astype(np.float32))
    return _sums(forest, x)


def _sums(forest: _Forest, x: NDArray[np.floating]) -> FloatArray:
    sums = _few(forest, x) if len(x) <= _FEW else _tree_by_tree(forest, x)
    if forest.divisor != 1.0:
        sums = sums / sums.dtype.type(forest.divisor)
    return sums.astype(np.float64)[:, None]


def _few(forest: _Forest, x: NDArray[np.floating]) -> NDArray[np.floating]:
    if len(x) == 1 and len(forest.feature) <= _WALKERS // 2:
        return _every_node(forest, x[0])
    size = max(1, _WALKERS // len(forest.root))
    return np.concatenate([_all_at_once(forest, x[start : start + size]) for start in range(0, len(x), size)])


def _every_node(forest: _Forest, row: NDArray[np.floating]) -> NDArray[np.floating]:
    """Decide all nodes of small trees for one row, then follow the children."""
    places = np.arange(0, len(forest.feature), 2)
    step = _stepper(forest, bool(np.isnan(row).any()))
    following = step(places, row.take(forest.feature[::2]))
    at = forest.root
    for _ in range(int(forest.depth.max())):
        at = following.take(at >> 1)
    return _total(forest, forest.value.take(at)[None])


def _all_at_once(forest: _Forest, x: NDArray[np.floating]) -> NDArray[np.floating]:
    rows, flat = len(x), np.ascontiguousarray(x).ravel()
    step = _stepper(forest, bool(np.isnan(flat).any()))
    at = np.broadcast_to(forest.root, (rows, len(forest.root)))
    start = (np.arange(rows) * x.shape[1])[:, None]
    for _ in range(int(forest.depth.max())):
        feature = forest.feature.take(at)
        at = step(at, flat.take(feature + start if rows > 1 else feature))
    return _total(forest, forest.value.take(at))


def _total(forest: _Forest, leaves: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sums over the trees, in order, of leaves of shape (rows, trees)."""
    initial = np.full((len(leaves), 1), forest.initial, forest.value.dtype)
    return np.add.accumulate(np.concatenate([initial, leaves], axis=1), axis=1)[:, -1]


def _tree_by_tree(forest: _Forest, x: NDArray[np.floating]) -> NDArray[np.floating]:
    sums = np.full(len(x), forest.initial, forest.value.dtype)
    for first in range(0, len(x), _BLOCK):
        block = np.ascontiguousarray(x[first : first + _BLOCK].T)
        step = _stepper(forest, bool(np.isnan(block).any()))
        part = sums[first : first + _BLOCK]
        feature = forest.feature * block.shape[1]  # where the feature's values begin in the block
        for root, depth in zip(forest.root.tolist(), forest.depth.tolist(), strict=True):
            part += forest.value.take(_leaves(forest, step, feature, block, root, depth))
    return sums


def _leaves(
    forest: _Forest, step: _Step, feature: Positions, block: NDArray[np.floating], root: int, depth: int
) -> Positions:
    """The leaf of each row; rows that have reached one are put aside from time to time."""
    flat, row = block.ravel(), np.arange(block.shape[1])
    leaves = at = np.full(len(row), root)
    for level in range(1, depth + 1):
        place = feature.take(at)
        place += row
        at = step(at, flat.take(place))
        if level % _LEVELS == 0 and level < depth:
            leaves[row] = at
            walking = np.flatnonzero(forest.child.take(at) != at)
            row, at = row.take(walking), at.take(walking)
    leaves[row] = at
    return leaves


def _stepper(forest: _Forest, missing: bool) -> _Step:
    """Return the function from places of nodes and the values of their features to the places of the children."""
    threshold, child, left = forest.threshold, forest.child, forest.missing_left

    def plain(at: Positions, x: NDArray[np.floating]) -> Positions:
        return child.take(at + (x <= threshold.take(at)))

    def careful(at: Positions, x: NDArray[np.floating]) -> Positions:
        goes_left = x <= threshold.take(at)
        if missing:
            goes_left |= np.isnan(x) & left.take(at)
        if len(forest.members):
            goes_left = _by_category(forest, at, x, goes_left)
        return child.take(at + goes_left)

    return careful if missing or len(forest.members) else plain


def _by_category(
    forest: _Forest, at: Positions, x: NDArray[np.floating], goes_left: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Where the node has a set of categories, x goes left if it is a member; what is no category goes as NaN."""
    category, size = forest.category.take(at), forest.members.shape[1]
    inside = (x > -1) & (x < size)
    code = np.where(inside, x, 0).astype(np.intp)
    member = np.where(inside, forest.members[np.maximum(category, 0), code], forest.missing_left.take(at))
    return np.where(category >= 0, member, goes_left)


_PARAMETERS: Mapping[str, Parameter] = {
    "feature": integers(1),
    "threshold": numbers(1, infinite=True),
    "left": integers(1),
    "right": integers(1),
    "missing_left": integers(1),
    "value": numbers(1),
    "root": integers(1),
    "category": integers(1),
    "members": integers(2),
    "initial": Parameter(NUMBER),
    "divisor": Parameter(NUMBER),
    "single": Parameter(FLAG),
    "single_sum": Parameter(FLAG),
}

OPERATORS: Mapping[str, Operator] = {
    "trees": Operator(
        (1, 1),
        _PARAMETERS,
        _infer,
        _build,
        "The sum of `initial` and each tree's value, in order, over `divisor`. x goes left where it is at most the "
        "threshold, or a member of the node's set of categories; NaN goes as `missing_left` says. `single` rounds x "
        "to float32 first, `single_sum` sums in float32.",
    ),
}
