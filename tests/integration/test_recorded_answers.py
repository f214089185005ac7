"""Rows, hashes and API responses of a small platform equal recorded ones: a restructuring changes no number.

`python tests/integration/test_recorded_answers.py` records them anew, after a change that is meant.
"""

import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from platforms import REPOSITORY, SPEC, ask, copied, everything, make_history, served, small

from ppa.core.times import BEGINNING, END
from ppa.repository.dataset import build_dataset
from ppa.repository.labels import find_label
from ppa.repository.rows import stored_rows

RECORDING = REPOSITORY / "tests" / "recorded" / "answers.json"
HOURS = 8
LABEL = SPEC.label_id
WINDOW = "from=2026-02-01&to=2026-02-10"
PATHS = (
    "/api/v1/features/ages.csv?from=2026-02-01&to=2026-02-03",
    "/api/v1/alerts",
    "/api/v1/assets",
    f"/api/v1/chart?asset=BTC&features=btc_usd_return_1h,hour_of_day&{WINDOW}",
    "/api/v1/comparison?models=calm-v1,bold-v1",
    "/api/v1/comparison?models=calm-v1,nobody-v1",
    "/api/v1/comparison/labels",
    "/api/v1/data/check",
    "/api/v1/data/plan",
    "/api/v1/explore/missingness",
    f"/api/v1/explore/relations?{WINDOW}",
    "/api/v1/features",
    "/api/v1/labels",
    f"/api/v1/labels/{LABEL}",
    "/api/v1/labels/nothing",
    f"/api/v1/labels/{LABEL}/dataset.csv",
    f"/api/v1/labels/{LABEL}/explore/distribution?feature=btc_usd_return_1h",
    f"/api/v1/labels/{LABEL}/explore/relations",
    f"/api/v1/labels/{LABEL}/manifest.json",
    "/api/v1/labels/preview?lookahead=24&threshold=0.02",
    "/api/v1/labels/preview?lookahead=0",
    "/api/v1/labels/preview?lookahead=12&threshold=1.5&mode=triple_barrier&stop_loss=1&volatility_window=48",
    "/api/v1/live",
    "/api/v1/live?models=calm-v1,bold-v1",
    "/api/v1/me",
    "/api/v1/models",
    "/api/v1/models/calm-v1",
    "/api/v1/models/calm-v1/drift",
    "/api/v1/models/calm-v1/history",
    "/api/v1/models/calm-v1/importance",
    "/api/v1/models/calm-v1/performance?origin=live",
    "/api/v1/models/calm-v1/performance?origin=buffer&window=7d",
    "/api/v1/models/calm-v1/performance?window=never",
    "/api/v1/models/calm-v1/reference",
    "/api/v1/models/calm-v1/results?origin=buffer",
    "/api/v1/models/calm-v1/results.csv?origin=live",
    "/api/v1/models/calm-v1/rules",
    "/api/v1/models/nobody-v1",
    "/api/v1/parity",
    "/api/v1/performance?origin=buffer",
    "/api/v1/predictions?models=calm-v1",
    "/api/v1/quotes",
    "/api/v1/rules",
    "/api/v1/schedules",
    "/api/v1/nowhere",
)
# a file's bytes, and so its hash, differ from one training to the next; ids and durations from one run to the next
UNREPEATABLE = re.compile(
    r'(?<="size_bytes": )\d+|(?<="seconds": )[\d.]+|(?<="python": )"[^"]*"|\b[0-9a-f]{16,64}\b|\b\d{19}\b|\d+\.\d s\b'
)


def digest(text: str) -> str:
    """The first part of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recorded(home: Path) -> Mapping[str, Mapping[str, object]]:
    """Stored rows and responses of the small platform in `home`, by name, each as a digest and its beginning."""
    lived = small(home)
    lived.activate("calm-v1", "bold-v1")
    lived.live(HOURS)
    platform = lived.platform
    try:
        with served(platform) as url:
            responses = {path: responded(url + path) for path in PATHS}
        return dict(stored(home, lived)) | responses
    finally:
        platform.close()


def responded(url: str) -> Mapping[str, object]:
    """Status, type and digest of one response."""
    response = ask(url)
    if response.status_code >= 400:
        return {"status": response.status_code, "code": response.json()["code"]}
    text = UNREPEATABLE.sub("*", response.text)
    return {
        "status": response.status_code,
        "type": response.headers["Content-Type"],
        "digest": digest(text),
        "begins": text[:160],
    }


def stored(home: Path, lived: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Rows, predictions, the dataset's hash and the catalogue's version."""
    platform = lived.platform  # type: ignore[attr-defined]
    rows = stored_rows(platform, BEGINNING, END)
    yield "rows", {"digest": digest(rows.to_csv()), "rows": len(rows)}
    predictions = everything(platform, "predictions").drop(columns=["generation"])
    ordered = predictions.sort_values(["ts", "model_id", "origin"], ignore_index=True)
    yield "predictions", {"digest": digest(ordered.to_csv()), "rows": len(ordered)}
    yield "catalogue", {"version": platform.catalogue.version}
    dataset = build_dataset(platform, find_label(platform, LABEL))
    yield "dataset", {"sha256": dataset.sha256}


@pytest.fixture(scope="module")
def now_and_then(
    history: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """What is there today, and what was recorded."""
    today = recorded(copied(history, tmp_path_factory.mktemp("recorded") / "home"))
    return today, json.loads(RECORDING.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["rows", "predictions", "catalogue", "dataset", *PATHS])
def test_what_is_stored_and_served_equals_the_recording(
    now_and_then: tuple[Mapping[str, object], Mapping[str, object]], name: str
) -> None:
    """Each of them, to the last byte."""
    today, then = now_and_then
    assert today[name] == then[name]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make_history(Path(folder) / "home")
        text = json.dumps(recorded(Path(folder) / "home"), indent=1, ensure_ascii=False)
    RECORDING.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{RECORDING}\n")
