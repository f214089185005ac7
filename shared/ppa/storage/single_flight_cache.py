"""A cache in memory in which concurrent callers of one key compute its value once."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from cachetools import LRUCache

MAX_KEPT = 512

T = TypeVar("T")


class SingleFlightCache:
    """The most recently used values by key; safe to use from several threads.

    Threads that ask for one key at the same time compute its value once: the others wait, and share the value
    or the error. Nothing is kept of an error, and a value that is being renewed stays until it is replaced.
    """

    def __init__(self, maximum: int = MAX_KEPT) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, Any] = LRUCache(maximum)
        self._running: dict[Hashable, Future[Any]] = {}

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    def get(self, key: Hashable, compute: Callable[[], T], version_token: Hashable = None) -> T:
        """The value of `key` at a version token; computed if there is none or it is of another token.

        Take a table's token before its rows are read: a change in between then shows at the next call.
        """
        return self.update(key, lambda _: compute(), version_token)

    def update(self, key: Hashable, compute: Callable[[T | None], T], version_token: Hashable) -> T:
        """Like `get`, for a value that is computed from the one of another token, or from None."""

        def renewed(before: tuple[Hashable, T] | None) -> tuple[Hashable, T]:
            return version_token, compute(None if before is None else before[1])

        return self.renew(key, renewed, lambda kept: kept[0] == version_token)[1]

    def renew(self, key: Hashable, compute: Callable[[T | None], T], is_fresh: Callable[[T], bool]) -> T:
        """The value of `key` if `is_fresh` accepts it; else its successor, computed from it or from None."""
        while True:
            with self._lock:
                before: T | None = self._kept.get(key)
                if before is not None and is_fresh(before):
                    return before
                running = self._running.get(key)
                if running is None:
                    own = self._running[key] = Future()
                    break
            value: T = running.result()
            if is_fresh(value):
                return value
        return self._run(own, key, lambda: compute(before))

    def drop(self, key: Hashable) -> None:
        """Keep no value of `key`."""
        with self._lock:
            self._kept.pop(key, None)

    def _run(self, own: "Future[Any]", key: Hashable, compute: Callable[[], T]) -> T:
        try:
            value = compute()
        except BaseException as error:
            with self._lock:
                del self._running[key]
            own.set_exception(error)
            raise
        with self._lock:
            del self._running[key]
            self._kept[key] = value
        own.set_result(value)
        return value
