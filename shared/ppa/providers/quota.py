"""Rate limits of the providers.

The time is passed in and calls are recorded in a CallLog, so that limits hold across restarts and instances.
Windows are rolling: "25 a day" means 25 in any 24 hours.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from ppa.ops.clock import Clock, utc_now
from ppa.providers.protocol import RateLimited

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Maximum number of calls in any second, minute and day; None means unlimited."""

    per_second: int | None = None
    per_minute: int | None = None
    per_day: int | None = None

    def spans(self) -> list[tuple[timedelta, int]]:
        """Limited windows, each with its maximum number of calls."""
        units = (timedelta(seconds=1), timedelta(minutes=1), DAY)
        maximum = (self.per_second, self.per_minute, self.per_day)
        return [(unit, limit) for unit, limit in zip(units, maximum, strict=True) if limit is not None]

    @property
    def lasting(self) -> bool:
        """True if a limit lasts longer than a second, so that processes must share their call log."""
        return self.per_minute is not None or self.per_day is not None

    def spacing(self) -> timedelta:
        """Interval between calls that never reaches a limit per second or minute."""
        return max((span / maximum for span, maximum in self.spans() if span < DAY), default=timedelta(0))


# limits of the free plans
FREE: Mapping[str, Limits] = {
    "coinbase": Limits(per_second=10),
    "fred": Limits(per_minute=120),
    "polygon": Limits(per_minute=5),
    "alphavantage": Limits(per_second=1, per_day=25),
}


class CallLog(Protocol):
    """Records calls and refusals; times in UTC."""

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        """Times of the calls made after `since`, oldest first."""

    def add(self, provider: str, at: datetime) -> None:
        """Record a call that is about to be made."""

    def blocked_until(self, provider: str) -> datetime | None:
        """Latest time until which the provider has refused calls, or None."""

    def block(self, provider: str, until: datetime) -> None:
        """Record that the provider refuses calls until `until`."""


class MemoryCallLog:
    """CallLog in memory; keeps the calls of one day."""

    def __init__(self, calls: Mapping[str, Sequence[datetime]] | None = None) -> None:
        """`calls` holds earlier calls by provider."""
        self._calls: dict[str, list[datetime]] = defaultdict(list)
        self._calls |= {provider: sorted(moments) for provider, moments in (calls or {}).items()}
        self._blocked: dict[str, datetime] = {}

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        """See `CallLog.calls`."""
        return [at for at in self._calls[provider] if at > since]

    def add(self, provider: str, at: datetime) -> None:
        """See `CallLog.add`."""
        self._calls[provider] = sorted([*self.calls(provider, at - DAY), at])

    def blocked_until(self, provider: str) -> datetime | None:
        """See `CallLog.blocked_until`."""
        return self._blocked.get(provider)

    def block(self, provider: str, until: datetime) -> None:
        """See `CallLog.block`."""
        self._blocked[provider] = max(until, self._blocked.get(provider, until))


@dataclass(frozen=True)
class Usage:
    """Usage of a provider: calls in the last 24 hours (None if not counted), daily maximum, next free call."""

    provider: str
    used: int | None
    per_day: int | None
    free_at: datetime | None


class Quota:
    """Decides from the limits and the call log when a provider may be count_call. Safe to use from several threads."""

    def __init__(self, limits: Mapping[str, Limits], call_log: CallLog) -> None:
        self._limits = limits
        self._call_log = call_log
        self._locks: dict[str, Lock] = defaultdict(Lock)

    def wait_time(self, provider: str, now: datetime) -> timedelta | None:
        """Time to wait before the next call; None if it may be made now."""
        free_at = [self._call_log.blocked_until(provider) or now]
        for span, maximum in self._limits.get(provider, Limits()).spans():
            recent = self._call_log.calls(provider, now - span)
            if len(recent) >= maximum:
                free_at.append(recent[-maximum] + span)
        wait = max(free_at) - now
        return wait if wait > timedelta(0) else None

    def take(self, provider: str, now: datetime) -> timedelta | None:
        """Count a call if one may be made now, else return the time to wait."""
        with self._locks[provider]:
            wait = self.wait_time(provider, now)
            if wait is None:
                self.count_call(provider, now)
            return wait

    def count_call(self, provider: str, now: datetime) -> None:
        """Count a call. Call it before the request: an interrupted request counts too."""
        self._call_log.add(provider, now)

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Record that the provider refuses calls until `retry_at`."""
        self._call_log.block(provider, retry_at)

    def used(self, provider: str, now: datetime) -> int:
        """Number of calls in the 24 hours before `now`."""
        return len(self._call_log.calls(provider, now - DAY))

    def usage(self, provider: str, now: datetime) -> Usage:
        """Usage of a provider's allowance at `now`."""
        limits, wait = self._limits.get(provider, Limits()), self.wait_time(provider, now)
        used = self.used(provider, now) if limits.lasting else None
        return Usage(provider, used, limits.per_day, None if wait is None else now + wait)


class QuotaGate:
    """Gate that waits until the quota permits a call; HttpSession enters it before each request."""

    def __init__(
        self,
        quota: Quota,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        max_wait: timedelta = timedelta(seconds=15),
    ) -> None:
        """Waits longer than `max_wait` raise RateLimited instead."""
        self._quota, self._clock, self._sleep = quota, clock, sleep
        self._max_wait = max_wait

    def enter(self, provider: str) -> None:
        """Wait until a call may be made, and count it."""
        while (wait := self._quota.take(provider, self._clock())) is not None:
            if wait > self._max_wait:
                raise self._later(provider, self._clock() + wait)
            self._sleep(wait.total_seconds())

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Record that the provider refuses calls until `retry_at`."""
        self._quota.limited(provider, retry_at)

    def _later(self, provider: str, retry_at: datetime) -> RateLimited:
        message = f"{provider}: no call is available before {retry_at:%Y-%m-%d %H:%M:%S} UTC; the next attempt is then."
        return RateLimited(message, retry_at)
