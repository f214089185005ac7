"""Label summaries: balance, effective sample size, runs and warnings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppa.core.labels.summary import count_non_overlapping, label_summary, stretches

START = datetime(2024, 1, 1, tzinfo=UTC)


def series_of(text, start=START):
    """A label series from text: each of '01?' is one hour labelled 0, 1 or unknown; a blank is a missing row."""
    picture = {"0": 0, "1": 1, "?": pd.NA}
    hours = [START + timedelta(hours=hour) for hour, sign in enumerate(text) if sign != " "]
    index = pd.DatetimeIndex([hour - START + start for hour in hours], dtype="datetime64[us, UTC]")
    return pd.Series([picture[sign] for sign in text if sign != " "], index=index, dtype="Int8")


def test_a_summary_counts_classes_events_and_the_longest_run():
    summary = label_summary(series_of("0110111?0??"), lookahead=3)
    assert (summary.positives, summary.negatives, summary.unknown) == (5, 3, 3)
    assert summary.share == 5 / 8
    assert summary.longest_run == 3
    assert summary.effective == 3  # rows 0, 3 and 6: each window (t, t + 3] begins where the last ended


def test_a_missing_hour_ends_a_run():
    assert label_summary(series_of("11 111"), lookahead=1).longest_run == 3


def test_the_balance_is_told_by_year():
    summary = label_summary(series_of("0111?", start=datetime(2023, 12, 31, 22, tzinfo=UTC)), lookahead=1)
    years = [(year.year, year.positives, year.negatives, year.unknown) for year in summary.by_year]
    assert years == [(2023, 1, 1, 0), (2024, 2, 0, 1)]


@pytest.mark.parametrize(
    ("text", "lookahead", "output"),
    [
        ("0" * 99 + "1", 1, ["99.0% of the labels are 0"]),
        ("1" * 99 + "0", 1, ["99.0% of the labels are 1"]),
        ("01" * 50, 1, []),
        ("01" * 50, 24, ["effective sample size of 100 rows is 5"]),
        ("???", 24, ["No label is known yet"]),
        ("", 24, ["No label is known yet"]),
    ],
)
def test_a_useless_label_is_warned_about(text, lookahead, output):
    warnings = label_summary(series_of(text), lookahead).warnings
    assert len(warnings) == len(output)
    assert all(phrase in warning for phrase, warning in zip(output, warnings, strict=True))


def test_two_per_cent_of_a_class_are_enough_and_overlap_is_told_from_twice_as_many_rows_on():
    assert label_summary(series_of("0" * 98 + "11"), 1).warnings == ()
    assert len(label_summary(series_of("0" * 981 + "1" * 19), 1).warnings) == 1
    assert len(label_summary(series_of("01" * 5), 2).warnings) == 1
    assert label_summary(series_of("010101010"), 2).warnings == ()


def test_sparse_and_dense_hours_have_as_many_windows():
    hours = np.array([5, 0, 3, 1000, 1003, 1001], np.int64)
    assert count_non_overlapping(hours, 3) == 4
    assert count_non_overlapping(hours - hours.max(), 3) == 4
    assert count_non_overlapping(np.array([7, 7, 8], np.int64), 1) == 2
    assert count_non_overlapping(np.array([], np.int64), 3) == 0


def test_stretches_are_gaps_and_lengths_from_the_first_hour_on():
    labels = series_of("0110 1?11")
    assert [edges.tolist() for edges in stretches(labels, 1, -1)] == [[1, 2, 2, 1, 1, 2], [6, 1]]
    assert [stretches(series_of(text), 1)[0].tolist() for text in ("", "00?")] == [[], []]


@given(st.text("01? ", max_size=60), st.randoms())
def test_stretches_and_summary_agree_with_the_labels_in_any_order(text, random):
    labels = series_of(text)
    shuffled = labels.iloc[random.sample(range(len(labels)), len(labels))]
    for kind, flat in zip((1, 0, -1), stretches(shuffled, 1, 0, -1), strict=True):
        edges = flat.cumsum().reshape(-1, 2)
        hours = [labels.index.min() + timedelta(hours=int(h)) for a, b in edges for h in range(a, b)]
        assert hours == list(labels.index[labels.fillna(-1) == kind])
    assert label_summary(shuffled, 3) == label_summary(labels, 3)
    assert label_summary(labels, 3).longest_run == max(
        map(len, text.replace(" ", "0").replace("?", "0").split("0"))
    )


@given(st.lists(st.integers(0, 200), unique=True, max_size=60), st.integers(1, 30))
def test_independent_windows_are_as_many_as_can_be_without_overlap(hours, lookahead):
    chosen = []
    for hour in sorted(hours):
        if not chosen or hour >= chosen[-1] + lookahead:
            chosen.append(hour)
    assert count_non_overlapping(np.array(hours, np.int64), lookahead) == len(chosen)
