"""Probability of class 1 from any fitted binary classifier."""

from typing import TYPE_CHECKING

import numpy as np

from ppa.modelfiles.errors import ModelRefused

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.base import BaseEstimator

_SAVE_A_CLASSIFIER = "Save a fitted classifier that was trained on the 0 and 1 of the label."


def predict_probability(estimator: "BaseEstimator", rows: "pd.DataFrame") -> "NDArray[np.float64]":
    """Predict the probability of class 1 for each row.

    Uses `predict_proba`, or else `decision_function` mapped by the logistic function 1 / (1 + exp(-d)), which
    preserves the order of the scores but is not calibrated.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_features)
        Features in the order the estimator was fitted on.

    Returns
    -------
    ndarray of shape (n_rows,)

    Raises
    ------
    ModelRefused
        If the estimator is not a fitted classifier of 0 and 1, was fitted on other features, fails, or returns
        values that are not probabilities.
    """
    positive = column_of_one(estimator)
    check_features(estimator, rows)
    try:
        probability = _probability(estimator, rows, positive)
    except ModelRefused:
        raise
    except Exception as error:
        raise _failed(error) from error
    return _checked(probability, len(rows))


def feature_names(estimator: "BaseEstimator") -> tuple[str, ...]:
    """Return the columns the estimator was fitted on, in order; empty if it was fitted on an array."""
    return tuple(str(name) for name in getattr(estimator, "feature_names_in_", ()))


def column_of_one(estimator: "BaseEstimator") -> int:
    """Return the index of class 1; raise ModelRefused unless the estimator is a fitted classifier of 0 and 1."""
    from sklearn.base import is_classifier

    if not is_classifier(estimator):
        raise _not_a_classifier(f"{type(estimator).__name__} is not a classifier")
    if not _is_fitted(estimator):
        raise ModelRefused(
            "model_unfitted",
            f"The {type(estimator).__name__} is not fitted.",
            "Call fit before saving the model.",
        )
    classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
    if sorted(classes) != [0, 1]:
        raise ModelRefused(
            "model_not_binary",
            f"The model has the classes {str(classes)[:80]}, not 0 and 1.",
            _SAVE_A_CLASSIFIER,
        )
    return int(classes.index(1))


def _is_fitted(estimator: "BaseEstimator") -> bool:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def check_features(estimator: "BaseEstimator", rows: "pd.DataFrame") -> None:
    """Raise ModelRefused unless the estimator was fitted on the columns of `rows`, in the same order."""
    expected, given = feature_names(estimator), tuple(rows.columns)
    count = getattr(estimator, "n_features_in_", len(given))
    if (expected and expected != given) or count != len(given):
        raise ModelRefused(
            "model_features",
            f"The model was fitted on {_listed(expected, count)}, but is given {_listed(given, len(given))}.",
            "Train on all of the dataset's feature columns, with their names and in their order.",
        )


def _listed(names: tuple[str, ...], count: int) -> str:
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"{count} features" + (f" ({shown})" if shown else "")


def _probability(estimator: "BaseEstimator", rows: "pd.DataFrame", positive: int) -> "NDArray[np.float64]":
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows), dtype=np.float64)[:, positive]
    if hasattr(estimator, "decision_function"):
        score = np.asarray(estimator.decision_function(rows), dtype=np.float64)
        return _logistic(score if positive == 1 else -score)
    raise _not_a_classifier(f"{type(estimator).__name__} has neither predict_proba nor decision_function")


def _logistic(score: "NDArray[np.float64]") -> "NDArray[np.float64]":
    # equals 1 / (1 + exp(-score)) without overflow
    squashed: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * score))
    return squashed


def _checked(probability: "NDArray[np.float64]", count: int) -> "NDArray[np.float64]":
    valid = probability.shape == (count,) and bool(np.all((probability >= 0) & (probability <= 1)))
    if not valid:
        raise ModelRefused(
            "model_output",
            "The model's output is not one probability between 0 and 1 for each row.",
            "Check predict_proba on rows of the dataset; missing values and overflow are the usual causes.",
        )
    return probability


def _not_a_classifier(reason: str) -> ModelRefused:
    return ModelRefused("model_not_classifier", f"The model cannot be used: {reason}.", _SAVE_A_CLASSIFIER)


def _failed(error: Exception) -> ModelRefused:
    line = (str(error).splitlines() or [""])[0][:300]
    return ModelRefused(
        "model_predict_failed",
        f"The model fails on rows of the dataset: {type(error).__name__}: {line}.",
        "Features can be missing; put a SimpleImputer first, or use an estimator that accepts missing values.",
    )
