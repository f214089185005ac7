"""Relations, distributions and missingness against SciPy, scikit-learn and plain counting."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score

from ppa.core.features.exploration import (
    MAX_ROWS,
    MIN_ROWS,
    distribution,
    forward_return,
    missingness,
    mutual_information,
    quantile_bins,
    relations,
)

HOURS = pd.date_range("2025-11-20", periods=3000, freq="h", tz="UTC", unit="us")


def reference(values: object) -> "pd.Series[int]":
    return pd.Series(pd.array(values, dtype="Int8"), index=HOURS[: len(values)])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reported() -> "tuple[pd.DataFrame, pd.Series[int], pd.Series[float]]":
    """Features of increasing strength, and ones that are noise, gappy, constant or empty."""
    random = np.random.default_rng(1)
    after = random.normal(size=len(HOURS))
    noise = random.normal(size=len(HOURS))
    rows = pd.DataFrame(
        {
            "strong": after + 0.5 * noise,
            "weak": after + 4 * noise,
            "bent": after**2,
            "noise": random.normal(size=len(HOURS)),
            "gaps": np.where(random.random(len(HOURS)) < 0.4, np.nan, after - noise),
            "constant": 1.0,
            "never": np.nan,
        },
        index=HOURS,
    )
    return rows, reference((after > 0.5).astype(int)), pd.Series(after, index=HOURS, name="forward_return")


def test_correlations_are_scipys_over_the_rows_that_have_both(reported) -> None:
    rows, labels, after = reported
    result = {one.feature: one for one in relations(rows, labels, after, 24)}
    for name in ("strong", "weak", "bent", "noise", "gaps"):
        has = rows[name].notna()
        one = result[name]
        assert one.n == has.sum()
        assert one.pearson == pytest.approx(pearsonr(rows[name][has], after[has]).statistic)
        assert one.spearman == pytest.approx(spearmanr(rows[name][has], after[has]).statistic)
    assert abs(result["bent"].spearman) < result["bent"].chance_correlation
    assert result["constant"].pearson is result["constant"].spearman is result["constant"].information is None
    assert (result["never"].n, result["never"].pearson, result["never"].effective_n) == (0, None, 0)


def test_overlapping_windows_count_once(reported) -> None:
    rows, labels, after = reported
    (hourly,) = relations(rows[["noise"]], labels, after, 1)
    (daily,) = relations(rows[["noise"]], labels, after, 24)
    assert (hourly.effective_n, daily.effective_n) == (3000, 125)
    assert daily.chance_correlation == pytest.approx(1.96 / 125**0.5)
    assert daily.chance_information == pytest.approx(24 * hourly.chance_information)
    (gaps,) = relations(rows[["gaps"]], labels, after, 24)
    assert gaps.effective_n == round(125 * gaps.n / 3000)


def test_information_ranks_as_scikit_learns_estimator_does(reported) -> None:
    rows, labels, after = reported
    names = ["strong", "bent", "weak", "noise"]
    ours = {one.feature: one.information for one in relations(rows[names], labels, after, 24)}
    theirs = mutual_info_classif(rows[names], labels.astype(int), random_state=7) / np.log(2)
    assert sorted(names, key=lambda name: -ours[name]) == [names[at] for at in np.argsort(-theirs)]
    assert [ours[name] for name in names[:2]] == pytest.approx(theirs[:2], abs=0.05)
    assert ours["noise"] < 0.02


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=60))
def test_information_is_scikit_learns_of_the_same_codes(pairs: list[tuple[int, int]]) -> None:
    bins, label = np.array(pairs).T
    result = mutual_information(bins, label)
    if len(set(bins)) < 2 or len(set(label)) < 2:
        assert result is None
    else:
        assert result == pytest.approx(mutual_info_score(bins, label) / np.log(2), abs=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_bins_are_in_order_and_equal_values_share_one(values: list[float]) -> None:
    numbers = np.array(values)
    bins = quantile_bins(numbers)
    order = np.argsort(numbers, kind="stable")
    assert (np.diff(bins[order]) >= 0).all()
    for value in set(values):
        assert len(set(bins[numbers == value])) == 1
    if len(set(values)) == len(values) >= 40:
        assert np.bincount(bins, minlength=20).max() <= len(values) / 20 + 2


def test_a_sample_is_bounded_and_the_same_each_time() -> None:
    hours = pd.date_range("2017-01-01", periods=MAX_ROWS + 5000, freq="h", tz="UTC", unit="us")
    random = np.random.default_rng(2)
    after = pd.Series(random.normal(size=len(hours)), index=hours)
    rows = pd.DataFrame({"one": after + random.normal(size=len(hours))})
    labels = pd.Series(pd.array((after > 0).astype(int), dtype="Int8"), index=hours)
    (first,), (again,) = (relations(rows, labels, after, 10) for _ in range(2))
    assert first == again
    assert (first.n, first.effective_n) == (MAX_ROWS, len(hours) // 10)
    assert first.pearson == pytest.approx(np.corrcoef(rows["one"], after)[0, 1], abs=0.02)


def test_the_forward_return_looks_ahead_in_clock_hours() -> None:
    close = pd.Series([100.0, 110.0, 121.0, 100.0], index=HOURS[[0, 1, 2, 5]])
    assert forward_return(close, 1).tolist() == pytest.approx([0.1, 0.1, np.nan, np.nan], nan_ok=True)
    assert forward_return(close, 3).tolist() == pytest.approx(
        [np.nan, np.nan, 100 / 121 - 1, np.nan], nan_ok=True
    )


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3)), min_size=1, max_size=80),
    st.data(),
)
def test_a_distribution_counts_every_row_once(values: list[float | None], data: st.DataObject) -> None:
    labels = data.draw(st.lists(st.sampled_from([0, 1, None]), min_size=len(values), max_size=len(values)))
    column = pd.Series(np.array(values, dtype=float), index=HOURS[: len(values)])
    result = distribution(column, reference(labels))
    pairs = list(zip(values, labels, strict=True))
    if not any(value is not None and label is not None for value, label in pairs):
        assert result is None
        return
    assert (np.diff(result.edges) >= 0).all()
    for kind in (0, 1):
        assert result.counts[kind].sum() == sum(v is not None and label == kind for v, label in pairs)
        assert result.missing[kind] == sum(v is None and label == kind for v, label in pairs)


def test_few_values_have_a_bin_each() -> None:
    result = distribution(pd.Series([0.0, 1.0, 2.0, 2.0], index=HOURS[:4]), reference([0, 1, 1, 0]))
    assert result.edges.tolist() == [-0.5, 0.5, 1.5, 2.5]
    assert [counts.tolist() for counts in result.counts] == [[1, 0, 1], [0, 1, 1]]


def test_an_outlier_does_not_set_the_scale() -> None:
    values = np.append(np.random.default_rng(3).normal(size=2999), 1e9)
    result = distribution(pd.Series(values, index=HOURS), reference(np.zeros(3000, dtype=int)))
    assert result.edges[-1] < 5
    assert result.counts[0].sum() == 3000


def test_missingness_is_the_share_of_each_months_hours(reported) -> None:
    rows, *_ = reported
    result = missingness(rows)
    assert [f"{month:%Y-%m}" for month in result.index] == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    expected = rows["gaps"].isna().groupby([HOURS.year, HOURS.month]).mean()
    assert result["gaps"].tolist() == pytest.approx(expected.tolist())
    assert (result["never"] == 1).all()
    assert (result["strong"] == 0).all()
    assert missingness(rows.iloc[:0]).empty


def test_as_many_values_as_bins_have_a_bin_each_and_one_more_has_not() -> None:
    few = pd.Series(np.arange(30.0) ** 2, index=HOURS[:30])
    result = distribution(few, reference([0] * 30))
    assert result.counts[0].tolist() == [1] * 30
    assert (result.edges[0], result.edges[1], result.edges[-1]) == (
        -0.5,
        0.5,
        2 * 29**2 - (29**2 + 28**2) / 2,
    )
    more = distribution(pd.Series(np.arange(31.0) ** 2, index=HOURS[:31]), reference([0] * 31))
    assert np.diff(more.edges) == pytest.approx((more.edges[-1] - more.edges[0]) / 30)


def test_bins_are_equally_wide_between_the_tails() -> None:
    values = pd.Series(np.random.default_rng(5).permutation(1001.0 + np.arange(1001)), index=HOURS[:1001])
    labels = reference(np.arange(1001) % 2)
    result = distribution(values, labels)
    assert (result.edges[0], result.edges[-1], result.edges.size) == (1006.0, 1996.0, 31)
    assert sum(counts.sum() for counts in result.counts) == 1001
    for kind in (0, 1):
        inside = values[labels == kind].clip(1006, 1996)
        assert result.counts[kind].tolist() == np.histogram(inside, 30)[0].tolist()
    # more than 99% of the values are one: the ends are those of all
    lone = pd.Series([*[5.0] * 960, *np.linspace(-2, 9, 40)], index=HOURS[:1000])
    assert (
        distribution(lone, reference([0] * 1000)).edges[0]
        < 5
        < distribution(lone, reference([0] * 1000)).edges[-1]
    )
    still = pd.Series(
        [*[5.0] * 9_990, *np.linspace(-2, 9, 10)], index=pd.date_range(HOURS[0], periods=10_000, freq="h")
    )
    ends = distribution(still, pd.Series(pd.array([0] * 10_000, dtype="Int8"), index=still.index), 5).edges
    assert (ends[0], ends[-1]) == (-2.0, 9.0)
    one = distribution(pd.Series(7.0, index=HOURS[:10]), reference([0] * 10))
    assert one.counts[0].sum() == 10


@pytest.mark.parametrize(("rows", "reported"), [(MIN_ROWS - 1, False), (MIN_ROWS, True)])
def test_thirty_rows_are_related_and_fewer_are_not(rows: int, reported: bool) -> None:
    values = pd.DataFrame({"one": np.arange(float(rows))}, index=HOURS[:rows])
    (result,) = relations(values, reference(np.arange(rows) % 2), values["one"].rename("after"), 1)
    assert (result.pearson == pytest.approx(1.0)) is reported
    assert result.n == result.effective_n == rows


def test_two_effective_rows_are_needed_and_chance_is_at_most_one() -> None:
    values = pd.DataFrame({"one": np.arange(60.0)}, index=HOURS[:60])
    (one,) = relations(values, reference(np.arange(60) % 2), values["one"].rename("after"), 60)
    (two,) = relations(values, reference(np.arange(60) % 2), values["one"].rename("after"), 30)
    assert (one.effective_n, one.pearson, one.chance_information) == (1, None, None)
    assert (two.effective_n, two.chance_correlation) == (2, 1.0)
    # 20 bins and 2 classes
    assert two.chance_information == pytest.approx(19 / (2 * 2 * np.log(2)))


def test_quantile_bins_hold_as_many_each() -> None:
    values = np.random.default_rng(6).permutation(np.arange(100.0))
    bins = quantile_bins(values)
    assert np.bincount(bins).tolist() == [6, *[5] * 18, 4]
    assert quantile_bins(values, 4)[np.argsort(values)].tolist() == [0] * 26 + [1] * 25 + [2] * 25 + [3] * 24


def test_only_hours_that_all_three_have_are_related() -> None:
    after = pd.Series(np.random.default_rng(7).normal(size=50), index=HOURS[:50], name="after")
    labels = reference([*(after[:48] > 0).astype(int), None, None])
    rows = pd.DataFrame({"one": after * 2}).iloc[5:]
    (result,) = relations(rows, labels, after, 1)
    assert (result.n, result.pearson) == (43, pytest.approx(1.0))
    (empty,) = relations(rows.iloc[:0], labels, after, 1)
    assert (empty.n, empty.effective_n, empty.pearson) == (0, 0, None)
