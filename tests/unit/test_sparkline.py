"""Sparklines of labels: means over equal stretches of time."""

import numpy as np
import pandas as pd
import pytest

from ppa.core.labels.sparkline import PIECES, sparkline
from tests.unit.builders import HOUR, START, hours_from


def test_each_piece_is_as_long_and_holds_means() -> None:
    closes = pd.Series([10.0, 20.0, 30.0, 40.0, np.nan, 60.0, 90.0], index=hours_from(START, 7))
    labels = pd.Series(pd.array([1, 0, 1, 1, None, None, None], dtype="Int8"), index=closes.index)
    result = sparkline(closes, labels, 3)
    assert result is not None
    assert (result.begins, result.ends) == (START, START + 6 * HOUR)
    # hours 0 to 2, 3 and 4, 5 and 6
    assert result.close == pytest.approx([20.0, 40.0, 75.0])
    assert result.share == pytest.approx([2 / 3, 1.0, np.nan], nan_ok=True)


def test_a_piece_without_a_close_is_a_gap_and_labels_count_from_the_first_close() -> None:
    closes = pd.Series([np.nan, 5.0, 7.0], index=hours_from(START, 6)[[0, 2, 5]])
    labels = pd.Series(pd.array([0, 1], dtype="Int8"), index=closes.index[1:])
    result = sparkline(closes, labels)
    assert result is not None
    assert (result.begins, result.ends) == (START + 2 * HOUR, START + 5 * HOUR)
    assert result.close == pytest.approx([5.0, np.nan, np.nan, 7.0], nan_ok=True)
    assert result.share == pytest.approx([0.0, np.nan, np.nan, 1.0], nan_ok=True)


def test_there_are_at_most_120_pieces_and_none_without_a_close() -> None:
    hours = hours_from(START, 1_000)
    labels = pd.Series(pd.array([1] * 1_000, dtype="Int8"), index=hours)
    result = sparkline(pd.Series(1.0, index=hours), labels)
    assert result is not None
    assert result.close.size == result.share.size == PIECES == 120
    assert sparkline(pd.Series(np.nan, index=hours), labels) is None
