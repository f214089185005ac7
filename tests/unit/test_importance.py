"""Permutation importance: what is shuffled, how often, and what a drop in AUC is."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ppa.core.evaluation import importance
from ppa.core.evaluation.importance import Importance, importances, sample, shuffled


def table(rows: int, columns: int = 2) -> pd.DataFrame:
    values = np.arange(float(rows * columns)).reshape(rows, columns)
    return pd.DataFrame(values, columns=[f"x{at}" for at in range(columns)])


def test_a_sample_is_spread_evenly_and_holds_both_ends() -> None:
    assert sample(table(9)).index.tolist() == list(range(9))
    picked = sample(table(1_999)).index.to_numpy()
    assert (picked.size, picked[0], picked[-1]) == (500, 0, 1_998)
    assert set(np.diff(picked)) <= {4, 5}


@pytest.mark.parametrize(("columns", "rows"), [(89, 500), (100, 400), (1_000, 4), (2_500, 1)])
def test_a_sample_has_fewer_rows_where_there_are_many_features(columns: int, rows: int) -> None:
    assert len(sample(pd.DataFrame(np.zeros((600, columns))))) == rows


@pytest.mark.parametrize(
    ("rows", "columns", "repeats"), [(100, 2, 5), (100, 100, 4), (400, 100, 1), (500, 100, 1)]
)
def test_a_feature_is_shuffled_as_often_as_there_is_room(rows: int, columns: int, repeats: int) -> None:
    assert importance._repeats(pd.DataFrame(np.zeros((rows, columns)))) == repeats


def test_each_copy_has_one_feature_shuffled_and_the_first_has_none() -> None:
    rows = table(30, 3)
    copies = shuffled(rows).to_numpy().reshape(-1, 30, 3)
    assert len(copies) == 1 + 3 * 5
    assert (copies[0] == rows.to_numpy()).all()
    for place, copy in enumerate(copies[1:]):
        changed = [at for at in range(3) if (copy[:, at] != rows.to_numpy()[:, at]).any()]
        assert changed == [place // 5]
        assert (np.sort(copy, axis=0) == rows.to_numpy()).all()
    assert len({copy.tobytes() for copy in copies}) == 16
    assert shuffled(rows).equals(shuffled(rows))


def test_an_importance_is_the_drop_of_the_auc() -> None:
    rows = table(40)
    truth = (np.arange(40) >= 20).astype(int)
    random = np.random.default_rng(1)
    output = random.random((11, 40))
    output[0] = truth * 0.4 + output[0] * 0.6
    result = importances(rows, truth, output.ravel())
    aucs = np.array([roc_auc_score(truth, row) for row in output])
    falls = {name: aucs[0] - aucs[1 + 5 * at : 6 + 5 * at] for at, name in enumerate(rows.columns)}
    expected = [Importance(name, fall.mean(), fall.min(), fall.max()) for name, fall in falls.items()]
    assert result == [
        (one.feature, *map(pytest.approx, one[1:])) for one in sorted(expected, key=lambda one: -one.fall)
    ]
    assert importances(rows, np.ones(40), output.ravel()) == []
