"""Faults of responses, one kind at a time."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

PROVIDERS = ("coinbase", "fred", "polygon", "alphavantage")

# response of each provider to too many requests
LIMIT_BODIES: Mapping[str, str] = {
    "coinbase": '{"message":"Public rate limit exceeded"}',
    "fred": '{"error_code":429,"error_message":"Too Many Requests.  Exceeded Rate Limit"}',
    "polygon": (
        '{"status":"ERROR","request_id":"6a7e466379af0a71039d60cc78e72282","error":"You\'ve exceeded the maximum '
        'requests per minute, please wait or upgrade your subscription to continue."}'
    ),
}
ALPHAVANTAGE_BODIES: Mapping[str, str] = {
    "second": (
        '{"Information":"Thank you for using Alpha Vantage! Please consider spreading out your free API requests '
        "more sparingly (1 request per second). You may subscribe to any of the premium plans to lift the free "
        'key rate limit (25 requests per day) and raise the per-second burst limit."}'
    ),
    "minute": (
        '{"Note":"Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and '
        '500 calls per day. Please visit the premium page if you would like to target a higher frequency."}'
    ),
    "day": (
        '{"Information":"We have detected your API key as KEY and our standard API rate limit is 25 requests per '
        'day. Please subscribe to any of the premium plans to instantly remove all daily rate limits."}'
    ),
    "bad key": (
        '{"Information":"the parameter apikey is invalid or missing. Please claim your free API key. '
        'It should take less than 20 seconds, and is free permanently."}'
    ),
    "bad call": (
        '{"Error Message":"Invalid API call. Please retry or visit the documentation for TIME_SERIES_DAILY."}'
    ),
}


@dataclass(frozen=True)
class Fault:
    """Fault of one response. `kind` is none, reply, hang, reset, cut, cut_unframed or garbled."""

    kind: str
    status: int = 200
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


NO_FAULT = Fault("none")
# no response
HANG = Fault("hang")
# the connection is closed without a response
RESET = Fault("reset")
# the connection closes after half of the body: with and without a Content-Length
CUT = Fault("cut")
CUT_UNFRAMED = Fault("cut_unframed")
# half of the body, with a matching Content-Length
GARBLED = Fault("garbled")


def error(status: int, body: str = "", *, retry_after: str | None = None) -> Fault:
    """Response with this status and body."""
    return Fault("reply", status, body, _retry_after(retry_after))


def says(body: str) -> Fault:
    """Response with status 200 and this body."""
    return Fault("reply", 200, body)


def limit(provider: str, *, retry_after: str | None = None, body: str | None = None) -> Fault:
    """The provider's own response for too many requests."""
    if provider == "alphavantage":
        return says(ALPHAVANTAGE_BODIES["minute"] if body is None else body)
    return Fault("reply", 429, LIMIT_BODIES[provider] if body is None else body, _retry_after(retry_after))


def _retry_after(value: str | None) -> dict[str, str]:
    return {} if value is None else {"Retry-After": value}


@dataclass
class Behaviour:
    """Current behaviour of a provider; can be changed while it serves."""

    provider: str
    faults: deque[Fault] = field(default_factory=deque)
    skew: timedelta = timedelta(0)
    stale: timedelta = timedelta(0)
    quota: tuple[int, timedelta] | None = None
    calls: list[datetime] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def next_fault(self, now: datetime) -> Fault:
        """Fault of the response to a request that arrives at `now`."""
        with self.lock:
            self.calls.append(now)
            if self.faults:
                return self.faults.popleft()
            return limit(self.provider) if self._over_quota(now) else NO_FAULT

    def _over_quota(self, now: datetime) -> bool:
        if self.quota is None:
            return False
        maximum, window = self.quota
        return sum(call > now - window for call in self.calls) > maximum
