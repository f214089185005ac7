"""Answers kept in memory for as long as what they follow from is the same: it is part of their key, or their mark."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

MAX_KEPT = 512

T = TypeVar("T")


class SingleFlightCache:
    """The latest used answers by key; safe to use from several threads.

    Several threads that want the same answer at once make it once: the others wait for it.
    """

    def __init__(self, maximum: int = MAX_KEPT) -> None:
        self._most = maximum
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Hashable, object]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T], mark: Hashable = None) -> T:
        """The answer of `key` as it was made at `mark`, made now where the kept one is of another.

        Of each key one answer is kept. What `make` raises is not kept. Take a table's mark before its rows
        are read: what changes in between then makes the answer anew the next time.
        """
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            kept = self._find(key, mark)
            if kept is None:
                kept = (mark, make())
                self._keep(key, kept)
        return cast(T, kept[1])

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()

    def _find(self, key: Hashable, mark: Hashable) -> tuple[Hashable, object] | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != mark:
                return None
            self._kept.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, kept: tuple[Hashable, object]) -> None:
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._making.pop(self._kept.popitem(last=False)[0], None)
