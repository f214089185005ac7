"""Foreign values become records, or one error that names every wrong field with its value and its remedy."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from ppa.core.contracts.conversion import converted, converted_query, field_type
from ppa.core.contracts.problem import MAX_VALUE_LENGTH, WrongField
from ppa.core.contracts.record import Arguments, Body, Time, json_schema
from ppa.core.contracts.wording import accepted
from ppa.core.errors import BadInput
from ppa.core.problems import problem_json, problem_of


class Trip(Body, frozen=True, kw_only=True):
    """A record with a field of each kind."""

    name: Annotated[str, Meta(pattern="^[a-z]+$", extra={"accepts": "lower-case letters"})]
    hours: Annotated[int, Meta(ge=1, le=10)] = 3
    share: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    mode: Literal["touch", "close"] = "touch"
    tags: Annotated[tuple[Annotated[str, Meta(max_length=4)], ...], Meta(max_length=3)] = ()
    start: Time | None = None
    end: Time | None = None
    on: bool = False

    def conflicts(self) -> Iterator[WrongField]:
        """Yield an end before the start."""
        if self.start is not None and self.end is not None and self.end < self.start:
            yield WrongField("end", f"end is {self.end:%F}.", "Give a later end.")


class Search(Arguments, frozen=True, kw_only=True):
    """Arguments of a query."""

    tags: tuple[str, ...] = ("all",)
    since: Annotated[Time | None, Meta(description="First hour")] = None
    limit: int = 5


WRONG = {
    "name": ("UP", "lower-case letters"),
    "hours": (11, "a whole number from 1 to 10"),
    "share": (1, "a number between 0 and 1"),
    "mode": ("open", "one of close, touch"),
    "tags": (["a", "too long"], "a list of at most 3, each text of at most 4 characters"),
    "start": ("yesterday", "a time such as 2021-06-30T00:00:00Z, or null"),
    "on": ("maybe", "true or false"),
}
RIGHT: dict[str, Any] = {
    "name": "a",
    "hours": "7",
    "share": "0.25",
    "tags": ["b"],
    "start": "2026-01-02",
    "on": "true",
}


def error_of(values: dict[str, Any]) -> BadInput:
    """The error of values that are no trip."""
    with pytest.raises(BadInput) as raised:
        converted(Trip, values)
    return raised.value


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_every_wrong_field_is_named_with_its_value_and_remedy_and_no_right_one(names: set[str]) -> None:
    error = error_of(RIGHT | {name: WRONG[name][0] for name in names})
    assert {one.field for one in error.errors} == names
    for one in error.errors:
        value, words = WRONG[one.field]
        assert one.detail == f"{one.field} is {value!r}."
        assert one.remedy == f"Give {words}."
        assert one.detail.rstrip(".") in str(error)
        assert words in error.remedy


def test_texts_become_values_and_missing_fields_have_their_defaults() -> None:
    assert converted(Trip, RIGHT) == Trip(
        name="a", hours=7, share=0.25, tags=("b",), start=pd.Timestamp("2026-01-02", tz="UTC"), on=True
    )
    assert converted(Trip, {"name": "a"}) == Trip(name="a")


def test_a_missing_field_and_an_unknown_one_are_named_together() -> None:
    error = error_of({"hours": 0, "colour": "red"})
    assert [one.field for one in error.errors] == ["name", "hours", "colour"]
    assert str(error) == (
        "name is missing; hours is 0; colour is not a field. name: give lower-case letters; hours: give a whole number "
        "from 1 to 10; colour: leave it out; the fields are name, hours, share, mode, tags, start, end, on."
    )


def test_fields_that_contradict_each_other_are_an_error_of_right_values() -> None:
    error = error_of({"name": "a", "start": "2026-02-01", "end": "2026-01-01T00:00:00Z"})
    assert (error.sentence, error.remedy) == ("end is 2026-01-01.", "Give a later end.")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, None, [], {}, "1e999"])
def test_what_is_no_finite_number_is_no_number(value: object) -> None:
    assert [one.field for one in error_of({"name": "a", "share": value, "hours": value}).errors] == [
        "hours",
        "share",
    ]


def test_a_long_value_is_shortened() -> None:
    assert len(error_of({"name": "A" * 10_000}).errors[0].detail) < MAX_VALUE_LENGTH + 20


def test_arguments_are_split_at_commas_and_empty_lists_or_unknown_ones_are_ignored() -> None:
    given_texts = {"tags": "a,b,", "since": "2026-01-01T02:00:00+02:00", "else": "1"}
    assert converted_query(Search, given_texts) == Search(
        tags=("a", "b"), since=pd.Timestamp("2026-01-01", tz="UTC")
    )
    assert converted_query(Search, {"tags": ""}).tags == ("all",)
    with pytest.raises(BadInput, match="limit is 'x'"):
        converted_query(Search, {"limit": "x", "tags": "a"})
    with pytest.raises(BadInput, match="limit is ''"):
        converted_query(Search, {"limit": ""})


def test_the_error_is_of_the_given_class() -> None:
    class TripError(BadInput):
        code = "trip"

    with pytest.raises(TripError):
        converted(Trip, {}, TripError)


def test_a_problem_document_lists_the_wrong_fields() -> None:
    document = problem_json(problem_of(error_of({"name": "UP"})))
    assert document == {
        "type": "about:blank",
        "title": "bad input",
        "status": 400,
        "code": "bad_input",
        "detail": "name is 'UP'. Give lower-case letters.",
        "remedy": "Give lower-case letters.",
        "errors": [{"field": "name", "detail": "name is 'UP'.", "remedy": "Give lower-case letters."}],
    }


def test_the_types_give_a_json_schema_and_words() -> None:
    _, schemas = msgspec.json.schema_components([Search], schema_hook=json_schema)
    assert schemas["Search"]["properties"]["since"]["description"] == "First hour"
    assert accepted(field_type(Trip, "hours")) == "a whole number from 1 to 10"
