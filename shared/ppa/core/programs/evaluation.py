"""Evaluation of checked programs on rows of features."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.checking import CheckedProgram, Step
from ppa.core.programs.graph import INPUT_LIMIT, LIMIT, FloatArray

_BLOCK_ROWS = 8192
_BLOCK_VALUES = 1 << 22
_NOTHING = np.empty((0, 0))


def evaluate(program: CheckedProgram, rows: NDArray[np.float64]) -> FloatArray:
    """Return the probability of class 1 for each row, of shape (n_rows,).

    `rows` has shape (n_rows, columns), or (n_rows, columns * window), the oldest hour first; NaN stands for missing,
    and values beyond ±1e60 count as ±1e60. The result is between 0 and 1; it is NaN only in rows for
    which `CheckedProgram.promise` gives no number. A row's result does not depend on the
    rows beside it.
    """
    width = program.program.width
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"the rows have shape {rows.shape}; the program takes {width} values per row")
    size = max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // program.values))
    out = np.empty(len(rows))
    with np.errstate(all="ignore"):
        for start in range(0, len(rows), size):
            out[start : start + size] = _evaluate_block(program, rows[start : start + size])
    return out


def trace(program: CheckedProgram, rows: NDArray[np.float64], node: int) -> FloatArray:
    """Return the output of one node, of shape (n_rows, width): what the program computes on the way."""
    part = replace(program, plan=tuple(replace(step, last_use=()) for step in program.plan[: node + 1]))
    size = max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // program.values))
    with np.errstate(all="ignore"):
        blocks = [_values(part, rows[start : start + size])[-1] for start in range(0, len(rows), size)]
    return np.concatenate([np.broadcast_to(one, (len(one), one.shape[1])) for one in blocks])


def windows(rows: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return for each row from the `window`-th on that row and those before it, the oldest first, as a view.

    `rows` are consecutive hours, of shape (n_rows, columns); the result has shape (n_rows - window + 1, window,
    columns), and is empty where there are too few rows.
    """
    if len(rows) < window:
        return np.empty((0, window, rows.shape[1]))
    view = np.lib.stride_tricks.sliding_window_view(rows, window, axis=0)
    return view.transpose(0, 2, 1)


def _evaluate_block(program: CheckedProgram, rows: NDArray[np.float64]) -> FloatArray:
    values = _values(program, rows)
    probability = np.minimum(np.maximum(values[-1], 0.0), 1.0) + 0.0
    return np.broadcast_to(probability, (len(rows), 1))[:, 0]


def _values(program: CheckedProgram, rows: NDArray[np.float64]) -> list[FloatArray]:
    """Outputs of the nodes; empty where they are no longer needed."""
    x = np.minimum(np.maximum(rows.astype(np.float64, copy=False), -INPUT_LIMIT), INPUT_LIMIT)
    values: list[FloatArray] = []
    for step in program.plan:
        values.append(_run(step, x, values))
        for done in step.last_use:
            values[done] = _NOTHING
    return values


def _run(step: Step, x: FloatArray, values: list[FloatArray]) -> FloatArray:
    if step.compute is None:
        return x
    value = step.compute(*[values[one] for one in step.of])
    return np.minimum(np.maximum(value, -LIMIT), LIMIT) if step.clip else value
