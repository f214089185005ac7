"""The hourly job with many models: an hour in a warm process, an hour in a new one, and its memory.

`python -m tests.bench.bench_predict` from the repository's root measures 100 active models of six kinds; with
`--thousand`, also 1,000 in four shards, one after the other. Each process is a new one, as a function instance is; its
clock is moved from hour to hour over a synthetic market, whose delivery and row are part of the hour. Seconds are the
process's own processor time. Exits with 1 where a measure is missed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)
HISTORY = timedelta(days=120)
MODELS, MANY, SHARDS, WARM_HOURS = 100, 1_000, 4, 3
MAX_WARM, MAX_COLD, MAX_SHARD, MAX_MIB = 5.0, 20.0, 60.0, 1024.0
HOUR = timedelta(hours=1)


def main() -> int:
    """Print seconds and mebibytes, each beside what it may be at most."""
    arguments = _arguments().parse_args()
    if arguments.home:
        say(json.dumps(hours(Path(arguments.home), arguments.shard, arguments.skip)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare(home, MANY if arguments.thousand else MODELS)
        if not arguments.thousand:
            return int(not _few(home))
        within = [_shard(home, number) for number in range(1, SHARDS + 1)]
        return int(not all(within))


def _few(home: Path) -> bool:
    result = _measured(home, "")
    say(f"{MODELS} active models, an hour")
    warm = median(result["warm"])
    return all(
        [
            reported("  warm process, seconds", warm, MAX_WARM),
            reported("  new process, seconds from its start", result["cold"], MAX_COLD),
            reported("  memory at most, MiB", result["mib"], MAX_MIB),
        ]
    )


def _shard(home: Path, number: int) -> bool:
    result = _measured(home, f"{number}/{SHARDS}", skip=number - 1)
    say(f"shard {number} of {SHARDS}: {result['rows']} of {MANY:,} models, an hour")
    return all(
        [
            reported("  new process, seconds from its start", result["cold"], MAX_SHARD),
            reported("  warm process, seconds", median(result["warm"]), MAX_SHARD),
            reported("  memory at most, MiB", result["mib"], 2 * MAX_MIB),
        ]
    )


def _measured(home: Path, shard: str, skip: int = 0) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "tests.bench.bench_predict", "--home", str(home)]
    command += ["--shard", shard, "--skip", str(skip)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def hours(home: Path, shard_text: str, skip: int) -> Mapping[str, object]:
    """In a new process: a cold hour and warm ones; processor seconds, rows a warm hour, the most memory in MiB."""
    from ppa.core.times import utc
    from ppa.jobs.predict import predict
    from ppa.jobs.shards import parse_shard
    from ppa.ops.settings import Settings
    from ppa.platform import open_platform
    from tests.fakes.clock import HandClock

    shard, clock = parse_shard(shard_text), HandClock(START + (1 + skip * (1 + WARM_HOURS)) * HOUR)
    platform = open_platform(Settings(home=home, source="synthetic"), clock=clock)
    seconds, rows, before = list[float](), 0, 0.0
    for _ in range(1 + WARM_HOURS):
        rows = int(str(predict(platform, utc(clock.now), shard)["rows"]))
        # the first hour's are counted from the start of the process: the interpreter and the imports take some too
        seconds.append(time.process_time() - before)
        before = time.process_time()
        clock.now += HOUR
    platform.close()
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cold": seconds[0], "warm": seconds[1:], "rows": rows, "mib": mib}


def prepare(home: Path, count: int) -> None:
    """A folder with four months of synthetic history and `count` active models: six kinds, each file its own."""
    from ppa.core.contracts.upload import UploadMetadata
    from ppa.core.labels.definition import LabelDefinition
    from ppa.core.programs.archive import dump
    from ppa.core.times import utc
    from ppa.gate.registration import register
    from ppa.jobs.backfill import backfill
    from ppa.modelfiles.convert import convert
    from ppa.modelfiles.files import dump_model
    from ppa.modelfiles.training import library_versions
    from ppa.ops.settings import Settings
    from ppa.platform import open_platform
    from ppa.repository.dataset import LABEL, build_dataset
    from ppa.repository.labels import save_label
    from ppa.repository.models import list_models
    from ppa.storage.arrow import rows_table
    from tests.fakes.clock import HandClock

    platform = open_platform(Settings(home=home, source="synthetic"), clock=HandClock(START))
    for _ in backfill(platform, utc(START - HISTORY)):
        pass
    label, _ = save_label(platform, LabelDefinition("BTC", "touch", 6, 0.01), "", "bench")
    dataset = build_dataset(platform, label)
    trained = dataset.frame[dataset.frame.index <= utc(START - timedelta(days=30))]
    trained = trained[trained[LABEL].notna()]
    fitted = [e.fit(trained[dataset.features], trained[LABEL].astype(int)) for e in kinds()]
    programs = [dump(convert(e, trained[dataset.features]).file) for e in fitted]
    output = UploadMetadata(
        name="bench",
        label_id=label.label_id,
        train_from=trained.index[0],
        train_to=trained.index[-1],
        libraries=library_versions(),
    )
    register(platform, dump_model(fitted[0]), output, "bench")
    [first] = list_models(platform)
    row = first.to_row()
    row |= platform.warehouse.query("novelty_profiles", model_ids=["bench-v1"]).to_pylist()[0]
    rows = []
    for number in range(count):
        stored = platform.store.put(f"bench/{number}.program", programs[number % len(programs)])
        own = {"model_id": f"m{number}-v1", "name": f"m{number}", "program": json.dumps(asdict(stored))}
        rows.append({**row, **own})
    platform.warehouse.merge("models", rows_table(rows))
    events = [{"model_id": r["model_id"], "at": START, "event": "activated", "by": "bench"} for r in rows]
    platform.warehouse.merge("model_events", rows_table(events))
    platform.close()


def kinds() -> Sequence[Any]:
    """Six kinds of pipelines, small and large, slow and fast."""
    from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from ppa.modelfiles.training import make_estimator

    def filled(*steps: Any) -> Any:
        return make_pipeline(SimpleImputer(keep_empty_features=True), *steps)

    return [
        make_estimator("logistic"),
        make_estimator("forest"),
        make_estimator("boosting"),
        filled(StandardScaler(), KNeighborsClassifier(50)),
        filled(ExtraTreesClassifier(100, max_depth=8, random_state=7)),
        filled(GradientBoostingClassifier(max_depth=2, random_state=7)),
    ]


def reported(what: str, value: float, maximum: float) -> bool:
    """Print a figure beside what it may be at most; whether it is within."""
    within = value <= maximum
    say(f"{what:44} {value:8.2f}   at most {maximum:g}{'' if within else '   MISSED'}")
    return within


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thousand", action="store_true", help="1,000 models in four shards")
    parser.add_argument("--home", help=argparse.SUPPRESS)
    parser.add_argument("--shard", default="", help=argparse.SUPPRESS)
    parser.add_argument("--skip", type=int, default=0, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
