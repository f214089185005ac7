"""Ready-made training: three simple pipelines and a purged split in time."""

import platform as machine
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.validation import purged_split
from ppa.ops.catalogue_file import load_catalogue

OnProgress = Callable[[int, int], object]

TEST_SHARE = 0.25
# estimators that can be fitted in steps, the parameter that grows, and its increment per progress report
GROWN_BY = {"RandomForestClassifier": "n_estimators", "HistGradientBoostingClassifier": "max_iter"}
STEP = 10
STEADY_GROUPS = ("price action", "volatility", "calendar")


def make_estimator(kind: str) -> Any:
    """Return an unfitted scikit-learn pipeline that accepts missing values; raise BadInput for an unknown kind."""
    try:
        return ESTIMATORS[kind]()
    except KeyError:
        raise BadInput(f"There is no estimator {kind!r}; choose one of {', '.join(ESTIMATORS)}.") from None


def fit(
    dataset: pd.DataFrame,
    manifest: Mapping[str, Any],
    estimator: Any,
    name: str,
    on_progress: OnProgress = lambda done, total: None,
) -> tuple[Any, dict[str, Any]]:
    """Fit on the first three quarters of a downloaded dataset, purged; return the estimator and its metadata.

    `dataset` is indexed by ts (UTC) and has the manifest's features and `label`; features without any value in the
    training rows are left out, as when only one asset's bars were imported. `on_progress(done, total)` reports
    progress. Raises BadInput if all training rows have the same label.
    """
    labelled = dataset[dataset["label"].notna()]
    lookahead = int(manifest["lookahead"])
    index = pd.DatetimeIndex(labelled.index)
    train, _ = purged_split(index, test_fraction=TEST_SHARE, lookahead=lookahead)
    rows = labelled.iloc[train]
    if rows["label"].nunique() < 2:
        raise BadInput(
            f"All {len(rows)} training rows of {manifest['label_id']} have the same label; "
            "use a longer history or another threshold."
        )
    features = [name for name in steady_features(manifest["features"]) if rows[name].notna().any()]
    fit_in_steps(estimator, rows[features], rows["label"].astype(int), on_progress)
    return estimator, {
        "name": name,
        "label_id": manifest["label_id"],
        "train_from": rows.index[0].isoformat(),
        "train_to": rows.index[-1].isoformat(),
        "features": features,
        "catalogue_version": manifest["catalogue_version"],
        "libraries": library_versions(),
    }


def fit_in_steps(
    estimator: Any, rows: pd.DataFrame, labels: "pd.Series[int]", on_progress: OnProgress
) -> None:
    """Fit as `estimator.fit` would, reporting the number of trees or boosting rounds if it has any."""
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    size = GROWN_BY.get(type(last).__name__)
    if size is None:
        estimator.fit(rows, labels)
        return
    total = getattr(last, size)
    for done in [*range(STEP, total, STEP), total]:
        last.set_params(warm_start=True, **{size: done})
        estimator.fit(rows, labels)
        on_progress(done, total)
    last.set_params(warm_start=False)


def steady_features(names: Sequence[str]) -> list[str]:
    """Return the features with a stable range; prices, for example, leave the range of the training data."""
    groups = {feature.name: feature.group for feature in load_catalogue().features}
    return [name for name in names if groups.get(name) in STEADY_GROUPS]


def library_versions() -> dict[str, str]:
    """Return the library versions that determine whether a model file can be read."""
    import numpy
    import sklearn
    import skops

    return {
        "python": machine.python_version(),
        "scikit-learn": sklearn.__version__,
        "skops": skops.__version__,
        "numpy": numpy.__version__,
    }


def _logistic() -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(imputer, StandardScaler(), LogisticRegression(C=0.01, max_iter=500))


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    forest = RandomForestClassifier(100, max_depth=8, min_samples_leaf=200, n_jobs=1, random_state=7)
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), forest)


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # early stopping would validate on rows drawn at random from the training rows
    return HistGradientBoostingClassifier(
        max_iter=80,
        max_leaf_nodes=15,
        learning_rate=0.05,
        min_samples_leaf=200,
        early_stopping=False,
        random_state=7,
    )


ESTIMATORS: Mapping[str, Callable[[], Any]] = {
    "logistic": _logistic,
    "forest": _forest,
    "boosting": _boosting,
}
