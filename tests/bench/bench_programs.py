"""How long programs take: a hundred models for one row, a forest of 200 trees, neighbours and support vectors of 8,000.

`python -m tests.bench.bench_programs` from the repository's root. All times are processor seconds of this process, and
each is shown beside that of scikit-learn for the same rows. Exits with 1 where a measure is missed; MARGIN allows for a
machine whose cores are shared.
"""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ppa.core.programs import evaluate
from ppa.modelfiles.convert import convert

MARGIN = 4.0
ROWS, TRAINED, COLUMNS = 22_000, 8_000, 40
IMPORT = """
import time
started = time.process_time()
import numpy, ppa.core.programs
print(time.process_time() - started)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def table() -> tuple[pd.DataFrame, Any]:
    """Rows of 40 columns of different scales, and labels that some of them explain."""
    random = np.random.default_rng(0)
    values = random.normal(size=(ROWS, COLUMNS))
    labels = (values[:, 30] + values[:, 31] * values[:, 32] + random.normal(size=ROWS) > 0).astype(int)
    values[:, :8] = 6e4 + 2e4 * values[:, :8]
    values[:, 8:24] *= 1e-3
    return pd.DataFrame(values, columns=[f"f{j}" for j in range(COLUMNS)]), labels


def main() -> int:
    """Print all measures."""
    warnings.simplefilter("ignore")
    rows, labels = table()
    scaled = pd.DataFrame(StandardScaler().fit_transform(rows), columns=rows.columns)
    good = [
        _hundred(rows, labels),
        _many("forest of 200 x 22,000 rows", RandomForestClassifier(200, n_jobs=1), rows, labels, ROWS, 0.5),
        _many("neighbours, 8,000 x 20,000 rows", KNeighborsClassifier(15), scaled, labels, 20_000, 5.0),
        _many("support vectors of 8,000 rows x 20,000", SVC(), scaled, labels, 20_000, 5.0),
        _import(),
    ]
    return int(not all(good))


def _hundred(rows: pd.DataFrame, labels: Any) -> bool:
    def numeric() -> list[Any]:
        return [SimpleImputer(), StandardScaler()]

    kinds = [
        make_pipeline(*numeric(), LogisticRegression()),
        make_pipeline(*numeric(), MLPClassifier((32, 16), max_iter=20)),
        RandomForestClassifier(100, n_jobs=1), HistGradientBoostingClassifier(), LGBMClassifier(n_jobs=1, verbose=-1),
    ]  # fmt: skip
    models = [kind.fit(rows[:TRAINED], labels[:TRAINED]) for kind in kinds]
    programs = [convert(model, rows[:TRAINED]).program for model in models]
    row = rows[-1:].to_numpy()
    ours = 20 * _seconds(lambda: [evaluate(program, row) for program in programs], 20)
    theirs = 20 * _seconds(lambda: [model.predict_proba(rows[-1:]) for model in models], 3)
    return _print("100 models x 1 row: ms", 1e3 * ours, 1e3 * theirs, 15.0)


def _many(name: str, model: Any, rows: pd.DataFrame, labels: Any, count: int, limit: float) -> bool:
    model.fit(rows[:TRAINED], labels[:TRAINED])
    program, values = convert(model, rows[:TRAINED]).program, rows[:count].to_numpy()
    answer = model.predict_proba if hasattr(model, "predict_proba") else model.decision_function
    ours = _seconds(lambda: evaluate(program, values), 2)
    return _print(f"{name}: s", ours, _seconds(lambda: answer(rows[:count]), 1), limit)


def _import() -> bool:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    print(f"       memory of numpy and the evaluator: {memory / 1024:.1f} MiB of at most 35")  # noqa: T201
    return _print("import of numpy and the evaluator: s", seconds, None, 0.3) and memory <= 35 * 1024


def _seconds(work: Callable[[], object], times: int) -> float:
    """The shortest processor time of several runs."""
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def _print(name: str, ours: float, theirs: float | None, limit: float) -> bool:
    good = ours <= limit * MARGIN
    beside = "" if theirs is None else f", scikit-learn {theirs:.3g}"
    print(f"{'ok    ' if good else 'MISSED'} {name} {ours:.3g}{beside}; at most {limit:.3g} x {MARGIN:g}")  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
