"""LightGBM, XGBoost and CatBoost."""

import json
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.builder import Wire
from ppa.modelfiles.convert.forests import Tree, trees
from ppa.modelfiles.convert.registry import Conversion, probability

_LINEAR_TREES = "Fit it without linear_tree."
_OBJECTIVE = "Use its objective for two classes."
_LIGHTGBM_ZERO = 1e-35  # kZeroThreshold of LightGBM
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_ZERO, _NAN = 1, 2


@probability("LGBMClassifier")
def _lightgbm(c: Conversion, e: Any, x: Wire) -> Wire:
    text = e.booster_.model_to_string()
    head, *blocks = text.split("\nTree=")
    fields = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    objective, *options = fields.get("objective", "").split()
    c.require(
        e,
        objective in {"binary", "cross_entropy"},
        f"has the objective {objective or 'of its own'}",
        _OBJECTIVE,
    )
    c.require(
        e, not _pandas_categories(text), "was fitted on columns of type category", "Pass categorical_feature."
    )
    parts: list[Tree] = []
    members: list[NDArray[np.bool_]] = []
    kinds: set[int] = set()
    for block in blocks:
        tree = dict(line.split("=", 1) for line in block.split("\n\n")[0].splitlines() if "=" in line)
        c.require(e, tree.get("is_linear", "0") == "0", "has linear trees", _LINEAR_TREES)
        part, missing = _lightgbm_tree(tree, members)
        parts.append(part)
        kinds |= missing
    if _ZERO in kinds:
        c.require(e, _NAN not in kinds, "treats missing values in two ways", "Fit it with one of them.")
        zero = c.binary("less_equal", c.unary("absolute", x), _LIGHTGBM_ZERO)
        x = c.where(zero, c.over(0.0, c.sub(1.0, zero)), x)
    table = _table_of(members)
    score = trees(c, x, parts, members=table, divisor=len(parts) if "average_output" in head else 1)
    sigmoid = next((float(one.partition(":")[2]) for one in options if one.startswith("sigmoid:")), 1.0)
    return c.unary("expit", score if sigmoid == 1.0 else c.times(score, sigmoid))


def _pandas_categories(text: str) -> bool:
    line = next((one for one in text.splitlines() if one.startswith("pandas_categorical:")), ":null")
    return bool([one for one in json.loads(line.partition(":")[2] or "null") or [] if one])


def _lightgbm_tree(tree: Mapping[str, str], members: list[NDArray[np.bool_]]) -> tuple[Tree, set[int]]:
    """One tree, and how its nodes treat missing values; its sets of categories are added to `members`."""

    def numbers(name: str, kind: Callable[[str], float] = float) -> NDArray[Any]:
        return np.array([kind(one) for one in tree.get(name, "").split()])

    leaves = numbers("leaf_value")
    inner = len(leaves) - 1
    if inner == 0:
        nothing = np.zeros(1, np.int64)
        return Tree(nothing, np.zeros(1), nothing - 1, nothing - 1, nothing, leaves), set()
    decision, threshold = numbers("decision_type", int), numbers("threshold")
    categorical, missing = (decision & _CATEGORICAL) > 0, (decision >> 2) & 3
    category = np.full(inner, -1)
    if categorical.any():
        category[categorical] = threshold[categorical].astype(int) + len(members)
        bounds, words = numbers("cat_boundaries", int), numbers("cat_threshold", int)
        for first, last in pairwise(bounds.tolist()):
            bits = (words[first:last, None].astype(np.uint64) >> np.arange(32, dtype=np.uint64)) & np.uint64(
                1
            )
            members.append(bits.ravel().astype(bool))
    # without a direction of their own, missing values count as 0
    stated = np.where(missing == 0, threshold >= 0, (decision & _DEFAULT_LEFT) > 0)

    def below(name: str) -> NDArray[Any]:
        child = numbers(name, int)
        return np.where(child >= 0, child, inner + ~child)

    def padded(values: NDArray[Any], filler: float) -> NDArray[Any]:
        return np.concatenate([values, np.full(inner + 1, filler).astype(values.dtype)])

    part = Tree(
        padded(numbers("split_feature", int), 0),
        padded(_beside_zero(threshold), 0),
        padded(below("left_child"), -1),
        padded(below("right_child"), -1),
        padded(np.where(categorical, 0, stated).astype(np.int64), 0),
        np.concatenate([np.zeros(inner), leaves]),
        padded(category, -1),
    )
    return part, {int(one) for one in missing[~categorical]}


def _beside_zero(threshold: NDArray[Any]) -> NDArray[Any]:
    """Thresholds that send what LightGBM takes for 0 where it sends 0."""
    zero = float(np.float32(_LIGHTGBM_ZERO))
    moved = np.where(threshold < 0, np.nextafter(-zero, -np.inf), zero)
    return np.where(np.abs(threshold) <= zero, moved, threshold)


def _table_of(members: list[NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    if not members:
        return None
    table = np.zeros((len(members), max(len(one) for one in members)), bool)
    for row, one in zip(table, members, strict=True):
        row[: len(one)] = one
    return table


@probability("XGBClassifier", "XGBRFClassifier")
def _xgboost(c: Conversion, e: Any, x: Wire) -> Wire:
    booster = e.get_booster()
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    objective, name = learner["objective"]["name"], learner["gradient_booster"]["name"]
    c.require(
        e, objective in {"binary:logistic", "reg:logistic"}, f"has the objective {objective}", _OBJECTIVE
    )
    c.require(
        e, e.missing is None or np.isnan(e.missing), "has a marker for missing values", "Use missing=nan."
    )
    c.require(e, name != "gblinear", "is linear, in float32", "Use LogisticRegression.")
    base = np.float32(json.loads(learner["learner_model_param"]["base_score"].strip("[]")))
    # the logarithm in double, then rounded: numpy's own of float32 differs from the C library's by a unit
    initial = float(np.float32(-math.log(np.float32(1) / base - np.float32(1))))
    model = learner["gradient_booster"]["gbtree" if name == "dart" else "model"]
    kept = _xgboost_trees(e, model.get("model", model))
    shares = learner["gradient_booster"]["weight_drop"] if name == "dart" else [1.0] * len(kept)
    members: list[NDArray[np.bool_]] = []
    parts = [
        _xgboost_tree(tree, np.float32(share), members) for tree, share in zip(kept, shares, strict=False)
    ]
    score = trees(c, x, parts, initial=initial, single=True, single_sum=True, members=_table_of(members))
    return c.unary("expit", score)


def _xgboost_trees(e: Any, model: Mapping[str, Any]) -> list[Any]:
    """The trees up to the best iteration, where fitting was stopped early."""
    per_round = int(model["gbtree_model_param"].get("num_parallel_tree", 1))
    last = getattr(e, "best_iteration", None) if getattr(e, "early_stopping_rounds", None) else None
    return list(model["trees"] if last is None else model["trees"][: (last + 1) * per_round])


def _xgboost_tree(tree: Mapping[str, Any], share: np.float32, members: list[NDArray[np.bool_]]) -> Tree:
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    condition = np.array(tree["split_conditions"], np.float32)
    category = np.full(len(left), -1)
    missing = np.array(tree["default_left"], np.int64)
    for node, first, size in zip(
        tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
    ):
        codes = tree["categories"][first : first + size]
        row = np.ones(max(256, max(codes, default=0) + 1), bool)
        row[codes] = False  # these go right
        category[node] = len(members)
        members.append(row)
    # x < condition in float32 is x <= the number before it
    threshold = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)
    return Tree(
        np.array(tree["split_indices"]), threshold, left, right, missing,
        (condition * share).astype(np.float64), category,
    )  # fmt: skip


@probability("CatBoostClassifier")
def _catboost(c: Conversion, e: Any, x: Wire) -> Wire:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        e.save_model(str(path), format="json")
        model = json.loads(path.read_text(encoding="utf-8"))
    features = model["features_info"]
    c.require(
        e, not features.get("categorical_features"), "has categorical features",
        "Encode them before, as with OrdinalEncoder or TargetEncoder.",
    )  # fmt: skip
    c.require(
        e, "oblivious_trees" in model, "has trees that are not symmetric", "Use grow_policy='SymmetricTree'."
    )
    parts = [_oblivious(tree, features["float_features"]) for tree in model["oblivious_trees"]]
    scale, (bias,) = model["scale_and_bias"]
    score = trees(c, x, parts, single=True)
    return c.unary("expit", c.plus(c.times(score, float(scale)), float(bias)))


def _oblivious(tree: Mapping[str, Any], features: list[Any]) -> Tree:
    """A tree with one split per level, in full; the last split decides the highest bit of the leaf."""
    splits = (tree["splits"] or [])[::-1]
    depth = len(splits)
    count = 2 ** (depth + 1) - 1
    feature, left, missing = (np.zeros(count, np.int64) for _ in range(3))
    threshold, value = np.zeros(count), np.zeros(count)
    left -= 1
    for level, split in enumerate(splits):
        nodes = np.arange(2**level - 1, 2 ** (level + 1) - 1)
        described = features[split["float_feature_index"]]
        feature[nodes] = described["flat_feature_index"]
        threshold[nodes] = split["border"]
        left[nodes] = 2 * nodes + 1
        missing[nodes] = described["nan_value_treatment"] != "AsTrue"
    value[2**depth - 1 :] = tree["leaf_values"]
    return Tree(feature, threshold, left, np.where(left < 0, -1, left + 1), missing, value)
