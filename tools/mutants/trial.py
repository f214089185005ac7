"""A mutant's trial: its code is put in place in a forked process, which runs the tests that reach it."""

import importlib.abc
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.machinery import ModuleSpec
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import Phase, settings

from tools.mutants.operators import Mutant, mutated

KILLED, SURVIVED, NOT_REACHED, TIMED_OUT = "killed", "survived", "not reached", "timed out"
# of a property's examples: at first, and once all tests have passed
FEW, MANY = 10, 40
# a property that takes longer with few examples is not run with more
MAX_SECONDS = 0.25
# exit status of a child in which no function has the mutant's code: only a fresh import shows it
ANEW = 3
_TOLD = {0: SURVIVED, 1: KILLED, ANEW: str(ANEW)}


def verdict(wait_status: int) -> str:
    """The verdict of a child that ended; raises `RuntimeError` where it could not run its tests."""
    if os.WIFSIGNALED(wait_status):
        return TIMED_OUT
    if (status := os.WEXITSTATUS(wait_status)) not in _TOLD:
        raise RuntimeError(f"A trial ended with the exit status {status}. Run its tests by hand to see why.")
    return _TOLD[status]


class Limited:
    """A pytest plugin: properties with few examples, the same in each run, nothing kept or made smaller."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Limit all that were collected."""
        for item in items:
            limit_examples(item, FEW)


def limit_examples(item: pytest.Item, examples: int) -> bool:
    """Give a property at most so many examples; False where the test is none."""
    function = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
    own = getattr(function, "_ppa_settings", getattr(function, "_hypothesis_internal_use_settings", None))
    if own is None:
        return False
    function._ppa_settings = own  # type: ignore[union-attr]
    function._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
        own,
        max_examples=min(own.max_examples, examples),
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    return True


def try_items(session: pytest.Session, items: Sequence[pytest.Item], seconds: Mapping[str, float]) -> int:
    """Run tests until one fails: 1 if one does; the fast properties among them once more, with more examples."""
    if _fails(session, items):
        return 1
    fast = [item for item in items if seconds.get(item.nodeid, 1.0) <= MAX_SECONDS]
    return int(_fails(session, [item for item in fast if limit_examples(item, MANY)]))


def _fails(session: pytest.Session, items: Sequence[pytest.Item]) -> bool:
    session.items = list(items)
    for item, following in zip_longest(items, items[1:]):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


def put_in_place(mutant: Mutant, path: Path) -> bool:
    """Give the functions of an imported module the mutant's code; False where none of them has it."""
    module = sys.modules[module_name(mutant.module)]
    source = path.read_text(encoding="utf-8")
    before = dict(_codes(compile(source, path, "exec")))
    after = dict(_codes(compile(mutated(source, mutant.number), path, "exec")))
    changed = False
    for function in _functions(module):
        key = function.__qualname__, function.__code__.co_firstlineno
        if key in before and before[key] != after[key]:
            function.__code__ = after[key]
            changed = True
        if clear := getattr(function, "cache_clear", None):
            clear()
    return changed


def module_name(module: str) -> str:
    """`ppa.core.times` of `ppa/core/times.py`."""
    return module.removesuffix(".py").replace("/", ".")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module as its mutant."""

    def __init__(self, mutant: Mutant, path: Path) -> None:
        self._mutant, self._path = mutant, path

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Find the mutant's module only."""
        if fullname != module_name(self._mutant.module):
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the import system."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's code."""
        tree = mutated(self._path.read_text(encoding="utf-8"), self._mutant.number)
        exec(compile(tree, self._path, "exec"), module.__dict__)  # noqa: S102


def _codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield (part.co_qualname, part.co_firstlineno), part
            yield from _codes(part)


def _functions(module: ModuleType) -> Iterator[Any]:
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            for member in vars(value).values():
                yield from _plain(member)
        else:
            yield from _plain(value)


def _plain(member: object) -> Iterator[Any]:
    """The functions under what decorates them."""
    if isinstance(member, property):
        yield from (part for part in (member.fget, member.fset) if part is not None)
    elif isinstance(member, cached_property):
        yield member.func
    elif isinstance(member, staticmethod | classmethod):
        yield member.__func__
    elif inspect.isroutine(unwrapped := inspect.unwrap(member)) and isinstance(unwrapped, FunctionType):  # type: ignore[arg-type]
        yield unwrapped
