"""Payoff of a label against an hour-by-hour simulation."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppa.core.labels.definition import LabelDefinition
from ppa.core.labels.payoff import exit_returns, payoff

NAN = float("nan")
START = datetime(2024, 1, 1, tzinfo=UTC)
PRICES = st.sampled_from([1.0, 1.1, 1.5, 2.0, 2.2]) | st.floats(0.5, 3)


def hourly(values):
    index = pd.date_range(START, periods=len(values), freq="h", unit="us")
    return pd.Series(values, index=index, dtype="float64")


def traded(closes, hour, definition):
    """Return of a trade that exits at the target, at the stop, or at the last close of the window."""
    price, window = closes[hour], closes[hour + 1 : hour + definition.lookahead + 1]
    for close in window:
        if definition.mode != "close" and close > price * (1 + definition.threshold):
            return definition.threshold
        if definition.mode == "triple_barrier" and close < price * (1 - definition.stop_loss):
            return -definition.stop_loss
    return [close for close in window if close == close][-1] / price - 1


@given(
    st.lists(PRICES | st.just(NAN), min_size=2, max_size=40),
    st.integers(1, 12),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from(["touch", "close", "triple_barrier"]),
)
def test_returns_are_those_of_a_trader_who_follows_the_label(values, lookahead, threshold, mode):
    stop = 0.2 if mode == "triple_barrier" else None
    definition = LabelDefinition("BTC", mode, lookahead, threshold, stop_loss=stop)
    closes = hourly(values)
    labels = definition.labels(closes)
    returns = exit_returns(definition, closes, labels)
    reference = np.flatnonzero(labels.notna())
    expected = [traded(values, hour, definition) for hour in reference]
    assert returns[reference].tolist() == pytest.approx(expected)


def test_the_break_even_is_where_an_entry_earns_the_fee_and_no_more():
    # alternately up 10% and down 5%: a precision of one half earns 2.5%
    closes = hourly([100, 110, 104.5, 114.95, 109.2025, 120.12275])
    definition = LabelDefinition("BTC", "close", 1, 0.02)
    result = payoff(definition, closes, definition.labels(closes), 0.01)
    assert (result.gain, result.loss) == (pytest.approx(0.1), pytest.approx(-0.05))
    assert result.break_even == pytest.approx((0.01 + 0.05) / 0.15)
    assert result.always == pytest.approx((3 * 0.1 - 2 * 0.05) / 5 - 0.01)


def test_only_the_hours_of_the_range_count_and_windows_look_beyond_it():
    closes = hourly([100, 90, 180, 90, 90, 90])
    definition = LabelDefinition(
        "BTC", "touch", 1, 0.5, START + timedelta(hours=1), START + timedelta(hours=3)
    )
    result = payoff(definition, closes, definition.labels(closes), 0.0)
    assert (result.gain, result.loss) == (0.5, -0.5)


def test_a_label_of_one_class_has_no_break_even():
    closes = hourly([100, 100, 100, 100])
    definition = LabelDefinition("BTC", "touch", 1, 0.5)
    result = payoff(definition, closes, definition.labels(closes), 0.002)
    assert (result.gain, result.loss, result.break_even, result.always) == (None, 0.0, None, -0.002)
    assert payoff(definition, closes[:0], definition.labels(closes[:0]), 0.002).always is None


def test_units_of_volatility_pay_by_the_hour():
    closes = hourly([100, 110, 99, 200, 200])
    definition = LabelDefinition("BTC", "touch", 1, 2.0, volatility_window=2)
    labels = definition.labels(closes)
    returns = exit_returns(definition, closes, labels)
    assert labels.tolist()[2] == 1
    assert returns[2] == pytest.approx(2 * 0.1)
