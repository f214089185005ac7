"""Try the mutants of the core and write their score into `docs/reliability.md`: `python -m tools.mutants`.

SAMPLE=n tries n of them, drawn with a fixed seed; SURVIVORS=1 those that the last run left; WORKERS=n uses so many
processes. RESUME=1 goes on with a run that was stopped, in its copy of the sources; REPORT=1 only writes what it found.
MODULES=drift,quality tries the mutants of some modules, TESTS=drift,quality with those files of tests alone: with these
the survivors are printed, and the page stays.
"""

import os
import random
import sys
import time
from pathlib import Path

from tools.mutants.copying import working_copy
from tools.mutants.operators import Mutant, mutants
from tools.mutants.report import KILLED, Key, Results, keyed, write_score
from tools.mutants.running import Trials, core_tests, prepare, read_log

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
FOLDER = ROOT / ".cache" / "mutants"
SEED = 20170101


def main() -> None:
    """Try the mutants that the environment asks for."""
    began = time.monotonic()
    only = os.environ.get("TESTS", "")
    partial = bool(only or "MODULES" in os.environ)
    folder = FOLDER / "partial" if partial else FOLDER
    resumed = "RESUME" in os.environ or "REPORT" in os.environ
    copy = folder / "tree" if resumed else working_copy(ROOT, folder / "tree")
    everything = keyed(_all_mutants(copy / "shared"))
    results = Results(folder / "results.json", again="SURVIVORS" in os.environ)
    chosen = _chosen(everything, results)
    sys.stderr.write(f"{len(chosen):,} of {len(everything):,} mutants\n")
    log = folder / "log.tsv"
    files = tuple(f"tests/unit/test_{name}.py" for name in only.split(",")) if only else core_tests(copy)
    if "REPORT" not in os.environ:
        prepare(copy)
        Trials(copy, log, files).run(
            list(chosen.values()), int(os.environ.get("WORKERS", "1")), resumed=resumed
        )
    results.add(chosen, read_log(log))
    if partial:
        _print_survivors(chosen, results)
        return
    verdicts = {
        key: (one, outcome) for key, one in everything.items() if (outcome := results.of(key)) is not None
    }
    score = write_score(PAGE, verdicts, len(everything))
    minutes = (time.monotonic() - began) / 60
    sys.stderr.write(
        f"{score.killed:,} of {score.tried:,} killed, {score.share:.1%}; {minutes:.0f} minutes\n"
    )


def _all_mutants(shared: Path) -> list[Mutant]:
    paths = sorted((shared / "ppa" / "core").rglob("*.py"))
    return [
        one for path in paths for one in mutants(path.relative_to(shared).as_posix(), path.read_text("utf-8"))
    ]


def _chosen(everything: dict[Key, Mutant], results: Results) -> dict[Key, Mutant]:
    keys = list(everything)
    if modules := os.environ.get("MODULES"):
        keys = [key for key in keys if Path(key.module).stem in modules.split(",")]
    if "SURVIVORS" in os.environ:
        keys = [key for key in keys if results.of(key) not in KILLED]
    random.Random(SEED).shuffle(keys)  # noqa: S311 - a sample, no secret
    if size := int(os.environ.get("SAMPLE") or "0"):
        keys = keys[:size]
    return {key: everything[key] for key in keys}


def _print_survivors(chosen: dict[Key, Mutant], results: Results) -> None:
    for key, one in sorted(chosen.items(), key=lambda pair: (pair[0].module, pair[1].line)):
        if (outcome := results.of(key)) not in KILLED:
            sys.stdout.write(
                f"{key.module}:{one.line} {key.inside}: {key.before} -> {key.after} ({outcome})\n"
            )


if __name__ == "__main__":
    main()
