"""Programs: checked once, then evaluated to the same bits, whatever the rows beside and whatever the machine."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppa.core.programs import Node, Program, ProgramRefused, check, evaluate, functions
from ppa.core.programs.archive import ProgramFile, content_hash, dump, is_program, load
from ppa.core.programs.builder import Builder, doubles, integers
from ppa.core.programs.checking import COMPLETE_ROWS, EVERY_ROW, NO_ROW
from ppa.core.programs.evaluation import windows
from ppa.core.programs.operators import OPERATORS
from ppa.core.programs.operators.linear import affine
from tests.program_specimens import COLUMNS, rows, specimens

SPECIMENS = specimens()
INF, NAN = float("inf"), float("nan")


def test_the_specimens_use_every_operator() -> None:
    used = {node.op for program in SPECIMENS.values() for node in program.nodes}
    assert used == {*OPERATORS, "input"}


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_row_gives_the_same_bits_alone_in_a_few_and_in_many(name: str) -> None:
    program = check(SPECIMENS[name])
    table = rows(8400)
    many = evaluate(program, table)
    few = np.concatenate([evaluate(program, table[i : i + 24]) for i in range(0, 240, 24)])
    alone = np.concatenate([evaluate(program, table[i : i + 1]) for i in range(120)])
    assert few.tobytes() == many[:240].tobytes()
    assert alone.tobytes() == many[:120].tobytes()


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_result_is_a_probability_wherever_one_is_promised(name: str) -> None:
    program, table = check(SPECIMENS[name]), rows(3000, seed=1)
    result = evaluate(program, table)
    number = ~np.isnan(result)
    assert ((result[number] >= 0) & (result[number] <= 1)).all()
    if program.promise == EVERY_ROW:
        assert number.all()
    elif program.promise == COMPLETE_ROWS:
        assert number[~np.isnan(table).any(1)].all()


def test_the_promise_is_read_off_the_graph() -> None:
    promises = {name: check(program).promise for name, program in SPECIMENS.items()}
    assert promises["tables"] == promises["trees"] == promises["constant"] == EVERY_ROW
    assert promises["linear"] == promises["complete rows"] == promises["neighbours"] == COMPLETE_ROWS
    b = Builder(COLUMNS)
    assert check(b.program(b.total(b.unary("log", b.input)))).promise == NO_ROW


# prints the digest of the results of all specimens
DIGEST = """
import hashlib, numpy as np
from ppa.core.programs import check, evaluate
from tests.program_specimens import rows, specimens
digest = hashlib.sha256()
for program in specimens().values():
    digest.update(np.nan_to_num(evaluate(check(program), rows(2000)), nan=-1.0).tobytes())
print(digest.hexdigest())
"""


def test_another_processor_gives_the_same_bits() -> None:
    """numpy without the instructions that not every machine has, and another kernel of its matrix library."""
    older = {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512_SKX AVX2 FMA3", "OPENBLAS_CORETYPE": "Nehalem"}
    digests = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DIGEST], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
        ).stdout
        for settings in ({}, older)
    ]  # fmt: skip
    assert digests[0] == digests[1]
    assert len(digests[0]) == 65


def test_sums_run_from_left_to_right() -> None:
    x = np.array([[1e16, 1.0, -1e16, 1.0]])
    ones = np.ones((4, 1))
    assert affine(x, ones).tolist() == [[1.0]]
    assert affine(np.repeat(x, 9000, axis=0), ones)[-1].tolist() == [1.0]


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=40))
def test_functions_are_within_two_units_of_the_last_place(values: list[float]) -> None:
    x = np.array(values)
    for ours, theirs, argument in (
        (functions.exp, np.exp, x),
        (functions.log, np.log, np.abs(x) + 1e-9),
        (functions.expit, lambda v: 1 / (1 + np.exp(-v)), x),
    ):
        expected = theirs(argument)
        assert np.abs(ours(argument) - expected).max() <= 2 * np.spacing(np.abs(expected)).max()
    for ours, theirs in ((functions.sin, np.sin), (functions.cos, np.cos), (functions.tanh, np.tanh)):
        assert np.abs(ours(x) - theirs(x)).max() < 1e-15


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_function_of_one_value_has_the_bits_of_the_same_among_many(value: float) -> None:
    value = min(max(value, -1e100), 1e100) if value == value else value
    for function in (
        functions.exp,
        functions.log,
        functions.expit,
        functions.tanh,
        functions.sin,
        functions.cos,
    ):
        with np.errstate(all="ignore"):
            one, many = function(np.array([value])), function(np.full(100, value))
        assert np.array_equal(one, many[:1], equal_nan=True)


def test_a_file_gives_back_the_program_and_the_hash_does_not_depend_on_its_packing() -> None:
    program = SPECIMENS["trees"]
    table = rows(64)
    data = dump(ProgramFile(program, table, np.zeros(64), {"estimator": "Forest"}))
    assert is_program(data)
    file = load(data)
    assert content_hash(file.program) == content_hash(program)
    assert content_hash(replace(program, columns=("a", "b", "c", "e"))) != content_hash(program)
    assert evaluate(check(file.program), table).tobytes() == evaluate(check(program), table).tobytes()
    assert file.origin == {"estimator": "Forest"}
    assert dump(file) == data


def test_a_file_of_another_kind_or_with_a_piece_missing_is_refused() -> None:
    data = dump(ProgramFile(SPECIMENS["linear"], rows(2), np.zeros(2)))
    head = int.from_bytes(data[8:12], "little")
    parts = json.loads(data[12 : 12 + head])

    def with_head(**changes: Any) -> bytes:
        text = json.dumps(parts | changes).encode()
        return data[:8] + len(text).to_bytes(4, "little") + text + data[12 + head :]

    for broken in (
        b"",
        b"PK\x03\x04",
        data[:-3],
        data + b"x",
        data[:20],
        with_head(arrays=[["f8", [1 << 40]]]),
        with_head(arrays=[["O", [1]]]),
        with_head(probe=[0, 99]),
        with_head(nodes=[{"op": "input", "of": [], "x": None}]),
        with_head(nodes=[{"op": "input"}]),
        with_head(window=-1),
        with_head(extra=1),
    ):
        with pytest.raises(ProgramRefused):
            check(load(broken).program)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    import zlib

    head = json.dumps(
        {"columns": ["a"], "window": 1, "nodes": [], "arrays": [["f8", [8]]], "origin": {}, "probe": [0, 0]}
    ).encode()
    data = b"PPAPROG1" + len(head).to_bytes(4, "little") + head + zlib.compress(bytes(1 << 28))
    with pytest.raises(ProgramRefused, match="damaged"):
        load(data)


def changed(name: str, op: str, **values: Any) -> Program:
    """A specimen with parameters of its first node of a kind replaced; None removes one."""
    program = SPECIMENS[name]
    place = next(i for i, node in enumerate(program.nodes) if node.op == op)
    node = program.nodes[place]
    merged = {key: value for key, value in {**node.values, **values}.items() if value is not None}
    return replace(
        program, nodes=(*program.nodes[:place], replace(node, values=merged), *program.nodes[place + 1 :])
    )


FAULTS: dict[str, Program] = {
    "a feature that there is not": changed("trees", "trees", feature=integers([0, 4, 0, 0, 2, 3, 0, 0, 0])),
    "a negative feature": changed("trees", "trees", feature=integers([0, -1, 0, 0, 2, 3, 0, 0, 0])),
    "a child before its parent": changed("trees", "trees", left=integers([0, 0, 2, 3, 5, 7, 6, 7, 8])),
    "a child far away": changed("trees", "trees", right=integers([0, 1 << 30, 2, 3, 6, 8, 6, 7, 8])),
    "two parents": changed("trees", "trees", right=integers([0, 2, 2, 3, 6, 8, 6, 7, 8])),
    "a root far away": changed("trees", "trees", root=integers([0, 1, 99])),
    "a category that there is not": changed("trees", "trees", category=integers([-1] * 5 + [1] + [-1] * 3)),
    "a divisor of 0": changed("trees", "trees", divisor=0.0),
    "an integer for a number": changed("trees", "trees", initial=0),
    "a number for a flag": changed("trees", "trees", single=1),
    "values in float32": changed("trees", "trees", value=np.zeros(9, np.float32)),
    "a value that is not finite": changed("linear", "affine", bias=doubles([INF])),
    "a missing weight": changed("linear", "affine", weights=doubles([[1], [NAN], [1], [1]])),
    "weights for other columns": changed("linear", "affine", weights=doubles([[1], [1]])),
    "a parameter too few": changed("linear", "affine", bias=None),
    "a parameter too many": changed("linear", "affine", more=1.0),
    "more neighbours than points": changed("neighbours", "neighbours", count=31),
    "an unknown distance": changed("neighbours", "neighbours", kind="cosine"),
    "keys that decrease": changed("tables", "lookup", keys=doubles([1, 0.5, 0, -7.25, 1, 2, 3])),
    "starts beyond the end": changed("tables", "bins", starts=integers([0, 4, 8, 12, 13])),
    "edges that decrease": changed("tables", "bins", edges=doubles([1, 0, 0, 1, -1, 0, 0, 1, -1, 0, 0, 1])),
    "columns that there are not": Program(("a",), (Node("input"), Node("columns", (0,), {"index": integers([1])}))),
    "two columns of one name": Program(("a", "a"), (Node("input"),)),
    "two outputs": Program(("a", "b"), (Node("input"),)),
    "no node": Program(("a",), ()),
    "a node that reads itself": Program(("a",), (Node("input"), Node("floor", (1,)))),
    "a node that reads a later one": Program(("a",), (Node("input"), Node("floor", (2,)), Node("floor", (1,)))),
    "an unknown operator": Program(("a",), (Node("input"), Node("eval", (0,)))),
    "a window of 0": Program(("a",), (Node("input"),), 0),
    "widths that do not fit": Program(
        ("a", "b", "c"), (Node("input"), Node("columns", (0,), {"index": integers([0, 1])}), Node("add", (0, 1)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_program_with_a_fault_is_refused_with_a_reason(fault: str) -> None:
    with pytest.raises(ProgramRefused, match=r"\w+ .*\w+"):
        check(FAULTS[fault])


def test_a_program_that_costs_too_much_is_refused_before_it_runs() -> None:
    b = Builder(COLUMNS)
    wide = b.columns_of(b.input, np.zeros(90_000, int))
    with pytest.raises(ProgramRefused, match="costs"):
        check(b.program(b.total(b.affine(wide, np.zeros((90_000, 60))))))
    chain = Builder(("a",))
    x = chain.input
    for _ in range(20_001):
        x = chain.plus(x, x)
    with pytest.raises(ProgramRefused, match="nodes"):
        check(chain.program(x))


def test_equal_parts_of_a_model_are_computed_once() -> None:
    b = Builder(COLUMNS)
    first, second = (b.over(b.sub(b.input, [1.0, 2.0, 3.0, 4.0]), 2.0) for _ in range(2))
    assert first == second
    assert len(b.program(b.total(first)).nodes) == 6


def test_a_window_is_an_hour_and_those_before_it_the_oldest_first() -> None:
    hours = np.arange(10.0).reshape(5, 2)
    seen = windows(hours, 2)
    assert seen.reshape(4, 4)[0].tolist() == [0, 1, 2, 3]
    assert seen.reshape(4, 4)[-1].tolist() == [6, 7, 8, 9]
    assert windows(hours, 6).shape == (0, 6, 2)
    program = check(SPECIMENS["window"])
    assert evaluate(program, seen.reshape(4, 4)).shape == (4,)
    with pytest.raises(ValueError, match="4 values per row"):
        evaluate(program, hours)


def test_neighbours_found_by_multiplication_are_those_measured_in_order() -> None:
    """Points far from the origin, where the multiplied distances are all rounding."""
    random = np.random.default_rng(5)
    points = doubles(random.normal(size=(4000, 6)) + 6e4)
    b = Builder(tuple("abcdef"))
    near = b.add(
        "neighbours", b.input, width=1, points=points, targets=doubles(random.random((4000, 1))), count=7,
        kind="squared", by_distance=False,
    )  # fmt: skip
    program = check(b.program(b.over(near, 7.0)))
    table = points[:300] + random.normal(size=(300, 6)) * 1e-3
    alone = np.concatenate([evaluate(program, table[i : i + 1]) for i in range(100)])
    assert evaluate(program, table)[:100].tobytes() == alone.tobytes()


def test_the_evaluator_needs_numpy_alone() -> None:
    script = (
        "import sys, ppa.core.programs as p; "
        "print({'pandas', 'scipy', 'sklearn', 'skops', 'pyarrow'} & set(sys.modules), 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set() True\n"
