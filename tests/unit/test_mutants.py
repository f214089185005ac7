"""Mutation testing: the mutants of a source, and verdicts that are never taken from a trial that failed itself."""

import ast
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tools.mutants import trial
from tools.mutants.children import FAILED, limited
from tools.mutants.operators import Mutant, mutants, mutated

SOURCE = '''
LIMIT = 2

def clipped(values: list[float], low: float = 0.5) -> list[float]:
    """Values below 10."""
    if not values or len(values) > LIMIT:
        raise ValueError(f"{len(values)} are more than {1 + 1}")
    return sorted((max(low, one) for one in values if one != 3), reverse=True)
'''


def changes() -> set[tuple[str, str]]:
    return {(one.before, one.after) for one in mutants("ppa/core/x.py", SOURCE)}


def test_comparisons_numbers_operators_calls_and_conditions_are_changed() -> None:
    assert {
        ("2", "3"),
        ("0.5", "0.75"),
        ("len(values) > LIMIT", "len(values) >= LIMIT"),
        ("not values", "values"),
        ("not values or len(values) > LIMIT", "not values and len(values) > LIMIT"),
        ("max(low, one)", "min(low, one)"),
        ("one != 3", "one == 3"),
        ("True", "False"),
    } <= changes()


def test_messages_and_annotations_are_left_alone() -> None:
    assert not [before for before, _ in changes() if before in ("1", "1 + 1", "10")]


def test_a_mutant_is_told_by_where_it_runs() -> None:
    result = {one.before: one for one in mutants("ppa/core/x.py", SOURCE)}
    assert [result[text].on_import for text in ("2", "0.5", "one != 3")] == [True, True, False]
    assert result["one != 3"].inside == "clipped"
    assert result["one != 3"].lines == (8, 8)


def test_each_number_makes_one_change() -> None:
    for one in mutants("ppa/core/x.py", SOURCE):
        assert ast.unparse(mutated(SOURCE, one.number)) != ast.unparse(ast.parse(SOURCE))


def test_a_mutant_is_put_into_the_functions_that_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.py"
    path.write_text(SOURCE, encoding="utf-8")
    module = ModuleType("ppa.core.x")
    exec(compile(SOURCE, path, "exec"), module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, "ppa.core.x", module)
    (one,) = (one for one in mutants("ppa/core/x.py", SOURCE) if one.before == "one != 3")
    assert module.clipped([3.0, 4.0]) == [4.0]
    assert trial.put_in_place(one, path)
    assert module.clipped([3.0, 4.0]) == [3.0]
    assert not trial.put_in_place(Mutant("ppa/core/x.py", 0, "", 2, (2, 2), "2", "3", True), path)


@pytest.mark.parametrize(
    ("status", "verdict"), [(0, trial.SURVIVED), (1, trial.KILLED), (trial.ANEW, str(trial.ANEW))]
)
def test_a_trial_ends_with_its_verdict(status: int, verdict: str) -> None:
    assert trial.verdict(limited(5, lambda: status)) == verdict


def test_a_trial_that_fails_itself_has_no_verdict() -> None:
    def broken() -> int:
        raise KeyError("no such test")

    ended = limited(5, broken)
    assert os.WEXITSTATUS(ended) == FAILED
    with pytest.raises(RuntimeError, match="exit status 4"):
        trial.verdict(ended)


def test_a_trial_that_never_ends_is_timed_out() -> None:
    def endless() -> int:
        while True:
            pass

    assert trial.verdict(limited(0, endless)) == trial.TIMED_OUT


def test_no_tests_and_tests_that_pass_kill_nothing() -> None:
    ran: list[str] = []
    hook = SimpleNamespace(pytest_runtest_protocol=lambda item, nextitem: ran.append(item.nodeid))
    session = SimpleNamespace(items=[], testsfailed=0, config=SimpleNamespace(hook=hook))
    items = [SimpleNamespace(nodeid=name, obj=print) for name in ("a", "b")]
    assert trial.try_items(session, [], {}) == 0  # type: ignore[arg-type]
    assert trial.try_items(session, items, {"a": 0.1, "b": 0.1}) == 0  # type: ignore[arg-type]
    assert ran == ["a", "b"]
