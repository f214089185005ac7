"""Projections, kernel maps, clusters and random features."""

from typing import Any

import numpy as np

from ppa.core.programs.builder import Wire, doubles
from ppa.modelfiles.convert.formulas import kernel, negative
from ppa.modelfiles.convert.registry import Conversion, transformer
from ppa.modelfiles.convert.scaling import normalized

MAX_POINTS = 4000  # whose neighbours can be columns


def _table(value: Any) -> Any:
    return doubles(value.toarray() if hasattr(value, "toarray") else value)


@transformer("PCA", "IncrementalPCA")
def _pca(c: Conversion, e: Any, x: Wire) -> Wire:
    projected = c.affine(c.sub(x, e.mean_), e.components_.T)
    return c.over(projected, np.sqrt(e.explained_variance_)) if e.whiten else projected


@transformer(
    "TruncatedSVD", "NeighborhoodComponentsAnalysis", "GaussianRandomProjection", "SparseRandomProjection"
)
def _components(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.affine(x, _table(e.components_).T)


@transformer("FastICA")
def _ica(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.affine(c.sub(x, e.mean_) if e.whiten else x, e.components_.T)


@transformer("FactorAnalysis")
def _factors(c: Conversion, e: Any, x: Wire) -> Wire:
    loadings = e.components_ / e.noise_variance_
    covariance = np.linalg.inv(np.eye(len(loadings)) + loadings @ e.components_.T)
    return c.affine(c.sub(x, e.mean_), loadings.T @ covariance)


@transformer("SparsePCA", "MiniBatchSparsePCA")
def _sparse_pca(c: Conversion, e: Any, x: Wire) -> Wire:
    components = e.components_
    gram = components @ components.T + e.ridge_alpha * np.eye(len(components))
    return c.affine(c.sub(x, e.mean_), np.linalg.solve(gram, components).T)


@transformer("LinearDiscriminantAnalysis")
def _lda(c: Conversion, e: Any, x: Wire) -> Wire:
    if e.solver == "svd":
        x = c.sub(x, e.xbar_)
    return c.affine(x, e.scalings_[:, : e._max_components])


@transformer("PLSRegression", "PLSCanonical", "CCA", "PLSSVD")
def _pls(c: Conversion, e: Any, x: Wire) -> Wire:
    weights = e.x_rotations_ if hasattr(e, "x_rotations_") else e.x_weights_
    return c.affine(c.over(c.sub(x, e._x_mean), e._x_std), weights)


@transformer("Nystroem")
def _nystroem(c: Conversion, e: Any, x: Wire) -> Wire:
    gamma = 1.0 / x.width if e.gamma is None else e.gamma
    coef0, degree = 1 if e.coef0 is None else e.coef0, 3 if e.degree is None else e.degree
    mapped = _kernel(c, e, x, e.components_, gamma, coef0, degree)
    return c.affine(mapped, e.normalization_.T)


@transformer("KernelPCA")
def _kernel_pca(c: Conversion, e: Any, x: Wire) -> Wire:
    gamma = getattr(e, "gamma_", e.gamma)
    mapped = _kernel(c, e, x, e.X_fit_, 1.0 / x.width if gamma is None else gamma, e.coef0, e.degree)
    centred = c.transform(e._centerer, mapped)
    nonzero = np.flatnonzero(e.eigenvalues_)
    scaled = np.zeros_like(e.eigenvectors_)
    scaled[:, nonzero] = e.eigenvectors_[:, nonzero] / np.sqrt(e.eigenvalues_[nonzero])
    return c.affine(centred, scaled)


def _kernel(c: Conversion, e: Any, x: Wire, points: Any, gamma: float, coef0: float, degree: float) -> Wire:
    mapped = kernel(c, x, points, e.kernel, gamma, coef0, degree) if isinstance(e.kernel, str) else None
    if mapped is None:
        raise c.refusal(
            e, f"has the kernel {e.kernel}", "Use rbf, laplacian, linear, poly, sigmoid or cosine."
        )
    return mapped


@transformer("RBFSampler")
def _rbf_sampler(c: Conversion, e: Any, x: Wire) -> Wire:
    turned = c.unary("cos", c.affine(x, e.random_weights_, e.random_offset_))
    return c.times(turned, (2.0 / e.n_components) ** 0.5)


@transformer("SkewedChi2Sampler")
def _skewed_sampler(c: Conversion, e: Any, x: Wire) -> Wire:
    log = c.unary("log", c.plus(x, e.skewedness))
    turned = c.unary("cos", c.affine(log, e.random_weights_, e.random_offset_))
    return c.times(turned, float(np.sqrt(2.0) / np.sqrt(e.n_components)))


@transformer("AdditiveChi2Sampler")
def _additive_sampler(c: Conversion, e: Any, x: Wire) -> Wire:
    interval = e.sample_interval
    if interval is None:
        interval = {1: 0.8, 2: 0.5, 3: 0.4}[e.sample_steps]
    positive = c.binary("less", 0.0, x)
    value = c.where(positive, x, 1.0)
    # kept above 0 where it is positive, so that its logarithm is known to be a number
    log = c.times(c.unary("log", c.binary("maximum", value, 1e-300)), interval)
    zero = c.complete_columns(c.constant(np.zeros(x.width)), x)
    parts = [c.where(positive, c.unary("sqrt", c.times(c.binary("maximum", value, 0.0), interval)), zero)]
    twice = c.binary("maximum", c.times(value, 2.0 * interval), 0.0)
    for step in range(1, e.sample_steps):
        factor = c.unary("sqrt", c.times(twice, float(1.0 / np.cosh(np.pi * step * interval))))
        angle = c.times(log, float(step))
        for turn in ("cos", "sin"):
            parts.append(c.where(positive, c.times(factor, c.unary(turn, angle)), zero))  # noqa: PERF401
    # the library refuses rows with negative values
    return c.complete(c.concat(parts), c.unary("sqrt", x))


@transformer("PolynomialCountSketch")
def _count_sketch(c: Conversion, e: Any, x: Wire) -> Wire:
    scaled = c.times(x, float(np.sqrt(e.gamma)))
    if e.coef0 != 0:
        scaled = c.concat([scaled, c.constant(float(np.sqrt(e.coef0)))])
    sketches = []
    for hashes, signs in zip(e.indexHash_, e.bitHash_, strict=True):
        weights = np.zeros((scaled.width, e.n_components))
        weights[np.arange(scaled.width), hashes] = signs
        sketches.append(c.affine(scaled, weights))
    product = sketches[0]
    for sketch in sketches[1:]:
        product = _convolved(c, product, sketch)
    return product


def _convolved(c: Conversion, x: Wire, y: Wire) -> Wire:
    """The circular convolution, which is what the product of Fourier transforms stands for."""
    width = x.width
    output, first = np.repeat(np.arange(width), width), np.tile(np.arange(width), width)
    products = c.times(c.columns_of(x, first), c.columns_of(y, (output - first) % width))
    return c.affine(products, np.repeat(np.eye(width), width, axis=0))


@transformer("BernoulliRBM")
def _rbm(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("expit", c.affine(x, e.components_.T, e.intercept_hidden_))


@transformer("KMeans", "MiniBatchKMeans", "BisectingKMeans")
def _kmeans(c: Conversion, e: Any, x: Wire) -> Wire:
    return c.unary("sqrt", c.distance(x, e.cluster_centers_))


@transformer("FeatureAgglomeration")
def _agglomeration(c: Conversion, e: Any, x: Wire) -> Wire:
    name = getattr(e.pooling_func, "__name__", "")
    c.require(e, e.pooling_func is np.mean, f"pools by {name}", "Use pooling_func=np.mean.")
    members = (e.labels_[:, None] == np.arange(e.n_clusters)).astype(float)
    return c.over(c.affine(x, members), members.sum(0))


@transformer("RadiusNeighborsTransformer")
def _radius_transformer(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(e, e.effective_metric_ == "euclidean", "has another metric", "Use the Euclidean metric.")
    distance = c.unary("sqrt", c.distance(x, e._fit_X))
    near = c.binary("less_equal", distance, float(e.radius))
    return c.complete(near if e.mode == "connectivity" else c.times(distance, near), x)


@transformer("SparseCoder")
def _coder(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e,
        e.transform_algorithm == "threshold",
        f"codes by {e.transform_algorithm}, which iterates",
        "Use transform_algorithm='threshold'.",
    )
    return _thresholded(c, e, c.affine(x, np.asarray(e.dictionary).T))


@transformer("DictionaryLearning", "MiniBatchDictionaryLearning")
def _dictionary(c: Conversion, e: Any, x: Wire) -> Wire:
    c.require(
        e,
        e.transform_algorithm == "threshold",
        f"codes by {e.transform_algorithm}, which iterates",
        "Use transform_algorithm='threshold'.",
    )
    return _thresholded(c, e, c.affine(x, e.components_.T))


def _thresholded(c: Conversion, e: Any, x: Wire) -> Wire:
    alpha = 1.0 if e.transform_alpha is None else float(e.transform_alpha)
    rest = c.binary("maximum", c.sub(c.unary("absolute", x), alpha), 0.0)
    code = c.where(c.binary("less", x, 0.0), negative(c, rest), rest)
    if not e.split_sign:
        return code
    return c.concat([c.binary("maximum", code, 0.0), negative(c, c.binary("minimum", code, 0.0))])


@transformer("TfidfTransformer")
def _tfidf(c: Conversion, e: Any, x: Wire) -> Wire:
    if e.sublinear_tf:
        counted = c.binary("equal", x, 0.0)
        x = c.where(counted, x, c.plus(c.unary("log", c.where(counted, 1.0, x)), 1.0))
    if e.use_idf:
        x = c.times(x, e.idf_)
    return x if e.norm is None else normalized(c, x, e.norm)


@transformer("KNeighborsTransformer")
def _neighbours_transformer(c: Conversion, e: Any, x: Wire) -> Wire:
    count = len(e._fit_X)
    euclidean = e.effective_metric_ == "euclidean" and count <= MAX_POINTS
    c.require(e, euclidean, "has another metric, or too many rows", "Use KNeighborsClassifier.")
    nearest = e.n_neighbors + (e.mode == "distance")
    near = c.add(
        "neighbours", x, width=count, points=doubles(e._fit_X), targets=np.eye(count), count=int(nearest),
        kind="squared", by_distance=False,
    )  # fmt: skip
    return near if e.mode == "connectivity" else c.times(near, c.unary("sqrt", c.distance(x, e._fit_X)))
