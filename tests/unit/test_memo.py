"""What is kept until the tables it was made from change."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ppa.storage.single_flight_cache import SingleFlightCache


class Counting:
    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return self.made


def test_a_value_is_made_once_for_a_mark_and_anew_for_another():
    memo, make = SingleFlightCache(), Counting()
    assert [memo.get("key", make, mark) for mark in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]


def test_keys_do_not_share_their_values():
    memo = SingleFlightCache()
    assert memo.get("one", lambda: "a") == "a"
    assert memo.get("other", lambda: "b") == "b"
    assert memo.get("one", lambda: "c") == "a"


def test_what_was_not_used_longest_is_let_go():
    memo, make = SingleFlightCache(maximum=2), Counting()
    for key in ("a", "b", "a", "c"):
        memo.get(key, make)
    assert memo.get("a", make) == 1
    assert memo.get("b", make) == 4


def test_what_is_forgotten_is_made_anew():
    memo, make = SingleFlightCache(), Counting()
    assert memo.get("key", make) == 1
    memo.forget()
    assert memo.get("key", make) == 2


def test_nothing_is_kept_of_what_failed():
    memo = SingleFlightCache()
    with pytest.raises(ZeroDivisionError):
        memo.get("key", lambda: 1 / 0)
    assert memo.get("key", lambda: 1) == 1


def test_threads_that_want_the_same_wait_for_the_one_that_makes_it():
    memo, make, begun, go = SingleFlightCache(), Counting(), threading.Event(), threading.Event()

    def slowly():
        begun.set()
        assert go.wait(10)
        return make()

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(memo.get, "key", slowly)
        assert begun.wait(10)
        others = [pool.submit(memo.get, "key", make) for _ in range(3)]
        go.set()
        assert {first.result(10), *(other.result(10) for other in others)} == {1}
    assert make.made == 1
