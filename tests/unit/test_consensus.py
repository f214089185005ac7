"""Consensus: counts against a loop, and the effective number of models."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.evaluation.consensus import MIN_HOURS, consensus, effective_models
from tests.unit.builders import START, hours_from

output = st.one_of(st.just(math.nan), st.floats(0, 1))


def table(values):
    rows = np.array(values, dtype=float)
    return pd.DataFrame(rows, index=hours_from(START, len(rows)), columns=list("abcdef")[: rows.shape[1]])


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(output, min_size=n, max_size=n), min_size=1, max_size=8)
    )
)
def test_it_is_of_the_newest_hour_that_two_models_answered(values):
    frame = table(values)
    thresholds = pd.Series(0.4, index=frame.columns)
    result = consensus(frame, thresholds)
    answered = [at for at, row in enumerate(values) if sum(not math.isnan(p) for p in row) >= 2]
    if not answered:
        assert result is None
        return
    row = [p for p in values[answered[-1]] if not math.isnan(p)]
    assert result.ts == frame.index[answered[-1]]
    assert (result.models, result.rises) == (len(row), sum(p >= 0.4 for p in row))
    assert result.probability == pytest.approx(np.mean(row))
    assert result.agree == max(result.rises, result.models - result.rises) >= result.models / 2
    assert result.share == result.rises / result.models


def test_each_model_says_rise_by_its_own_threshold():
    result = consensus(table([[0.6, 0.6, 0.3]]), pd.Series([0.5, 0.7, 0.2], index=list("abc")))
    assert (result.rises, result.agree) == (2, 2)


def test_models_that_say_the_same_are_worth_one_and_independent_ones_all_of_them():
    random = np.random.default_rng(8)
    one = random.random((2000, 1))
    assert effective_models(table(np.repeat(one, 5, axis=1))) == pytest.approx(1)
    assert effective_models(table(random.random((2000, 5)))) == pytest.approx(5, rel=0.2)
    assert effective_models(table(np.hstack([one, np.full((2000, 1), 0.5)]))) == pytest.approx(1)


def test_few_common_hours_tell_nothing_about_how_alike_models_are():
    random = np.random.default_rng(9).random((MIN_HOURS, 2))
    assert effective_models(table(random)) is not None
    assert effective_models(table(random[1:])) is None


def test_an_effective_number_falls_with_the_mean_correlation():
    random = np.random.default_rng(10)
    common, own = random.normal(size=(500, 1)), random.normal(size=(500, 3))
    frame = table(common + own)
    r = np.corrcoef(frame.to_numpy().T)[np.triu_indices(3, 1)].mean()
    assert effective_models(frame) == pytest.approx(3 / (1 + 2 * r))
    assert effective_models(table(np.hstack([common, -common]))) == 2.0
    assert MIN_HOURS == 24
    rows = table(np.vstack([common + own, np.full((1, 3), np.nan)]))
    result = consensus(rows, pd.Series(0.0, index=rows.columns))
    assert (result.ts, result.effective) == (rows.index[-2], effective_models(frame))
