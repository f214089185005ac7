"""Models made of models: bagging, AdaBoost, voting, stacking, calibration, one against the rest."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire, doubles
from ppa.modelfiles.convert.forests import sklearn_tree, trees
from ppa.modelfiles.convert.registry import Conversion, decision, probability, transformer

_TREES = {"DecisionTreeClassifier", "ExtraTreeClassifier"}


@probability("DummyClassifier")
def _dummy(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(e, e.strategy != "stratified", "draws random values", "Use strategy='prior'.")
    prior = float(e.class_prior_[1])
    shares: dict[str, float] = {
        "prior": prior,
        "most_frequent": float(np.argmax(e.class_prior_) == 1),
        "uniform": 0.5,
        "constant": float(np.ravel(e.constant if e.constant is not None else 0)[0] == e.classes_[1]),
    }
    return c.constant(shares[e.strategy])


def _only_trees(e: Any) -> bool:
    return all(type(one).__name__ in _TREES for one in e.estimators_)


@probability("BaggingClassifier")
def _bagging(c: Conversion, e: Any, x: Wire) -> Wire:
    count = len(e.estimators_)
    c.require(e, _sees_both(e), "has an estimator that saw one class only", "Use larger samples.")
    if _only_trees(e):
        parts = []
        for one, features in zip(e.estimators_, e.estimators_features_, strict=True):
            tree = sklearn_tree(one.tree_, one.tree_.value[:, 0, 1])
            parts.append(replace(tree, feature=np.asarray(features)[np.maximum(tree.feature, 0)]))
        return c.strictly(e, trees(c, x, parts, single=True, divisor=count), x)
    votes = [
        (c.probability if hasattr(one, "predict_proba") else c.label)(one, c.columns_of(x, features))
        for one, features in zip(e.estimators_, e.estimators_features_, strict=True)
    ]
    return c.mean(votes)


def _sees_both(e: Any) -> bool:
    return all(len(getattr(one, "classes_", (0, 1))) == 2 for one in e.estimators_)


@decision("AdaBoostClassifier")
def _adaboost(c: Conversion, e: Any, x: Wire) -> Wire:
    weights = [float(one) for one in e.estimator_weights_[: len(e.estimators_)]]
    if getattr(e, "algorithm", "SAMME") == "SAMME.R":  # before scikit-learn 1.6
        return _samme_r(c, e, x, weights)
    c.require(e, _sees_both(e), "has an estimator that saw one class only", "Use fewer or deeper estimators.")
    if _only_trees(e):
        parts = [
            sklearn_tree(one.tree_, np.where(one.tree_.value[:, 0, :].argmax(1) == 1, weight, -weight))
            for one, weight in zip(e.estimators_, weights, strict=True)
        ]
        score = trees(c, x, parts, single=True, divisor=sum(weights))
    else:
        votes = [c.sub(c.times(c.label(one, x), 2.0), 1.0) for one in e.estimators_]
        score = c.mean(votes, weights)
    return c.strictly(e, c.times(score, 2.0), x)


def _samme_r(c: Conversion, e: Any, x: Wire, weights: list[float]) -> Wire:
    eps = float(np.finfo(np.float64).eps)
    terms = []
    for one in e.estimators_:
        p = c.probability(one, x)
        second, first = (c.unary("log", c.clip(side, eps, 1.0)) for side in (p, c.sub(1.0, p)))
        terms.append(c.sub(second, first))
    return c.complete(c.over(c.times(c.mean(terms), float(len(terms))), sum(weights)), x)


@probability("AdaBoostClassifier")
def _adaboost_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", c.decision(e, x))


@probability("VotingClassifier")
def _voting(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(e, e.voting == "soft", "votes by decisions, without probabilities", "Use voting='soft'.")
    return c.mean([c.probability(one, x) for one in e.estimators_], e._weights_not_none)


@transformer("VotingClassifier")
def _votes(c: Conversion, e: Any, x: Wire) -> Wire:
    if e.voting != "soft":
        return c.concat([c.label(one, x) for one in e.estimators_])
    c.require(e, e.flatten_transform, "gives tables of three dimensions", "Use flatten_transform=True.")
    shares = [c.probability(one, x) for one in e.estimators_]
    return c.concat([side for share in shares for side in (c.sub(1.0, share), share)])


@transformer("VotingRegressor")
def _regressors_votes(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.concat([c.regress(one, x) for one in e.estimators_])


@transformer("StackingClassifier")
def _stacked(c: Conversion, e: Any, x: Wire) -> Wire:
    methods: dict[str, Callable[[Any, Wire], Wire]] = {
        "predict_proba": c.probability,
        "decision_function": c.decision,
        "predict": c.label,
    }
    fitted = [one for one in e.estimators_ if not isinstance(one, str)]
    outputs = [methods[method](one, x) for method, one in zip(e.stack_method_, fitted, strict=True)]
    return c.concat([*outputs, x] if e.passthrough else outputs)


@transformer("StackingRegressor")
def _stacked_regressors(c: Conversion, e: Any, x: Wire) -> Wire:
    outputs = [c.regress(one, x) for one in e.estimators_ if not isinstance(one, str)]
    return c.concat([*outputs, x] if e.passthrough else outputs)


@probability("StackingClassifier")
def _stacking(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.probability(e.final_estimator_, _stacked(c, e, x))


@decision("StackingClassifier")
def _stacking_decision(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.decision(e.final_estimator_, _stacked(c, e, x))


@probability("CalibratedClassifierCV")
def _calibrated(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.mean([_calibrated_one(c, one, x) for one in e.calibrated_classifiers_])


def _calibrated_one(c: Conversion, one: Any, x: Wire) -> Wire:
    if getattr(one, "method", "") == "temperature":
        return _temperature(c, one, x)
    (calibrator,) = one.calibrators
    score = c.score(one.estimator, x)
    if type(calibrator).__name__ == "IsotonicRegression":
        return c.transform(calibrator, score)
    return c.unary("expit", c.sub(c.times(score, -float(calibrator.a_)), float(calibrator.b_)))


def _temperature(c: Conversion, one: Any, x: Wire) -> Wire:
    beta, estimator = float(one.calibrators[0].beta_), one.estimator
    if hasattr(estimator, "decision_function"):
        return c.unary("expit", c.times(c.decision(estimator, x), 2.0 * beta))
    eps = 1e-12  # which scikit-learn adds before the logarithm
    p = c.probability(estimator, x)
    second, first = (c.unary("log", c.plus(c.clip(side, 0.0, 1.0), eps)) for side in (p, c.sub(1.0, p)))
    return c.unary("expit", c.times(c.sub(second, first), beta))


@transformer("IsotonicRegression")
def _isotonic(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e,
        e.out_of_bounds == "clip",
        f"treats values out of bounds by {e.out_of_bounds!r}",
        "Use out_of_bounds='clip'.",
    )
    knots, heights = doubles(e.X_thresholds_), doubles(e.y_thresholds_)
    starts = np.array([0, len(knots)], np.int32)
    return c.add("interpolate", x, width=1, knots=knots, heights=heights, starts=starts)


@probability("OneVsRestClassifier")
def _one_against_rest(c: Conversion, e: Any, x: Wire) -> Wire:
    (one,) = e.estimators_
    return c.probability(one, x)


@decision("OneVsRestClassifier")
def _one_against_rest_decision(c: Conversion, e: Any, x: Wire) -> Wire:
    (one,) = e.estimators_
    return c.decision(one, x)


@decision("OneVsOneClassifier")
def _one_against_one(c: Conversion, e: Any, x: Wire) -> Wire:
    (one,) = e.estimators_
    if e.pairwise_indices_ is not None:
        raise c.refusal(e, "takes a precomputed kernel", "Use a kernel of features.")
    confidence = c.decision(one, x) if hasattr(one, "decision_function") else c.probability(one, x)
    damped = c.over(confidence, c.times(c.plus(c.unary("absolute", confidence), 1.0), 3.0))
    return c.plus(c.label(one, x), damped)
