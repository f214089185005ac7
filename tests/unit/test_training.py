"""A fit that tells how far it is ends with the very model that one call would have made."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from shared.training import ESTIMATORS, fit_in_steps, make_estimator

RANDOM = np.random.default_rng(2)
ROWS = pd.DataFrame(RANDOM.normal(size=(1200, 5)), columns=list("abcde")).mask(
    RANDOM.random((1200, 5)) < 0.05
)
LABELS = (ROWS["a"].fillna(0) + RANDOM.normal(size=1200) > 0).astype(int)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_growing_in_steps_changes_nothing(kind):
    grown, whole, told = make_estimator(kind), make_estimator(kind), []
    parameters = clone(grown).get_params()
    fit_in_steps(grown, ROWS, LABELS, lambda done, of: told.append((done, of)))
    np.testing.assert_array_equal(grown.predict_proba(ROWS), whole.fit(ROWS, LABELS).predict_proba(ROWS))
    assert str(grown.get_params()) == str(parameters) or hasattr(grown, "steps")
    assert told == (
        [] if kind == "logistic" else [(done, told[-1][1]) for done in range(10, told[-1][1] + 1, 10)]
    )
