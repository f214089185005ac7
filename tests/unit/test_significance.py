"""Is one model better than another: right as often as it says where there is no difference, and able to find one."""

import numpy as np
import pytest

from ppa.core.evaluation import significance
from ppa.core.evaluation.significance import Difference, block_length, compare_all, differences, holm

LOOKAHEAD = 12
HOURS = 1_500


def equal_models(rng):
    """The difference of two equally good models' log losses: outcomes of windows that overlap, scores that last."""
    steps = rng.normal(0, 1, HOURS + LOOKAHEAD).cumsum()
    ahead = steps[LOOKAHEAD:] - steps[:HOURS]
    return _loss(rng, ahead, 0.3) - _loss(rng, ahead, 0.3)


def _loss(rng, ahead, skill):
    noise = np.convolve(rng.normal(0, 1, HOURS + LOOKAHEAD - 1), np.ones(LOOKAHEAD), "valid")
    score = 0.4 * (skill * ahead + noise) / np.sqrt(LOOKAHEAD)
    return np.log1p(np.exp(np.where(ahead > 0, -score, score)))


def test_where_models_are_equal_it_finds_a_difference_one_time_in_twenty(monkeypatch):
    monkeypatch.setattr(significance, "RESAMPLES", 300)
    rng = np.random.default_rng(1)
    rows = np.stack([equal_models(rng) for _ in range(400)])
    shares = np.array([one.p for one in differences(rows, LOOKAHEAD)])
    # 400 trials of 5% lie between 2.5% and 8% but once in some hundred times
    assert 0.025 <= (shares <= 0.05).mean() <= 0.08
    naive = np.abs(rows.mean(axis=1)) / (rows.std(axis=1) / np.sqrt(HOURS)) > 1.96
    assert naive.mean() > 0.3, "hours taken as independent: the mistake that blocks are there to avoid"


def test_a_difference_that_is_there_is_found():
    rng = np.random.default_rng(2)
    ahead = np.convolve(rng.normal(0, 1, HOURS + LOOKAHEAD - 1), np.ones(LOOKAHEAD), "valid")
    better, worse = _loss(rng, ahead, 2.0), _loss(rng, ahead, 0.0)
    (pair,) = compare_all(np.stack([better, worse]), LOOKAHEAD)
    assert (pair.first, pair.second) == (0, 1)
    assert pair.difference.high < 0
    assert pair.p < 0.01


def test_the_same_rows_give_the_same_answer_and_the_reverse_the_opposite():
    losses = np.random.default_rng(3).random((2, HOURS))
    (one,), (again,), (turned,) = (compare_all(rows, LOOKAHEAD) for rows in (losses, losses, losses[::-1]))
    assert one == again
    assert turned.difference.mean == -one.difference.mean
    assert turned.p == one.p


def test_models_that_say_the_same_do_not_differ():
    row = np.random.default_rng(4).random(HOURS)
    (pair,) = compare_all(np.stack([row, row]), LOOKAHEAD)
    assert pair.difference == Difference(0.0, 0.0, 0.0, 1.0)


def test_too_few_blocks_say_nothing_but_the_mean():
    (pair,) = compare_all(np.random.default_rng(5).random((2, 100)), LOOKAHEAD)
    assert pair.difference[1:] == (None, None, None)
    assert pair.p is None


def test_blocks_wrap_round_the_end_so_that_every_hour_counts_as_often(monkeypatch):
    monkeypatch.setattr(significance, "RESAMPLES", 4_000)
    values = np.zeros((1, 400))
    values[0, -1] = 1.0
    resampled = significance._resampled(values, block_length(400, 10), 0)
    assert resampled.mean() == pytest.approx(1 / 400, rel=0.1)


def test_more_pairs_ask_for_more():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, None, 0.9]) == [1.0, None, 1.0]
    assert [len(compare_all(np.random.default_rng(6).random((count, HOURS)), 3)) for count in (1, 2, 6)] == [
        0,
        1,
        15,
    ]
