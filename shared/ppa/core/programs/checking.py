"""Checking of programs: types, shapes, indices, order and cost, and what follows for every row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ppa.core.programs.graph import INPUT_LIMIT, LIMIT, Node, Program, ProgramRefused
from ppa.core.programs.operators import OPERATORS, Compute, Operator, Signal

MAX_NODES = 20_000
MAX_WIDTH = 100_000
MAX_BYTES = 512 << 20
MAX_STEPS = 8e6  # elementary operations per row
MAX_VALUES = 1_000_000  # values per row that are kept at one time
MAX_COLUMNS = 10_000
MAX_WINDOW = 10_000
INPUT = "input"
EVERY_ROW, COMPLETE_ROWS, NO_ROW = "every row", "complete rows", "no row"


@dataclass(frozen=True, eq=False)
class Step:
    """One node, ready to run: its computation, the nodes it reads, and which values are not needed after it.

    The input has no computation. `clip` is set where the output may leave ±LIMIT.
    """

    compute: Compute | None
    width: int
    of: tuple[int, ...]
    last_use: tuple[int, ...]
    clip: bool


@dataclass(frozen=True, eq=False)
class CheckedProgram:
    """A program that has been checked.

    `promise` says for which rows the result is a number: EVERY_ROW; COMPLETE_ROWS, those without missing values; or
    NO_ROW, where even a complete row may be outside of a function's domain. `steps` is the cost in elementary
    operations per row, `values` the number of values per row kept at one time.
    """

    program: Program
    plan: tuple[Step, ...]
    promise: str
    steps: float
    values: int


def check(program: Program) -> CheckedProgram:
    """Check a program; raise ProgramRefused, which names the node, unless evaluation cannot fail.

    Checked are the operators and their parameters, shapes, indices, the order of the nodes, and the budget of time
    and memory. The output must be one column.
    """
    _check_head(program)
    complete, incomplete = _infer(program, missing=False), _infer(program, missing=True)
    output = incomplete[-1]
    if output.width != 1:
        raise ProgramRefused(
            f"The program gives {output.width} values per row; it must give one probability."
        )
    last_use = _last_uses(program)
    steps, values = sum(one.steps for one in incomplete), _values(program, incomplete, last_use)
    if steps > MAX_STEPS or values > MAX_VALUES:
        raise ProgramRefused(
            f"One row costs {steps:.3g} operations and {values} values; at most {MAX_STEPS:.3g} and {MAX_VALUES} "
            "are allowed. Train a smaller model: fewer trees, layers or stored samples."
        )
    plan = tuple(
        _step(node, signal, last)
        for node, signal, last in zip(program.nodes, incomplete, last_use, strict=True)
    )
    promise = NO_ROW if complete[-1].missing else COMPLETE_ROWS if output.missing else EVERY_ROW
    return CheckedProgram(program, plan, promise, steps, values)


def _check_head(program: Program) -> None:
    if not 0 < len(program.columns) <= MAX_COLUMNS or len({*program.columns}) < len(program.columns):
        raise ProgramRefused(f"A program needs 1 to {MAX_COLUMNS} columns with different names.")
    if not all(isinstance(name, str) for name in program.columns):
        raise ProgramRefused("The columns of a program are named by text.")
    if not _whole(program.window) or not 1 <= program.window <= MAX_WINDOW or program.width > MAX_WIDTH:
        raise ProgramRefused(f"The window must be 1 to {MAX_WINDOW} hours, and {MAX_WIDTH} values at most.")
    if not 0 < len(program.nodes) <= MAX_NODES:
        raise ProgramRefused(f"The program has {len(program.nodes)} nodes; 1 to {MAX_NODES} are allowed.")
    size = sum(
        value.nbytes
        for node in program.nodes
        for value in node.values.values()
        if isinstance(value, np.ndarray)
    )
    if size > MAX_BYTES:
        raise ProgramRefused(
            f"The program's arrays take {size >> 20} MiB; at most {MAX_BYTES >> 20} are allowed."
        )


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _infer(program: Program, *, missing: bool) -> list[Signal]:
    """Signals of all nodes, bounds limited to LIMIT, if inputs may be missing or not."""
    signals: list[Signal] = []
    for position, node in enumerate(program.nodes):
        try:
            signals.append(_signal(node, program, signals, missing))
        except ProgramRefused as error:
            raise ProgramRefused(f"Node {position} ({str(node.op)[:40]}): {error}.") from None
    return signals


def _signal(node: Node, program: Program, before: Sequence[Signal], missing: bool) -> Signal:
    if not isinstance(node.of, tuple) or not all(_whole(one) and 0 <= one < len(before) for one in node.of):
        raise ProgramRefused(f"it must read nodes before it, not {str(node.of)[:40]}")
    if node.op == INPUT:
        if node.of or node.values:
            raise ProgramRefused("the input takes nothing")
        return Signal(program.width, -INPUT_LIMIT, INPUT_LIMIT, missing, 2.0 * program.width)
    operator = _operator(node)
    with np.errstate(all="ignore"):
        signal = operator.infer(node.values, [_limited(before[one]) for one in node.of])
    if signal.width > MAX_WIDTH:
        raise ProgramRefused(f"it gives {signal.width} columns; at most {MAX_WIDTH} are allowed")
    return signal


def _operator(node: Node) -> Operator:
    """The operator of a node, once the number of its arguments and the types of its parameters are right."""
    operator = OPERATORS.get(node.op) if isinstance(node.op, str) else None
    if operator is None:
        raise ProgramRefused("there is no such operator")
    low, high = operator.arguments
    if not low <= len(node.of) <= high:
        raise ProgramRefused(f"it reads {len(node.of)} nodes")
    if {*node.values} != {*operator.parameters}:
        raise ProgramRefused(f"its parameters must be {', '.join(operator.parameters)}")
    for name, parameter in operator.parameters.items():
        try:
            parameter.check(node.values[name])
        except ProgramRefused as error:
            raise ProgramRefused(f"{name}: {error}") from None
    return operator


def _limited(signal: Signal) -> Signal:
    low, high = (min(max(end, -LIMIT), LIMIT) for end in (signal.low, signal.high))
    return replace(signal, low=low, high=high)


def _last_uses(program: Program) -> list[tuple[int, ...]]:
    """For each node, the nodes whose values nothing after it reads."""
    last = {one: position for position, node in enumerate(program.nodes) for one in node.of}
    uses: list[list[int]] = [[] for _ in program.nodes]
    for one, position in last.items():
        uses[position].append(one)
    return [tuple(one) for one in uses]


def _values(program: Program, signals: Sequence[Signal], last_use: Sequence[tuple[int, ...]]) -> int:
    """The most values of a row that exist at one time."""
    held = most = program.width
    for signal, done in zip(signals, last_use, strict=True):
        held += signal.width
        most = max(most, held + signal.scratch)
        held -= sum(signals[one].width for one in done)
    return most


def _step(node: Node, signal: Signal, last_use: tuple[int, ...]) -> Step:
    if node.op == INPUT:
        return Step(None, signal.width, (), last_use, False)
    clip = not (signal.low >= -LIMIT and signal.high <= LIMIT)
    return Step(OPERATORS[node.op].build(node.values), signal.width, node.of, last_use, clip)
