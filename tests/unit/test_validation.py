"""Purged splits: no training label overlaps the test rows."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    TimeSeriesSplit,
    check_cv,
    cross_val_score,
    cross_validate,
)
from sklearn.model_selection.tests.test_split import check_valid_split

from ppa.core.contracts.label import LabelError
from ppa.core.errors import BadInput
from ppa.core.validation import PurgedKFold, PurgedWalkForward, SplitError, purged_split

START = datetime(2024, 1, 1, tzinfo=UTC)


def index_of(hours):
    return pd.DatetimeIndex(
        [START + timedelta(hours=int(hour)) for hour in hours], dtype="datetime64[us, UTC]"
    )


def frame_of(hours):
    return pd.DataFrame({"x": np.arange(len(hours), dtype=float)}, index=index_of(hours))


def splits(splitter, rows):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(rows)]


# ── examples ─────────────────────────────────────────────────────────────────────────────────────


def test_walk_forward_leaves_out_the_rows_whose_label_reaches_the_test_block():
    rows = np.zeros((10, 1))
    assert splits(PurgedWalkForward(2, lookahead=2, embargo=0), rows) == [
        ([0, 1], [4, 5, 6]),
        ([0, 1, 2, 3, 4], [7, 8, 9]),
    ]


def test_k_fold_also_leaves_out_the_rows_in_the_window_of_a_test_row_and_the_embargo():
    rows = np.zeros((12, 1))
    assert splits(PurgedKFold(3, lookahead=1, embargo=0), rows)[1] == ([0, 1, 2, 9, 10, 11], [4, 5, 6, 7])
    assert splits(PurgedKFold(3, lookahead=1, embargo=2), rows)[1] == ([0, 1, 2, 11], [4, 5, 6, 7])


def test_an_embargo_before_a_walk_forward_block_leaves_out_more():
    rows = np.zeros((9, 1))
    assert splits(PurgedWalkForward(2, lookahead=1, embargo=1), rows)[0] == ([0], [3, 4, 5])


@pytest.mark.parametrize("kind", [PurgedKFold, PurgedWalkForward])
def test_purge_and_embargo_follow_from_the_look_ahead(kind):
    rows = np.zeros((120, 1))
    assert splits(kind(3, lookahead=7), rows) == splits(kind(3, lookahead=7, embargo=7), rows)


def test_a_gap_in_the_clock_counts_as_the_hours_it_lasted():
    frame = frame_of([0, 1, 2, 3, 30, 31, 32, 33])
    train, test = next(PurgedKFold(2, lookahead=24, embargo=0).split(frame))
    assert (train.tolist(), test.tolist()) == ([4, 5, 6, 7], [0, 1, 2, 3])
    with pytest.raises(SplitError, match="No rows are left for fold 1 of 2"):
        next(PurgedKFold(2, lookahead=24, embargo=0).split(frame.reset_index()))


def test_without_a_look_ahead_to_speak_of_walk_forward_is_time_series_split_less_one_row():
    rows = np.zeros((60, 1))
    for (train, test), (whole, same) in zip(
        PurgedWalkForward(4, lookahead=1, embargo=0, test_size=7).split(rows),
        TimeSeriesSplit(4, test_size=7, gap=1).split(rows),
        strict=True,
    ):
        np.testing.assert_array_equal(train, whole)
        np.testing.assert_array_equal(test, same)


# ── properties ───────────────────────────────────────────────────────────────────────────────────

HOURS = st.lists(st.integers(0, 400), min_size=8, max_size=80, unique=True).map(sorted)
LOOKAHEADS, EMBARGOES, FOLDS = st.integers(1, 40), st.integers(0, 20), st.integers(2, 5)


def all_splits(splitter, rows):
    try:
        return list(splitter.split(rows))
    except SplitError:
        return assume(False)


@given(HOURS, FOLDS, LOOKAHEADS, EMBARGOES)
def test_k_fold_keeps_exactly_the_rows_that_have_seen_no_test_label(hours, folds, lookahead, embargo):
    actual = all_splits(PurgedKFold(folds, lookahead=lookahead, embargo=embargo), frame_of(hours))
    assert [row for _, test in actual for row in test] == list(range(len(hours)))
    for train, test in actual:
        first, last = hours[test[0]], hours[test[-1]]
        clear = [
            row
            for row, hour in enumerate(hours)
            if hour + lookahead < first or hour > last + lookahead + embargo
        ]
        assert train.tolist() == clear


@given(HOURS, FOLDS, LOOKAHEADS, EMBARGOES, st.none() | st.integers(1, 10))
def test_walk_forward_never_trains_on_what_is_yet_to_come(hours, folds, lookahead, embargo, size):
    splitter = PurgedWalkForward(folds, lookahead=lookahead, embargo=embargo, test_size=size)
    actual = all_splits(splitter, frame_of(hours))
    tests = [row for _, test in actual for row in test]
    assert len(actual) == splitter.get_n_splits() == folds
    assert tests == list(range(len(hours) - len(tests), len(hours)))
    for train, test in actual:
        first = hours[test[0]]
        assert train.tolist() == [r for r, hour in enumerate(hours) if hour + lookahead + embargo < first]


@given(HOURS, LOOKAHEADS, st.floats(0.05, 0.95))
def test_one_split_leaves_a_look_ahead_between_its_sides(hours, lookahead, fraction):
    try:
        train, test = purged_split(index_of(hours), lookahead=lookahead, test_fraction=fraction)
    except SplitError:
        assume(False)
    assert test.tolist() == list(range(test[0], len(hours)))
    assert train.tolist() == [r for r, hour in enumerate(hours) if hour + lookahead < hours[test[0]]]
    assert abs(len(test) - fraction * len(hours)) <= 0.5


# ── one split in time ────────────────────────────────────────────────────────────────────────────


def test_one_split_from_a_moment_on():
    index = index_of(range(10))
    train, test = purged_split(index, test_from=START + timedelta(hours=7), lookahead=3)
    assert (train.tolist(), test.tolist()) == ([0, 1, 2, 3], [7, 8, 9])
    same, _ = purged_split(index, test_from=pd.Timestamp("2024-01-01 08:00", tz="Europe/Paris"), lookahead=3)
    assert same.tolist() == train.tolist()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "either test_from or test_fraction"),
        ({"test_from": START, "test_fraction": 0.2}, "either test_from or test_fraction"),
        ({"test_fraction": 0}, "between 0 and 1"),
        ({"test_fraction": float("nan")}, "between 0 and 1"),
        ({"test_fraction": 0.01}, "the test side"),
        ({"test_fraction": 0.8}, "the training side"),
        ({"test_from": START + timedelta(days=9)}, "the test side"),
        ({"test_from": START}, "the training side"),
        ({"test_from": datetime(2024, 1, 1, 5)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_a_split_that_cannot_be_is_refused(asked, message):
    with pytest.raises(SplitError, match=message) as refused:
        purged_split(index_of(range(10)), lookahead=3, **asked)
    assert isinstance(refused.value, BadInput)


# ── as scikit-learn uses them ────────────────────────────────────────────────────────────────────


@pytest.fixture
def problem():
    rng = np.random.default_rng(3)
    frame = frame_of([*range(150), *range(200, 350)])
    frame["x"] = rng.normal(size=300)
    return frame, (frame["x"] + rng.normal(size=300) > 0).astype(int)


@pytest.mark.parametrize("splitter", [PurgedKFold(4, lookahead=12), PurgedWalkForward(4, lookahead=12)])
def test_scikit_learn_scores_and_searches_with_them(splitter, problem):
    features, labels = problem
    assert (cross_val_score(LogisticRegression(), features, labels, cv=splitter) > 0.5).all()
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=splitter).fit(features, labels)
    assert search.n_splits_ == 4
    assert clone(search).cv.lookahead == 12


@pytest.mark.parametrize("splitter", [PurgedKFold(4, lookahead=12), PurgedWalkForward(4, lookahead=12)])
def test_scikit_learns_own_checks_of_a_splitter_pass(splitter, problem):
    features, labels = problem
    assert check_cv(splitter, labels, classifier=True) is splitter
    assert splitter.get_n_splits(features, labels) == 4
    tested = set()
    for train, test in splitter.split(features, labels):
        check_valid_split(train, test)
        tested.update(test)
    if isinstance(splitter, PurgedKFold):
        assert tested == set(range(len(features)))
    result = cross_validate(LogisticRegression(), features, labels, cv=splitter, return_indices=True)
    assert len(result["test_score"]) == 4
    assert not hasattr(splitter, "get_params")  # a splitter is no estimator


def test_they_show_how_they_were_made():
    assert repr(PurgedKFold(3, lookahead=24)) == "PurgedKFold(embargo=None, lookahead=24, n_splits=3)"
    shown = repr(PurgedWalkForward(lookahead=np.int64(6), test_size=100))
    assert shown == "PurgedWalkForward(embargo=None, lookahead=6, n_splits=5, test_size=100)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PurgedKFold(1, lookahead=24), "n_splits must be a whole number of at least 2"),
        (lambda: PurgedKFold(2.0, lookahead=24), "n_splits must be a whole number"),
        (lambda: PurgedKFold(lookahead=0), "lookahead is 0"),
        (lambda: PurgedWalkForward(lookahead=24, embargo=-1), "embargo must be"),
        (lambda: PurgedWalkForward(lookahead=24, test_size=0), "test_size must be"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(make, message):
    with pytest.raises((SplitError, LabelError), match=message):
        make()


@pytest.mark.parametrize(
    ("splitter", "rows", "message"),
    [
        (PurgedKFold(lookahead=1), frame_of([3, 2, 1, 0]), "time order"),
        (PurgedKFold(lookahead=1), np.zeros((4, 1)), "4 rows are too few for 5 folds"),
        (PurgedWalkForward(lookahead=1), np.zeros((5, 1)), "5 rows are too few for 5 test blocks"),
        (
            PurgedWalkForward(lookahead=1, test_size=9),
            np.zeros((45, 1)),
            "45 rows are too few for 5 test blocks",
        ),
        (PurgedWalkForward(lookahead=50), np.zeros((60, 1)), "No rows are left for fold 1 of 5"),
    ],
)
def test_rows_that_cannot_be_split_are_refused(splitter, rows, message):
    with pytest.raises(SplitError, match=message):
        list(splitter.split(rows))


def test_an_index_in_another_time_zone_is_refused_not_ignored():
    with pytest.raises(LabelError, match="UTC"):
        list(PurgedKFold(2, lookahead=1).split(frame_of(range(10)).tz_localize(None)))
