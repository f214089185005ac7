"""Training with progress events produces the same model as a single fit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from ppa.core.contracts import policy
from ppa.modelfiles.training import ESTIMATORS, fit, fit_in_steps, make_estimator

RANDOM = np.random.default_rng(2)
ROWS = pd.DataFrame(RANDOM.normal(size=(1200, 5)), columns=list("abcde")).mask(
    RANDOM.random((1200, 5)) < 0.05
)
LABELS = (ROWS["a"].fillna(0) + RANDOM.normal(size=1200) > 0).astype(int)


def test_policies_can_name_every_estimator():
    assert tuple(ESTIMATORS) == policy.ESTIMATORS


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_growing_in_steps_changes_nothing(kind):
    grown, whole, reported = make_estimator(kind), make_estimator(kind), []
    parameters = clone(grown).get_params()
    fit_in_steps(grown, ROWS, LABELS, lambda done, of: reported.append((done, of)))
    np.testing.assert_array_equal(grown.predict_proba(ROWS), whole.fit(ROWS, LABELS).predict_proba(ROWS))
    assert str(grown.get_params()) == str(parameters) or hasattr(grown, "steps")
    assert reported == (
        [] if kind == "logistic" else [(done, reported[-1][1]) for done in range(10, reported[-1][1] + 1, 10)]
    )


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_features_without_any_value_are_left_out(kind):
    hours = pd.date_range("2024-01-01", periods=len(ROWS), freq="h", tz="UTC", name="ts")
    names = ["btc_usd_return_1h", "btc_usd_return_24h", "btc_usd_volatility_24h", "hour_of_day", "vix"]
    dataset = ROWS.set_axis(names, axis=1).set_index(hours).assign(vix=np.nan, label=LABELS.to_numpy())
    manifest = {"features": names, "lookahead": 6, "label_id": "some", "catalogue_version": "any"}
    _, output = fit(dataset, manifest, make_estimator(kind), "mine")
    assert output["features"] == names[:-1]


def test_commands_and_pages_start_without_scikit_learn():
    script = "import sys, ppa.cli.main, ppa_web; print('pandas' in sys.modules, 'sklearn' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False"]
