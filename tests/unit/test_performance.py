"""Prediction performance: outcomes, running accuracy and baselines, against brute force."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.errors import BadInput
from ppa.core.evaluation.running_accuracy import MAX_POINTS, Resolved, reversal_baseline, running_accuracy
from ppa.core.labels.definition import LabelDefinition, clock_hours
from ppa.core.labels.summary import count_non_overlapping
from ppa.core.metrics import wilson_interval
from ppa.reports.performance import NOTHING_RESOLVED, make_record, performance_in_window, with_outcomes
from tests.unit.builders import HOUR, START, hours_from, registered_model

TOUCH = LabelDefinition("BTC", "touch", 3, 0.02)
prices = st.sampled_from([97.0, 99.0, 100.0, 101.0, 102.0, 103.0, math.nan])
some_closes = st.lists(prices, min_size=1, max_size=30)


def closes(values):
    """Closes by hour; NaN for an hour without a bar."""
    return pd.Series(values, index=hours_from(START, len(values)), dtype=float).dropna()


def answers(hours, probability=0.7):
    """Stored predictions, newest first."""
    frame = pd.DataFrame({"ts": pd.DatetimeIndex(hours), "probability": probability})
    return frame.sort_values("ts", ascending=False, ignore_index=True)


def matured(outcomes, decisions, every=1, reverses=None):
    flags = [np.array(one, dtype=bool) for one in (decisions, outcomes, reverses or outcomes)]
    hours = hours_from(START, len(outcomes) * every)[::every]
    return Resolved(hours, np.full(len(outcomes), 0.5), *flags)


# ── what happened ────────────────────────────────────────────────────────────────────────────────


def outcome_of(hour, reference, definition):
    """Label of one hour by definition: 1, 0, or None if unknown."""
    if hour not in reference.index:
        return None
    window = [hour + lag * HOUR for lag in range(1, definition.lookahead + 1)]
    there, target = (
        [reference[h] for h in window if h in reference.index],
        reference[hour] * (1 + definition.threshold),
    )
    if definition.mode == "close":
        return int(reference[window[-1]] >= target) if window[-1] in reference.index else None
    if any(price > target for price in there):
        return 1
    return 0 if there and window[-1] <= reference.index.max() else None


@settings(max_examples=60, deadline=None)
@given(some_closes, st.integers(1, 5), st.sampled_from(["touch", "close"]))
def test_outcomes_are_what_the_closes_say_and_unknown_where_they_say_nothing(values, lookahead, mode):
    reference, definition = closes(values), LabelDefinition("BTC", mode, lookahead, 0.02)
    hours = hours_from(START - 2 * HOUR, len(values) + 4)
    reported = with_outcomes(answers(hours), reference, definition).set_index("ts")["outcome"]
    assert str(reported.dtype) == "Int8"
    assert {h: None if pd.isna(v) else int(v) for h, v in reported.items()} == {
        hour: outcome_of(hour, reference, definition) for hour in hours
    }


def test_an_outcome_goes_by_clock_hours_over_a_gap():
    reference = closes([100.0, math.nan, math.nan, 100.0, 200.0])
    reported = with_outcomes(answers([START]), reference, TOUCH)["outcome"]
    assert reported.tolist() == [0]


def test_answers_of_several_models_for_one_hour_have_the_same_outcome():
    reference = closes([100.0, 103.0, 100.0, 100.0, 100.0])
    reported = with_outcomes(pd.concat([answers([START]), answers([START])]), reference, TOUCH)
    assert reported["outcome"].tolist() == [1, 1]


def model(trained_to=START - 100 * HOUR):
    """A registered model of the label."""
    return registered_model(train_to=trained_to)


def output(hours, probability=0.7):
    frame = answers(hours, probability)
    return frame.assign(
        decision=(frame["probability"] >= 0.5).astype("boolean").where(frame["probability"].notna())
    )


@settings(max_examples=60, deadline=None)
@given(some_closes)
def test_an_outcome_counts_once_its_whole_window_has_closed_and_not_as_soon_as_a_rise_is_known(values):
    reference = closes(values)
    built = make_record(output(hours_from(START, len(values))), reference, model())
    last = reference.index.max() if len(reference) else START - HOUR
    expected = [h for h in hours_from(START, len(values)) if outcome_of(h, reference, TOUCH) is not None]
    assert built.resolved.hours.tolist() == [h for h in expected if h + 3 * HOUR <= last]


def test_a_rise_that_is_known_early_is_pending_until_a_fall_could_be_known_too():
    reference = closes([100.0, 103.0, 100.0, 100.0])
    built = make_record(output(hours_from(START, 4), [0.7, 0.7, math.nan, 0.7]), reference, model())
    expected = {"predictions": 3, "without": 1, "matured": 1, "pending": 2, "withdrawn": 0}
    assert built.counts() == expected
    assert make_record(output([START]), closes([100.0, 103.0]), model()).counts()["matured"] == 0


def test_hours_that_the_training_labels_reach_into_count_in_no_figure():
    reference, hours = closes([100.0] * 20), hours_from(START, 20)
    built = make_record(output(hours), reference, model(trained_to=START + 2 * HOUR))
    assert built.resolved.hours.tolist() == [START + at * HOUR for at in range(6, 17)]
    assert built.in_training == 6
    assert performance_in_window(built).evaluation.n == 11


@pytest.mark.parametrize(("window", "rows"), [("24h", 24), ("7d", 168), ("30d", 720), ("all", 797)])
def test_a_window_holds_the_newest_hours_whose_outcome_can_be_known(window, rows):
    built = make_record(output(hours_from(START, 800)), closes([100.0] * 800), model())
    result = performance_in_window(built, window)
    assert (result.evaluation.n, result.counts["matured"], result.counts["pending"]) == (rows, rows, 3)


def test_a_window_that_is_none_is_refused():
    built = make_record(output([START]), closes([100.0]), model())
    with pytest.raises(BadInput, match="give one of 24h, 7d, 30d, all"):
        performance_in_window(built, "2w")


def test_a_record_without_bars_or_answers_has_nothing_to_judge():
    for built in (
        make_record(output(hours_from(START, 0)), closes([100.0]), model()),
        make_record(output([START]), closes([]), model()),
    ):
        result = performance_in_window(built)
        assert (result.evaluation, result.profit, result.verdict) == (None, None, NOTHING_RESOLVED)


def test_the_verdict_is_held_against_the_better_of_the_two_rules():
    reference = closes([100.0, 103.0] * 100)
    result = performance_in_window(make_record(output(hours_from(START, 190)), reference, model()))
    assert result.base_rates["majority"] == 0.5
    assert result.base_rates["last_hour_reverses"] == pytest.approx(189 / 190)
    assert "predicting a reversal of the last hour" in result.verdict
    assert "base rate 99%" in result.verdict


# ── the rule to beat ─────────────────────────────────────────────────────────────────────────────


@settings(max_examples=50, deadline=None)
@given(some_closes)
def test_the_rule_expects_a_rise_after_a_fall_and_nothing_where_an_hour_is_missing(values):
    reference, hours = closes(values), hours_from(START - HOUR, len(values) + 2)
    expected = [bool(reference.get(h, math.nan) < reference.get(h - HOUR, math.nan)) for h in hours]
    assert reversal_baseline(hours, reference).tolist() == expected


# ── running accuracy ─────────────────────────────────────────────────────────────────────────────


def share_so_far(outcomes, decisions, upto):
    right = sum(int(o == d) for o, d in zip(outcomes[:upto], decisions[:upto], strict=True))
    return right / upto, max(sum(outcomes[:upto]), upto - sum(outcomes[:upto])) / upto


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=60),
    st.integers(1, 30),
    st.integers(1, 7),
)
def test_every_point_is_the_share_so_far_with_its_interval(reported, lookahead, every):
    outcomes, decisions, reverses = zip(*reported, strict=True)
    record = matured(outcomes, decisions, every, reverses)
    points = running_accuracy(record, lookahead)
    assert len(points) == len(reported)
    for upto, point in enumerate(points, start=1):
        windows = count_non_overlapping(clock_hours(record.hours[:upto]), lookahead)
        expected = share_so_far(outcomes, decisions, upto)
        assert pd.Timestamp(point.ts) == record.hours[upto - 1]
        assert (point.accuracy, point.majority) == pytest.approx(expected)
        assert point.reversal == pytest.approx(share_so_far(outcomes, reverses, upto)[0])
        assert point[2:4] == pytest.approx(wilson_interval(expected[0] * windows, windows))
        assert point.low - 1e-12 <= point.accuracy <= point.high + 1e-12


def test_a_long_record_is_thinned_and_keeps_its_ends():
    random = np.random.default_rng(3)
    outcomes, decisions = random.integers(0, 2, 5000).tolist(), random.integers(0, 2, 5000).tolist()
    record = matured(outcomes, decisions)
    points = running_accuracy(record, 24)
    assert MAX_POINTS - 5 <= len(points) <= MAX_POINTS
    assert pd.Timestamp(points[0].ts) == record.hours[0]
    assert pd.Timestamp(points[-1].ts) == record.hours[-1]
    assert points[-1].accuracy == pytest.approx(share_so_far(outcomes, decisions, 5000)[0])
    stamps = [point.ts for point in points]
    assert stamps == sorted(stamps)


def test_many_hours_of_one_window_are_one_outcome_and_say_little():
    twelve = running_accuracy(matured([1] * 12, [1] * 12), lookahead=24)
    apart = running_accuracy(matured([1] * 12, [1] * 12, every=24), lookahead=24)
    assert twelve[-1].accuracy == apart[-1].accuracy == 1.0
    assert twelve[-1].low == twelve[0].low < apart[-1].low


def test_nothing_matured_has_no_points():
    assert running_accuracy(matured([], []), 24) == []
