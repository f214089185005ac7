"""Allow-list of the types that may be built from a model file, by the skops loader that builds them.

skops itself trusts every public scikit-learn estimator, every ufunc and some containers. This list is narrower,
pairs each type with its loader, and is checked before skops reads the file. It contains nothing that calls a
function named by the file: no functions, methods, partials, operators or constructors by reduce.
"""

PROTOCOL = 2  # of skops' format; older protocols select older, weaker loaders

SELECT_K_BEST = "sklearn.feature_selection._univariate_selection.SelectKBest"
FUNCTION_TRANSFORMER = "sklearn.preprocessing._function_transformer.FunctionTransformer"
KD_TREE = "sklearn.neighbors._kd_tree.KDTree"
BALL_TREE = "sklearn.neighbors._ball_tree.BallTree"
TREE = "sklearn.tree._tree.Tree"
TREE_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
HISTOGRAM_BOOSTING = (
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier"
)
ONE_HOT = "sklearn.preprocessing._encoders.OneHotEncoder"
REGRESSION_TREE = "sklearn.tree._classes.DecisionTreeRegressor"
WEIGHTED_METRIC = "sklearn.metrics._dist_metrics.MinkowskiDistance64"
LIGHTGBM = "lightgbm.sklearn.LGBMClassifier"
LIGHTGBM_BOOSTER = "lightgbm.basic.Booster"
XGBOOST = "xgboost.sklearn.XGBClassifier"
XGBOOST_BOOSTER = "xgboost.core.Booster"
# types of optional libraries; a file that needs one that is not installed is refused
OPTIONAL = frozenset({LIGHTGBM, LIGHTGBM_BOOSTER, XGBOOST, XGBOOST_BOOSTER})
BUNCH = "sklearn.utils._bunch.Bunch"

ESTIMATORS = frozenset(
    {
        LIGHTGBM,
        XGBOOST,
        FUNCTION_TRANSFORMER,  # a fitted "passthrough"; its func must be null
        SELECT_K_BEST,
        "sklearn.calibration.CalibratedClassifierCV",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer.ColumnTransformer",
        "sklearn.decomposition._pca.PCA",
        "sklearn.dummy.DummyClassifier",
        "sklearn.ensemble._bagging.BaggingClassifier",
        "sklearn.ensemble._forest.ExtraTreesClassifier",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._gb.GradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
        HISTOGRAM_BOOSTING,
        "sklearn.ensemble._stacking.StackingClassifier",
        "sklearn.ensemble._voting.VotingClassifier",
        "sklearn.ensemble._weight_boosting.AdaBoostClassifier",
        "sklearn.feature_selection._variance_threshold.VarianceThreshold",
        "sklearn.impute._base.MissingIndicator",
        "sklearn.impute._base.SimpleImputer",
        "sklearn.isotonic.IsotonicRegression",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._stochastic_gradient.SGDClassifier",
        "sklearn.naive_bayes.GaussianNB",
        "sklearn.neighbors._classification.KNeighborsClassifier",
        "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
        "sklearn.pipeline.FeatureUnion",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.MinMaxScaler",
        "sklearn.preprocessing._data.PowerTransformer",
        "sklearn.preprocessing._data.QuantileTransformer",
        "sklearn.preprocessing._data.RobustScaler",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._discretization.KBinsDiscretizer",
        ONE_HOT,
        "sklearn.preprocessing._label.LabelBinarizer",
        "sklearn.preprocessing._label.LabelEncoder",
        "sklearn.preprocessing._polynomial.PolynomialFeatures",
        "sklearn.svm._classes.LinearSVC",
        "sklearn.svm._classes.SVC",
        "sklearn.tree._classes.DecisionTreeClassifier",
        REGRESSION_TREE,  # the trees inside GradientBoostingClassifier
        "sklearn.tree._classes.ExtraTreeClassifier",
    }
)

# parts of fitted estimators whose state is a dictionary of attributes
PARTS = frozenset(
    {
        LIGHTGBM_BOOSTER,
        TREE_PREDICTOR,
        XGBOOST_BOOSTER,
        "sklearn._loss.link.HalfLogitLink",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.loss.ExponentialLoss",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    }
)

METRICS = frozenset(
    {
        WEIGHTED_METRIC,
        "sklearn.metrics._dist_metrics.ChebyshevDistance64",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
    }
)

# parts whose state is a tuple
TUPLE_PARTS = METRICS | {BALL_TREE, KD_TREE}

LOSSES = frozenset(
    {
        "sklearn._loss._loss.CyExponentialLoss",
        "sklearn._loss._loss.CyHalfBinomialLoss",
        "sklearn.linear_model._sgd_fast.EpsilonInsensitive",
        "sklearn.linear_model._sgd_fast.Hinge",
        "sklearn.linear_model._sgd_fast.ModifiedHuber",
        "sklearn.linear_model._sgd_fast.SquaredEpsilonInsensitive",
        "sklearn.linear_model._sgd_fast.SquaredHinge",
    }
)

# scalar numbers and strings, and the key types of dictionaries
SCALARS = frozenset(
    {f"numpy.{name}" for name in ("bool", "float32", "float64", "int16", "int32", "int64", "int8", "str_")}
    | {f"numpy.{name}" for name in ("uint16", "uint32", "uint64", "uint8")}
)
KEYS = SCALARS | {"builtins.bool", "builtins.float", "builtins.int", "builtins.str"}

BY_LOADER: dict[str, frozenset[str]] = {
    "DTypeNode": frozenset({"numpy.dtype"}),
    "DictNode": frozenset({"builtins.dict", BUNCH}),
    "JsonNode": frozenset({"builtins.str"}),
    "ListNode": frozenset({"builtins.list"}),
    "LossNode": LOSSES,
    "NdArrayNode": SCALARS | {"numpy.ndarray"},
    "ObjectNode": ESTIMATORS | PARTS | TUPLE_PARTS,
    "RandomGeneratorNode": frozenset({"numpy.random._generator.Generator"}),
    "RandomStateNode": frozenset({"numpy.random.mtrand.RandomState"}),
    "SliceNode": frozenset({"builtins.slice"}),
    "TreeNode": frozenset({TREE}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "TypeNode": KEYS,
}

# types allowed at certain attributes only, by loader and type
AT_PLACE: dict[tuple[str, str], frozenset[tuple[str, str]]] = {
    ("BytearrayNode", "builtins.bytearray"): frozenset({(XGBOOST_BOOSTER, "handle")}),
    ("DefaultDictNode", "collections.defaultdict"): frozenset(
        {(LIGHTGBM, "_best_score"), (LIGHTGBM_BOOSTER, "best_score")}
    ),
    ("TypeNode", "collections.OrderedDict"): frozenset({("collections.defaultdict", "default_factory")}),
}

# attributes that native libraries load their model from, and the only loader allowed there
HANDLES = {
    (LIGHTGBM_BOOSTER, "_handle"): "JsonNode",
    (LIGHTGBM_BOOSTER, "handle"): "JsonNode",
    (XGBOOST_BOOSTER, "handle"): "BytearrayNode",
}

# loaders that return or call an object named by the file
CALLABLE_LOADERS = frozenset(
    {"ConstructorFromReduceNode", "FunctionNode", "MethodNode", "OperatorFuncNode", "PartialNode"}
)

# allowed functions, each at a single attribute only
FUNCTIONS: dict[tuple[str, str], frozenset[str]] = {
    (SELECT_K_BEST, "score_func"): frozenset(
        {
            "sklearn.feature_selection._mutual_info.mutual_info_classif",
            "sklearn.feature_selection._univariate_selection.f_classif",
        }
    )
}

MUST_BE_NULL = frozenset({(FUNCTION_TRANSFORMER, "func"), (FUNCTION_TRANSFORMER, "inverse_func")})

# types to be trusted by skops' own audit, the second line of defence, beyond its defaults
TRUSTED_BY_SKOPS = sorted(
    TUPLE_PARTS
    | {name for names in FUNCTIONS.values() for name in names}
    | {TREE, TREE_PREDICTOR, BUNCH, "numpy.dtype"}
    | OPTIONAL
    | {"collections.OrderedDict"}
    | {name for name in ESTIMATORS if name.startswith("sklearn.calibration._")}
    | {name for name in PARTS if "_stochastic_optimizers" in name}
)
