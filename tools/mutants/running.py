"""Trials of many mutants: one process collects the tests, and forks a child for each mutant.

A mutant of what runs on import is tried in a child that imports everything anew; so is one whose lines ran while the
tests were collected, if all tests pass.
"""

import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.mutants import trial
from tools.mutants.operators import Mutant
from tools.mutants.tracing import IMPORTING, TestMap, Tracer

# imported once, before any child is forked
HEAVY = (
    "numpy",
    "pandas",
    "scipy.stats",
    "hypothesis",
    "sklearn.linear_model",
    "sklearn.metrics",
    "plotly.io",
)
OPTIONS = ("-q", "-s", "--continue-on-collection-errors", "-pno:cacheprovider", "-pno:xdist", "-pno:timeout")
# a test of the core imports more of it than its errors and times
TESTS_CORE = re.compile(r"^from ppa\.core(?!\.(errors|times|origins) )", re.MULTILINE)
# these test other layers, and take long
OTHERS = frozenset({"test_synthetic.py", "test_quota.py", "test_deploy.py", "test_csvfile.py"})
MAX_TEST_SECONDS = 4.0
AGAIN = "again"


@dataclass(frozen=True)
class Trials:
    """Mutants of the sources in `copy`, and the file to which a line is added for each that was tried."""

    copy: Path
    log: Path
    files: tuple[str, ...]

    def run(self, chosen: Sequence[Mutant], workers: int) -> None:
        """Try all; `read_log` gives the verdicts."""
        self.log.write_text("", encoding="utf-8")
        _wait_for([_forked(lambda: self._pytest(Tracer(self.copy / "shared", self._lines)))])
        tests = TestMap(self._lines, MAX_TEST_SECONDS)
        quick = [one for one in chosen if not one.on_import]
        shares = [quick[part::workers] for part in range(workers)]
        _wait_for([_forked(lambda own=own: self._pytest(_Quick(self, own, tests))) for own in shares])  # type: ignore[misc]
        tried = read_log(self.log)
        anew = [one for one in chosen if tried.get((one.module, one.number), AGAIN) == AGAIN]
        shares = [anew[part::workers] for part in range(workers)]
        _wait_for([_forked(lambda own=own: self._try_anew(own, tests)) for own in shares])  # type: ignore[misc]

    def note(self, mutant: Mutant, told: str) -> None:
        """Add a verdict to the log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{mutant.module}\t{mutant.number}\t{told}\n")

    def path(self, mutant: Mutant) -> Path:
        """The source of a mutant's module."""
        return self.copy / "shared" / mutant.module

    @property
    def _lines(self) -> Path:
        return self.log.with_name("lines.json")

    def _pytest(self, plugin: object) -> None:
        if isinstance(plugin, Tracer):
            plugin.start()
        pytest.main([*OPTIONS, *self.files], plugins=[trial.Limited(), plugin])

    def _try_anew(self, chosen: Sequence[Mutant], tests: TestMap) -> None:
        for one in chosen:
            wanted = tests.of_module(one.module)
            self.note(one, self._imported_anew(one, wanted, tests) if wanted else trial.NOT_REACHED)

    def _imported_anew(self, one: Mutant, wanted: list[str], tests: TestMap) -> str:
        plugin = _Anew(wanted)
        files = list(dict.fromkeys(test.split("::")[0] for test in wanted))

        def work() -> int:
            sys.meta_path.insert(0, trial.Finder(one, self.path(one)))
            pytest.main([*OPTIONS, *files], plugins=[trial.Limited(), plugin])
            return plugin.status

        return _told(30 + _patience(wanted, tests), work)


class _Quick:
    """A pytest plugin that, in place of the tests' run, tries mutants in forked children."""

    def __init__(self, trials: Trials, chosen: Sequence[Mutant], tests: TestMap) -> None:
        self._trials, self._chosen, self._tests = trials, chosen, tests

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each mutant with the tests that run its lines."""
        items = {item.nodeid: item for item in session.items}
        for one in self._chosen:
            tests = self._tests.of_lines(one.module, range(one.lines[0], one.lines[1] + 1))
            told = self._tried(session, one, [items[test] for test in tests if test in items])
            if told in (trial.SURVIVED, trial.NOT_REACHED) and IMPORTING in tests:
                told = AGAIN
            self._trials.note(one, told)
        return True

    def _tried(self, session: pytest.Session, one: Mutant, items: list[pytest.Item]) -> str:
        if not items:
            return trial.NOT_REACHED

        def work() -> int:
            if not trial.put_in_place(one, self._trials.path(one)):
                return trial.ANEW
            return trial.try_items(session, items)

        status = _told(_patience([item.nodeid for item in items], self._tests), work)
        return AGAIN if status == str(trial.ANEW) else status


class _Anew:
    """A pytest plugin that runs some tests, in order, until one fails; `status` is 1 then."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted, self.status = wanted, 1

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them; a test that is missing, because its file cannot be imported, is one that fails."""
        items = {item.nodeid: item for item in session.items}
        if all(test in items for test in self._wanted):
            self.status = trial.try_items(session, [items[test] for test in self._wanted])
        return True


def core_tests(copy: Path) -> tuple[str, ...]:
    """The files of unit tests that test the core, relative to `copy`."""
    files = sorted((copy / "tests" / "unit").glob("test_*.py"))
    return tuple(
        str(one.relative_to(copy))
        for one in files
        if one.name not in OTHERS and TESTS_CORE.search(one.read_text(encoding="utf-8"))
    )


def prepare(copy: Path) -> None:
    """Make this process one to fork from: in `copy`, with all that is heavy imported and none of the core."""
    os.chdir(copy)
    sys.path[:0] = [str(copy), str(copy / "shared"), str(copy / "frontend")]
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    for name in HEAVY:
        importlib.import_module(name)


def read_log(log: Path) -> dict[tuple[str, int], str]:
    """The last verdict of each mutant, by module and number."""
    rows = (line.split("\t") for line in log.read_text(encoding="utf-8").splitlines())
    return {(module, int(number)): told for module, number, told in rows}


def _patience(tests: list[str], known: TestMap) -> float:
    few = sum(known.seconds.get(test, 0.0) for test in tests)
    return 10 + 10 * few * (1 + trial.MANY / trial.FEW) / 2


def _told(seconds: float, work: Callable[[], int]) -> str:
    _, status = os.waitpid(trial.in_child(seconds, work), 0)
    return trial.verdict(status)


def _forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        sys.stdout.flush()
        os._exit(0)


def _wait_for(pids: Sequence[int]) -> None:
    for pid in pids:
        os.waitpid(pid, 0)
