"""How often each provider may be called.

Pure: the time is passed in, and what was called is remembered by a CallLog, so that a limit holds across
restarts and across instances. Spans are rolling: "25 a day" is 25 in any 24 hours.
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
    """The most calls in any second, minute and day; None is no limit."""

    per_second: int | None = None
    per_minute: int | None = None
    per_day: int | None = None

    def spans(self) -> list[tuple[timedelta, int]]:
        """Each span that is limited, and the most calls in it."""
        units = (timedelta(seconds=1), timedelta(minutes=1), DAY)
        maximum = (self.per_second, self.per_minute, self.per_day)
        return [(unit, limit) for unit, limit in zip(units, maximum, strict=True) if limit is not None]

    @property
    def lasting(self) -> bool:
        """Whether a limit lasts longer than a second, so that other processes have to know of calls."""
        return self.per_minute is not None or self.per_day is not None

    def spacing(self) -> timedelta:
        """How far apart calls are that never meet a limit of a second or minute."""
        return max((span / maximum for span, maximum in self.spans() if span < DAY), default=timedelta(0))


# without a paid plan anywhere
FREE: Mapping[str, Limits] = {
    "coinbase": Limits(per_second=10),
    "fred": Limits(per_minute=120),
    "polygon": Limits(per_minute=5),
    "alphavantage": Limits(per_second=1, per_day=25),
}


class CallLog(Protocol):
    """Remembers calls and refusals. Times in UTC."""

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        """When calls were made after `since`, oldest first."""

    def add(self, provider: str, at: datetime) -> None:
        """A call is about to be made."""

    def blocked_until(self, provider: str) -> datetime | None:
        """The latest moment until which the provider has refused calls."""

    def block(self, provider: str, until: datetime) -> None:
        """The provider refuses calls until then."""


class MemoryCallLog:
    """Remembers for as long as the process lives, and no longer than a day."""

    def __init__(self, calls: Mapping[str, Sequence[datetime]] | None = None) -> None:
        """`calls`: those made already."""
        self._calls: dict[str, list[datetime]] = defaultdict(list)
        self._calls |= {provider: sorted(moments) for provider, moments in (calls or {}).items()}
        self._blocked: dict[str, datetime] = {}

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        """As the protocol says."""
        return [at for at in self._calls[provider] if at > since]

    def add(self, provider: str, at: datetime) -> None:
        """As the protocol says."""
        self._calls[provider] = sorted([*self.calls(provider, at - DAY), at])

    def blocked_until(self, provider: str) -> datetime | None:
        """As the protocol says."""
        return self._blocked.get(provider)

    def block(self, provider: str, until: datetime) -> None:
        """As the protocol says."""
        self._blocked[provider] = max(until, self._blocked.get(provider, until))


@dataclass(frozen=True)
class Use:
    """Calls of the last 24 hours (None where nobody counts), the most in a day, and when the next is free."""

    provider: str
    used: int | None
    per_day: int | None
    free_at: datetime | None


class Quota:
    """What the limits and the ledger say about the next call. Safe to use from several threads."""

    def __init__(self, limits: Mapping[str, Limits], ledger: CallLog) -> None:
        self._limits = limits
        self._ledger = ledger
        self._locks: dict[str, Lock] = defaultdict(Lock)

    def may_call(self, provider: str, now: datetime) -> timedelta | None:
        """How long to wait before the next call; None where it may be made now."""
        free_at = [self._ledger.blocked_until(provider) or now]
        for span, maximum in self._limits.get(provider, Limits()).spans():
            recent = self._ledger.calls(provider, now - span)
            if len(recent) >= maximum:
                free_at.append(recent[-maximum] + span)
        wait = max(free_at) - now
        return wait if wait > timedelta(0) else None

    def take(self, provider: str, now: datetime) -> timedelta | None:
        """Count a call where one may be made; else how long to wait."""
        with self._locks[provider]:
            wait = self.may_call(provider, now)
            if wait is None:
                self.called(provider, now)
            return wait

    def called(self, provider: str, now: datetime) -> None:
        """Count a call, before it is made: one that is cut short has been made too."""
        self._ledger.add(provider, now)

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Remember that the provider refuses calls until `retry_at`."""
        self._ledger.block(provider, retry_at)

    def used(self, provider: str, now: datetime) -> int:
        """Calls in the 24 hours before `now`."""
        return len(self._ledger.calls(provider, now - DAY))

    def use(self, provider: str, now: datetime) -> Use:
        """How much of a provider's allowance is used, and when it may be called."""
        limits, wait = self._limits.get(provider, Limits()), self.may_call(provider, now)
        used = self.used(provider, now) if limits.lasting else None
        return Use(provider, used, limits.per_day, None if wait is None else now + wait)


class QuotaGate:
    """Lets calls through as the quota allows; what an HttpSession asks before each."""

    def __init__(
        self,
        quota: Quota,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        longest_wait: timedelta = timedelta(seconds=15),
    ) -> None:
        """Waits longer than `longest_wait` are the caller's: RateLimited says until when."""
        self._quota, self._clock, self._sleep = quota, clock, sleep
        self._longest_wait = longest_wait

    def enter(self, provider: str) -> None:
        """Return once a call may be made, having counted it."""
        while (wait := self._quota.take(provider, self._clock())) is not None:
            if wait > self._longest_wait:
                raise self._later(provider, self._clock() + wait)
            self._sleep(wait.total_seconds())

    def limited(self, provider: str, retry_at: datetime) -> None:
        """The provider refuses calls until `retry_at`."""
        self._quota.limited(provider, retry_at)

    def _later(self, provider: str, retry_at: datetime) -> RateLimited:
        message = (
            f"{provider}: no call is free before {retry_at:%Y-%m-%d %H:%M:%S} UTC; it is asked again then."
        )
        return RateLimited(message, retry_at)
