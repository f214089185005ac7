"""Check the trees of LightGBM and XGBoost models before their native libraries read them.

Both libraries follow child and feature indices without checks when predicting. Every child must come after its
parent, and every feature index must be within the columns.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ppa.modelfiles.safety.ubjson import parse

_TREE = re.compile(r"^Tree=(\d+)$", re.MULTILINE)
_END = "\nend of trees\n"
_HEADER = {"num_class": "1", "num_tree_per_iteration": "1"}


def check_lightgbm(text: object) -> None:
    """Raise ValueError unless `text` is LightGBM's text format of a binary classifier with plain trees."""
    if not isinstance(text, str) or not text.startswith("tree\n") or _END not in text:
        raise ValueError("it is not a LightGBM model")
    body = text[: text.index(_END) + 1]
    starts = [match.start() for match in _TREE.finditer(body)] or [len(body)]
    header = _fields(body[: starts[0]])
    if any(header.get(name) != value for name, value in _HEADER.items()) or not header.get(
        "objective", ""
    ).startswith("binary"):
        raise ValueError("it is not a LightGBM classifier of two classes")
    blocks = [
        body[start:end] for start, end in zip(starts, [*starts[1:], len(body)], strict=True) if start < end
    ]
    if [int(size) for size in header.get("tree_sizes", "").split()] != [len(b.encode()) for b in blocks]:
        raise ValueError("the sizes of its trees are wrong")
    features = int(header["max_feature_idx"]) + 1
    for block in blocks:
        _check_lightgbm_tree(_fields(block), features)


def _fields(block: str) -> dict[str, str]:
    lines = [line.partition("=") for line in block.splitlines() if "=" in line]
    fields = {name: value for name, _, value in lines}
    if len(fields) < len(lines):
        raise ValueError("it has a duplicate key")
    return fields


def _check_lightgbm_tree(tree: Mapping[str, str], features: int) -> None:
    leaves = int(tree["num_leaves"])
    if tree["num_cat"] != "0" or tree.get("is_linear", "0") != "0":
        raise ValueError("a tree has categories or linear leaves")
    if leaves < 1 or len(tree["leaf_value"].split()) != leaves:
        raise ValueError("the number of a tree's leaves is wrong")
    if leaves == 1:
        return
    names = ("split_feature", "decision_type", "left_child", "right_child")
    split, _, left, right = columns = [[int(one) for one in tree[name].split()] for name in names]
    if {len(column) for column in columns} != {leaves - 1} or len(tree["threshold"].split()) != leaves - 1:
        raise ValueError("the number of a tree's splits is wrong")
    _check_features(split, features)
    for parent, children in enumerate(zip(left, right, strict=True)):
        if not all(parent < child < leaves - 1 or -leaves <= child < 0 for child in children):
            raise ValueError("a tree refers to a node that does not exist")


def check_xgboost(data: bytes) -> None:
    """Raise ValueError unless `data` is XGBoost's UBJSON format of a binary classifier with plain trees."""
    content: Any = parse(data)
    try:
        learner = content["Model"]["learner"]
        booster, features = learner["gradient_booster"], int(learner["learner_model_param"]["num_feature"])
        if booster["name"] != "gbtree" or not learner["objective"]["name"].startswith("binary:"):
            raise ValueError("it is not an XGBoost classifier of two classes with trees")
        model = booster["model"]
        if int(model["gbtree_model_param"]["num_trees"]) != len(model["trees"]) or any(model["tree_info"]):
            raise ValueError("the number of its trees is wrong")
        for tree in model["trees"]:
            _check_xgboost_tree(tree, features)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"a part is missing or has the wrong type: {error}") from error


def _check_xgboost_tree(tree: Mapping[str, Any], features: int) -> None:
    nodes = int(tree["tree_param"]["num_nodes"])
    if int(tree["tree_param"]["size_leaf_vector"]) > 1 or any(tree["split_type"]) or tree["categories"]:
        raise ValueError("a tree has categories or several values per leaf")
    left, right = tree["left_children"], tree["right_children"]
    arrays = ("split_indices", "split_conditions", "default_left", "split_type", "base_weights", "parents")
    if nodes < 1 or {len(left), len(right), *(len(tree[name]) for name in arrays)} != {nodes}:
        raise ValueError("the number of a tree's nodes is wrong")
    _check_features(tree["split_indices"], features)
    for parent, children in enumerate(zip(left, right, strict=True)):
        if children != (-1, -1) and not all(parent < child < nodes for child in children):
            raise ValueError("a tree refers to a node that does not exist")


def _check_features(split: Sequence[int], features: int) -> None:
    if not all(0 <= feature < features for feature in split):
        raise ValueError("a tree splits on a feature that does not exist")
