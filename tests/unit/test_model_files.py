"""Model files: supported estimators round-trip with identical probabilities."""

import hashlib
import io
import re
import warnings
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.api.types import pandas_dtype
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_classif, mutual_info_classif
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from ppa.modelfiles.classifiers import check_classifier, check_features
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.files import check_versions, dump_model, inspect, load_model
from ppa.modelfiles.safety import allowlist

SKLEARN = version("scikit-learn")


def _complete_rows(seed: int = 0, rows: int = 160) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    features = pd.DataFrame(random.normal(size=(rows, 5)), columns=list("abcde"))
    return features, (features["a"] + random.normal(size=rows) > 0).astype(int)


def _rows_with_gaps() -> pd.DataFrame:
    features = _complete_rows()[0]
    return features.mask(np.random.default_rng(1).random(features.shape) < 0.1)


CLASSIFIERS: dict[str, BaseEstimator] = {
    "logistic": LogisticRegression(class_weight={0: 1.0, 1: 2.0}),
    "logistic saga": LogisticRegression(solver="saga", random_state=np.random.RandomState(3)),
    "forest": RandomForestClassifier(30, oob_score=True, random_state=0, n_jobs=2),
    "extra trees": ExtraTreesClassifier(8, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, n_iter_no_change=2, random_state=0),
    "boosting exponential": GradientBoostingClassifier(n_estimators=5, loss="exponential"),
    "boosting on a model": GradientBoostingClassifier(n_estimators=5, init=LogisticRegression()),
    "tree": DecisionTreeClassifier(random_state=0, class_weight="balanced"),
    "tree by leaves": DecisionTreeClassifier(max_leaf_nodes=8, monotonic_cst=[1, 0, 0, 0, 0]),
    "extra tree": ExtraTreeClassifier(random_state=0),
    "neighbours": KNeighborsClassifier(),
    "neighbours ball": KNeighborsClassifier(algorithm="ball_tree", weights="distance"),
    "neighbours brute": KNeighborsClassifier(algorithm="brute", metric="cosine"),
    "neighbours minkowski": KNeighborsClassifier(p=3),
    "neighbours manhattan": KNeighborsClassifier(metric="manhattan"),
    "neighbours chebyshev": KNeighborsClassifier(metric="chebyshev"),
    "svc": SVC(),
    "svc probability": SVC(probability=True, random_state=0),
    "svc poly": SVC(kernel="poly"),
    "linear svc": LinearSVC(),
    "sgd hinge": SGDClassifier(random_state=0),
    "sgd logistic": SGDClassifier(loss="log_loss", early_stopping=True, random_state=0),
    "sgd huber": SGDClassifier(loss="modified_huber", average=True, random_state=0),
    "sgd squared hinge": SGDClassifier(loss="squared_hinge", random_state=0),
    "sgd insensitive": SGDClassifier(loss="epsilon_insensitive", random_state=0),
    "sgd squared insensitive": SGDClassifier(loss="squared_epsilon_insensitive", random_state=0),
    "bayes": GaussianNB(priors=[0.4, 0.6]),
    "perceptron": MLPClassifier((5,), max_iter=20, random_state=0),
    "perceptron sgd": MLPClassifier((5,), max_iter=20, solver="sgd", early_stopping=True, random_state=0),
    "perceptron lbfgs": MLPClassifier((5,), max_iter=5, solver="lbfgs", random_state=0),
    "ada": AdaBoostClassifier(n_estimators=5, random_state=0),
    "bagging": BaggingClassifier(n_estimators=3, max_features=0.5, random_state=0),
    "bagging svc": BaggingClassifier(SVC(), n_estimators=3, random_state=0),
    "voting": VotingClassifier(
        [("a", LogisticRegression()), ("b", GaussianNB()), ("c", "drop")], voting="soft"
    ),
    "stacking": StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=3),
    "stacking passthrough": StackingClassifier(
        [("a", GaussianNB())], final_estimator=RandomForestClassifier(3, random_state=0), passthrough=True
    ),
    "calibrated": CalibratedClassifierCV(LinearSVC(), cv=3),
    "calibrated isotonic": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3),
    "calibrated temperature": CalibratedClassifierCV(
        LogisticRegression(), method="temperature", cv=3, ensemble=False
    ),
    "dummy": DummyClassifier(),
    "dummy constant": DummyClassifier(strategy="constant", constant=1),
}

TRANSFORMERS: dict[str, BaseEstimator | str] = {
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "min max": MinMaxScaler(),
    "quantile": QuantileTransformer(n_quantiles=50, random_state=0),
    "quantile normal": QuantileTransformer(n_quantiles=50, output_distribution="normal", random_state=0),
    "power": PowerTransformer(),
    "box-cox": make_pipeline(MinMaxScaler((1, 2)), PowerTransformer("box-cox")),
    "pca": PCA(2),
    "pca randomized": PCA(2, svd_solver="randomized", random_state=0),
    "best by f": SelectKBest(f_classif, k=2),
    "best by information": SelectKBest(mutual_info_classif, k=2),
    "variance": VarianceThreshold(),
    "polynomial": PolynomialFeatures(),
    "bins": KBinsDiscretizer(4),
    "bins one-hot": make_pipeline(
        KBinsDiscretizer(4, encode="ordinal"), OneHotEncoder(handle_unknown="ignore", dtype=np.float32)
    ),
    "union": FeatureUnion([("s", StandardScaler()), ("p", PCA(2)), ("x", "passthrough"), ("d", "drop")]),
    "passthrough": "passthrough",
}

GAPS: dict[str, BaseEstimator] = {
    "histogram boosting": HistGradientBoostingClassifier(max_iter=5, early_stopping=True, random_state=0),
    "histogram boosting constrained": HistGradientBoostingClassifier(
        max_iter=5, max_features=0.5, monotonic_cst={"a": 1}, interaction_cst="pairwise", random_state=1
    ),
    "forest with gaps": RandomForestClassifier(4, random_state=0),
    "columns": Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [
                        ("median", SimpleImputer(strategy="median"), ["a", "b"]),
                        ("missing", MissingIndicator(features="all"), slice(2, 4)),
                        ("kept", "passthrough", [4]),
                    ],
                    remainder="drop",
                ),
            ),
            ("fill", SimpleImputer(strategy="constant", fill_value=0.0)),
            ("model", LogisticRegression()),
        ]
    ),
    "pandas between steps": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).set_output(
        transform="pandas"
    ),
    **{
        f"{name} in a pipeline": make_pipeline(SimpleImputer(add_indicator=True), step, LogisticRegression())
        for name, step in TRANSFORMERS.items()
    },
}

SUPPORTED = {**CLASSIFIERS, **GAPS}

# threads sum a forest's trees in any order; a randomized PCA keeps a strided view, which BLAS sums differently
ROUNDING = {"forest": 1e-15, "pca randomized in a pipeline": 1e-15}


def _scores(model: BaseEstimator, rows: pd.DataFrame) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows)[:, 1])
    return np.asarray(model.decision_function(rows))


def _fit(name: str) -> tuple[BaseEstimator, pd.DataFrame]:
    features, labels = _complete_rows()
    rows = _rows_with_gaps() if name in GAPS else features
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SUPPORTED[name].fit(rows, labels), rows


@pytest.mark.parametrize("name", SUPPORTED)
def test_a_supported_model_comes_back_with_exactly_its_probabilities(name: str) -> None:
    model, rows = _fit(name)
    data = dump_model(model)
    loaded = load_model(data, sha256=hashlib.sha256(data).hexdigest())
    expected = _scores(model, rows)
    np.testing.assert_allclose(_scores(loaded, rows), expected, rtol=0, atol=ROUNDING.get(name, 0.0))
    assert inspect(data).estimator.endswith(f".{type(model).__name__}")
    assert expected.std() > 0 or "dummy" in name


def test_the_allow_list_holds_nothing_that_no_supported_model_needs() -> None:
    needed = set.union(*(set(inspect(dump_model(_fit(name)[0])).types) for name in SUPPORTED))
    allowed = set.union(*(set(names) for names in allowlist.BY_LOADER.values()))
    functions = {name for names in allowlist.FUNCTIONS.values() for name in names}
    assert needed <= allowed | functions
    assert (allowed | functions) - needed - allowlist.OPTIONAL <= allowlist.KEYS


@pytest.mark.parametrize("dtype", ["int8", "bool", "float64", "Int8", "uint8"])
@pytest.mark.parametrize(
    "name", ["logistic", "forest", "boosting", "bayes", "stacking", "histogram boosting", "dummy"]
)
def test_labels_of_any_numeric_type_are_the_classes_zero_and_one(name: str, dtype: str) -> None:
    features, labels = _complete_rows()
    model = clone(SUPPORTED[name]).fit(features, labels.astype(pandas_dtype(dtype)))
    loaded = load_model(dump_model(model), sha256=None)
    np.testing.assert_allclose(
        _scores(loaded, features), model.predict_proba(features)[:, 1], rtol=0, atol=1e-15
    )


def test_a_loaded_model_uses_one_thread_and_neither_cache_nor_output() -> None:
    steps = [("fill", SimpleImputer()), ("forest", RandomForestClassifier(3, n_jobs=64, verbose=3))]
    model = Pipeline(steps, memory=None, verbose=True).fit(*_complete_rows())
    model.set_params(memory="somewhere")
    loaded = load_model(dump_model(model), sha256=None)
    assert (loaded.memory, loaded.verbose) == (None, 0)
    assert (loaded["forest"].n_jobs, loaded["forest"].verbose) == (None, 0)


def test_a_report_states_size_hash_types_and_version() -> None:
    data = dump_model(_fit("logistic")[0])
    report = inspect(data)
    assert (report.size, report.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (report.estimator, report.sklearn_version) == (
        "sklearn.linear_model._logistic.LogisticRegression",
        SKLEARN,
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert report.members == len(archive.namelist())
        assert report.unpacked == sum(len(archive.read(name)) for name in archive.namelist())


def _unfit(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression()


def _three_classes(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features, labels + (features["b"] > 1))


def _one_class(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return DecisionTreeClassifier().fit(features, labels * 0)


def _named_classes(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features, labels.map({0: "down", 1: "up"}))


def _regressor_of_trees(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return GradientBoostingClassifier(n_estimators=1).fit(features, labels).estimators_[0, 0]


def _hard_voting(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return VotingClassifier([("a", LogisticRegression())]).fit(features, labels)


def _other_columns(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features[list("edcba")], labels)


def _fewer_columns(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features.to_numpy()[:, :3], labels)


def _on_label(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features.assign(label=labels), labels)


def _of_unknown_column(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features.assign(moon=1.0), labels)


def _of_signs(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return LogisticRegression().fit(features, 2 * labels - 1)


def _transformer(features: pd.DataFrame, labels: pd.Series) -> BaseEstimator:
    return StandardScaler().fit(features)


def _examine(model: BaseEstimator, rows: pd.DataFrame) -> None:
    check_classifier(model)
    check_features(model, rows)


@pytest.mark.parametrize(
    ("make", "code", "culprit", "remedy"),
    [
        (_unfit, "model_unfitted", "LogisticRegression is not fitted", "Call fit"),
        (_three_classes, "model_not_binary", "classes [0, 1, 2]", "0 and 1"),
        (_one_class, "model_not_binary", "classes [0]", "0 and 1"),
        (_named_classes, "model_not_binary", "'down', 'up'", "0 and 1"),
        (_of_signs, "model_not_binary", "classes [-1, 1]", "(y > 0).astype(int)"),
        (_regressor_of_trees, "model_not_classifier", "is a regressor", "Fit a classifier"),
        (_hard_voting, "model_not_classifier", "neither predict_proba nor", "Fit a classifier"),
        (_transformer, "model_not_classifier", "StandardScaler is not a classifier", "Fit a classifier"),
        (
            _other_columns,
            "model_features",
            "another order: it begins with e, d, c",
            "as they were in training",
        ),
        (_fewer_columns, "model_features", "3 unnamed features, but 5 are given", "a DataFrame"),
        (_on_label, "model_features", "fitted on the column label", 'drop(columns="label")'),
        (_of_unknown_column, "model_features", "fitted on moon", "existing columns"),
    ],
)
def test_an_estimator_that_cannot_predict_the_label_is_refused_with_the_culprit(
    make: object, code: str, culprit: str, remedy: str
) -> None:
    features, labels = _complete_rows()
    assert callable(make)
    loaded = load_model(dump_model(make(features, labels)), sha256=None)
    with pytest.raises(ModelRefused) as refused:
        _examine(loaded, features)
    assert refused.value.code == code
    assert culprit in refused.value.sentence
    assert remedy in refused.value.remedy
    assert "SimpleImputer" not in str(refused.value)
    assert refused.value.sentence.endswith(".")
    assert refused.value.remedy.endswith(".")


def test_fewer_features_in_the_metadata_than_in_training_are_named() -> None:
    features, labels = _complete_rows()
    model = LogisticRegression().fit(features[["a", "b"]], labels)
    with pytest.raises(ModelRefused, match="was not fitted on c, d, e"):
        check_features(model, features)


def test_a_model_that_would_be_refused_is_not_dumped() -> None:
    with pytest.raises(ModelRefused, match="numpy"):
        dump_model(np.arange(3))


@pytest.mark.parametrize("name", ["scikit-learn", "sklearn"])
def test_the_running_version_passes_in_any_patch_release(name: str) -> None:
    check_versions({name: SKLEARN, "numpy": "1.0"})
    check_versions({name: ".".join([*SKLEARN.split(".")[:2], "99"])})


@pytest.mark.parametrize(
    "versions", [{}, {"scikit-learn": "1.2.0"}, {"sklearn": "garbage"}, {"numpy": SKLEARN}]
)
def test_another_minor_version_is_refused_with_both_named(versions: dict[str, str]) -> None:
    with pytest.raises(ModelRefused) as refused:
        check_versions(versions)
    assert refused.value.code == "model_version"
    assert SKLEARN in refused.value.sentence
    assert next(iter(versions.values()), "unknown") in refused.value.sentence or "numpy" in versions


def test_another_checksum_is_refused_before_the_file_is_opened() -> None:
    with pytest.raises(ModelRefused) as refused:
        load_model(b"anything", sha256="0" * 64)
    assert refused.value.code == "model_checksum"


def test_the_documentation_names_every_estimator_that_may_be_built():
    output = set(re.findall(r"\w+", (Path(__file__).parents[2] / "docs" / "models.md").read_text()))
    parts = {"DecisionTreeRegressor", "FunctionTransformer"}  # of others, and never by itself
    public = {name.rpartition(".")[2] for name in allowlist.ESTIMATORS} - parts
    assert {name for name in public if not name.startswith("_")} <= output
