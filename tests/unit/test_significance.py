"""Significance test: nominal level without a difference, and power with one."""

import numpy as np
import pytest

from ppa.core.evaluation import significance
from ppa.core.evaluation.significance import Difference, block_length, compare_all, differences, holm

LOOKAHEAD = 12
HOURS = 1_500


def equal_models(rng):
    """Difference in log loss of two equally good models, with overlapping windows and persistent scores."""
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
    # 400 trials at 5% fall outside 2.5% to 8% in less than 1% of cases
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


def by_hand(row, lookahead):
    """Mean, interval and p-value of one row, resampled hour by hour.

    With an autocovariance that falls from 1 at lag 0 to 0 at lag L, the variance of a long mean is greater than that
    of a mean of blocks of b hours by the factor L / (L - (L^2 - 1) / (3 b)).
    """
    hours, block = row.size, block_length(row.size, lookahead)
    blocks = -(-hours // block)
    starts = np.random.default_rng(20170101).integers(0, hours, (2000, blocks))
    means = row[(starts[:, :, None] + np.arange(block)) % hours].mean(axis=(1, 2))
    widening = np.sqrt(lookahead / (lookahead - (lookahead**2 - 1) / (3 * block)))
    spread = np.abs(means - row.mean()) * widening
    half = np.quantile(spread, 0.95)
    share = (1 + np.count_nonzero(spread >= abs(row.mean()))) / 2001
    return row.mean(), row.mean() - half, row.mean() + half, share


@pytest.mark.parametrize(("hours", "lookahead"), [(96, 4), (400, 1), (400, 7)])
def test_an_interval_is_that_of_resampling_hour_by_hour(hours, lookahead):
    row = np.random.default_rng(hours).normal(0.1, 1, hours)
    (result,) = differences(row[None, :], lookahead)
    assert result == pytest.approx(by_hand(row, lookahead))


def test_eight_blocks_are_enough_and_an_hour_less_is_not():
    row = np.random.default_rng(7).normal(size=(1, 8 * 3 * 12))
    assert differences(row, 12)[0].p is not None
    assert differences(row[:, 1:], 12)[0].p is None


@pytest.mark.parametrize(
    ("hours", "lookahead", "block"), [(1_000_000, 1, 100), (1_500, 12, 36), (28, 1, 4), (26, 1, 3)]
)
def test_a_block_is_three_windows_long_or_the_cube_root_of_all_hours(hours, lookahead, block):
    assert block_length(hours, lookahead) == block


@pytest.mark.parametrize(("block", "lookahead", "squared"), [(6, 2, 12 / 11), (9, 1, 1), (9, 3, 81 / 73)])
def test_blocks_are_widened_by_what_they_miss_of_the_autocovariance(block, lookahead, squared):
    assert significance._widening(block, lookahead) ** 2 == pytest.approx(squared)
