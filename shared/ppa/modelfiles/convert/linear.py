"""Linear models, discriminants, naive Bayes, support vectors, neural networks and Gaussian processes."""

from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire, doubles
from ppa.modelfiles.convert.encoding import lookup
from ppa.modelfiles.convert.formulas import erf, kernel, square
from ppa.modelfiles.convert.registry import Conversion, decision, probability, regressor

_KERNELS = "Use the kernel rbf, linear, poly or sigmoid."


@decision(
    "LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis", "LinearSVC", "Perceptron",
    "PassiveAggressiveClassifier", "RidgeClassifier", "RidgeClassifierCV", "SGDClassifier",
)  # fmt: skip
def _linear(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.affine(x, np.atleast_2d(e.coef_).T, np.atleast_1d(e.intercept_))


@regressor(
    "BayesianRidge", "ARDRegression", "ElasticNet", "ElasticNetCV", "HuberRegressor", "Lars", "Lasso", "LassoCV",
    "LassoLars", "LinearRegression", "LinearSVR", "Ridge", "RidgeCV", "SGDRegressor", "TheilSenRegressor",
)  # fmt: skip
def _linear_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.affine(x, np.atleast_2d(e.coef_).T, np.atleast_1d(e.intercept_))


@probability("LogisticRegression", "LogisticRegressionCV")
def _logistic(c: Conversion, e: Any, x: Wire) -> Wire:
    score = c.decision(e, x)
    softmax = getattr(e, "multi_class", None) == "multinomial"  # before scikit-learn 1.8
    return c.unary("expit", c.times(score, 2.0) if softmax else score)


@probability("LinearDiscriminantAnalysis")
def _lda(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", c.decision(e, x))


@probability("SGDClassifier")
def _sgd(c: Conversion, e: Any, x: Wire) -> Wire:
    score = c.decision(e, x)
    if e.loss == "modified_huber":
        return c.over(c.plus(c.clip(score, -1.0, 1.0), 1.0), 2.0)
    return c.unary("expit", score)


@decision("QuadraticDiscriminantAnalysis")
def _qda(c: Conversion, e: Any, x: Wire) -> Wire:
    scores = []
    for mean, rotation, scaling, prior in zip(e.means_, e.rotations_, e.scalings_, e.priors_, strict=True):
        turned = c.affine(c.sub(x, mean), rotation * (scaling**-0.5))
        norm = c.plus(c.total(square(c, turned)), float(np.sum(np.log(scaling))))
        scores.append(c.plus(c.times(norm, -0.5), float(np.log(prior))))
    return c.sub(scores[1], scores[0])


@probability("QuadraticDiscriminantAnalysis", "NearestCentroid")
def _discriminant(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", c.decision(e, x))


@decision("NearestCentroid")
def _centroid(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e, e.metric in {"euclidean", "manhattan"}, f"has the metric {e.metric}", "Use metric='euclidean'."
    )
    deviation = np.where(e.within_class_std_dev_ == 0, 1.0, e.within_class_std_dev_)
    kind = "squared" if e.metric == "euclidean" else "manhattan"
    distances = c.distance(c.over(x, deviation), e.centroids_ / deviation, kind)
    squares = distances if kind == "squared" else square(c, distances)
    return _difference(c, c.sub(2.0 * np.log(e.class_prior_), squares))


def _difference(c: Conversion, scores: Wire) -> Wire:
    """The second of two columns less the first."""
    return c.sub(c.columns_of(scores, [1]), c.columns_of(scores, [0]))


@probability("GaussianNB")
def _gaussian_nb(c: Conversion, e: Any, x: Wire) -> Wire:
    constant = np.log(e.class_prior_) - 0.5 * np.log(2.0 * np.pi * e.var_).sum(1)
    scores = [
        c.plus(c.times(c.total(c.over(square(c, c.sub(x, mean)), variance)), -0.5), float(offset))
        for mean, variance, offset in zip(e.theta_, e.var_, constant, strict=True)
    ]
    return c.unary("expit", c.sub(scores[1], scores[0]))


@probability("BernoulliNB")
def _bernoulli_nb(c: Conversion, e: Any, x: Wire) -> Wire:
    if e.binarize is not None:
        x = c.complete(c.binary("less", float(e.binarize), x), x)
    absent = np.log(1 - np.exp(e.feature_log_prob_))
    scores = c.affine(x, (e.feature_log_prob_ - absent).T, e.class_log_prior_ + absent.sum(1))
    return c.unary("expit", _difference(c, scores))


@probability("MultinomialNB", "ComplementNB")
def _multinomial_nb(c: Conversion, e: Any, x: Wire) -> Wire:
    prior = e.class_log_prior_ if type(e).__name__ == "MultinomialNB" else np.zeros(2)
    return c.unary("expit", _difference(c, c.affine(x, e.feature_log_prob_.T, prior)))


@probability("CategoricalNB")
def _categorical_nb(c: Conversion, e: Any, x: Wire) -> Wire:
    whole = c.unary("floor", x)
    keys = [np.arange(table.shape[1], dtype=float) for table in e.feature_log_prob_]
    odds = [table[1] - table[0] for table in e.feature_log_prob_]
    evidence = c.total(lookup(c, whole, keys, odds, np.nan, np.nan))
    return c.unary("expit", c.plus(evidence, float(e.class_log_prior_[1] - e.class_log_prior_[0])))


@decision("SVC", "NuSVC")
def _svc(c: Conversion, e: Any, x: Wire) -> Wire:
    mapped = None
    if isinstance(e.kernel, str):
        mapped = kernel(c, x, e.support_vectors_, e.kernel, e._gamma, e.coef0, e.degree)
    if mapped is None:
        raise c.refusal(e, f"has the kernel {str(e.kernel)[:40]}", _KERNELS)
    return c.affine(mapped, np.asarray(e.dual_coef_).T, np.asarray(e.intercept_))


@probability("SVC", "NuSVC")
def _svc_probability(c: Conversion, e: Any, x: Wire) -> Wire:
    """Platt's sigmoid, then the coupling of two classes as libsvm iterates it (Wu, Lin and Weng 2004, algorithm 2)."""
    score = c.decision(e, x)
    first = c.unary("expit", c.plus(c.times(score, float(e.probA_[0])), -float(e.probB_[0])))
    bounded = c.clip(first, 1e-7, 1 - 1e-7)
    return c.complete(c.columns_of(_coupled(c, bounded, c.sub(1.0, bounded)), [1]), score)


def _coupled(c: Conversion, first: Wire, second: Wire) -> Wire:
    """Both probabilities from the pairwise ones; three rounds suffice for two classes."""
    q = (square(c, second), square(c, first), c.times(c.times(first, second), -1.0))
    p = (c.constant(0.5), c.constant(0.5))
    for _ in range(3):
        slope, mean = _slopes(c, q, p)
        error = c.binary("maximum", *(c.unary("absolute", c.sub(one, mean)) for one in slope))
        moved = _round(c, q, p, slope, mean)
        done = c.binary("less", error, 0.0025)
        p = (c.where(done, p[0], moved[0]), c.where(done, p[1], moved[1]))
    return c.concat(p)


def _slopes(c: Conversion, q: tuple[Wire, ...], p: tuple[Wire, Wire]) -> tuple[tuple[Wire, Wire], Wire]:
    slope = (
        c.plus(c.times(q[0], p[0]), c.times(q[2], p[1])),
        c.plus(c.times(q[2], p[0]), c.times(q[1], p[1])),
    )
    return slope, c.plus(c.times(p[0], slope[0]), c.times(p[1], slope[1]))


def _round(
    c: Conversion, q: tuple[Wire, ...], p: tuple[Wire, Wire], slope: tuple[Wire, Wire], mean: Wire
) -> tuple[Wire, Wire]:
    values, slopes = list(p), list(slope)
    for t in (0, 1):
        change = c.over(c.sub(mean, slopes[t]), q[t])
        scale = c.binary("maximum", c.plus(change, 1.0), 1e-9)
        values[t] = c.plus(values[t], change)
        grown = c.plus(mean, c.times(change, c.plus(c.times(change, q[t]), c.times(slopes[t], 2.0))))
        mean = c.over(c.over(grown, scale), scale)
        row = (q[0], q[2]) if t == 0 else (q[2], q[1])
        slopes = [
            c.over(c.plus(one, c.times(change, share)), scale) for one, share in zip(slopes, row, strict=True)
        ]
        values = [c.over(one, scale) for one in values]
    return values[0], values[1]


_ACTIVATIONS = {"logistic": "expit", "tanh": "tanh"}


@probability("MLPClassifier")
def _mlp(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", _layers(c, e, x))


@regressor("MLPRegressor")
def _mlp_regressor(c: Conversion, e: Any, x: Wire) -> Wire:
    return _layers(c, e, x)


def _layers(c: Conversion, e: Any, x: Wire) -> Wire:
    last = len(e.coefs_) - 1
    for layer, (weights, bias) in enumerate(zip(e.coefs_, e.intercepts_, strict=True)):
        x = c.affine(x, weights, bias)
        if layer < last and e.activation == "relu":
            x = c.binary("maximum", x, 0.0)
        elif layer < last and e.activation != "identity":
            x = c.unary(_ACTIVATIONS[e.activation], x)
    return x


@probability("GaussianProcessClassifier")
def _gaussian_process(c: Conversion, e: Any, x: Wire) -> Wire:
    """Laplace's approximation; algorithm 3.2 of Rasmussen and Williams (2006), the logistic as five error functions."""
    from sklearn.gaussian_process._gpc import COEFS, LAMBDAS

    base = e.base_estimator_
    mapped = _process_kernel(c, e, base.kernel_, x, base.X_train_)
    mean = c.affine(mapped, (base.y_train_ - base.pi_)[:, None])
    solved = np.linalg.solve(base.L_, np.diag(base.W_sr_))
    explained = c.total(square(c, c.affine(mapped, solved.T)))
    prior = float(base.kernel_.diag(base.X_train_[:1])[0])
    variance = c.binary("maximum", c.sub(prior, explained), 1e-300)
    total: Wire | None = None
    for share, rate in zip(doubles(COEFS).ravel(), doubles(LAMBDAS).ravel(), strict=True):
        # sqrt(alpha / (alpha + rate²)) with alpha = 1 / (2 variance)
        shrunk = c.unary("sqrt", c.over(1.0, c.plus(c.times(variance, 2.0 * rate * rate), 1.0)))
        term = c.times(erf(c, c.times(c.times(mean, float(rate)), shrunk)), 0.5 * float(share))
        total = term if total is None else c.plus(total, term)
    return c.plus(total if total is not None else mean, 0.5 * float(doubles(COEFS).sum()))


def _process_kernel(c: Conversion, e: Any, of: Any, x: Wire, points: Any) -> Wire:
    name = type(of).__name__
    if name in {"Sum", "Product"}:
        left, right = (_process_kernel(c, e, one, x, points) for one in (of.k1, of.k2))
        return c.plus(left, right) if name == "Sum" else c.times(left, right)
    if name == "ConstantKernel":
        return c.constant(np.full(len(points), float(of.constant_value)))
    if name == "WhiteKernel":
        return c.constant(np.zeros(len(points)))
    if name == "RBF":
        scale = np.broadcast_to(np.asarray(of.length_scale, np.float64), (x.width,))
        distance = c.distance(c.over(x, scale), np.asarray(points) / scale)
        return c.unary("exp", c.times(distance, -0.5))
    if name == "DotProduct":
        return c.affine(x, np.asarray(points).T, np.full(len(points), float(of.sigma_0) ** 2))
    raise c.refusal(
        e, f"has the kernel {name}", "Use RBF, ConstantKernel, DotProduct, WhiteKernel, sums, products."
    )
