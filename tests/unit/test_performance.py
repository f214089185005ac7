"""How good predictions have been: outcomes, the running accuracy and the rule to beat, against brute force."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.label_stats import independent_windows
from shared.labeling import LabelSpec, clock_hours
from shared.metrics import wilson_interval
from shared.performance import (
    RUNNING_POINTS,
    Performance,
    last_hour_reverses,
    running_accuracy,
    with_outcomes,
)
from tests.unit.builders import HOUR, START, hours_from

TOUCH = LabelSpec("BTC", "touch", 3, 0.02)
prices = st.sampled_from([97.0, 99.0, 100.0, 101.0, 102.0, 103.0, math.nan])
some_closes = st.lists(prices, min_size=1, max_size=30)


def closes(values):
    """Hours that have a bar; NaN stands for an hour without one."""
    return pd.Series(values, index=hours_from(START, len(values)), dtype=float).dropna()


def answers(hours, probability=0.7):
    """Stored answers, newest first."""
    frame = pd.DataFrame({"ts": pd.DatetimeIndex(hours), "probability": probability})
    return frame.sort_values("ts", ascending=False, ignore_index=True)


def matured(outcomes, decisions, every=1):
    hours = hours_from(START, len(outcomes) * every)[::every]
    return pd.DataFrame(
        {
            "ts": hours,
            "outcome": pd.array(outcomes, dtype="Int8"),
            "decision": np.array(decisions, dtype=bool),
        }
    )


# ── what happened ────────────────────────────────────────────────────────────────────────────────


def outcome_of(hour, known, spec):
    """The definition, for one hour: 1, 0, or None while nobody can know."""
    if hour not in known.index:
        return None
    window = [hour + lag * HOUR for lag in range(1, spec.lookahead + 1)]
    there, target = [known[h] for h in window if h in known.index], known[hour] * (1 + spec.threshold)
    if spec.mode == "close":
        return int(known[window[-1]] >= target) if window[-1] in known.index else None
    if any(price > target for price in there):
        return 1
    return 0 if there and window[-1] <= known.index.max() else None


@settings(max_examples=60, deadline=None)
@given(some_closes, st.integers(1, 5), st.sampled_from(["touch", "close"]))
def test_outcomes_are_what_the_closes_say_and_unknown_where_they_say_nothing(values, lookahead, mode):
    known, spec = closes(values), LabelSpec("BTC", mode, lookahead, 0.02)
    hours = hours_from(START - 2 * HOUR, len(values) + 4)
    told = with_outcomes(answers(hours), known, spec).set_index("ts")["outcome"]
    assert str(told.dtype) == "Int8"
    assert {h: None if pd.isna(v) else int(v) for h, v in told.items()} == {
        hour: outcome_of(hour, known, spec) for hour in hours
    }


def test_an_outcome_goes_by_clock_hours_over_a_gap():
    known = closes([100.0, math.nan, math.nan, 100.0, 200.0])
    told = with_outcomes(answers([START]), known, TOUCH)["outcome"]
    assert told.tolist() == [0]


def test_answers_of_several_models_for_one_hour_have_the_same_outcome():
    known = closes([100.0, 103.0, 100.0, 100.0, 100.0])
    told = with_outcomes(pd.concat([answers([START]), answers([START])]), known, TOUCH)
    assert told["outcome"].tolist() == [1, 1]


def test_what_is_unknown_is_pending_and_counts_as_neither_right_nor_wrong():
    known = closes([100.0, 103.0, 100.0, 100.0])
    frame = with_outcomes(answers(hours_from(START, 4), [0.7, 0.7, math.nan, 0.7]), known, TOUCH)
    counts = Performance(frame, None, {}, "", {}).counts
    assert counts == {"predictions": 3, "without": 1, "matured": 1, "pending": 2}


# ── the rule to beat ─────────────────────────────────────────────────────────────────────────────


@settings(max_examples=50, deadline=None)
@given(some_closes)
def test_the_rule_expects_a_rise_after_a_fall_and_nothing_where_an_hour_is_missing(values):
    known, hours = closes(values), hours_from(START - HOUR, len(values) + 2)
    expected = [bool(known.get(h, math.nan) < known.get(h - HOUR, math.nan)) for h in hours]
    assert last_hour_reverses(hours, known).tolist() == expected


# ── running accuracy ─────────────────────────────────────────────────────────────────────────────


def share_so_far(outcomes, decisions, upto):
    right = sum(int(o == d) for o, d in zip(outcomes[:upto], decisions[:upto], strict=True))
    return right / upto, max(sum(outcomes[:upto]), upto - sum(outcomes[:upto])) / upto


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60),
    st.integers(1, 30),
    st.integers(1, 7),
)
def test_every_point_is_the_share_so_far_with_its_interval(pairs, lookahead, every):
    outcomes, decisions = zip(*pairs, strict=True)
    frame = matured(outcomes, decisions, every)
    points = running_accuracy(frame, lookahead)
    assert len(points) == len(pairs)
    for upto, (stamp, accuracy, low, high, majority) in enumerate(points, start=1):
        windows = independent_windows(clock_hours(pd.DatetimeIndex(frame["ts"][:upto])), lookahead)
        expected = share_so_far(outcomes, decisions, upto)
        assert pd.Timestamp(stamp) == frame["ts"][upto - 1]
        assert (accuracy, majority) == pytest.approx(expected)
        assert (low, high) == pytest.approx(wilson_interval(expected[0] * windows, windows))
        assert low <= accuracy <= high


def test_a_long_record_is_thinned_and_keeps_its_ends():
    random = np.random.default_rng(3)
    outcomes, decisions = random.integers(0, 2, 5000).tolist(), random.integers(0, 2, 5000).tolist()
    frame = matured(outcomes, decisions)
    points = running_accuracy(frame, 24)
    assert RUNNING_POINTS - 5 <= len(points) <= RUNNING_POINTS
    assert pd.Timestamp(points[0][0]) == frame["ts"].iloc[0]
    assert pd.Timestamp(points[-1][0]) == frame["ts"].iloc[-1]
    assert points[-1][1] == pytest.approx(share_so_far(outcomes, decisions, 5000)[0])
    stamps = [point[0] for point in points]
    assert stamps == sorted(stamps)


def test_many_hours_of_one_window_are_one_outcome_and_say_little():
    twelve = running_accuracy(matured([1] * 12, [1] * 12), lookahead=24)
    apart = running_accuracy(matured([1] * 12, [1] * 12, every=24), lookahead=24)
    assert twelve[-1][1] == apart[-1][1] == 1.0
    assert twelve[-1][2] == twelve[0][2] < apart[-1][2]
