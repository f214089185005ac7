"""HTTP GET for providers, with waits, retries and rate limits; keys never appear in errors or logs."""

import json
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote_plus

import requests

from ppa.ops.clock import Clock, utc_now
from ppa.providers.protocol import ProviderError, RateLimited

USER_AGENT = "price-prediction-app/0.1 (python-requests)"
MAX_LIMIT_LENGTH = timedelta(days=1)
_ERROR_KEYS = ("message", "error_message", "Error Message", "Information", "Note", "error")
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_KEY_IN_URL = re.compile(r"((?:api_?key)=)[^&\s]+", re.IGNORECASE)


class Gate(Protocol):
    """Decides when a provider may be called; implemented by `quota.QuotaGate`."""

    def enter(self, provider: str) -> None:
        """Wait until a call may be made, and count it; RateLimited if that takes too long."""

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Record that the provider refuses calls until `retry_at` (UTC)."""


class UnlimitedGate:
    """Gate that permits every call."""

    def enter(self, provider: str) -> None:
        """Return at once."""

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class RetryPolicy:
    """Timeouts, pauses and longest wait in seconds, and the number of attempts; longer waits are left to the caller."""

    connect: float = 5.0
    read: float = 30.0
    attempts: int = 4
    first_pause: float = 0.5
    max_pause: float = 8.0
    max_wait: float = 15.0


def no_rate_limit(text: str) -> timedelta | None:
    """Return None: the provider reports rate limits by HTTP status alone."""
    return None


@dataclass(frozen=True)
class Call:
    """A GET request. `limit_lasts` is the duration of the rate limit if the response does not state one."""

    provider: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    limit_lasts: timedelta = timedelta(minutes=1)
    limit_in: Callable[[str], timedelta | None] = no_rate_limit

    def clean(self, text: str) -> str:
        """`text` on one line of at most 300 characters, without markup and keys."""
        for secret in self.secrets:
            text = text.replace(secret, "***").replace(quote_plus(secret), "***")
        text = _LOGIN_IN_URL.sub("***", _KEY_IN_URL.sub(r"\1***", text))
        return " ".join(re.sub(r"<[^>]*>", " ", text).split())[:300]

    def error(self, message: str) -> ProviderError:
        """ProviderError with the provider's name and the cleaned message."""
        return ProviderError(f"{self.provider}: {self.clean(message)}")


@dataclass(frozen=True)
class HttpResponse:
    """A complete response body and its time (UTC): the earlier of our clock at the request and the server's."""

    text: str
    at: datetime


class _RetryableError(Exception):
    """A failure worth retrying; `wait` is the delay in seconds that the provider asks for."""

    def __init__(self, error: ProviderError, wait: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class HttpSession:
    """GET with timeouts, retries and full jitter. Safe to use from several threads.

    Connection errors, truncated bodies, 408 and 5xx are retried after a random part of a growing pause, or after
    Retry-After; rate limits are waited out first. A wait longer than `max_wait` raises the error at once, for a
    rate limit as RateLimited with the time it ends.
    """

    def __init__(
        self,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        gate: Gate | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._gate = gate or UnlimitedGate()
        self._retry_policy = retry_policy or RetryPolicy()
        self._requests = requests.Session()
        self._requests.headers["User-Agent"] = USER_AGENT
        # otherwise ~/.netrc would replace the Authorization header
        self._requests.auth = _unchanged
        keep_keys_out_of_logs()

    def get(self, call: Call) -> HttpResponse:
        """Send the request; ProviderError with the provider's message, RateLimited with the time to retry."""
        attempt = 1
        while True:
            self._gate.enter(call.provider)
            try:
                return self._attempt(call)
            except _RetryableError as failure:
                pause = self._pause(failure.wait, attempt)
                if attempt == self._retry_policy.attempts or pause > self._retry_policy.max_wait:
                    raise failure.error from None
            self._sleep(pause)
            attempt += 1

    def _pause(self, wait: float | None, attempt: int) -> float:
        maximum = min(self._retry_policy.max_pause, self._retry_policy.first_pause * 2 ** (attempt - 1))
        return (wait or 0.0) + self._jitter() * (self._retry_policy.first_pause if wait else maximum)

    def _attempt(self, call: Call) -> HttpResponse:
        requested_at = self._clock()
        try:
            response = self._requests.get(
                call.url,
                params=dict(call.params),
                headers=dict(call.headers),
                timeout=(self._retry_policy.connect, self._retry_policy.read),
            )
        except requests.RequestException as error:
            raise self._connection_error(call, error) from None
        server = _http_date(response.headers.get("Date"))
        # .text would guess the encoding of JSON, which is slow
        text = response.content.decode(response.encoding or "utf-8", errors="replace")
        self._check(call, response, text, server or requested_at)
        return HttpResponse(text, min(requested_at, server or requested_at))

    def _connection_error(self, call: Call, error: requests.RequestException) -> Exception:
        if isinstance(error, requests.Timeout):
            return _RetryableError(call.error(f"no response within {self._retry_policy.read:g} s"), None)
        passing = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
        if isinstance(error, passing):
            return _RetryableError(call.error(f"the connection failed ({type(error).__name__})"), None)
        return call.error(f"the request failed: {error}")

    def _check(self, call: Call, response: requests.Response, text: str, server_now: datetime) -> None:
        wait = _retry_after(response.headers.get("Retry-After"), server_now)
        in_body = call.limit_in(text)
        if response.status_code == 429 or in_body is not None:
            raise self._limit(call, text, wait if wait is not None else in_body or call.limit_lasts)
        if _cut_off(response, text):
            raise _RetryableError(call.error("the response was truncated"), None)
        if response.ok:
            return
        error = call.error(f"HTTP {response.status_code}: {body_error(text) or response.reason}")
        if response.status_code == 408 or response.status_code >= 500:
            raise _RetryableError(error, wait.total_seconds() if wait is not None else None)
        raise error

    def _limit(self, call: Call, text: str, wait: timedelta) -> _RetryableError:
        retry_at = self._clock() + wait
        self._gate.limited(call.provider, retry_at)
        message_text = call.clean(body_error(text)) or "too many requests"
        message = f"{call.provider}: {message_text} (next attempt at {retry_at:%Y-%m-%d %H:%M:%S} UTC)"
        return _RetryableError(RateLimited(message, retry_at), wait.total_seconds())


def body_error(body: str) -> str:
    """Error message in a response body: the message of a JSON document, else the whole body."""
    try:
        return document_error(json.loads(body)) or body
    except ValueError:
        return body


def document_error(document: object) -> str:
    """Error message of a JSON document; empty if it reports none."""
    messages = (document.get(key) for key in _ERROR_KEYS) if isinstance(document, dict) else ()
    return next((text for text in messages if isinstance(text, str)), "")


def keep_keys_out_of_logs() -> None:
    """Filter keys from urllib3's log, which writes every path with its query at DEBUG."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(existing, _KeysOut) for existing in logger.filters):
        logger.addFilter(_KeysOut())


class _KeysOut(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _KEY_IN_URL.sub(r"\1***", record.getMessage()), ()
        return True


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _cut_off(response: requests.Response, text: str) -> bool:
    """True if the body looks truncated: without a length header, a complete body ends like JSON, HTML or CSV."""
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    return not framed and not text.rstrip(" ").endswith(("}", "]", ">", "\n"))


def _retry_after(value: str | None, server_now: datetime) -> timedelta | None:
    """Wait requested by a Retry-After header, in seconds or as a date on the server's clock."""
    if value is None:
        return None
    moment = _http_date(value)
    if moment is None and not value.strip().isdigit():
        return None
    wait = moment - server_now if moment else timedelta(seconds=min(int(value), 10**6))
    return min(max(wait, timedelta(0)), MAX_LIMIT_LENGTH)


def _http_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
