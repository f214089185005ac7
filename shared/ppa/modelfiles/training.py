"""Training for those who want none of it: three plain pipelines and one purged split in time."""

import platform as machine
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.validation import purged_split
from ppa.ops.catalogue_file import load_catalogue

Told = Callable[[int, int], object]

TEST_SHARE = 0.25
# estimators that can go on growing, by which of their parameters, and how far between two signs of progress
GROWN_BY = {"RandomForestClassifier": "n_estimators", "HistGradientBoostingClassifier": "max_iter"}
STEP = 10
STEADY_GROUPS = ("price action", "volatility", "calendar")


def make_estimator(kind: str) -> Any:
    """An unfitted scikit-learn pipeline that copes with missing values; BadInput for an unknown kind."""
    try:
        return ESTIMATORS[kind]()
    except KeyError:
        raise BadInput(f"There is no estimator {kind!r}; choose one of {', '.join(ESTIMATORS)}.") from None


def fit(
    dataset: pd.DataFrame,
    manifest: Mapping[str, Any],
    estimator: Any,
    name: str,
    told: Told = lambda done, of: None,
) -> tuple[Any, dict[str, Any]]:
    """Fit on the first three quarters of a downloaded dataset, purged; the estimator and its upload's metadata.

    `dataset` is indexed by ts (UTC) and has the manifest's features and `label`; features that no training row
    has a value of, as where only one asset's bars were imported, are left out. `told` hears how far it is.
    """
    known = dataset[dataset["label"].notna()]
    lookahead = int(manifest["lookahead"])
    index = pd.DatetimeIndex(known.index)
    train, _ = purged_split(index, test_fraction=TEST_SHARE, lookahead=lookahead)
    rows = known.iloc[train]
    if rows["label"].nunique() < 2:
        raise BadInput(
            f"All {len(rows)} training rows of {manifest['label_id']} have the same label: "
            "take a longer history, or another threshold."
        )
    features = [name for name in steady_features(manifest["features"]) if rows[name].notna().any()]
    fit_in_steps(estimator, rows[features], rows["label"].astype(int), told)
    return estimator, {
        "name": name,
        "label_id": manifest["label_id"],
        "train_from": rows.index[0].isoformat(),
        "train_to": rows.index[-1].isoformat(),
        "features": features,
        "catalogue_version": manifest["catalogue_version"],
        "libraries": library_versions(),
    }


def fit_in_steps(estimator: Any, rows: pd.DataFrame, labels: "pd.Series[int]", told: Told) -> None:
    """Fit as `estimator.fit` would; `told` hears how many trees or rounds there are, where it grows by them."""
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    size = GROWN_BY.get(type(last).__name__)
    if size is None:
        estimator.fit(rows, labels)
        return
    whole = getattr(last, size)
    for grown in [*range(STEP, whole, STEP), whole]:
        last.set_params(warm_start=True, **{size: grown})
        estimator.fit(rows, labels)
        told(grown, whole)
    last.set_params(warm_start=False)


def steady_features(names: Sequence[str]) -> list[str]:
    """Those that keep to their range: a price that climbs leaves what a model was trained on behind."""
    groups = {feature.name: feature.group for feature in load_catalogue().features}
    return [name for name in names if groups.get(name) in STEADY_GROUPS]


def library_versions() -> dict[str, str]:
    """Versions that decide whether a model file can be read."""
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

    # stopping early would judge by rows drawn at random from among those trained on
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
