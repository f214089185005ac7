"""Backtest against an hour-by-hour simulation."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import MAX_FEE, backtest, max_drawdown
from tests.unit.builders import HOUR, START, hours_from

hours_told = st.lists(
    st.tuples(st.sampled_from([80.0, 99.0, 100.0, 103.0, 120.0, math.nan]), st.sampled_from([None, 0, 1])),
    min_size=1,
    max_size=40,
)


def bars(values):
    return pd.Series(values, index=hours_from(START, len(values)), dtype=float)


def traded(values, decisions, lookahead, fee):
    """Simulate the strategy hour by hour; return the final account value and each trade's return."""
    cash, held, bought, trades, last = 1.0, None, 0, [], math.nan
    reference = [at for at, price in enumerate(values) if not math.isnan(price)]
    for at, price in enumerate(values):
        last = last if math.isnan(price) else price
        if held is not None and at == bought + lookahead:
            trades.append(last / held * (1 - fee) - 1)
            cash, held = cash * (1 + trades[-1]), None
        in_time = reference and at + lookahead <= reference[-1]
        if held is None and decisions[at] == 1 and not math.isnan(price) and in_time:
            held, bought = price, at
    return cash, trades


@settings(max_examples=150, deadline=None)
@given(hours_told, st.integers(1, 6), st.floats(0, MAX_FEE))
def test_the_account_is_that_of_a_loop_which_trades_hour_by_hour(reported, lookahead, fee):
    values, decisions = zip(*reported, strict=True)
    asked = [at for at, decision in enumerate(decisions) if decision is not None]
    index = hours_from(START, len(values))[asked]
    built = backtest(index, [decisions[at] == 1 for at in asked], bars(values), lookahead=lookahead, fee=fee)
    cash, trades = traded(values, decisions, lookahead, fee)
    assert built.returns.tolist() == pytest.approx(trades)
    if built.total is not None:
        assert built.total + 1 == pytest.approx(cash)
        assert built.equity[0] == built.hold[0] == 1.0


@settings(max_examples=80, deadline=None)
@given(hours_told, st.integers(1, 6))
def test_positions_never_overlap_and_last_the_look_ahead(reported, lookahead):
    values = [price for price, _ in reported]
    built = backtest(hours_from(START, len(values)), np.ones(len(values)), bars(values), lookahead=lookahead)
    assert (built.exits - built.entries == lookahead).all()
    assert (built.entries[1:] >= built.exits[:-1]).all()
    assert built.exposure is None or 0 <= built.exposure <= 1


def test_who_always_says_rise_earns_what_holding_earns_less_a_fee_for_each_trade():
    values = [100.0, 101.0, 102.0, 103.0, 104.0, 110.0, 121.0]
    built = backtest(hours_from(START, 6), [True] * 6, bars(values), lookahead=2, fee=0.01)
    assert built.returns.size == 3
    assert built.total == pytest.approx(1.21 * 0.99**3 - 1)
    assert built.hold_total == pytest.approx(1.21 * 0.99 - 1)
    assert built.exposure == 1.0


def test_who_never_says_rise_keeps_what_there_was():
    built = backtest(hours_from(START, 4), [False] * 4, bars([100.0, 50.0, 25.0, 12.5, 6.0]), lookahead=1)
    assert (built.total, built.returns.size, built.exposure) == (0.0, 0, 0.0)
    assert built.hold_total < -0.9
    assert built.to_dict()["mean"] is None


def test_the_order_of_the_hours_does_not_matter():
    values, decisions = bars([100.0, 90.0, 95.0, 120.0, 80.0]), np.array([True, False, True, True])
    hours = hours_from(START, 4)
    one, other = (
        backtest(hours[order], decisions[order], values, lookahead=1).to_dict()
        for order in (slice(None), slice(None, None, -1))
    )
    assert one == other


def test_a_window_that_is_still_open_is_not_traded():
    built = backtest(hours_from(START, 3), [True] * 3, bars([100.0, 110.0, 120.0]), lookahead=3)
    assert (built.total, built.hold_total, built.hours.size) == (None, None, 0)
    assert built.to_dict()["drawdown"] is None


def test_a_decision_about_an_hour_without_a_bar_cannot_be_followed():
    built = backtest(hours_from(START - HOUR, 2), [True, False], bars([100.0, 110.0]), lookahead=1)
    assert built.returns.size == 0


def test_the_deepest_fall_counts_from_the_highest_peak_before_it():
    assert max_drawdown(np.array([1.0, 2.0, 1.5, 3.0, 1.2, 4.0])) == pytest.approx(0.6)
    assert max_drawdown(np.array([1.0, 1.1, 1.2])) == 0


@pytest.mark.parametrize(("decisions", "fee", "words"), [([True], 0.0, "2 hours"), ([True] * 2, 0.2, "fee")])
def test_what_cannot_be_followed_is_said(decisions, fee, words):
    with pytest.raises(BadInput, match=words):
        backtest(hours_from(START, 2), decisions, bars([1.0, 2.0]), lookahead=1, fee=fee)


def test_a_fee_may_be_nought_or_a_tenth():
    for fee in (0.0, 0.1):
        built = backtest(
            hours_from(START, 2), [True, False], bars([100.0, 120.0, 90.0]), lookahead=1, fee=fee
        )
        assert built.returns.tolist() == pytest.approx([1.2 * (1 - fee) - 1])
    with pytest.raises(BadInput):
        backtest(hours_from(START, 2), [True] * 2, bars([1.0, 2.0]), lookahead=1, fee=0.1001)
    with pytest.raises(BadInput):
        backtest(hours_from(START, 2), [True] * 2, bars([1.0, 2.0]), lookahead=1, fee=-1e-9)


def test_the_figures_of_an_account_by_hand():
    values = [100.0, 110.0, 99.0, 99.0, 118.8, 118.8]
    built = backtest(hours_from(START, 5), [True, True, False, True, False], bars(values), lookahead=1)
    trades = np.array([1.1, 0.9, 1.2]) * 0.998 - 1
    assert built.fee == 0.002
    assert built.returns == pytest.approx(trades)
    assert built.equity == pytest.approx(np.cumprod([1, 1.1 * 0.998, 0.9 * 0.998, 1, 1.2 * 0.998, 1]))
    assert built.hold == pytest.approx(np.array(values) / 100)
    spread = 1.96 * trades.std(ddof=1) / math.sqrt(3)
    assert built.to_dict() == {
        "fee": 0.002,
        "total": pytest.approx(1.1 * 0.9 * 1.2 * 0.998**3 - 1),
        "hold_total": pytest.approx(1.188 * 0.998 - 1),
        "trades": 3,
        "wins": 2,
        "mean": pytest.approx(trades.mean()),
        "mean_interval": {
            "low": pytest.approx(trades.mean() - spread),
            "high": pytest.approx(trades.mean() + spread),
        },
        "drawdown": pytest.approx(1 - 0.9 * 0.998),
        "hold_drawdown": pytest.approx(0.1),
        "exposure": 3 / 5,
    }


def test_an_interval_needs_two_trades():
    two = backtest(hours_from(START, 2), [True, True], bars([100.0, 110.0, 99.0]), lookahead=1)
    one = backtest(hours_from(START, 2), [True, False], bars([100.0, 110.0, 99.0]), lookahead=1)
    assert two.mean_interval is not None
    assert (one.mean_interval, one.to_dict()["mean_interval"]) == (None, None)


def test_an_hour_without_a_close_is_valued_at_the_last_before_it():
    built = backtest(hours_from(START, 1), [True], bars([100.0, math.nan, 120.0]), lookahead=2, fee=0.0)
    assert built.equity.tolist() == [1.0, 1.0, 1.2]
    assert built.hours[-1] == START + 2 * HOUR


def test_closes_may_come_in_any_order_and_without_trades_there_is_no_hour():
    closes, hours = bars([100.0, 110.0, 99.0, 120.0]), hours_from(START, 3)
    one, other = (backtest(hours, [True] * 3, each, lookahead=1) for each in (closes, closes[::-1]))
    assert one.to_dict() == other.to_dict()
    nothing = backtest(hours[:0], [], closes, lookahead=1, fee=0.01)
    assert (nothing.hours.size, str(nothing.hours.tz), nothing.fee, nothing.to_dict()["trades"]) == (
        0,
        "UTC",
        0.01,
        0,
    )
