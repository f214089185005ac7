"""The score of the mutants, by module, and the list of the survivors, in `docs/reliability.md`."""

import json
import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tools.mutants.operators import Mutant

BEGIN, END = "<!-- mutants: written by `make mutants` -->", "<!-- end of mutants -->"
KILLED = ("killed", "timed out")
_REASONS = Path(__file__).with_name("survivors.toml")


class Key(NamedTuple):
    """A mutant by its text, which stays where lines move; `at` counts those with one text."""

    module: str
    inside: str
    before: str
    after: str
    at: int


class Results:
    """Verdicts by mutant, kept in a file for a run `again`, which tries the survivors of the last one."""

    def __init__(self, path: Path, *, again: bool) -> None:
        self._path = path
        kept = json.loads(path.read_text(encoding="utf-8")) if again else []
        self._told = {Key(*key): outcomes for *key, outcomes in kept}

    def add(self, mutants: Mapping[Key, Mutant], outcomes: Mapping[tuple[str, int], str]) -> None:
        """Keep the verdicts of a run."""
        self._told |= {
            key: outcomes[one.module, one.number]
            for key, one in mutants.items()
            if (one.module, one.number) in outcomes
        }
        self._path.write_text(
            json.dumps([[*key, value] for key, value in self._told.items()]), encoding="utf-8"
        )

    def of(self, key: Key) -> str | None:
        """The last verdict of a mutant; None where it was never tried."""
        return self._told.get(key)


def keyed(mutants: Iterable[Mutant]) -> dict[Key, Mutant]:
    """Mutants by their keys."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    rows = {}
    for one in mutants:
        text = (one.module, one.inside, one.before, one.after)
        rows[Key(*text, seen[text])] = one
        seen[text] += 1
    return rows


@dataclass(frozen=True)
class Score:
    """Counts of the mutants that were tried, and of those that a test killed."""

    killed: int
    tried: int

    @property
    def share(self) -> float:
        """Killed among those tried."""
        return self.killed / self.tried if self.tried else math.nan


def write_score(page: Path, tried: Mapping[Key, tuple[Mutant, str]], total: int) -> Score:
    """Write the score and the survivors between the marks of a page; returns the score of all modules."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    verdicts = {key: verdict for key, (_, verdict) in tried.items()}
    imported = sum(one.on_import for one, _ in tried.values())
    section = "\n".join(
        [_sentence(_score(verdicts), total, imported), "", *_modules(verdicts), "", *_survivors(verdicts)]
    )
    page.write_text(f"{before}{BEGIN}\n{section}\n{END}{after}", encoding="utf-8")
    return _score(verdicts)


def _score(verdicts: Mapping[Key, str]) -> Score:
    return Score(sum(verdict in KILLED for verdict in verdicts.values()), len(verdicts))


def _sentence(score: Score, total: int, imported: int) -> str:
    low, high = _wilson(score)
    interval = f" (95% interval {low:.0%} to {high:.0%})" if score.tried < total else ""
    tried = f"a random sample of {score.tried:,} of {total:,}" if score.tried < total else f"all {total:,}"
    return (
        f"The tests kill {score.killed:,} mutants, **{score.share:.1%}**{interval}, of {tried}; "
        f"{imported} of those tried change what runs on import (constants and defaults)."
    )


def _modules(verdicts: Mapping[Key, str]) -> list[str]:
    lines = ["| module | mutants | killed | score |", "|---|---:|---:|---:|"]
    for module in sorted({key.module for key in verdicts}):
        part = _score({key: verdict for key, verdict in verdicts.items() if key.module == module})
        lines.append(f"| `{_short(module)}` | {part.tried} | {part.killed} | {part.share:.0%} |")
    return lines


def _survivors(verdicts: Mapping[Key, str]) -> list[str]:
    reasons = tomllib.loads(_REASONS.read_text(encoding="utf-8"))["survivor"]
    left = [key for key, outcomes in verdicts.items() if outcomes not in KILLED]
    lines = ["| survivor | mutation | why |", "|---|---|---|"]
    for key in sorted(left):
        place = f"`{_short(key.module)}` `{key.inside}`"
        lines.append(f"| {place} | `{_cell(key.before)}` → `{_cell(key.after)}` | {_why(key, reasons)} |")
    return lines


def _why(key: Key, reasons: Sequence[Mapping[str, str]]) -> str:
    for one in reasons:
        if one["in"] in (f"{_short(key.module)} {key.inside}", _short(key.module)) and one["mutation"] in (
            f"{key.before} → {key.after}"
        ):
            return one["why"]
    return "No test tells it apart yet."


def _short(module: str) -> str:
    return module.removeprefix("ppa/core/").removesuffix(".py")


def _cell(code: str, most: int = 70) -> str:
    text = code.replace("|", "\\|")
    return text if len(text) <= most else f"{text[:most]}…"


def _wilson(score: Score) -> tuple[float, float]:
    """The 95% score interval of a share (E. B. Wilson, 1927)."""
    n, z = score.tried, 1.96
    centre = (score.share + z * z / (2 * n)) / (1 + z * z / n)
    spread = z / (1 + z * z / n) * math.sqrt(score.share * (1 - score.share) / n + z * z / (4 * n * n))
    return centre - spread, centre + spread
