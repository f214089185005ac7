"""Verdicts of the gate's steps: passed, warned or failed, with an explanation and a remedy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import asdict

from ppa.core.contracts.upload import Verdict
from ppa.core.errors import PpaError
from ppa.modelfiles.errors import ModelRefused

# in the order in which an upload is checked
STEPS = {
    "size": "Size",
    "description": "Description",
    "dataset": "Dataset",
    "split": "Train and test hours",
    "archive": "Archive and checksums",
    "types": "Types",
    "versions": "Library versions",
    "build": "Building",
    "features": "Features",
    "program": "Program",
    "dry_run": "Dry run",
    "metrics": "Metrics",
    "leakage": "Leakage",
}


class Verdicts:
    """Verdicts of one upload; `on_verdict` is called with each new one."""

    def __init__(self, on_verdict: Callable[[Verdict], object] = lambda verdict: None) -> None:
        self.all: list[Verdict] = []
        self._on_verdict = on_verdict

    def passed(self, step: str, sentence: str) -> None:
        """Record that the step passed."""
        self._add(Verdict(STEPS[step], step, "passed", sentence))

    def warned(self, step: str, code: str, sentence: str, remedy: str) -> None:
        """Record that the step passed with a warning."""
        self._add(Verdict(STEPS[step], step, "warned", sentence, remedy, code))

    @contextmanager
    def checking(self, step: str | None = None) -> Iterator[None]:
        """Record an error raised inside as the failure of `step`, by default the step its code belongs to."""
        try:
            yield
        except PpaError as error:
            failed = step or (error.step if isinstance(error, ModelRefused) else "build")
            self._add(Verdict(STEPS[failed], failed, "failed", error.sentence, error.remedy, error.code))
            error.verdicts = self.to_list()
            raise

    def to_list(self) -> list[dict[str, str]]:
        """Return all verdicts for JSON."""
        return [asdict(verdict) for verdict in self.all]

    def _add(self, verdict: Verdict) -> None:
        self.all.append(verdict)
        self._on_verdict(verdict)


def file_steps_before(step: str) -> list[str]:
    """Return the sandbox steps that come before `step`."""
    steps = list(STEPS)
    return steps[steps.index("archive") : steps.index(step)]
