"""Agreement of two labels against scikit-learn, over their common hours."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score, jaccard_score

from ppa.core.labels.agreement import label_agreement

VALUES = st.sampled_from([0, 1, None])


def hourly(values: list[int | None], start: int = 0) -> "pd.Series[int]":
    index = pd.date_range("2026-01-01", periods=len(values) + start, freq="h", tz="UTC")[start:]
    return pd.Series(pd.array(values, dtype="Int8"), index=index)


@given(st.lists(VALUES, max_size=40), st.lists(VALUES, max_size=40), st.integers(0, 10))
def test_it_is_scikit_learns_over_the_hours_both_know(
    one: list[int | None], two: list[int | None], start: int
) -> None:
    first, second = hourly(one), hourly(two, start)
    reported = label_agreement(first, second)
    pairs = [
        (first[ts], second[ts])
        for ts in first.index.intersection(second.index)
        if not pd.isna(first[ts]) and not pd.isna(second[ts])
    ]
    assert (
        reported.hours
        == len(pairs)
        == reported.both + reported.only_first + reported.only_second + reported.neither
    )
    if not pairs:
        assert reported.agreement is reported.kappa is reported.overlap is None
        return
    a, b = zip(*pairs, strict=True)
    assert reported.agreement == accuracy_score(a, b)
    if {*a, *b} == {0, 1}:
        kappa = cohen_kappa_score(a, b)
        assert reported.kappa is None if math.isnan(kappa) else reported.kappa == pytest.approx(kappa)
    assert reported.overlap == (jaccard_score(a, b) if 1 in (*a, *b) else None)
