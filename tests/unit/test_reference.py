"""Novelty: how far a row lies from the training rows, relative to their own spread."""

import json

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

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
    found = novelty_profile(training())
    assert found is not None
    return found


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
    found = novelty_profile(frame)
    assert found is not None
    again = parse_profile(found.to_json())
    assert again.novelty(row(gappy=1e9)) == found.novelty(row()) < 0.1
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


REFERENCE, VALUES = reference(), training().to_numpy()
