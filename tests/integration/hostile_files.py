"""Hostile and broken model files, each derived from a genuine one; their code would create the canary file."""

import io
import json
import operator
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from scipy.sparse import csr_array, save_npz
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, MinMaxScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skops.io import dumps

Members = dict[str, bytes]
Schema = dict[str, Any]
Maker = Callable[[Path], bytes]

CANARY_MODULE = "canary_of_hostile_files"

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 4)), columns=list("abcd"))
LABELS = (ROWS["a"] > 0).astype(int)


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@cache
def genuine() -> bytes:
    return bytes(dumps(LogisticRegression().fit(ROWS, LABELS)))


def with_schema(
    edit: Callable[[Schema], object], data: bytes | None = None, extra: Mapping[str, bytes] | None = None
) -> bytes:
    """A genuine file with a schema changed by `edit`, or replaced by its return value."""
    members = members_of(data or genuine())
    schema = json.loads(members["schema.json"])
    members["schema.json"] = json.dumps(edit(schema) or schema).encode()
    return zipped(members | dict(extra or {}))


def with_node(node: Schema, protocol: object = 2, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A genuine logistic regression with `node` in place of its `random_state`."""

    def edit(schema: Schema) -> None:
        schema["content"]["content"]["random_state"] = node
        schema["protocol"] = protocol

    return with_schema(edit, extra=extra)


def node(loader: str, path: str, **rest: object) -> Schema:
    module, _, name = path.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": name, **rest}


def text(value: object) -> Schema:
    return node("JsonNode", "builtins.str", content=json.dumps(value), is_json=True)


def sequence(*items: Schema, kind: str = "tuple") -> Schema:
    return node(f"{kind.capitalize()}Node", f"builtins.{kind}", content=list(items))


def mapping(**items: Schema) -> Schema:
    keys = sequence(*(node("TypeNode", "builtins.str") for _ in items), kind="list")
    return node("DictNode", "builtins.dict", content=items, key_types=keys)


def touch(canary: Path) -> str:
    return f"touch {canary}"


class _Reduces:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (touch(self.canary),)


class _OwnClassifier(LogisticRegression):  # type: ignore[misc]
    def __setstate__(self, state: dict[str, object]) -> None:
        os.system(touch(Path(str(state["canary"]))))  # noqa: S605


def _own_classifier(canary: Path) -> bytes:
    model = _OwnClassifier().fit(ROWS, LABELS)
    model.canary = str(canary)
    return bytes(dumps(model))


def _joblib(canary: Path, compress: int | tuple[str, int] = 0) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(_Reduces(canary), buffer, compress=compress)
    return buffer.getvalue()


def _module_that_runs_on_import(canary: Path) -> bytes:
    (canary.parent / f"{CANARY_MODULE}.py").write_text(f"open({str(canary)!r}, 'w')\nclass Model: pass\n")
    if str(canary.parent) not in sys.path:
        sys.path.insert(0, str(canary.parent))
    return with_schema(lambda schema: {**schema, "__module__": CANARY_MODULE, "__class__": "Model"})


def _system(canary: Path) -> Schema:
    return sequence(text(touch(canary)))


def _lying_header(canary: Path) -> bytes:
    members = members_of(genuine())
    name = next(name for name in members if name.endswith(".npy"))
    members[name] = _npy_header((1 << 40,)) + b"\0" * 8
    return zipped(members)


def _npy_header(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _pickled_array(canary: Path) -> bytes:
    members = members_of(genuine())
    buffer = io.BytesIO()
    np.save(buffer, np.array([_Reduces(canary)], dtype=object), allow_pickle=True)
    return zipped(dict.fromkeys(members, buffer.getvalue()) | {"schema.json": members["schema.json"]})


def _pickled_array_of_the_right_size(canary: Path) -> bytes:
    members = members_of(genuine())
    content = pickle.dumps(_Reduces(canary))
    content += bytes(-len(content) % 8)
    lying = _npy_header((len(content) // 8,), "|O") + content
    return zipped(dict.fromkeys(members, lying) | {"schema.json": members["schema.json"]})


def _unreadable_header(canary: Path) -> bytes:
    members = members_of(genuine())
    unreadable = _npy_header((1,)).replace(b"}", b"(") + b"\0" * 8
    return zipped(dict.fromkeys(members, unreadable) | {"schema.json": members["schema.json"]})


def _missing_array(canary: Path) -> bytes:
    return zipped({"schema.json": members_of(genuine())["schema.json"]})


def _duplicate(canary: Path) -> bytes:
    buffer = io.BytesIO(genuine())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("schema.json", with_node(node("FunctionNode", "os.system")))
    return buffer.getvalue()


def _damaged(canary: Path) -> bytes:
    data = bytearray(genuine())
    data[data.index(b"\x93NUMPY") + 100] ^= 0xFF
    return bytes(data)


def _encrypted(canary: Path) -> bytes:
    data = bytearray(genuine())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _forged_size(canary: Path) -> bytes:
    """A directory entry that claims eight bytes for a member that unpacks to 64 MiB."""
    data = bytearray(zipped(members_of(genuine()) | {"bomb.npy": bytes(64 << 20)}))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 8)
    return bytes(data)


def _claimed_terabytes(canary: Path) -> bytes:
    data = bytearray(genuine())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 0xFFFFFFF0)
    return bytes(data)


def _smuggled_by_id(canary: Path) -> bytes:
    """f_classif, allowed at one place, is to be reused by its id at a place that was checked as null."""
    model = make_pipeline(SelectKBest(k=2), FunctionTransformer(), LogisticRegression()).fit(ROWS, LABELS)

    def edit(schema: Schema) -> None:
        steps = [step["content"][1] for step in schema["content"]["content"]["steps"]["content"]]
        function = steps[0]["content"]["content"]["score_func"]
        steps[1]["content"]["content"]["func"]["__id__"] = function["__id__"]

    return with_schema(edit, bytes(dumps(model)))


def _cycle(canary: Path) -> bytes:
    def edit(schema: Schema) -> None:
        schema["content"]["content"]["random_state"] = sequence(kind="list") | {"__id__": schema["__id__"]}

    return with_schema(edit)


def _object_for_a_function(canary: Path) -> bytes:
    model = make_pipeline(FunctionTransformer(), LogisticRegression()).fit(ROWS, LABELS)

    def edit(schema: Schema) -> None:
        step = schema["content"]["content"]["steps"]["content"][0]["content"][1]
        step["content"]["content"]["func"] = sequence(kind="list")

    return with_schema(edit, bytes(dumps(model)))


def _misplaced_function(canary: Path) -> bytes:
    return with_node(node("FunctionNode", "sklearn.feature_selection._univariate_selection.f_classif"))


def _deep_nodes(canary: Path) -> bytes:
    nested = text(None)
    for _ in range(300):
        nested = sequence(nested, kind="list")
    return with_node(nested)


def _generator(canary: Path) -> bytes:
    """A bit generator's name, a plain string, is looked up in numpy.random and called."""
    states = {"bit_generator": mapping(bit_generator=text("seed")), "seed_seq": mapping(entropy=text(1))}
    return with_node(node("RandomGeneratorNode", "numpy.random._generator.Generator", content=states))


def _sparse(canary: Path) -> bytes:
    buffer = io.BytesIO()
    save_npz(buffer, csr_array(np.eye(2)))
    loader = node("SparseMatrixNode", "scipy.sparse._csr.csr_array", type="scipy", file="a.npz")
    return with_node(loader, extra={"a.npz": buffer.getvalue()})


def _version(stated: str) -> Maker:
    def edit(schema: Schema) -> None:
        schema["content"]["content"]["_sklearn_version"] = text(stated)

    return lambda canary: with_schema(edit)


def _no_version(canary: Path) -> bytes:
    def edit(schema: Schema) -> None:
        del schema["content"]["content"]["_sklearn_version"]

    return with_schema(edit)


def _two_versions(canary: Path) -> bytes:
    model = make_pipeline(MinMaxScaler(), LogisticRegression()).fit(ROWS, LABELS)

    def edit(schema: Schema) -> None:
        schema["content"]["content"]["_sklearn_version"] = text("1.0.0")

    return with_schema(edit, bytes(dumps(model)))


def _with_member(name: str) -> Maker:
    return lambda canary: zipped(members_of(genuine()) | {name: b""})


def _of_protocol(number: object) -> Maker:
    return lambda canary: with_node(text(None), number)


def _saved(make: Callable[[], object]) -> Maker:
    return lambda canary: bytes(dumps(make()))


def _fitted(model: BaseEstimator) -> Maker:
    return _saved(lambda: model.fit(ROWS.abs(), LABELS))


def _manhattan(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).sum())


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a @ b.T)


REFUSED_UNBUILT: dict[str, tuple[str, Maker]] = {
    "empty": ("model_empty", lambda canary: b""),
    "text": ("model_not_zip", lambda canary: b"not a model"),
    "html": ("model_not_zip", lambda canary: b"<html>Sign in</html>"),
    "zeros": ("model_not_zip", lambda canary: bytes(1000)),
    "shell script before the zip": ("model_not_zip", lambda canary: b"#!/bin/sh\n" + genuine()),
    "too large": ("model_too_large", lambda canary: genuine() + bytes(65 << 20)),
    "pickle": ("model_is_pickle", lambda canary: pickle.dumps(_Reduces(canary))),
    # CVE-2025-54886: skops' Card.get_model passes files that are not archives to joblib
    "joblib": ("model_is_pickle", _joblib),
    "joblib zlib": ("model_is_pickle", lambda canary: _joblib(canary, 3)),
    "joblib gzip": ("model_is_pickle", lambda canary: _joblib(canary, ("gzip", 3))),
    "joblib xz": ("model_is_pickle", lambda canary: _joblib(canary, ("xz", 3))),
    "truncated": ("model_archive_unsound", lambda canary: genuine()[:-200]),
    "first half": ("model_archive_unsound", lambda canary: genuine()[: len(genuine()) // 2]),
    "damaged": ("model_archive_unsound", _damaged),
    "encrypted": ("model_archive_unsound", _encrypted),
    "lzma": ("model_archive_unsound", lambda canary: zipped(members_of(genuine()), zipfile.ZIP_LZMA)),
    "duplicate schema": ("model_archive_unsound", _duplicate),
    "forged size": ("model_archive_unsound", _forged_size),
    "pickle inside": (
        "model_archive_unsound",
        lambda canary: zipped({"model.pkl": pickle.dumps(_Reduces(canary))}),
    ),
    **{
        f"member {name!r}": ("model_archive_unsound", _with_member(name))
        for name in (
            "../../evil.npy",
            "/etc/evil.npy",
            "a/b.npy",
            "..\\evil.npy",
            "evil.py",
            "a\n.npy",
            ".npy",
        )
    },
    "no schema": ("model_no_schema", lambda canary: zipped({"a.npy": b""})),
    "too many members": ("model_zip_bomb", lambda canary: zipped({f"{n}.npy": b"" for n in range(20_001)})),
    "schema bomb": ("model_zip_bomb", lambda canary: zipped({"schema.json": b" " * (33 << 20)})),
    "claimed terabytes": ("model_zip_bomb", _claimed_terabytes),
    "schema not JSON": ("model_schema_unsound", lambda canary: zipped({"schema.json": b"{"})),
    "schema not UTF-8": ("model_schema_unsound", lambda canary: zipped({"schema.json": b"\xff\xfe{}"})),
    "schema a list": ("model_schema_unsound", lambda canary: zipped({"schema.json": b"[]"})),
    "schema too deep": ("model_schema_unsound", lambda canary: zipped({"schema.json": b"[" * 100_000})),
    "schema empty": ("model_schema_unsound", lambda canary: zipped({"schema.json": b'{"protocol": 2}'})),
    "nodes too deep": ("model_schema_unsound", _deep_nodes),
    "huge number": ("model_schema_unsound", lambda canary: zipped({"schema.json": b"9" * 100_000})),
    **{
        f"protocol {number!r}": ("model_schema_unsound", _of_protocol(number))
        for number in (0, 1, 3, -1, "2", None)
    },
    "array that lies": ("model_schema_unsound", _lying_header),
    "array of pickles": ("model_schema_unsound", _pickled_array),
    "array of pickles of the right size": ("model_schema_unsound", _pickled_array_of_the_right_size),
    "array with an unreadable header": ("model_schema_unsound", _unreadable_header),
    "array missing": ("model_schema_unsound", _missing_array),
    "array of an unknown kind": (
        "model_schema_unsound",
        lambda canary: with_node(node("NdArrayNode", "numpy.ndarray", type="pickle", file="x")),
    ),
    "list for a scalar": ("model_schema_unsound", lambda canary: with_node(text([1]))),
    "state that is a list": (
        "model_schema_unsound",
        lambda canary: with_schema(lambda schema: schema.update(content=sequence(kind="list"))),
    ),
    "callable smuggled by id": ("model_schema_unsound", _smuggled_by_id),
    "node inside itself": ("model_schema_unsound", _cycle),
    "id that is a list": ("model_schema_unsound", lambda canary: with_node(text(None) | {"__id__": [1]})),
    "function": ("model_callable", lambda canary: with_node(node("FunctionNode", "os.system"))),
    "function trusted by skops": (
        "model_callable",
        lambda canary: with_node(node("FunctionNode", "numpy.exp")),
    ),
    "function of protocol 0": (
        "model_schema_unsound",
        lambda canary: with_node(
            node("FunctionNode", "numpy.exp", content={"module_path": "os", "function": "system"}), 0
        ),
    ),
    "object for a function": ("model_callable", _object_for_a_function),
    "function at the wrong place": ("model_callable", _misplaced_function),
    # CVE-2025-54413: the type shown as trusted is not the one MethodNode looks up
    "method": (
        "model_callable",
        lambda canary: with_node(
            node("MethodNode", "builtins.str", content={"func": "format", "obj": text("{0.__class__}")})
        ),
    ),
    # CVE-2025-54412: OperatorFuncNode calls any operator named by its class, with arguments from the file
    "operator": (
        "model_callable",
        lambda canary: with_node(
            node(
                "OperatorFuncNode",
                "operator.call",
                attrs=sequence(node("TypeNode", "os.system"), text(touch(canary))),
            )
        ),
    ),
    "method caller": (
        "model_callable",
        lambda canary: bytes(dumps(FunctionTransformer(operator.methodcaller("sum")))),
    ),
    "partial": (
        "model_callable",
        lambda canary: bytes(dumps(FunctionTransformer(partial(os.system, touch(canary))))),
    ),
    "constructor": (
        "model_callable",
        lambda canary: with_node(
            node("ConstructorFromReduceNode", "subprocess.Popen", content=_system(canary))
        ),
    ),
    "function transformer": (
        "model_callable",
        _fitted(make_pipeline(FunctionTransformer(np.log1p), LogisticRegression())),
    ),
    "lambda": ("model_callable", _saved(lambda: FunctionTransformer(lambda rows: rows))),
    "own metric": ("model_callable", _fitted(KNeighborsClassifier(algorithm="brute", metric=_manhattan))),
    "own kernel": ("model_callable", _saved(lambda: SVC(kernel=_kernel))),
    "chi2": ("model_callable", _fitted(make_pipeline(SelectKBest(chi2, k=1), LogisticRegression()))),
    "reduce": (
        "model_type_not_allowed",
        lambda canary: with_node(
            node("ReduceNode", "os.system", content=mapping(), __reduce__={"args": _system(canary)})
        ),
    ),
    "loss that is a function": (
        "model_type_not_allowed",
        lambda canary: with_node(
            node("LossNode", "os.system", content=mapping(), __reduce__={"args": _system(canary)})
        ),
    ),
    "object": ("model_type_not_allowed", lambda canary: with_node(node("ObjectNode", "subprocess.Popen"))),
    "type": ("model_type_not_allowed", lambda canary: with_node(node("TypeNode", "os.system"))),
    "dictionary of another type": (
        "model_type_not_allowed",
        lambda canary: with_node(mapping() | {"__module__": "collections", "__class__": "Counter"}),
    ),
    "default dictionary": (
        "model_type_not_allowed",
        lambda canary: with_node(
            node(
                "DefaultDictNode",
                "collections.defaultdict",
                content={"main": mapping(), "default_factory": text(None)},
            )
        ),
    ),
    "cached node": ("model_type_not_allowed", lambda canary: with_node(node("CachedNode", "builtins.list"))),
    "unknown loader": ("model_type_not_allowed", lambda canary: with_node(node("EvalNode", "builtins.eval"))),
    "quantile forest": (
        "model_type_not_allowed",
        lambda canary: with_node(node("QuantileForestNode", "quantile_forest.QuantileForest")),
    ),
    "masked array": (
        "model_type_not_allowed",
        lambda canary: with_node(node("MaskedArrayNode", "numpy.ma.MaskedArray")),
    ),
    "bytes": (
        "model_type_not_allowed",
        lambda canary: with_node(node("BytesNode", "builtins.bytes", file="a.npy")),
    ),
    "sparse": ("model_archive_unsound", _sparse),
    "module that runs on import": ("model_type_not_allowed", _module_that_runs_on_import),
    "own class": ("model_type_not_allowed", _own_classifier),
    "regressor": ("model_type_not_allowed", _fitted(RandomForestRegressor(2))),
    "linear regression": ("model_type_not_allowed", _fitted(LinearRegression())),
    "clusterer": ("model_type_not_allowed", _fitted(KMeans(2))),
    "outlier detector": ("model_type_not_allowed", _fitted(IsolationForest(n_estimators=2))),
    "classifier not on the list": ("model_type_not_allowed", _fitted(GaussianProcessClassifier())),
    "list of models": ("model_not_an_estimator", _saved(lambda: [LogisticRegression()])),
    "array": ("model_not_an_estimator", _saved(lambda: np.zeros(3))),
    "old version": ("model_version", _version("1.2.0")),
    "future version": ("model_version", _version("99.0.0")),
    "garbage version": ("model_version", _version("latest")),
    "no version": ("model_version", _no_version),
    "two versions": ("model_version", _two_versions),
}


def _tree_model(**nodes: int) -> BaseEstimator:
    """A fitted tree with overwritten fields of its root."""
    model = DecisionTreeClassifier(max_depth=2).fit(ROWS, LABELS + (ROWS["b"] > 0) > 1)
    make, arguments, state = model.tree_.__reduce__()
    state["nodes"] = state["nodes"].copy()
    for field, value in nodes.items():
        state["nodes"][field][0] = value
    model.tree_ = make(*arguments)
    model.tree_.__setstate__(state)
    return model


def _forest_of(tree: BaseEstimator) -> BaseEstimator:
    model = RandomForestClassifier(2).fit(ROWS, LABELS)
    model.estimators_[0] = tree
    return model


def _histogram_model(**nodes: int) -> BaseEstimator:
    model = HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=5).fit(ROWS, LABELS)
    for field, value in nodes.items():
        model._predictors[0][0].nodes[field][0] = value
    return model


def _neighbours_model(place: int, change: Callable[[Any], Any]) -> BaseEstimator:
    """Nearest neighbours with one changed entry in the state of the search tree."""
    model = KNeighborsClassifier(algorithm="kd_tree", leaf_size=5).fit(ROWS, LABELS)
    state = list(model._tree.__getstate__())
    state[place] = change(state[place])
    model._tree.__setstate__(tuple(state))
    return model


def _with_ends(nodes: np.ndarray) -> np.ndarray:
    nodes = nodes.copy()
    nodes["idx_end"] = 1 << 30
    return nodes


def _with_inner_leaves(nodes: np.ndarray) -> np.ndarray:
    nodes = nodes.copy()
    nodes["is_leaf"] = 0
    return nodes


def _altered(model: BaseEstimator, **attributes: object) -> BaseEstimator:
    vars(model.fit(ROWS, LABELS)).update(attributes)
    return model


def _without(model: BaseEstimator, attribute: str) -> BaseEstimator:
    delattr(model.fit(ROWS, LABELS), attribute)
    return model


def _boosting_of(tree: BaseEstimator) -> BaseEstimator:
    model = GradientBoostingClassifier(n_estimators=2).fit(ROWS, LABELS)
    model.estimators_[0, 0] = tree
    return model


def _narrow(model: BaseEstimator) -> BaseEstimator:
    """A part fitted on more features than the whole model is given."""
    return model.fit(ROWS.assign(e=ROWS["a"]), LABELS)


def _histogram_of_other_columns() -> BaseEstimator:
    """Its own preprocessing leaves one column, and its trees read any."""
    columns = PCA(1).fit(ROWS)
    return _altered(HistGradientBoostingClassifier(max_iter=1), _preprocessor=columns, n_features_in_=1 << 32)


def _one_hot(**attributes: object) -> BaseEstimator:
    """A pipeline whose encoder states other columns than it has; scipy writes where they say."""
    model = make_pipeline(KBinsDiscretizer(3), LogisticRegression()).fit(ROWS, LABELS)
    vars(model[0]._encoder).update(attributes)
    return model


# files with allowed types only, whose numbers would crash, hang or mislead the process
REFUSED_ON_BUILDING: dict[str, Maker] = {
    "bit generator that is a function": _generator,
    "tree that leads outside": _saved(lambda: _tree_model(left_child=10**9, right_child=10**9)),
    "tree that never ends": _saved(lambda: _tree_model(left_child=0, right_child=0)),
    "tree with a negative child": _saved(lambda: _tree_model(right_child=-5)),
    "tree on a feature that is not there": _saved(lambda: _tree_model(feature=10**9)),
    "tree that is none": _saved(lambda: _altered(DecisionTreeClassifier(), tree_=LogisticRegression())),
    "tree of other features": _saved(lambda: _altered(_narrow(DecisionTreeClassifier()), n_features_in_=3)),
    "tree that states no features": _saved(lambda: _without(DecisionTreeClassifier(), "n_features_in_")),
    "tree inside a forest": _saved(lambda: _forest_of(_tree_model(left_child=10**9))),
    "forest of other features": _saved(lambda: _forest_of(_narrow(DecisionTreeClassifier()))),
    "boosting of something else": _saved(lambda: _boosting_of(LogisticRegression().fit(ROWS, LABELS))),
    "boosting of classifiers": _saved(lambda: _boosting_of(DecisionTreeClassifier().fit(ROWS, LABELS))),
    "histogram tree that leads outside": _saved(lambda: _histogram_model(left=10**9, right=10**9)),
    "histogram tree that never ends": _saved(lambda: _histogram_model(left=0, right=0)),
    "histogram tree on another feature": _saved(lambda: _histogram_model(feature_idx=10**9)),
    "histogram tree by categories": _saved(lambda: _histogram_model(is_categorical=1, bitset_idx=10**8)),
    "neighbours that lead outside": _saved(lambda: _neighbours_model(1, lambda index: index + 10**7)),
    "neighbours of too many rows": _saved(lambda: _neighbours_model(2, _with_ends)),
    "neighbours without leaves": _saved(lambda: _neighbours_model(2, _with_inner_leaves)),
    "neighbours without a metric": _saved(lambda: _neighbours_model(11, lambda metric: None)),
    "neighbours of other classes": _saved(lambda: _altered(KNeighborsClassifier(), _y=np.full(80, 10**9))),
    "svc of other vectors": _saved(lambda: _altered(SVC(), support_=np.zeros(2, dtype=np.int32))),
    "svc of other counts": _saved(lambda: _altered(SVC(), _n_support=np.array([10**6, 1], dtype=np.int32))),
    "svc on its own kernel matrix": _saved(lambda: _altered(SVC(), kernel="precomputed")),
    "histogram trees of other columns": _saved(_histogram_of_other_columns),
    "histogram trees that take rows for binned": _saved(
        lambda: _altered(HistGradientBoostingClassifier(max_iter=1), _in_fit=True)
    ),
    "encoder of fewer columns": _saved(lambda: _one_hot(_n_features_outs=[1, 1, 1, 1])),
    "encoder of categories in disorder": _saved(
        lambda: _one_hot(categories_=[np.array([0.0, 2.0, 1.0])] * 4),
    ),
    "encoder that drops what is not there": _saved(
        lambda: _one_hot(drop_idx_=np.array([7] * 4), _drop_idx_after_grouping=np.array([7] * 4))
    ),
    "boosting of no class": _saved(lambda: _altered(GradientBoostingClassifier(), n_trees_per_iteration_=0)),
    "neighbours of more rows than there are": _saved(
        lambda: _altered(KNeighborsClassifier(), n_samples_fit_=10**6, n_neighbors=10**5)
    ),
    "forest of something else": _saved(lambda: _forest_of(KNeighborsClassifier().fit(ROWS, LABELS))),
    "method that is a number": _saved(lambda: _altered(LogisticRegression(), predict_proba=1)),
    "attribute that fitting never gives": _saved(lambda: _altered(GaussianNB(), surplus=1)),
}
