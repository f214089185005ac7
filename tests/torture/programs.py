"""Damage programs in every way a file can express: each is refused, or evaluates as a sound one does.

usage: python -m tests.torture.programs [COUNT [SEED]]

Each mutation changes one to three things of a specimen: an element or the whole of an array, its length, shape or type,
a number, a flag or a text, the operator, the nodes that a node reads, columns or window; or bytes of its file.
"""

import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from ppa.core.programs import CheckedProgram, Node, Program, ProgramRefused, check, evaluate
from ppa.core.programs.archive import ProgramFile, dump, load
from ppa.core.programs.checking import COMPLETE_ROWS, EVERY_ROW
from ppa.core.programs.operators import OPERATORS
from tests.program_specimens import rows, specimens

MEMORY = 6 << 30
MAX_SECONDS = 5.0  # processor time of one evaluation
NUMBERS: list[Any] = [
    0.0, -1.0, 1.0, -0.0, 2.0**31, 2.0**63, 1e-300, 5e-324, 1e100, -1e100, 1e308, float("inf"), float("-inf"),
    float("nan"), 0.5, 3.0,
]  # fmt: skip
WHOLE: list[Any] = [0, -1, 1, 2, 5, 2**31 - 1, -(2**31), 2**31, 2**63, 10**30]
ODD: list[Any] = [True, False, None, "", "squared", "x" * 100, [], [1.0], {}, b"1", (1,), 1j]
SPECIMENS = list(specimens().values())
SOUND = [dump(ProgramFile(program, rows(3)[:, : program.width], np.zeros(3))) for program in SPECIMENS]

Random = np.random.Generator


def pick(random: Random, choices: Any) -> Any:
    """Return one of the choices, as it is."""
    return choices[int(random.integers(0, len(choices)))]


def damaged_array(random: Random, array: np.ndarray[Any, Any]) -> Any:
    """Return an array with one thing wrong, or that might be."""
    changes: list[Callable[[], Any]] = [
        *[lambda: _with_element(random, array)] * 16,
        lambda: np.full_like(array, _fitting(random, array)),
        lambda: array[:-1],
        lambda: array[:0],
        lambda: np.concatenate([array, array[-1:]]),
        lambda: np.repeat(array, 3, axis=0),
        lambda: array[::-1],
        lambda: array.T,
        lambda: array.reshape(-1, 1),
        lambda: array.reshape(1, -1),
        lambda: array[..., None, None],
        lambda: array.astype(pick(random, ["f4", ">f8", "i8", "u1", "?", "O", "S3", "f8", "i4", "c16"])),
        lambda: random.permutation(array),
        lambda: pick(random, [*ODD, *NUMBERS, *WHOLE]),
        lambda: random.permuted(array).astype(array.dtype) * (2 if array.dtype == np.float64 else 1),
    ]
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        suppress(IndexError, OverflowError, TypeError, ValueError),
    ):
        warnings.simplefilter("ignore")
        return pick(random, changes)()
    return array  # an array that was damaged before, to which the change does not apply


def _fitting(random: Random, array: np.ndarray[Any, Any]) -> Any:
    if array.dtype == np.int32:
        return pick(random, [0, -1, 1, 2, 3, 8, 2**31 - 1, -(2**31)])
    return pick(random, NUMBERS)


def _with_element(random: Random, array: np.ndarray[Any, Any]) -> Any:
    changed = np.array(array)
    if changed.size:
        changed.flat[int(random.integers(0, changed.size))] = _fitting(random, array)
    return changed


def damaged_node(random: Random, node: Node, position: int) -> Node:
    """Return a node with one thing wrong, or that might be."""
    values = dict(node.values)
    what = int(random.integers(0, 14))
    if what > 10:
        return replace(node, op=_similar(random, node))
    if what == 0:
        return replace(node, op=pick(random, [*OPERATORS, "input", "eval", "", None, 3]))
    if what == 1:
        choices = [
            (),
            (position,),
            (position + 1,),
            (-1,),
            (2**31,),
            (0,),
            (0, 0),
            (0, 0, 0),
            None,
            [0],
            ("0",),
            (0.0,),
        ]
        choices += [
            tuple(
                int(one)
                for one in random.integers(
                    0, max(1, position), len(node.of) if isinstance(node.of, tuple) else 1
                )
            )
        ] * 6
        return replace(node, of=pick(random, choices))
    if not values or what == 2:
        values[pick(random, ["extra", "starts", "op", ""])] = pick(random, [*ODD, *NUMBERS, *WHOLE])
        return replace(node, values=values)
    name = pick(random, sorted(values))
    if what == 3:
        del values[name]
    elif isinstance(values[name], np.ndarray):
        values[name] = damaged_array(random, values[name])
    else:
        values[name] = pick(random, [*NUMBERS, *WHOLE, *ODD])
    return replace(node, values=values)


def _similar(random: Random, node: Node) -> Any:
    """An operator that takes the same parameters."""
    fitting = [name for name, operator in OPERATORS.items() if {*operator.parameters} == {*node.values}]
    return pick(random, fitting or ["input"])


def damaged_program(random: Random) -> Program:
    """Return a specimen with one to three things wrong, or that might be."""
    program = pick(random, SPECIMENS)
    for _ in range(pick(random, [1, 1, 1, 2, 3])):
        what, nodes = int(random.integers(0, 20)), list(program.nodes)
        if not nodes:
            break
        if what == 0:
            program = replace(program, window=pick(random, [*WHOLE, *NUMBERS, *ODD]))
        elif what == 1:
            names = program.columns
            program = replace(
                program, columns=pick(random, [(), names[:-1], (*names, "z"), names * 2, (1, 2, 3, 4)])
            )
        elif what == 2:
            del nodes[int(random.integers(0, len(nodes)))]
            program = replace(program, nodes=tuple(nodes))
        elif what == 3:
            program = replace(program, nodes=tuple(random.permutation(np.array(nodes, object)).tolist()))
        else:
            place = int(random.integers(0, len(nodes)))
            nodes[place] = damaged_node(random, nodes[place], place)
            program = replace(program, nodes=tuple(nodes))
    return program


def damaged_file(random: Random) -> bytes:
    """Return a program file with some bytes changed, left out or doubled."""
    data = bytearray(pick(random, SOUND))
    for _ in range(int(random.integers(1, 4))):
        place = int(random.integers(0, len(data)))
        what = int(random.integers(0, 3))
        if what == 0:
            data[place] = int(random.integers(0, 256))
        elif what == 1:
            del data[place : place + int(random.integers(1, 9))]
        else:
            data[place:place] = data[place : place + int(random.integers(1, 9))]
    return bytes(data)


def hold_to_its_promise(program: CheckedProgram, random: Random) -> None:
    """Evaluate a checked program on hard rows; AssertionError unless it keeps what check has promised."""
    width = program.program.width
    count = 3 if width * program.values > 1 << 20 else 70
    table = np.resize(rows(count, seed=int(random.integers(0, 50))), (count, width))
    started = time.process_time()
    result = evaluate(program, table)
    seconds = time.process_time() - started
    number = ~np.isnan(result)
    assert seconds < MAX_SECONDS, f"{seconds:.1f} s for {count} rows of {program.steps:g} steps"
    assert result.shape == (count,)
    assert ((result[number] >= 0) & (result[number] <= 1)).all()
    if program.promise == EVERY_ROW:
        assert number.all()
    elif program.promise == COMPLETE_ROWS:
        assert number[~np.isnan(table).any(1)].all()
    assert evaluate(program, table[:1]).tobytes() == result[:1].tobytes()


def try_one(random: Random) -> str:
    """Damage one program or file; return whether it was refused or ran. Any other end is an exception."""
    try:
        program = load(damaged_file(random)).program if random.random() < 0.1 else damaged_program(random)
        checked = check(program)
    except ProgramRefused:
        return "refused"
    hold_to_its_promise(checked, random)
    return "ran"


def torture(count: int, seed: int) -> Counter[str]:
    """Try many, each from a seed of its own, which an error names."""
    ends: Counter[str] = Counter()
    for number in range(count):
        try:
            ends[try_one(np.random.default_rng([seed, number]))] += 1
        except Exception as error:
            error.add_note(f"mutation {number} of seed {seed}")
            raise
    return ends


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    arguments = [int(one) for one in sys.argv[1:]]
    total, first = (arguments + [200_000, 1][len(arguments) :])[:2]
    ends = torture(total, first)
    sys.stdout.write(f"programs: {total} mutations of seed {first}: {dict(ends)}, nothing else\n")
