"""Pipelines, column-wise transformers, searches, and what wraps one estimator."""

from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire
from ppa.modelfiles.convert.forests import positions
from ppa.modelfiles.convert.registry import Conversion, decision, probability, regressor, transformer


def _before_last(c: Conversion, e: Any, x: Wire) -> tuple[Any, Wire]:
    for _, step in e.steps[:-1]:
        x = c.transform(step, x)
    return e.steps[-1][1], x


@transformer("Pipeline")
def _pipeline(c: Conversion, e: Any, x: Wire) -> Wire:
    last, x = _before_last(c, e, x)
    return c.transform(last, x)


@probability("Pipeline")
def _pipeline_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.probability(*_before_last(c, e, x))


@decision("Pipeline")
def _pipeline_decision(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.decision(*_before_last(c, e, x))


@regressor("Pipeline")
def _pipeline_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.regress(*_before_last(c, e, x))


@transformer("ColumnTransformer")
def _columns(c: Conversion, e: Any, x: Wire) -> Wire:
    outputs = []
    for _, step, columns in e.transformers_:
        chosen = positions(e, columns)
        if len(chosen) and not (isinstance(step, str) and step == "drop"):
            outputs.append(c.transform(step, c.columns_of(x, chosen)))
    c.require(e, bool(outputs), "keeps no column", "Keep at least one.")
    return c.concat(outputs)


@transformer("FeatureUnion")
def _union(c: Conversion, e: Any, x: Wire) -> Wire:
    weights = e.transformer_weights or {}
    outputs = []
    for name, step in e.transformer_list:
        if isinstance(step, str) and step == "drop":
            continue
        output = c.transform(step, x)
        outputs.append(c.times(output, float(weights[name])) if name in weights else output)
    return c.concat(outputs)


def _inner(e: Any) -> Any:
    """The fitted estimator that the wrapper passes everything to."""
    for name in ("best_estimator_", "estimator_", "base_estimator_", "estimator"):
        if hasattr(e, name):
            return getattr(e, name)
    raise AttributeError(f"{type(e).__name__} is not fitted")


_WRAPPERS = (
    "FixedThresholdClassifier", "FrozenEstimator", "GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV",
    "RandomizedSearchCV", "SelfTrainingClassifier", "TunedThresholdClassifierCV",
)  # fmt: skip


@probability(*_WRAPPERS)
def _wrapped_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.probability(_inner(e), x)


@decision(*_WRAPPERS)
def _wrapped_decision(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.decision(_inner(e), x)


@transformer("FrozenEstimator", "GridSearchCV", "RandomizedSearchCV")
def _wrapped_transformer(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.transform(_inner(e), x)


@regressor("GridSearchCV", "RandomizedSearchCV", "FrozenEstimator")
def _wrapped_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.regress(_inner(e), x)


@probability("RFE", "RFECV")
def _selected_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.probability(e.estimator_, c.columns_of(x, np.flatnonzero(e.support_)))


@decision("RFE", "RFECV")
def _selected_decision(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.decision(e.estimator_, c.columns_of(x, np.flatnonzero(e.support_)))
