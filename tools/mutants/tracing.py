"""Lines of the core that each test runs, with how long the test takes: which tests can notice a mutant."""

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tools.mutants.children import forked, wait_for

IMPORTING = "on import"
Line = tuple[str, int]


class Tracer:
    """A pytest plugin that writes a `TestMap` of the run as JSON; `folder` holds the sources to follow.

    The tests run in forked processes, `workers` of them at once.
    """

    def __init__(self, folder: Path, target: Path, workers: int) -> None:
        self._prefix, self._target, self._workers = f"{folder}/", target, workers
        self._lines: dict[str, set[Line]] = defaultdict(set)
        self._current = self._lines[IMPORTING]
        self._fixtures: dict[str, set[Line]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()

    def start(self) -> None:
        """Follow this thread and those that it starts."""
        sys.settrace(self._call)
        threading.settrace(self._call)

    def _call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._prefix):
            return None
        module = frame.f_code.co_filename[len(self._prefix) :]

        def line(frame: FrameType, _event: str, _arg: object) -> Any:
            self._current.add((module, frame.f_lineno))
            return line

        return line(frame, "call", None)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note the lines of a fixture that several tests share: each of them is a test of those lines."""
        if fixturedef.scope == "function":
            return (yield)
        outer, self._current = self._current, self._fixtures[fixturedef.argname]
        try:
            return (yield)
        finally:
            self._current = outer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note the lines of a test and its time."""
        outer, self._current, began = self._current, self._lines[item.nodeid], time.process_time()
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            self._current = outer
            self._seconds[item.nodeid] = time.process_time() - began
            for name in getattr(item, "fixturenames", ()):
                self._lines[item.nodeid] |= self._fixtures.get(name, set())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the tests that fail without any mutant: they tell nothing of one."""
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests of each file in one of the processes, and write what all of them found."""
        files = sorted({item.path for item in session.items})
        parts = [self._target.with_suffix(f".{at}.json") for at in range(self._workers)]

        def share(at: int) -> None:
            own = set(files[at :: self._workers])
            items = [item for item in session.items if item.path in own]
            for item, following in zip(items, [*items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            sys.settrace(None)
            parts[at].write_text(json.dumps(self._found()), encoding="utf-8")

        sys.settrace(None)
        wait_for([forked(partial(share, at)) for at in range(self._workers)])
        covered = [json.loads(part.read_text(encoding="utf-8")) for part in parts]
        whole = {
            name: {k: v for one in covered for k, v in one[name].items()} for name in ("lines", "seconds")
        }
        self._target.write_text(json.dumps(whole), encoding="utf-8")
        return True

    def _found(self) -> dict[str, object]:
        lines = {name: sorted(covered) for name, covered in self._lines.items() if name not in self._failed}
        return {"lines": lines, "seconds": self._seconds}


class TestMap:
    """Tests by the lines that they run."""

    def __init__(self, path: Path, most_seconds: float) -> None:
        covered = json.loads(path.read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = covered["seconds"]
        self.passing = set(covered["lines"])
        self._by_line: dict[Line, set[str]] = defaultdict(set)
        for test, lines in covered["lines"].items():
            if test == IMPORTING or self.seconds[test] <= most_seconds:
                for module, line in lines:
                    self._by_line[module, line].add(test)

    def of_lines(self, module: str, lines: Iterable[int]) -> list[str]:
        """The tests that run one of some lines: file by file, the fastest first; `IMPORTING` is among them."""
        return self._ordered(set().union(*(self._by_line.get((module, line), set()) for line in lines)))

    def of_module(self, module: str) -> list[str]:
        """The tests that run any line of a module."""
        lines = [line for name, line in self._by_line if name == module]
        return [test for test in self.of_lines(module, lines) if test != IMPORTING]

    def _ordered(self, tests: set[str]) -> list[str]:
        fastest: dict[str, float] = defaultdict(lambda: float("inf"))
        for test in tests:
            file = test.split("::")[0]
            fastest[file] = min(fastest[file], self.seconds.get(test, 0.0))

        def rank(test: str) -> tuple[float, str, float]:
            file = test.split("::")[0]
            return fastest[file], file, self.seconds.get(test, 0.0)

        return sorted(tests, key=rank)
