"""Log of provider calls in the warehouse, so that rate limits hold across restarts and instances."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from threading import Lock

from ppa.core.contracts.observations import CallKind, ProviderCall
from ppa.core.times import utc
from ppa.ops.clock import Clock, utc_now
from ppa.providers.quota import DAY, Limits, MemoryCallLog
from ppa.storage.arrow import read_records, records_table
from ppa.storage.warehouse import Warehouse

# maximum age of what was read of other processes' entries: for providers whose calls are counted, and for others
REREAD = timedelta(seconds=5)
REREAD_REFUSALS = timedelta(minutes=10)


class WarehouseCallLog:
    """CallLog on the table `provider_calls`, which is read a few times an hour and appended to.

    Calls are logged for providers with limits longer than a second, refusals for all providers. Entries of this
    process are visible at once, those of other processes after REREAD: calls made within those seconds may exceed
    a limit together, and the refusal that follows is logged. Methods may raise WarehouseError.
    """

    def __init__(self, warehouse: Warehouse, limits: Mapping[str, Limits], *, clock: Clock = utc_now) -> None:
        self._warehouse, self._clock = warehouse, clock
        self._counted = {provider for provider, limit in limits.items() if limit.lasting}
        self._process, self._numbers = uuid.uuid4().hex, count()
        self._own, self._others = MemoryCallLog(), MemoryCallLog()
        self._read_at: datetime | None = None
        self._reading = Lock()

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        """See `CallLog.calls`."""
        self._read(provider)
        return sorted([*self._own.calls(provider, since), *self._others.calls(provider, since)])

    def add(self, provider: str, at: datetime) -> None:
        """See `CallLog.add`."""
        self._own.add(provider, at)
        if provider in self._counted:
            self._write(provider, at, "call", None)

    def blocked_until(self, provider: str) -> datetime | None:
        """See `CallLog.blocked_until`."""
        self._read(provider)
        refusals = [call_log.blocked_until(provider) for call_log in (self._own, self._others)]
        return max((until for until in refusals if until), default=None)

    def block(self, provider: str, until: datetime) -> None:
        """See `CallLog.block`."""
        self._own.block(provider, until)
        self._write(provider, self._clock(), "blocked", until)

    def _write(self, provider: str, at: datetime, kind: CallKind, until: datetime | None) -> None:
        call_id = f"{self._process}-{next(self._numbers)}"
        call = ProviderCall(
            provider=provider, at=utc(at), kind=kind, until=utc(until) if until else None, call_id=call_id
        )
        self._warehouse.append("provider_calls", records_table([call]))

    def _read(self, provider: str) -> None:
        now, max_age = self._clock(), REREAD if provider in self._counted else REREAD_REFUSALS
        with self._reading:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < max_age:
                self._others, self._read_at = self._written_by_others(now), now

    def _written_by_others(self, now: datetime) -> MemoryCallLog:
        stored = read_records(ProviderCall, self._warehouse.query("provider_calls", since=now - DAY))
        # an append may have been written twice
        unique = {call.call_id: call for call in stored}
        others = [call for number, call in unique.items() if not number.startswith(self._process)]
        calls = defaultdict[str, list[datetime]](list)
        for call in others:
            if call.kind == "call":
                calls[call.provider].append(call.at)
        log = MemoryCallLog(calls)
        for call in others:
            if call.until is not None:
                log.block(call.provider, call.until)
        return log
