"""Values as JSON, times as text, and errors as problem documents."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from ppa.core.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    PpaError,
    Refused,
    Unauthenticated,
    Unavailable,
    WarehouseError,
    WarehouseHeld,
)
from ppa.core.plain_json import iso, jsonable
from ppa.core.problems import GENERAL_REMEDIES, problem_json, problem_of
from ppa.core.times import BEGINNING, END, hours_between, parse_time, utc


@dataclass(frozen=True)
class Pair:
    one: float
    other: tuple[object, ...]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        ("text", "text"),
        (3, 3),
        (1.5, 1.5),
        (math.nan, None),
        (-math.inf, None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.float64(math.nan), None),
        (np.float64(2.5), 2.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        ((1, math.nan), [1, None]),
        ({1: math.inf, "a": {"b": np.int64(2)}}, {"1": None, "a": {"b": 2}}),
        (
            Pair(math.nan, (1, datetime(2026, 1, 31, 12, tzinfo=UTC))),
            {"one": None, "other": [1, "2026-01-31T12:00:00Z"]},
        ),
        (np.array([1.0, math.nan, math.inf, -2.0]), [1.0, None, None, -2.0]),
        (np.array([3, 4], np.int8), [3, 4]),
        (np.array([True, False]), [True, False]),
        (pd.Series([1, pd.NA], dtype="Int8"), [1, None]),
        (pd.Series(["a", None], dtype=object), ["a", None]),
        (pd.DatetimeIndex(["2026-01-31"], tz="UTC"), ["2026-01-31T00:00:00Z"]),
        (pd.Index([0.5]), [0.5]),
    ],
)
def test_a_value_is_what_json_has_for_it(value: object, plain: object) -> None:
    result = jsonable(value)
    assert result == plain
    assert type(result) is type(plain)
    json.dumps(result, allow_nan=False)


def test_a_time_is_utc_and_has_microseconds_where_there_are_any() -> None:
    assert iso(pd.Timestamp("2026-01-31 13:00", tz="Europe/Paris")) == "2026-01-31T12:00:00Z"
    assert iso(datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)) == "2026-01-31T12:00:00.000005Z"
    assert (
        utc("2026-01-31 12:00") == utc("2026-01-31T14:00+02:00") == pd.Timestamp("2026-01-31 12:00", tz="UTC")
    )
    assert utc("2026-01-31").unit == "us"


@pytest.mark.parametrize("text", ["1900-01-01", "2199-12-31 23:00", "2026-01-31T12:00Z"])
def test_a_time_of_this_age_is_read(text: str) -> None:
    assert parse_time(text) == pd.Timestamp(text).tz_localize(None).tz_localize("UTC")


@pytest.mark.parametrize("text", ["1899-12-31 23:00", "2200-01-01", "NaT", "soon", None])
def test_what_is_no_time_of_this_age_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


def test_hours_between_are_full_ones_without_the_last() -> None:
    result = hours_between(utc("2026-01-31 11:30"), utc("2026-01-31 14:00"))
    assert result.hour.tolist() == [12, 13]
    assert (result.unit, str(result.tz)) == ("us", "UTC")
    assert (BEGINNING.isoformat(), END.isoformat()) == (
        "2009-01-01T00:00:00+00:00",
        "2100-01-01T00:00:00+00:00",
    )
    assert BEGINNING.unit == END.unit == "us"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (PpaError, 500, "internal"),
        (BadInput, 400, "bad_input"),
        (Unauthenticated, 401, "unauthenticated"),
        (Forbidden, 403, "forbidden"),
        (NotFound, 404, "not_found"),
        (Conflict, 409, "conflict"),
        (WarehouseHeld, 409, "conflict"),
        (Refused, 422, "refused"),
        (Unavailable, 503, "unavailable"),
        (WarehouseError, 503, "warehouse"),
    ],
)
def test_an_error_has_its_status_and_a_problem_document(kind: type[PpaError], status: int, code: str) -> None:
    error = kind("It failed.", "Try again.")
    assert (str(error), error.sentence, error.remedy) == ("It failed. Try again.", "It failed.", "Try again.")
    assert str(kind("It failed.")) == "It failed."
    document = problem_json(problem_of(error))
    assert (document["status"], document["code"], document["detail"]) == (status, code, str(error))
    assert document["remedy"] == "Try again."
    general = problem_json(problem_of(kind("It failed.")))
    assert general["remedy"] == GENERAL_REMEDIES[status]
    assert "verdicts" not in general
