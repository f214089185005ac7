"""Streaming of progress events."""

from collections.abc import Callable
from threading import Event

import pytest

from ppa.core.errors import BadInput
from ppa.ops.tracing import current_trace, tracing
from ppa_web.api.streaming import stream_progress

Tell = Callable[[object], object]


def test_what_is_told_comes_before_the_work_is_done():
    heard = Event()

    def work(tell: Tell) -> str:
        tell("first")
        assert heard.wait(10)
        tell("second")
        return "made"

    stream = stream_progress(work)
    assert next(stream) == "first"
    heard.set()
    assert list(stream) == ["second", "made"]


def test_what_the_work_raises_is_raised_to_whoever_listens_after_what_it_told():
    def work(tell: Tell) -> None:
        tell("first")
        raise BadInput("Not so.")

    stream = stream_progress(work)
    assert next(stream) == "first"
    with pytest.raises(BadInput, match="Not so"):
        next(stream)


def test_work_that_nobody_listens_to_any_more_is_finished():
    done = []

    def work(tell: Tell) -> None:
        tell("first")
        tell("second")
        done.append(True)

    stream = stream_progress(work)
    next(stream)
    stream.close()
    assert done == [True]


def test_the_work_belongs_to_the_trace_of_whoever_asked_for_it():
    with tracing("0" * 32):
        assert list(stream_progress(lambda tell: current_trace())) == ["0" * 32]
