"""Proof of a conversion: the program and the library agree on hard rows, or the conversion is refused."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs import CheckedProgram, Node, evaluate
from ppa.core.programs.evaluation import trace
from ppa.core.programs.operators.distances import measure
from ppa.core.programs.tolerance import tolerance
from ppa.modelfiles.errors import ModelRefused

PROBE_ROWS = 64
MAX_CALLS = 24
REAL, MISSING, EXTREME, THRESHOLD = 320, 96, 96, 128  # rows of each kind

_LINEAR = {"add", "subtract", "multiply", "divide"}
_FAR = 1e30
MAX_THRESHOLDS = 2000

Rows = NDArray[np.float64]
# the input column that a value is made of, its factor, and what is added
Source = tuple[int, float, float]


@dataclass(frozen=True, eq=False)
class Proof:
    """The result of a comparison.

    `rule` is the tolerance in words, `rows` the number of rows compared, `difference` the largest found. The probe is
    a part of the rows with the library's predictions, NaN where it refuses the row.
    """

    rule: str
    rows: int
    difference: float
    probe_rows: Rows
    probe_predictions: Rows


def prove(estimator: Any, program: CheckedProgram, data: Rows) -> Proof:
    """Compare the program with the estimator on hard rows made of the data; raise ModelRefused if they differ.

    The rows are those of the data, with values missing, with values far out, and with values at and next to the
    thresholds of trees.
    """
    rows = hard_rows(program, data)
    predicted, asked = library_predictions(estimator, rows)
    values = evaluate(program, rows)
    decided = asked & ~_undecided(program, rows)
    agreed = tolerance(program.program.nodes)
    difference = np.where(np.isnan(predicted) & np.isnan(values), 0.0, np.abs(predicted - values))
    wrong = decided & ~(difference <= agreed.allowed(predicted))
    if wrong.any():
        raise _differs(estimator, rows, predicted, values, int(np.flatnonzero(wrong)[0]), int(wrong.sum()))
    if np.isnan(predicted).all():
        raise ModelRefused(
            "model_predict_failed",
            f"The {type(estimator).__name__} gives no probability for any of {len(rows)} rows like the data's.",
            "Put a SimpleImputer first if features are missing in every row; check the model on its training rows.",
        )
    chosen = _spread(np.flatnonzero(decided), PROBE_ROWS)
    compared = difference[decided & ~np.isnan(predicted)]
    return Proof(
        agreed.rule, int(decided.sum()), float(compared.max(initial=0.0)), rows[chosen], predicted[chosen]
    )


def hard_rows(program: CheckedProgram, data: Rows) -> Rows:
    """Return rows that conversions get wrong most easily, made of real ones; always the same ones."""
    random = np.random.default_rng(7)
    base = data[_spread(np.arange(len(data)), REAL)]
    base = base[np.resize(np.arange(len(base)), REAL)]
    return np.concatenate(
        [
            base,
            _with_missing(base, random),
            _with_extremes(base, data, random),
            _at_thresholds(program, base, random),
        ]
    )


def library_predictions(estimator: Any, rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Return the probabilities of the second class by the library, NaN for rows that it refuses.

    Where it refuses many, they are halved to find which, up to a number of calls; the second result is false for
    rows that were not reached.
    """
    out, asked = np.full(len(rows), np.nan), np.ones(len(rows), bool)
    incomplete = np.isnan(rows).any(1)
    for group in (np.flatnonzero(~incomplete), np.flatnonzero(incomplete)):
        waiting = deque([group] if len(group) else [])
        for _ in range(MAX_CALLS):
            if not waiting:
                break
            part = waiting.popleft()
            try:
                out[part] = _probabilities(estimator, rows[part])
            except Exception:  # noqa: BLE001 # any library, any error: the row has no prediction
                if len(part) > 1:
                    waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
        for part in waiting:
            asked[part] = False
    return out, asked


def _probabilities(estimator: Any, rows: Rows) -> Rows:
    import warnings

    table: Any = rows
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        import pandas as pd

        table = pd.DataFrame(rows, columns=list(names))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if hasattr(estimator, "predict_proba"):
            return np.asarray(estimator.predict_proba(table), np.float64)[:, 1]
        return 1.0 / (1.0 + np.exp(-np.asarray(estimator.decision_function(table), np.float64)))


def _spread(positions: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """At most `count` of the positions, evenly spread."""
    if len(positions) <= count:
        return positions
    return positions[np.linspace(0, len(positions) - 1, count).astype(np.intp)]


def _with_missing(base: Rows, random: np.random.Generator) -> Rows:
    rows = base[random.integers(0, len(base), MISSING)].copy()
    rows[0] = np.nan
    width = rows.shape[1]
    for row in rows[1 : MISSING // 2]:
        row[random.integers(0, width)] = np.nan
    for row in rows[MISSING // 2 :]:
        row[random.random(width) < random.choice([0.1, 0.5, 0.9])] = np.nan
    return rows


def _with_extremes(base: Rows, data: Rows, random: np.random.Generator) -> Rows:
    rows = base[random.integers(0, len(base), EXTREME)].copy()
    empty = np.isnan(data).all(0)
    low, high = (np.zeros(data.shape[1]) for _ in range(2))
    low[~empty], high[~empty] = np.nanmin(data[:, ~empty], axis=0), np.nanmax(data[:, ~empty], axis=0)
    for row in rows:
        column, reach = random.integers(0, rows.shape[1]), random.choice([0.0, 1.0, 10.0])
        span = reach * (high[column] - low[column])
        row[column] = random.choice([low[column] - span, high[column] + span, 0.0])
    return rows


def _at_thresholds(program: CheckedProgram, base: Rows, random: np.random.Generator) -> Rows:
    """Rows with one value at a threshold, or next to it, above or below, in float64 and float32."""
    rows = base[random.integers(0, len(base), THRESHOLD)].copy()
    thresholds = list(input_thresholds(program))
    if not thresholds:
        return rows
    chosen = random.integers(0, len(thresholds), THRESHOLD)
    for place, (row, one) in enumerate(zip(rows, chosen.tolist(), strict=True)):
        column, value = thresholds[one]
        single = np.float32(value)
        near = (
            value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf), float(single),
            float(np.nextafter(single, np.float32(np.inf))), float(np.nextafter(single, np.float32(-np.inf))),
        )  # fmt: skip
        row[column] = near[place % len(near)]
    return rows


def input_thresholds(program: CheckedProgram) -> Iterator[tuple[int, float]]:
    """Yield the input column and the value at which a tree decides, where only exact steps lie between."""
    sources: list[list[Source | None]] = []
    nodes = program.program.nodes
    for node, step in zip(nodes, program.plan, strict=True):
        sources.append(_sources(node, nodes, sources, step.width))
        if node.op != "trees":
            continue
        feature, threshold, left = (_array(node, name) for name in ("feature", "threshold", "left"))
        for one in _spread(np.flatnonzero(left != np.arange(len(left))), MAX_THRESHOLDS).tolist():
            source = sources[node.of[0]][int(feature[one])]
            if source is not None and abs(threshold[one]) < _FAR:
                column, scale, offset = source
                yield column, (float(threshold[one]) - offset) / scale


def _array(node: Node, name: str) -> NDArray[Any]:
    return np.asarray(node.values[name])  # noqa: PD011 # no frame


def _sources(
    node: Node, nodes: Sequence[Node], before: Sequence[list[Source | None]], width: int
) -> list[Source | None]:
    """For each column of a node's output: the input column, scale and offset that it is made of, if it is."""
    if node.op == "input":
        return [(column, 1.0, 0.0) for column in range(width)]
    of = [before[one] for one in node.of]
    if node.op == "columns":
        return [of[0][one] for one in _array(node, "index").tolist()]
    if node.op == "concat":
        return [one for part in of for one in part]
    if node.op in {"fill", "complete"} and len(of[0]) == width:
        return of[0]
    if node.op in _LINEAR and nodes[node.of[1]].op == "constant" and len(of[0]) == width:
        values = np.broadcast_to(_array(nodes[node.of[1]], "value"), (width,)).tolist()
        return [_moved(node.op, source, value) for source, value in zip(of[0], values, strict=True)]
    return [None] * width


def _moved(op: str, source: Source | None, value: float) -> Source | None:
    if source is None or (op in {"multiply", "divide"} and value == 0):
        return None
    column, scale, offset = source
    if op in {"add", "subtract"}:
        return column, scale, offset + (value if op == "add" else -value)
    factor = value if op == "multiply" else 1.0 / value
    return column, scale * factor, offset * factor


def _undecided(program: CheckedProgram, rows: Rows) -> NDArray[np.bool_]:
    """Rows where the nearest neighbours are not defined: the next point is as far away, but for rounding."""
    out = np.zeros(len(rows), bool)
    for node in program.program.nodes:
        if node.op != "neighbours":
            continue
        points, count, kind = _array(node, "points"), int(_array(node, "count")), str(_array(node, "kind"))
        if count == len(points):
            continue
        x = np.nan_to_num(trace(program, rows, node.of[0]))
        distance = np.sort(measure(x, points, kind), axis=1)
        scale = np.square(x).sum(1) + np.square(points).sum(1).max()
        room = 1e-12 * (scale if kind == "squared" else np.sqrt(scale))
        out |= distance[:, count] - distance[:, count - 1] <= room
    return out


def _differs(estimator: Any, rows: Rows, predicted: Rows, values: Rows, row: int, count: int) -> ModelRefused:
    shown = {True: "no probability", False: ""}
    own = shown[bool(np.isnan(predicted[row]))] or f"{predicted[row]:.17g}"
    other = shown[bool(np.isnan(values[row]))] or f"{values[row]:.17g}"
    kind = next(
        name
        for name, end in (
            ("of the data", REAL), ("with missing values", REAL + MISSING),
            ("with extreme values", REAL + MISSING + EXTREME), ("at a tree's threshold", len(rows)),
        )
        if row < end
    )  # fmt: skip
    return ModelRefused(
        "model_conversion_differs",
        f"The program of the {type(estimator).__name__} differs from the model in {count} of {len(rows)} rows: "
        f"{other} instead of {own} for a row {kind}.",
        "Scale the features first, or use another estimator or version of its library.",
    )
