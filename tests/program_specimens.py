"""Small programs that together use every operator, and rows that are hard for them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs import Program
from ppa.core.programs.builder import Builder, Wire, doubles, integers, joined

COLUMNS = ("a", "b", "c", "d")
_RANDOM = np.random.default_rng(3)
POINTS = doubles(_RANDOM.normal(size=(30, 4)).round(3))

FINITE = [0.0, 0.5, -0.5, 1.0, 2.0, 3.0, 1e-3, -7.25, 1e5, -1e5, 5e-324, 1e300, -1e300, 709.5, -745.2]
SPECIAL = [np.nan, np.inf, -np.inf, -0.0]


def rows(count: int, seed: int = 0) -> NDArray[np.float64]:
    """Rows of ordinary numbers, with special and extreme values among them."""
    random = np.random.default_rng(seed)
    table = random.normal(size=(count, 4)) * 10.0 ** random.integers(-3, 4, (count, 1))
    hit = random.random(table.shape) < 0.25
    table[hit] = random.choice(FINITE + SPECIAL, int(hit.sum()))
    return table


def _forest(b: Builder, x: Wire, **changes: object) -> Wire:
    """Three trees: a leaf alone, one split, and two levels with a set of categories."""
    values: dict[str, object] = {
        "feature": integers([0, 1, 0, 0, 2, 3, 0, 0, 0]),
        "threshold": doubles([0, 0.5, 0, 0, -1.0, np.inf, 0, 0, 0]),
        "left": integers([0, 2, 2, 3, 5, 7, 6, 7, 8]),
        "right": integers([0, 3, 2, 3, 6, 8, 6, 7, 8]),
        "missing_left": integers([0, 1, 0, 0, 0, 1, 0, 0, 0]),
        "value": doubles([0.1, 0, 0.25, -0.3, 0, 0, 0.7, 1 / 3, -0.2]),
        "category": integers([-1, -1, -1, -1, -1, 0, -1, -1, -1]),
        "root": integers([0, 1, 4]),
        "members": integers([[0, 1, 0, 1]]),
        "initial": 0.05,
        "divisor": 3.0,
        "single": False,
        "single_sum": False,
    }
    return b.add("trees", x, width=1, **values | changes)  # type: ignore[arg-type]


def _arithmetic(b: Builder, x: Wire) -> Wire:
    scaled = b.over(b.sub(x, [0.5, -1.0, 2.0, 0.0]), [2.0, 3.0, 0.25, 1.5])
    bounded = b.clip(b.binary("fill", scaled, 0.0), -4.0, 4.0)
    marks = b.concat([b.unary("is_missing", x), b.binary("equal", x, 0.5), b.binary("less", x, 1.0)])
    mixed = b.where(b.binary("less_equal", x, 0.0), b.unary("absolute", bounded), b.unary("floor", bounded))
    turned = b.columns_of(b.times(bounded, bounded), [3, 1, 1, 0, 2])
    whole = b.concat([mixed, marks, turned, b.add("largest", bounded, width=1)])
    return b.unary("expit", b.affine(whole, np.linspace(-1, 1, whole.width)[:, None], [0.1]))


def _functions(b: Builder, x: Wire) -> Wire:
    filled = b.binary("fill", x, 0.25)
    positive = b.plus(b.unary("absolute", filled), 0.125)
    parts = [b.unary(op, filled) for op in ("exp", "tanh", "sin", "cos", "expit")]
    parts += [b.unary("log", positive), b.unary("sqrt", positive)]
    whole = b.clip(b.concat(parts), -50.0, 50.0)
    return b.unary("expit", b.affine(whole, np.cos(np.arange(whole.width))[:, None], [0.0]))


def _tables(b: Builder, x: Wire) -> Wire:
    keys = joined(
        keys=[doubles([0, 0.5, 1]), doubles([]), doubles([-7.25]), doubles([1, 2, 3])],
        results=[doubles([3, 1, 2]), doubles([]), doubles([0.5]), doubles([9, 8, 7])],
    )
    code = b.add("lookup", x, width=4, unknown=doubles([0, 1, 2, 3]), missing=doubles([4, 5, 6, 7]), **keys)
    filled = b.binary("fill", x, 0.0)
    bins = b.add("bins", filled, width=4, **joined(edges=[doubles([-1, 0, 0, 1])] * 3 + [doubles([])]))
    lines = joined(
        knots=[doubles([-1, 0, 0, 2]), doubles([0]), doubles([-1e5, 1e5]), doubles([0, 1, 2])],
        heights=[doubles([0, 1, 2, 1 / 3]), doubles([5]), doubles([-1, 1]), doubles([0.1, 0.7, 0.2])],
    )
    between = b.add("interpolate", filled, width=4, **lines)
    whole = b.concat([code, bins, between])
    return b.unary("expit", b.affine(whole, np.sin(np.arange(12.0))[:, None], [-0.5]))


def _mean_of(b: Builder, sums: Wire) -> Wire:
    return b.times(b.unary("expit", b.total(sums)), 0.999)


def _neighbours(b: Builder, x: Wire, kind: str, *, by_distance: bool) -> Wire:
    targets = doubles(np.eye(2)[np.arange(30) % 2])
    near = b.add(
        "neighbours", x, width=2, points=POINTS, targets=targets, count=5, kind=kind, by_distance=by_distance
    )
    return _mean_of(b, near)


def _window(b: Builder, x: Wire) -> Wire:
    return b.unary("expit", b.affine(x, np.linspace(-1, 1, x.width)[:, None]))


MAKERS: dict[str, Callable[[Builder, Wire], Wire]] = {
    "arithmetic": _arithmetic,
    "functions": _functions,
    "tables": _tables,
    "trees": _forest,
    "trees in float32": lambda b, x: _forest(b, x, single=True, single_sum=True),
    "trees, then a logistic": lambda b, x: b.unary("expit", _forest(b, x, category=integers([-1] * 9))),
    "linear": lambda b, x: b.unary("expit", b.affine(x, [[0.3], [-1.7], [1e-3], [2.0]], [0.1])),
    "layers": lambda b, x: b.unary(
        "expit",
        b.affine(b.binary("maximum", b.affine(x, POINTS[:5].T, POINTS[:5, 0]), 0.0), POINTS[:5, :1], [0.2]),
    ),
    "kernel": lambda b, x: b.unary(
        "expit", b.affine(b.unary("exp", b.times(b.distance(x, POINTS), -0.1)), POINTS[:, :1], [0.3])
    ),
    "manhattan": lambda b, x: _mean_of(b, b.times(b.distance(x, POINTS, "manhattan"), -0.01)),
    "neighbours": lambda b, x: _neighbours(b, x, "squared", by_distance=False),
    "near neighbours": lambda b, x: _neighbours(b, x, "manhattan", by_distance=True),
    "complete rows": lambda b, x: b.complete(_forest(b, x), x),
    "constant": lambda b, x: b.constant(0.25),
}


def specimens() -> dict[str, Program]:
    """Return one program of each kind, and one with a window of two hours."""
    programs = {}
    for name, make in MAKERS.items():
        builder = Builder(COLUMNS)
        programs[name] = builder.program(make(builder, builder.input))
    builder = Builder(COLUMNS[:2], window=2)
    programs["window"] = builder.program(_window(builder, builder.input))
    return programs
