"""What each step of the gate found, in words: passed, warned or failed, why, and what to do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Literal

from ppa.core.errors import PpaError
from ppa.modelfiles.errors import ModelRefused

Outcome = Literal["passed", "warned", "failed"]

# in the order in which an upload goes through them
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
    "dry_run": "Dry run",
    "metrics": "Metrics",
    "leakage": "Leakage",
}


@dataclass(frozen=True)
class Verdict:
    """One step's verdict; `code` and `remedy` are empty where it passed."""

    step: str
    outcome: Outcome
    sentence: str
    remedy: str = ""
    code: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON has it, with the step's title."""
        return {"title": STEPS[self.step], **asdict(self)}


class Verdicts:
    """The verdicts of one upload; `tell` hears each as it comes."""

    def __init__(self, tell: Callable[[Verdict], object] = lambda verdict: None) -> None:
        self.all: list[Verdict] = []
        self._tell = tell

    def passed(self, step: str, sentence: str) -> None:
        """The step is passed."""
        self._add(Verdict(step, "passed", sentence))

    def warned(self, step: str, code: str, sentence: str, remedy: str) -> None:
        """The step is passed, and there is something to look at."""
        self._add(Verdict(step, "warned", sentence, remedy, code))

    @contextmanager
    def judging(self, step: str | None = None) -> Iterator[None]:
        """A refusal inside is this step's verdict, or where none is named, that of the step its code belongs to."""
        try:
            yield
        except PpaError as error:
            failed = step or (error.step if isinstance(error, ModelRefused) else "build")
            self._add(Verdict(failed, "failed", error.sentence, error.remedy, error.code))
            error.verdicts = self.to_list()
            raise

    def to_list(self) -> list[dict[str, str]]:
        """All of them, as JSON has them."""
        return [verdict.to_dict() for verdict in self.all]

    def _add(self, verdict: Verdict) -> None:
        self.all.append(verdict)
        self._tell(verdict)


def file_steps_before(step: str) -> list[str]:
    """Return the steps of the file in the child that come before `step`."""
    steps = list(STEPS)
    return steps[steps.index("archive") : steps.index(step)]
