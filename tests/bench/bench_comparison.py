"""How long comparing six models with 15,000 held-out hours each takes, warm and cold, on the server and as a page.

`python -m tests.bench.bench_comparison` from the repository's root. The figures are bounds on one machine's clock
where the product promises them, and ratios otherwise. Exits with 1 where a measure is missed.
"""

import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import waitress

from ppa.core.evaluation.comparison import Candidate, compare
from ppa.core.labels.definition import LabelDefinition
from ppa.core.metrics import evaluate
from ppa.core.times import HOUR, utc
from ppa.ops.settings import Settings
from ppa.platform import Platform, open_platform
from ppa.reports.model_comparison import IMPORTANCE
from ppa.repository.artifacts import save
from ppa.repository.holdout_predictions import HoldoutPredictions, save_holdout
from ppa.repository.labels import save_label
from ppa.repository.models import find_model
from ppa.storage.arrow import rows_table, to_table
from ppa_web import create_app

MODELS, ROWS, HISTORY = 6, 15_000, 78_000
FIRST = utc("2017-01-01")
SPEC = LabelDefinition("BTC", "touch", 24, 0.02)
VISITS = 6
SERVER_SECONDS, PAGE_SECONDS = 0.2, 1.5


def main() -> int:
    """Print what the server and the page take."""
    with tempfile.TemporaryDirectory() as folder:
        platform = filled(Path(folder))
        good = [*_core(platform), *_served(platform)]
        platform.close()
    return int(not all(good))


def filled(home: Path) -> Platform:
    """Nine years of closes, a label, six models with held-out answers: without the gate, which is not measured here."""
    platform = open_platform(Settings(home=home, source="csv"))
    hours = pd.date_range(FIRST, periods=HISTORY, freq="h", unit="us")
    rng = np.random.default_rng(0)
    closes = 10_000 * np.exp(np.cumsum(rng.normal(0, 0.005, HISTORY)))
    bars = {"series": "btc_usd_close", "event_time": hours, "known_at": hours + HOUR, "value": closes}
    reported = {"source": "csv", "basis": "lag", "ingested_at": hours[-1]}
    platform.warehouse.merge("observations", to_table(pd.DataFrame({**bars, **reported})))
    label, _ = save_label(platform, SPEC, "Up 2% within a day", "bench")
    test = hours[-ROWS - 100 : -100]
    truth = SPEC.labels(pd.Series(closes, index=hours)).reindex(test).to_numpy(dtype=float)
    for number in range(MODELS):
        _register(platform, label.label_id, number, HoldoutPredictions(test, _said(truth, number)), truth)
    return platform


def _said(truth: np.ndarray, number: int) -> np.ndarray:
    noise = np.random.default_rng(number + 1).beta(2, 2, truth.size)
    return 0.9 * noise + 0.1 * truth


def _register(
    platform: Platform, label_id: str, number: int, output: HoldoutPredictions, truth: np.ndarray
) -> None:
    measured = evaluate(truth, output.probability, lookahead=SPEC.lookahead, times=output.hours).to_dict()
    name = f"model-{number}"
    row = {"model_id": f"{name}-v1", "name": name, "version": 1, "label_id": label_id, "asset": "BTC"}
    file = {"file": f"{name}/x.skops", "generation": number, "sha256": "0" * 64, "size_bytes": 1}
    built = {"estimator": "Pipeline", "features": '["hour_of_day"]', "source": "real", "notes": ""}
    built |= {"catalogue_version": platform.catalogue.version, "libraries": "{}", "user_metrics": "{}"}
    times = {"train_from": FIRST, "train_to": output.hours[0] - 30 * HOUR, "uploaded_at": output.hours[-1]}
    tested = {"test_from": output.hours[0], "test_to": output.hours[-1], "metrics": json.dumps(measured)}
    rest = {"decision_threshold": 0.5, "uploaded_by": "bench"}
    platform.warehouse.merge("models", rows_table([{**row, **file, **built, **times, **tested, **rest}]))
    model = find_model(platform, f"{name}-v1")
    save_holdout(platform, model, output)
    save(platform, model, IMPORTANCE, json.dumps([["hour_of_day", 0.01, 0.0, 0.02]]).encode())


def _core(platform: Platform) -> Iterator[bool]:
    """The comparison itself, against evaluating the six models once."""
    hours = pd.date_range(FIRST, periods=ROWS + 500, freq="h", unit="us")
    rng = np.random.default_rng(1)
    closes = pd.Series(100 * np.exp(np.cumsum(rng.normal(0, 0.005, len(hours)))), index=hours)
    outcome = SPEC.labels(closes)
    truth = outcome[:ROWS].to_numpy(dtype=float)
    output = [pd.Series(_said(truth, number), index=hours[:ROWS]) for number in range(MODELS)]
    named = [Candidate(f"m{number}", 0.5, one) for number, one in enumerate(output)]
    once = _seconds(lambda: [evaluate(truth, one, lookahead=24, times=hours[:ROWS]) for one in output])
    whole = _seconds(lambda: compare(named, outcome, closes, lookahead=24))
    yield _told("all of a comparison, evaluations of its models", whole / once, 40)


def _served(platform: Platform) -> Iterator[bool]:
    """The answer of the server, first and warm, and the page in Chromium."""
    names = ",".join(f"model-{number}-v1" for number in range(MODELS))
    client = create_app(platform).test_client()
    address = f"/api/v1/comparison?models={names}"

    def asked() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)

    cold = time.perf_counter()
    asked()
    print(f"{'six models, the first time, seconds':60} {time.perf_counter() - cold:6.2f}")  # noqa: T201
    yield _told("six models, warm, seconds", _seconds(asked), SERVER_SECONDS)
    with _listening(platform) as url:
        full, bare = f"{url}/models?label={SPEC.label_id}&models={names}", f"{url}/models?label=none"
        seconds = _pages({full: "#calibration .plot .scatterlayer", bare: "#figures .empty"})
        yield _told("the page, complete, pages without a model", seconds[full] / seconds[bare], 3)
        yield _told("the page, complete, seconds", seconds[full], PAGE_SECONDS)


def _pages(addresses: Mapping[str, str]) -> dict[str, float]:
    """Seconds until what is named is there, of the quickest of some visits in turn: others use this machine, too."""
    from tests.e2e.pages_helper import chromium, visiting

    seconds = dict.fromkeys(addresses, math.inf)
    with chromium() as browser:
        for address, last in [*addresses.items()] * VISITS:
            with visiting(browser, address.split("/models")[0]) as visit:
                began = time.perf_counter()
                visit.page.goto(address)
                visit.page.wait_for_selector("#models table, #models .empty")
                visit.page.wait_for_selector(last)
                seconds[address] = min(seconds[address], time.perf_counter() - began)
    return seconds


@contextmanager
def _listening(platform: Platform) -> Iterator[str]:
    server = waitress.create_server(create_app(platform), host="127.0.0.1", port=0, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def _seconds(work: Callable[[], object], runs: int = 7) -> float:
    """Median seconds of a work, warmed up by one run."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _told(name: str, figure: float, at_most: float) -> bool:
    good = figure <= at_most
    print(f"{name:60} {figure:6.2f}  (at most {at_most:g}{'' if good else ': MISSED'})")  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
