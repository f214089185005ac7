"""Conversion of estimators to programs: which convert, how closely they agree, and what is refused with which words."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

import ppa
from ppa.core.programs import evaluate
from ppa.core.programs.archive import dump, load
from ppa.core.programs.checking import EVERY_ROW
from ppa.modelfiles.convert import convert, registry
from ppa.modelfiles.convert.proof import PROBE_ROWS, hard_rows
from ppa.modelfiles.errors import ModelRefused

try:
    from sklearn.frozen import FrozenEstimator
except ImportError:  # before scikit-learn 1.6

    def FrozenEstimator(estimator: Any) -> Any:  # noqa: N802 # in the place of the class
        """Return the estimator as it is."""
        return estimator


RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.normal(size=(400, 6)), columns=list("abcdef"))
Y = ((X.a * X.b + 0.5 * X.c + RANDOM.normal(size=400) * 0.5) > 0).astype(int)
HOLES = X.mask(RANDOM.random(X.shape) < 0.1)
CODES = (X * 2).round().clip(-3, 3) + 3

# what a class needs to be made, where it needs anything
ARGUMENTS: dict[str, dict[str, Any]] = {
    "AdaBoostClassifier": {"n_estimators": 5},
    "BaggingClassifier": {"n_estimators": 5},
    "CCA": {"n_components": 1},
    "CalibratedClassifierCV": {"estimator": LogisticRegression()},
    "ColumnTransformer": {"transformers": [("a", StandardScaler(), ["a", "b"])], "remainder": "passthrough"},
    "DictionaryLearning": {"n_components": 3, "transform_algorithm": "threshold", "max_iter": 5},
    "ExtraTreesClassifier": {"n_estimators": 10},
    "FeatureUnion": {"transformer_list": [("a", StandardScaler()), ("b", MinMaxScaler())]},
    "FixedThresholdClassifier": {"estimator": LogisticRegression()},
    "GaussianRandomProjection": {"n_components": 4},
    "GenericUnivariateSelect": {"mode": "k_best", "param": 3},
    "GradientBoostingClassifier": {"n_estimators": 10},
    "HistGradientBoostingClassifier": {"max_iter": 10},
    "IterativeImputer": {"max_iter": 2},
    "KernelPCA": {"n_components": 3},
    "KNeighborsTransformer": {"n_neighbors": 3},
    "MiniBatchDictionaryLearning": {"n_components": 3, "transform_algorithm": "threshold", "max_iter": 5},
    "NuSVC": {"probability": True},
    "OneHotEncoder": {"handle_unknown": "ignore"},
    "OneVsOneClassifier": {"estimator": LogisticRegression()},
    "OneVsRestClassifier": {"estimator": LogisticRegression()},
    "PLSCanonical": {"n_components": 1},
    "PLSRegression": {"n_components": 1},
    "PLSSVD": {"n_components": 1},
    "PolynomialCountSketch": {"n_components": 10},
    "QuantileTransformer": {"n_quantiles": 50},
    "RFE": {"estimator": LogisticRegression()},
    "RFECV": {"estimator": LogisticRegression()},
    "RadiusNeighborsClassifier": {"radius": 2.5, "outlier_label": 0},
    "RandomForestClassifier": {"n_estimators": 10},
    "RandomTreesEmbedding": {"n_estimators": 5},
    "SVC": {"probability": True},
    "SelectFromModel": {"estimator": LogisticRegression()},
    "SelfTrainingClassifier": {"estimator": LogisticRegression()},
    "SequentialFeatureSelector": {"estimator": GaussianNB(), "n_features_to_select": 2},
    "SparseCoder": {"dictionary": np.eye(6)[:4], "transform_algorithm": "threshold"},
    "SparseRandomProjection": {"n_components": 4},
    "StackingClassifier": {"estimators": [("a", LogisticRegression()), ("b", GaussianNB())], "cv": 3},
    "StackingRegressor": {"estimators": [("a", LinearRegression())], "cv": 3},
    "TunedThresholdClassifierCV": {"estimator": LogisticRegression(), "cv": 3},
    "VotingClassifier": {"estimators": [("a", LogisticRegression()), ("b", GaussianNB())], "voting": "soft"},
    "VotingRegressor": {"estimators": [("a", LinearRegression()), ("b", LinearRegression())]},
}
# columns as the estimator wants them
TABLES: dict[str, pd.DataFrame] = {
    **dict.fromkeys(("MultinomialNB", "ComplementNB", "BernoulliRBM", "TfidfTransformer"), X.abs()),
    **dict.fromkeys(("AdditiveChi2Sampler", "SkewedChi2Sampler"), X.abs()),
    **dict.fromkeys(("CategoricalNB", "OneHotEncoder", "OrdinalEncoder", "TargetEncoder"), CODES),
    **dict.fromkeys(("SimpleImputer", "IterativeImputer", "MissingIndicator"), HOLES),
    "KernelCenterer": pd.DataFrame((X @ X.T).to_numpy()[:60, :60]).add_prefix("k"),
}
# two labels at once; codes without probabilities or decisions
NOT_TWO_CLASSES = {"ClassifierChain", "MultiOutputClassifier", "OutputCodeClassifier"}
CLASSIFIERS = {
    name: kind
    for name, kind in all_estimators("classifier")
    if name not in NOT_TWO_CLASSES and (hasattr(kind, "predict_proba") or hasattr(kind, "decision_function"))
}
# of labels, texts and pictures; without transform; solved anew, by iteration, for each row
NO_TRANSFORMERS_OF_A_ROW = {
    "DictVectorizer", "FeatureHasher", "HashingVectorizer", "LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer",
    "PatchExtractor", "TSNE",
}  # fmt: skip
NO_FORMULA = {
    "Birch", "Isomap", "KNNImputer", "LatentDirichletAllocation", "LocallyLinearEmbedding", "MiniBatchNMF", "NMF",
}  # fmt: skip
TRANSFORMERS = {
    name: kind
    for name, kind in all_estimators("transformer")
    if name not in NO_TRANSFORMERS_OF_A_ROW | NO_FORMULA | {"IsotonicRegression"}
}


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def fitted(name: str, kind: type[BaseEstimator]) -> tuple[Any, pd.DataFrame]:
    table = TABLES.get(name, X)
    return kind(**ARGUMENTS.get(name, {})).fit(table, Y[: len(table)]), table


def test_the_list_covers_what_scikit_learn_has() -> None:
    assert len(CLASSIFIERS) >= 36
    assert len(TRANSFORMERS) + 1 >= 60


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_converts_and_agrees_on_hard_rows(name: str) -> None:
    estimator, table = fitted(name, CLASSIFIERS[name])
    converted = convert(estimator, table)
    assert converted.proof.rows >= 400
    assert load(dump(converted.file)).probe_rows.shape == (PROBE_ROWS, table.shape[1])


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_transformer_converts_in_a_pipeline(name: str) -> None:
    transformer, table = fitted(name, TRANSFORMERS[name])
    last = LogisticRegression(max_iter=300).fit(transformer.transform(table), Y[: len(table)])
    convert(Pipeline([("before", transformer), ("last", last)]), table)


def numeric() -> Any:
    return make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())


def purged() -> Any:
    return ppa.PurgedWalkForward(n_splits=3, lookahead=2)


INDEXED = HOLES.set_index(pd.date_range("2024-01-01", periods=400, freq="h", tz="UTC"))
LABELS = pd.Series(Y.to_numpy(), index=INDEXED.index)
COMPOSED: dict[str, Callable[[], Any]] = {
    "columns by name, type and slice": lambda: make_pipeline(
        make_column_transformer(
            (numeric(), ["a", "b"]), (SimpleImputer(), slice("c", "d")), remainder=SimpleImputer()
        ),
        LogisticRegression(),
    ),
    "a union with weights": lambda: make_pipeline(
        SimpleImputer(),
        FeatureUnion([("pca", StandardScaler()), ("k", SelectKBest(k=2))], transformer_weights={"k": 0.5}),
        LogisticRegression(),
    ),
    "isotonic calibration over trees": lambda: CalibratedClassifierCV(
        RandomForestClassifier(10), method="isotonic", cv=3
    ),
    "calibration by the purged splitter": lambda: CalibratedClassifierCV(
        make_pipeline(numeric(), LogisticRegression()), cv=purged()
    ),
    "temperature": lambda: CalibratedClassifierCV(make_pipeline(numeric(), LogisticRegression()), method="temperature"),
    "a search": lambda: GridSearchCV(
        make_pipeline(SimpleImputer(), DecisionTreeClassifier()), {"decisiontreeclassifier__max_depth": [2, 3]},
        scoring="roc_auc",
    ),
    "stacking over what passes through": lambda: StackingClassifier(
        [("trees", HistGradientBoostingClassifier(max_iter=5)), ("line", make_pipeline(numeric(), SVC()))],
        passthrough=False, cv=3,
    ),
    "voting with weights": lambda: VotingClassifier(
        [("one", make_pipeline(numeric(), GaussianNB())), ("two", HistGradientBoostingClassifier(max_iter=5))],
        voting="soft", weights=[1, 3],
    ),
    "bagged lines on some columns": lambda: BaggingClassifier(
        make_pipeline(numeric(), LogisticRegression()), 4, max_features=0.5
    ),
    "boosted lines": lambda: make_pipeline(
        SimpleImputer(), AdaBoostClassifier(LogisticRegression(), n_estimators=3)
    ),
    "categories in histogram boosting": lambda: HistGradientBoostingClassifier(
        max_iter=10, categorical_features=[1, 3], early_stopping=True
    ),
    "splines and bins": lambda: make_pipeline(
        SimpleImputer(),
        FeatureUnion([("s", SplineTransformer(n_knots=4)), ("b", KBinsDiscretizer(n_bins=4))]),
        LogisticRegression(),
    ),
    "bent and squeezed": lambda: make_pipeline(
        SimpleImputer(),
        FeatureUnion(
            [("p", PowerTransformer()), ("q", QuantileTransformer(n_quantiles=20, output_distribution="normal"))]
        ),
        LogisticRegression(),
    ),
    "numpy functions": lambda: make_pipeline(
        SimpleImputer(),
        FeatureUnion(
            [(name, FunctionTransformer(getattr(np, name)))
             for name in ("abs", "arcsinh", "ceil", "cos", "exp2", "expm1", "floor", "negative", "sign", "sin",
                          "square", "tanh", "isnan", "nan_to_num")]
        ),
        StandardScaler(),
        LogisticRegression(),
    ),
    "neighbours by distance": lambda: make_pipeline(numeric(), KNeighborsClassifier(7, weights="distance")),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_made_of_estimators_converts(name: str) -> None:
    if name == "temperature" and tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8):
        pytest.skip("scikit-learn has no temperature scaling before 1.8")
    table = CODES if "categories" in name else INDEXED
    converted = convert(COMPOSED[name]().fit(table, LABELS.to_numpy()), table)
    assert converted.proof.difference <= 1e-12


def test_trees_are_equal_and_boosting_differs_by_four_units_at_most() -> None:
    rules = {
        type(model).__name__: convert(model.fit(HOLES, Y), HOLES).proof.rule
        for model in (RandomForestClassifier(10), HistGradientBoostingClassifier(max_iter=5))
    }
    assert rules == {"RandomForestClassifier": "equal", "HistGradientBoostingClassifier": "4 ulp"}
    neighbours = KNeighborsClassifier(5).fit(X, Y)
    assert convert(neighbours, X).proof.rule == "equal"


BOOSTERS: dict[str, Callable[[], Any]] = {
    "lightgbm": lambda: _lightgbm(),
    "lightgbm with categories": lambda: _lightgbm(categories=True),
    "lightgbm, dart": lambda: _lightgbm(boosting_type="dart"),
    "lightgbm, forest": lambda: _lightgbm(boosting_type="rf", bagging_freq=1, bagging_fraction=0.5),
    "lightgbm, zero as missing": lambda: _lightgbm(zero_as_missing=True),
    "lightgbm, stopped early": lambda: _lightgbm(stop=True),
    "xgboost": lambda: _xgboost(),
    "xgboost, dart": lambda: _xgboost(booster="dart", rate_drop=0.3),
    "xgboost, forest": lambda: _xgboost(num_parallel_tree=3, subsample=0.5),
    "xgboost, stopped early": lambda: _xgboost(stop=True),
}


def _lightgbm(*, categories: bool = False, stop: bool = False, **changes: Any) -> tuple[Any, pd.DataFrame]:
    library = pytest.importorskip("lightgbm", exc_type=(ImportError, OSError))
    model = library.LGBMClassifier(
        n_estimators=15, num_leaves=7, min_child_samples=5, verbose=-1, n_jobs=1, **changes
    )
    table = CODES.mask(RANDOM.random(X.shape) < 0.05) if categories or "zero_as_missing" in changes else HOLES
    extra: dict[str, Any] = {"categorical_feature": ["b", "d"]} if categories else {}
    if stop:
        extra = {
            "eval_set": [(table[300:], Y[300:])],
            "callbacks": [library.early_stopping(2, verbose=False)],
        }
    return model.fit(table[:300], Y[:300], **extra), table


def _xgboost(*, stop: bool = False, **changes: Any) -> tuple[Any, pd.DataFrame]:
    library = pytest.importorskip("xgboost", exc_type=(ImportError, OSError))
    table = HOLES
    model = library.XGBClassifier(
        n_estimators=15, max_depth=3, n_jobs=1, early_stopping_rounds=2 if stop else None, **changes
    )
    extra = {"eval_set": [(table[300:], Y[300:])], "verbose": False} if stop else {}
    return model.fit(table[:300], Y[:300], **extra), table


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_booster_converts(name: str) -> None:
    model, table = BOOSTERS[name]()
    converted = convert(model, table)
    assert converted.proof.rule == ("4 ulp of float32" if "xgb" in name else "4 ulp")
    assert converted.program.promise == EVERY_ROW


def test_catboost_converts() -> None:
    library = pytest.importorskip(
        "catboost", reason="CatBoost is not installed", exc_type=(ImportError, OSError)
    )
    model = library.CatBoostClassifier(iterations=15, depth=3, verbose=False, allow_writing_files=False)
    assert convert(model.fit(HOLES, Y), HOLES).proof.rule == "4 ulp"


def test_parameters_that_predictions_do_not_need_play_no_part() -> None:
    plain = LogisticRegression().fit(X, Y)
    search = GridSearchCV(
        LogisticRegression(), {}, scoring=lambda model, rows, labels: 0.0, cv=purged(), verbose=0
    )
    search.fit(X.set_index(INDEXED.index), Y.to_numpy())
    wrapped = FrozenEstimator(search)
    pairs = [convert(model, X).program.program for model in (plain, wrapped)]
    assert len(pairs[0].nodes) == len(pairs[1].nodes) == 3


def doubled(x: Any) -> Any:
    return 2 * x


REFUSED: dict[str, tuple[Any, str, str]] = {
    "a function of one's own": (
        make_pipeline(FunctionTransformer(doubled), LogisticRegression()),
        r"FunctionTransformer \(in Pipeline\) applies doubled",
        "numpy function of this list: abs, ",
    ),
    "hard votes": (
        VotingClassifier([("a", LogisticRegression())], voting="hard"),
        "no probability|votes by decisions|has neither|cannot be read|no program can express",
        "",
    ),
    "a kernel of one's own": (
        SVC(kernel=lambda a, b: a @ b.T, probability=False),
        "SVC has the kernel",
        "rbf",
    ),
    "a start from another model": (
        GradientBoostingClassifier(n_estimators=2, init=GaussianNB()),
        "starts from a GaussianNB",
        "init=None",
    ),
    "text": (
        make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["a"])), LogisticRegression()
        ),
        "categories that are not numbers",
        "numbers as categories",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_program_is_refused_with_its_place_and_an_alternative(name: str) -> None:
    estimator, sentence, remedy = REFUSED[name]
    table = X.assign(a=X.a.gt(0).map({True: "up", False: "down"})) if name == "text" else X
    with pytest.raises(ModelRefused, match=sentence) as refused:
        convert(estimator.fit(table, Y), X)
    assert remedy in refused.value.remedy


def test_three_classes_and_unfitted_models_are_refused() -> None:
    with pytest.raises(ModelRefused, match="has the classes"):
        convert(LogisticRegression().fit(X, Y + (X.f > 1)), X)
    with pytest.raises(ModelRefused, match="not two"):
        convert(LogisticRegression(), X)


def test_a_conversion_that_is_wrong_in_one_split_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree whose threshold is off by one unit in the last place, as a rounding mistake would leave it."""
    model = DecisionTreeClassifier(max_depth=2).fit(X, Y)
    right = registry.PROBABILITIES["DecisionTreeClassifier"]

    def wrong(c: Any, e: Any, x: Any) -> Any:
        wire = right(c, e, x)
        threshold = c.nodes[-1].values["threshold"]  # noqa: PD011 # no frame
        threshold[0] = np.nextafter(np.float32(threshold[0]), np.float32(np.inf))
        return wire

    monkeypatch.setitem(registry.PROBABILITIES, "DecisionTreeClassifier", wrong)
    with pytest.raises(ModelRefused, match="at a tree's threshold") as refused:
        convert(model, X)
    assert refused.value.code == "model_conversion_differs"


def test_hard_rows_have_missing_and_extreme_values_and_thresholds_a_unit_away() -> None:
    converted = convert(make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2)).fit(X, Y), X)
    rows = hard_rows(converted.program, X.to_numpy())
    assert len(rows) >= 512
    assert np.isnan(rows).all(axis=1).any()
    assert (np.abs(rows[~np.isnan(rows)]) > 2 * X.abs().to_numpy().max()).any()
    values = np.sort(rows[~np.isnan(rows)])
    apart = np.diff(values)
    assert ((apart > 0) & (apart <= 2 * np.spacing(np.abs(values[1:])))).sum() >= 4


def test_a_window_of_hours_converts_and_is_given_exactly_those() -> None:
    hours = X.iloc[:, :2]
    table = (
        np.lib.stride_tricks.sliding_window_view(hours.to_numpy(), 3, axis=0)
        .transpose(0, 2, 1)
        .reshape(398, 6)
    )
    model = LogisticRegression().fit(table, Y[2:])
    converted = convert(model, hours, window=3)
    assert converted.file.program.window == 3
    probability = evaluate(converted.program, table)
    np.testing.assert_allclose(probability, model.predict_proba(table)[:, 1], atol=1e-12)


def test_a_file_says_what_it_comes_from_and_carries_the_librarys_answers() -> None:
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(HOLES, Y)
    file = load(dump(convert(model, HOLES).file))
    assert file.origin["estimator"] == "Pipeline(SimpleImputer, LogisticRegression)"
    assert file.origin["libraries"].startswith("scikit-learn 1.")
    rows = pd.DataFrame(file.probe_rows, columns=file.program.columns)
    np.testing.assert_array_equal(model.predict_proba(rows)[:, 1], file.probe_predictions)
    assert json.dumps(dict(file.origin))
