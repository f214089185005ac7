"""Novelty: how far a row lies from the training rows, relative to their own spread."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from ppa.core.novelty import NOVELTY_LIMIT, NoveltyProfile, farthest_features, novelty_profile, parse_profile

NAMES = ["even", "wide", "rare", "fixed", "gappy"]
ROWS = 2_000


def training() -> pd.DataFrame:
    """Five kinds of features: of small and large spread, mostly alike, constant, and often missing."""
    random = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "even": random.normal(0.0, 1.0, ROWS),
            "wide": random.normal(40_000.0, 900.0, ROWS),
            "rare": (random.random(ROWS) < 0.05).astype(float),
            "fixed": np.full(ROWS, 3.0),
            "gappy": np.where(random.random(ROWS) < 0.2, np.nan, random.normal(0, 1, ROWS)),
        }
    )


def reference() -> NoveltyProfile:
    result = novelty_profile(training())
    assert result is not None
    return result


def row(**changes: float) -> NDArray[np.float64]:
    usual = {"even": 0.0, "wide": 40_000.0, "rare": 0.0, "fixed": 3.0, "gappy": 0.0}
    return np.array([list((usual | changes).values())])


def test_one_is_as_far_as_the_outermost_hundredth_of_the_training_rows() -> None:
    novelty = reference().novelty(training().to_numpy())
    assert abs((novelty > 1).mean() - 0.01) < 0.001
    assert novelty.max() == reference().farthest
    assert reference().limit == max(NOVELTY_LIMIT, reference().farthest)


def test_each_feature_counts_by_its_own_spread() -> None:
    two_off = [reference().novelty(row(even=2.0))[0], reference().novelty(row(wide=40_000 + 2 * 900))[0]]
    assert abs(two_off[0] - two_off[1]) < 0.1
    assert reference().novelty(row(fixed=3.0)) < 0.1
    assert reference().novelty(row(fixed=60.0)) > reference().limit


def test_what_is_missing_does_not_count_and_nothing_at_all_has_no_novelty() -> None:
    assert reference().novelty(row(gappy=np.nan)) < 0.2
    assert np.isnan(reference().novelty(np.full((1, 5), np.nan))[0])
    assert reference().expected_features().tolist() == [True, True, True, True, False]


def test_the_farthest_features_are_named_first() -> None:
    far = row(even=9.0, wide=20_000.0)[0]
    assert farthest_features(reference(), far, NAMES).startswith("wide (2")
    assert "even (" in farthest_features(reference(), far, NAMES)
    assert "fixed" not in farthest_features(reference(), far, NAMES)


def test_a_feature_that_no_training_row_had_is_left_out() -> None:
    frame = training().assign(gappy=np.nan)
    result = novelty_profile(frame)
    assert result is not None
    again = parse_profile(result.to_json())
    assert again.novelty(row(gappy=1e9)) == result.novelty(row()) < 0.1
    assert not again.expected_features()[4]


def test_too_few_rows_or_no_numbers_tell_nothing() -> None:
    assert novelty_profile(training()[:10]) is None
    assert novelty_profile(training()[[]]) is None
    assert novelty_profile(pd.DataFrame({"void": np.full(50, np.nan)})) is None


@given(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=20))
def test_a_row_alone_among_others_and_after_storage_has_one_novelty_to_the_bit(places: list[int]) -> None:
    kept = REFERENCE.novelty(VALUES)
    again = parse_profile(json.dumps(json.loads(REFERENCE.to_json())))
    some = again.novelty(VALUES[places])
    assert some.tobytes() == kept[places].tobytes()
    assert again.novelty(np.asfortranarray(VALUES)[places[:1]]).tobytes() == kept[places[:1]].tobytes()


@pytest.mark.parametrize(("gaps", "needed"), [(0, True), (2, True), (3, False)])
def test_a_feature_is_needed_that_at_most_a_hundredth_of_the_rows_lacks(gaps: int, needed: bool) -> None:
    column = np.where(np.arange(200) < gaps, np.nan, np.arange(200.0))
    result = novelty_profile(pd.DataFrame({"gappy": column}))
    assert result is not None
    assert result.missing == (gaps / 200,)
    assert result.expected_features().tolist() == [needed]


def test_location_and_scale_are_order_statistics() -> None:
    uniform = np.random.default_rng(1).permutation(101.0 + np.arange(101))
    frame = pd.DataFrame({"even": uniform, "rare": uniform == 201.0, "fixed": 7.0}).astype(float)
    result = novelty_profile(frame)
    assert result is not None
    assert result.location == (151.0, 0.0, 7.0)
    # the quartiles of a normal distribution lie 1.349 standard deviations apart; else half the range; else 1
    width = 2 * stats.norm.ppf(0.75)
    assert result.scale == (pytest.approx(50 / width, rel=1e-4), 0.5, 1.0)
    assert result.rows == 101


def test_a_distance_is_the_root_mean_square_of_the_scores_there_are() -> None:
    profile = NoveltyProfile(100, (1.0, 2.0, 3.0), (1.0, 2.0, 0.5), (0.0, 0.0, 0.0), 2.0, 1.5)
    vectors = np.array([[4.0, 10.0, 3.0], [4.0, np.nan, np.nan], [1.0, 2.0, 2.0]])
    assert profile.z_scores(vectors)[0].tolist() == [3.0, 4.0, 0.0]
    assert profile.novelty(vectors) == pytest.approx([np.sqrt(25 / 3) / 2, 1.5, np.sqrt(4 / 3) / 2])
    assert profile.limit == 3.0
    assert farthest_features(profile, vectors[0], ["a", "b", "c"]) == "b (4.0), a (3.0)"
    assert farthest_features(profile, vectors[0], ["a", "b", "c"], 1) == "b (4.0)"
    assert farthest_features(profile, np.array([2.0, 4.2, np.nan]), ["a", "b", "c"]) == "b (1.1)"


def test_a_unit_is_the_distance_of_the_99th_row_of_100_and_the_farthest_may_set_the_limit() -> None:
    result = novelty_profile(pd.DataFrame({"even": [*np.linspace(-1, 1, 100), 90.0]}))
    assert result is not None
    distances = np.sort(result.novelty(np.array([*np.linspace(-1, 1, 100), 90.0])[:, None]))
    assert distances[99] == 1.0
    assert distances[-1] == pytest.approx(result.farthest)
    assert result.limit == result.farthest > 80


def test_thirty_rows_are_enough_and_rows_that_are_all_alike_have_a_unit_of_one() -> None:
    assert novelty_profile(pd.DataFrame({"fixed": np.full(29, 3.0)})) is None
    result = novelty_profile(pd.DataFrame({"fixed": np.full(30, 3.0), "void": np.full(30, np.nan)}))
    assert result is not None
    assert (result.unit, result.farthest, result.missing) == (1.0, 0.0, (0.0, 1.0))


def test_a_number_that_json_does_not_have_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        NoveltyProfile(30, (1.0,), (1.0,), (0.0,), float("nan"), 1.0).to_json()


REFERENCE, VALUES = reference(), training().to_numpy()
