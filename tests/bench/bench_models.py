"""How long the gate takes for a forest of 200 trees, and how long the list of 500 registered models.

`python -m tests.bench.bench_models` from the repository's root. The gate is timed in processor seconds of this
process and its children, the list in the server's own processor time, so that what else the machine does falls
on neither. Exits with 1 where a measure is missed.
"""

import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from platforms import FEATURES, TRAINED, described, make_history, small
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from ppa.gate.registration import register
from ppa.modelfiles.files import dump_model
from ppa.platform import Platform
from ppa.repository.dataset import LABEL, build_dataset
from ppa.repository.labels import list_labels
from ppa.repository.models import list_models
from ppa.storage.arrow import rows_table
from ppa_web import create_app

TREES, MODELS = 200, 500
GATE_SECONDS, LIST_MILLISECONDS = 10.0, 150.0


def main() -> int:
    """Print both measures."""
    with tempfile.TemporaryDirectory() as home:
        make_history(Path(home))
        platform = small(Path(home)).platform
        good = [_gate(platform), _list(platform)]
        platform.close()
    return int(not all(good))


def _gate(platform: Platform) -> bool:
    file = _forest(platform)
    before, started = _processor_seconds(), time.perf_counter()
    register(platform, file, described("forest"), "bench")
    took, wall = _processor_seconds() - before, time.perf_counter() - started
    name = f"gate, {TREES} trees, {len(file) / 2**20:.1f} MiB ({wall:.1f} s by the clock): s"
    return _told(name, took, GATE_SECONDS)


def _forest(platform: Platform) -> bytes:
    frame = build_dataset(platform, list_labels(platform)[0]).frame
    rows = frame[(frame.index <= TRAINED) & frame[LABEL].notna()]
    forest = RandomForestClassifier(TREES, random_state=0, n_jobs=1)
    model = make_pipeline(SimpleImputer(keep_empty_features=True), forest)
    return dump_model(model.fit(rows[list(FEATURES)], rows[LABEL].astype(int)))


def _list(platform: Platform) -> bool:
    _fill(platform)
    client = create_app(platform).test_client()
    assert len(client.get("/api/v1/models").get_json()["models"]) == MODELS
    times = []
    for _ in range(9):
        start = time.process_time()
        client.get("/api/v1/models", buffered=True)
        times.append(1000 * (time.process_time() - start))
    return _told(f"list of {MODELS} models: ms", median(times), LIST_MILLISECONDS)


def _fill(platform: Platform) -> None:
    """Register the same model again and again, as rows, and give each events."""
    model = list_models(platform)[-1]
    row = model.to_row()
    missing = MODELS - len(list_models(platform))
    rows = [{**row, "model_id": f"many-v{n}", "name": "many", "version": n} for n in range(missing)]
    platform.warehouse.merge("models", rows_table(rows))
    events = [
        {
            "model_id": row["model_id"],
            "at": platform.now() + timedelta(seconds=n),
            "event": event,
            "by": "bench",
        }
        | {"detail": "[]"}
        for n, event in enumerate(("activated", "deactivated", "tags_set"))
        for row in rows
    ]
    platform.warehouse.merge("model_events", rows_table(events))


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _told(name: str, result: float, at_most: float) -> bool:
    good = result <= at_most
    print(f"{name:70} {result:7.1f}  (at most {at_most:g}{'' if good else ': MISSED'})")  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
