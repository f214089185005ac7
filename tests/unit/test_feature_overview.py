"""Feature overviews: coverage, first and last hour, and sparkline."""

import numpy as np
import pandas as pd
import pytest

from ppa.core.features.overview import HIGHEST, POINTS, feature_overviews

HOURS = pd.date_range("2026-01-01", periods=600, freq="h", tz="UTC", unit="us")


def seen(values: object) -> object:
    return feature_overviews(pd.DataFrame({"one": values}, index=HOURS))["one"]


def test_a_climb_climbs_from_the_lowest_to_the_highest() -> None:
    result = seen(np.arange(600.0))
    assert (result.coverage, result.first_hour, result.last_hour) == (1.0, HOURS[0], HOURS[-1])
    assert result.sparkline == tuple(round(at / (POINTS - 1) * HIGHEST) for at in range(POINTS))


def test_there_are_sixty_points_from_0_to_99() -> None:
    assert (len(seen(np.arange(600.0)).sparkline), max(seen(np.arange(600.0)).sparkline)) == (60, 99)
    frame = pd.DataFrame({"one": [1.0, 3.0, 2.0, 4.0, 5.0, 7.0], "other": 2.0}, index=HOURS[:6])
    result = feature_overviews(frame, 3)
    assert result["one"].sparkline == (0, round(99 / 4), 99)
    assert result["other"].sparkline == (0, 0, 0)


def test_gaps_are_gaps_and_count() -> None:
    values = np.arange(600.0)
    values[:95] = values[300:310] = values[-1:] = np.nan
    result = seen(values)
    assert result.coverage == pytest.approx(1 - 106 / 600)
    assert (result.first_hour, result.last_hour) == (HOURS[95], HOURS[-2])
    assert [at for at, value in enumerate(result.sparkline) if value is None] == [*range(9), 30]


def test_what_does_not_vary_is_a_flat_line_and_what_is_not_there_is_none() -> None:
    assert set(seen(np.ones(600)).sparkline) == {0}
    never = seen(np.full(600, np.nan))
    assert (never.coverage, never.first_hour, set(never.sparkline)) == (0.0, None, {None})


def test_few_rows_and_none_have_as_many_points() -> None:
    rows = pd.DataFrame({"one": [3.0, 1.0]}, index=HOURS[:2])
    assert feature_overviews(rows)["one"].sparkline == (HIGHEST, 0)
    assert feature_overviews(rows.iloc[:0])["one"].sparkline == ()
