"""Conditions that a built estimator must meet to be converted: a fitted classifier of 0 and 1, on the given columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ppa.modelfiles.errors import ModelRefused

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.base import BaseEstimator

_CLASSES = [0, 1]
_FIT_A_CLASSIFIER = "Fit a classifier on the 0 and 1 of the label, and save that."
_MAX_NAMED = 5


def feature_names(estimator: "BaseEstimator") -> tuple[str, ...]:
    """Return the columns the estimator was fitted on, in order; empty if it was fitted on an array."""
    return tuple(str(name) for name in getattr(estimator, "feature_names_in_", ()))


def check_classifier(estimator: "BaseEstimator") -> None:
    """Raise ModelRefused unless the estimator is a fitted classifier of 0 and 1."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    if is_regressor(estimator):
        raise _not_a_classifier(f"The {name} is a regressor, which predicts numbers instead of a class.")
    if not is_classifier(estimator):
        raise _not_a_classifier(f"The {name} is not a classifier.")
    if not _is_fitted(estimator):
        raise ModelRefused(
            "model_unfitted", f"The {name} is not fitted.", "Call fit before saving the model."
        )
    if not any(hasattr(estimator, method) for method in ("predict_proba", "decision_function")):
        raise _not_a_classifier(f"The {name} has neither predict_proba nor decision_function.")
    classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
    if classes != _CLASSES:
        raise ModelRefused(
            "model_not_binary",
            f"The model has the classes {str(classes)[:80]}, not 0 and 1.",
            f"Fit it on the label as downloaded{_recoding(classes)}.",
        )


def _recoding(classes: list[object]) -> str:
    return ": replace y by (y > 0).astype(int)" if classes == [-1, 1] else ", whose values are 0 and 1"


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
    expected, given = feature_names(estimator), tuple(map(str, rows.columns))
    count = getattr(estimator, "n_features_in_", len(given))
    if expected == given or (not expected and count == len(given)):
        return
    raise ModelRefused("model_features", *_culprit(expected, given, count))


def _culprit(expected: Sequence[str], given: Sequence[str], count: int) -> tuple[str, str]:
    """Return what is wrong with the columns, and what to do."""
    unknown = [name for name in expected if name not in given]
    if "label" in unknown:
        return (
            "The model was fitted on the column label, which is what it is to predict.",
            'Fit it without: X = data.drop(columns="label").',
        )
    if unknown:
        return (
            f"The model was fitted on {_listed(unknown)}, which the dataset or the metadata's features do not have.",
            "Fit it on existing columns only, and list those in the metadata.",
        )
    if expected:
        lacking = [name for name in given if name not in expected]
        return (
            (f"The model was not fitted on {_listed(lacking)}, which the metadata's features name." if lacking else
             f"The model was fitted on the same columns in another order: it begins with {_listed(expected[:3])}, "
             f"the given ones with {_listed(given[:3])}."),
            "List the columns in the metadata as they were in training, or leave them out.",
        )  # fmt: skip
    return (
        f"The model was fitted on {count} unnamed features, but {len(given)} are given: {_listed(given)}.",
        "Fit it on a DataFrame, so that the model knows its columns, or list them in the metadata.",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return f"{', '.join(names[:_MAX_NAMED])}{more}"


def _not_a_classifier(reason: str) -> ModelRefused:
    return ModelRefused("model_not_classifier", reason, _FIT_A_CLASSIFIER)
