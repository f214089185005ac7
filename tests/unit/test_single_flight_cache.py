"""A cache in memory whose concurrent callers compute a value once."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from ppa.storage.single_flight_cache import SingleFlightCache


class Counting:
    def __init__(self):
        self.built = 0

    def __call__(self):
        self.built += 1
        return self.built


def test_a_value_is_made_once_for_a_version_token_and_anew_for_another():
    cache, make = SingleFlightCache(), Counting()
    assert [cache.get("key", make, token) for token in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]


def test_keys_do_not_share_their_values():
    cache = SingleFlightCache()
    assert cache.get("one", lambda: "a") == "a"
    assert cache.get("other", lambda: "b") == "b"
    assert cache.get("one", lambda: "c") == "a"


def test_what_was_not_used_longest_is_let_go():
    cache, make = SingleFlightCache(maximum=2), Counting()
    for key in ("a", "b", "a", "c"):
        cache.get(key, make)
    assert cache.get("a", make) == 1
    assert cache.get("b", make) == 4


def test_a_dropped_value_is_made_anew():
    cache, make = SingleFlightCache(), Counting()
    assert cache.get("key", make) == 1
    cache.drop("key")
    assert "key" not in cache
    assert cache.get("key", make) == 2


def test_an_update_starts_from_the_value_of_the_token_before():
    cache, given = SingleFlightCache(), []

    def add(before):
        given.append(before)
        return (before or 0) + 1

    assert [cache.update("key", add, token) for token in (1, 1, 2, 3)] == [1, 1, 2, 3]
    assert given == [None, 1, 2]


def test_a_failed_update_keeps_the_value_before():
    cache = SingleFlightCache()
    cache.update("key", lambda _: 7, 1)
    with pytest.raises(ZeroDivisionError):
        cache.update("key", lambda before: before / 0, 2)
    assert cache.update("key", lambda before: before + 1, 2) == 8


def test_nothing_is_kept_of_what_failed():
    cache = SingleFlightCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 / 0)
    assert cache.get("key", lambda: 1) == 1


class Key:
    """A key that a weak reference can follow."""


def test_keys_that_failed_leave_nothing_behind():
    cache, keys = SingleFlightCache(), [Key() for _ in range(100)]
    left = weakref.WeakSet(keys)
    while keys:
        with pytest.raises(ZeroDivisionError):
            cache.get(keys.pop(), lambda: 1 / 0)
    gc.collect()
    assert not left
    assert cache.get("key", lambda: 1) == 1


def test_threads_that_want_the_same_wait_for_the_one_that_makes_it():
    cache, make, begun, go = SingleFlightCache(), Counting(), threading.Event(), threading.Event()

    def slowly():
        begun.set()
        assert go.wait(10)
        return make()

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(cache.get, "key", slowly)
        assert begun.wait(10)
        others = [pool.submit(cache.get, "key", make) for _ in range(3)]
        go.set()
        assert {first.result(10), *(other.result(10) for other in others)} == {1}
    assert make.built == 1


def test_threads_of_another_version_token_wait_and_then_make_their_own():
    cache, begun, go = SingleFlightCache(), threading.Event(), threading.Event()

    def slowly(before):
        begun.set()
        assert go.wait(10)
        return [before, 1]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.update, "key", slowly, 1)
        assert begun.wait(10)
        second = pool.submit(cache.update, "key", lambda before: [*before, 2], 2)
        go.set()
        assert first.result(10) == [None, 1]
        assert second.result(10) == [None, 1, 2]


def test_threads_share_the_error_of_the_one_that_they_wait_for():
    cache, begun, go = SingleFlightCache(), threading.Event(), threading.Event()

    def fail():
        begun.set()
        assert go.wait(10)
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "key", fail)
        assert begun.wait(10)
        second = pool.submit(cache.get, "key", fail)
        go.set()
        for waiting in (first, second):
            with pytest.raises(ZeroDivisionError):
                waiting.result(10)
    assert cache.get("key", lambda: 1) == 1
