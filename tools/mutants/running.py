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
from functools import partial
from pathlib import Path

import pytest

from tools.mutants import trial
from tools.mutants.children import FAILED, forked, limited, wait_for
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
# tests that are run without any mutant, before all others
CHECKED = 60


@dataclass(frozen=True)
class Trials:
    """Mutants of the sources in `copy`, and the file to which a line is added for each that was tried."""

    copy: Path
    log: Path
    files: tuple[str, ...]

    def run(self, chosen: Sequence[Mutant], workers: int, *, resumed: bool = False) -> None:
        """Try all, in so many processes at once; `read_log` gives the verdicts, which a run that is resumed keeps."""
        lines = self.log.with_name("lines.json")
        if not (resumed and lines.exists()):
            self.log.write_text("", encoding="utf-8")
            tracer = Tracer(self.copy / "shared", lines, workers)
            wait_for([forked(lambda: self._pytest(tracer, tracer.start))])
        tests = TestMap(lines, MAX_TEST_SECONDS)
        tried = read_log(self.log, again=True)
        left = [one for one in chosen if not one.on_import and (one.module, one.number) not in tried]
        quick = _Quick(self, left, tests, workers)
        wait_for([forked(lambda: self._pytest(quick))])
        tried = read_log(self.log)
        anew = [one for one in chosen if (one.module, one.number) not in tried]
        wait_for([forked(partial(self._try_anew, anew[part::workers], tests)) for part in range(workers)])

    def note(self, mutant: Mutant, outcome: str) -> None:
        """Add a verdict to the log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{mutant.module}\t{mutant.number}\t{outcome}\n")

    def path(self, mutant: Mutant) -> Path:
        """The source of a mutant's module."""
        return self.copy / "shared" / mutant.module

    def _pytest(self, plugin: object, start: Callable[[], None] = lambda: None) -> None:
        start()
        if (
            pytest.main([*OPTIONS, *self.files], plugins=[trial.Limited(), plugin])
            == pytest.ExitCode.INTERNAL_ERROR
        ):
            raise RuntimeError("The tests could not be collected or run. What pytest printed says why.")

    def _try_anew(self, chosen: Sequence[Mutant], tests: TestMap) -> None:
        for one in chosen:
            wanted = tests.of_module(one.module)
            self.note(one, self._imported_anew(one, wanted, tests) if wanted else trial.NOT_REACHED)

    def _imported_anew(self, one: Mutant, wanted: list[str], tests: TestMap) -> str:
        plugin = _Anew(wanted, tests)
        files = list(dict.fromkeys(test.split("::")[0] for test in wanted))

        def work() -> int:
            sys.meta_path.insert(0, trial.Finder(one, self.path(one)))
            pytest.main([*OPTIONS, *files], plugins=[trial.Limited(), plugin])
            return plugin.status

        return _told(30 + _patience(wanted, tests), work)


class _Quick:
    """A pytest plugin that, in place of the tests' run, tries mutants in forked children."""

    def __init__(self, trials: Trials, chosen: Sequence[Mutant], tests: TestMap, workers: int) -> None:
        self._trials, self._tests = trials, tests
        self._shares = [chosen[part::workers] for part in range(workers)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each mutant with the tests that run its lines."""
        self._check(session)
        wait_for([forked(partial(self._try, session, share)) for share in self._shares])
        return True

    def _check(self, session: pytest.Session) -> None:
        """Run some tests as a trial without a mutant: they must pass."""
        test_map = self._tests.seconds
        items = sorted(
            (item for item in session.items if item.nodeid in test_map), key=lambda i: test_map[i.nodeid]
        )
        passing = [item for item in items if item.nodeid in self._tests.passing][:CHECKED]
        for some in (passing, []):
            if _told(120, partial(trial.try_items, session, some, test_map)) != trial.SURVIVED:
                raise RuntimeError("The tests fail without any mutant. Make them pass first.")

    def _try(self, session: pytest.Session, share: Sequence[Mutant]) -> None:
        items = {item.nodeid: item for item in session.items}
        for one in share:
            tests = self._tests.of_lines(one.module, range(one.lines[0], one.lines[1] + 1))
            outcome = self._tried(session, one, [items[test] for test in tests if test in items])
            if outcome in (trial.SURVIVED, trial.NOT_REACHED) and IMPORTING in tests:
                outcome = AGAIN
            self._trials.note(one, outcome)

    def _tried(self, session: pytest.Session, one: Mutant, items: list[pytest.Item]) -> str:
        if not items:
            return trial.NOT_REACHED

        def work() -> int:
            if not trial.put_in_place(one, self._trials.path(one)):
                return trial.ANEW
            return trial.try_items(session, items, self._tests.seconds)

        status = _told(_patience([item.nodeid for item in items], self._tests), work)
        return AGAIN if status == str(trial.ANEW) else status


class _Anew:
    """A pytest plugin that runs some tests, in order, until one fails; `status` is 1 then."""

    def __init__(self, wanted: list[str], tests: TestMap) -> None:
        self._wanted, self._tests, self.status = wanted, tests, FAILED

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them; a test that is missing, because its file cannot be imported, is one that fails."""
        items = {item.nodeid: item for item in session.items}
        self.status = 1
        if all(test in items for test in self._wanted):
            self.status = FAILED
            own = [items[test] for test in self._wanted]
            self.status = trial.try_items(session, own, self._tests.seconds)
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


def read_log(log: Path, *, again: bool = False) -> dict[tuple[str, int], str]:
    """The last verdict of each mutant, by module and number; with those that are to be tried `again`, if asked."""
    rows = (line.split("\t") for line in log.read_text(encoding="utf-8").splitlines())
    verdicts = {(module, int(number)): outcome for module, number, outcome in rows}
    return verdicts if again else {key: outcome for key, outcome in verdicts.items() if outcome != AGAIN}


def _patience(tests: list[str], test_map: TestMap) -> float:
    """Seconds of a processor that a trial may take: some times what its tests took while their lines were noted."""
    seconds = [test_map.seconds.get(test, 0.0) for test in tests]
    again = sum(one for one in seconds if one <= trial.MAX_SECONDS) * trial.MANY / trial.FEW
    return 5 + 2 * sum(seconds) + 2 * again


def _told(seconds: float, work: Callable[[], int]) -> str:
    return trial.verdict(limited(seconds, work))
