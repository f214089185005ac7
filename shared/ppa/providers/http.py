"""GET over HTTP for the providers: waits, tries again what may pass, and never shows a key."""

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
    """Says when a provider may be called, and is told when it said no; quota.QuotaGate is the real one."""

    def enter(self, provider: str) -> None:
        """Return once a call may be made, having counted it; RateLimited where that takes too long."""

    def limited(self, provider: str, retry_at: datetime) -> None:
        """The provider refuses calls until `retry_at` (UTC)."""


class OpenGate:
    """Lets every call through."""

    def enter(self, provider: str) -> None:
        """Return at once."""

    def limited(self, provider: str, retry_at: datetime) -> None:
        """Forget it."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to try; longer waits are left to the caller."""

    connect: float = 5.0
    read: float = 30.0
    attempts: int = 4
    first_pause: float = 0.5
    longest_pause: float = 8.0
    longest_wait: float = 15.0


def no_limit(text: str) -> timedelta | None:
    """Of providers whose limits all have a status of their own."""
    return None


@dataclass(frozen=True)
class Call:
    """One GET. `limit_lasts` is how long this provider's limit lasts where its answer does not say."""

    provider: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    limit_lasts: timedelta = timedelta(minutes=1)
    limit_in: Callable[[str], timedelta | None] = no_limit

    def clean(self, text: str) -> str:
        """`text` in one line of at most 300 characters, without markup and without any key."""
        for secret in self.secrets:
            text = text.replace(secret, "***").replace(quote_plus(secret), "***")
        text = _LOGIN_IN_URL.sub("***", _KEY_IN_URL.sub(r"\1***", text))
        return " ".join(re.sub(r"<[^>]*>", " ", text).split())[:300]

    def error(self, message: str) -> ProviderError:
        """The error that says which provider, and what."""
        return ProviderError(f"{self.provider}: {self.clean(message)}")


@dataclass(frozen=True)
class Answer:
    """A whole body, and the moment (UTC) it speaks of: the earlier of our clock when asking and theirs."""

    text: str
    at: datetime


class _TryAgain(Exception):
    """A call failed in a way that may pass; `wait` is what the provider asks for, in seconds."""

    def __init__(self, error: ProviderError, wait: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class HttpSession:
    """GET with timeouts; tries again, with full jitter, what may pass. Safe to use from several threads.

    Connection errors, cut bodies, 408 and 5xx are tried again after a random part of a growing pause, or
    after Retry-After; a limit is waited out, never retried into. Waits longer than `longest_wait` are not
    waited here: the error is raised, for a limit as RateLimited with the moment it ends.
    """

    def __init__(
        self,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        gate: Gate | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._gate = gate or OpenGate()
        self._patience = patience or Patience()
        self._requests = requests.Session()
        self._requests.headers["User-Agent"] = USER_AGENT
        # without this a ~/.netrc replaces our Authorization header
        self._requests.auth = _unchanged
        keep_keys_out_of_logs()

    def get(self, call: Call) -> Answer:
        """The answer; ProviderError with the provider's own words, RateLimited with when to ask again."""
        attempt = 1
        while True:
            self._gate.enter(call.provider)
            try:
                return self._once(call)
            except _TryAgain as again:
                pause = self._pause(again.wait, attempt)
                if attempt == self._patience.attempts or pause > self._patience.longest_wait:
                    raise again.error from None
            self._sleep(pause)
            attempt += 1

    def _pause(self, wait: float | None, attempt: int) -> float:
        maximum = min(self._patience.longest_pause, self._patience.first_pause * 2 ** (attempt - 1))
        return (wait or 0.0) + self._jitter() * (self._patience.first_pause if wait else maximum)

    def _once(self, call: Call) -> Answer:
        asked = self._clock()
        try:
            response = self._requests.get(
                call.url,
                params=dict(call.params),
                headers=dict(call.headers),
                timeout=(self._patience.connect, self._patience.read),
            )
        except requests.RequestException as error:
            raise self._unreached(call, error) from None
        server = _http_date(response.headers.get("Date"))
        # not .text, which guesses at the encoding of JSON, slowly
        text = response.content.decode(response.encoding or "utf-8", errors="replace")
        self._check(call, response, text, server or asked)
        return Answer(text, min(asked, server or asked))

    def _unreached(self, call: Call, error: requests.RequestException) -> Exception:
        if isinstance(error, requests.Timeout):
            return _TryAgain(call.error(f"no answer within {self._patience.read:g} s"), None)
        passing = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
        if isinstance(error, passing):
            return _TryAgain(call.error(f"the connection failed ({type(error).__name__})"), None)
        return call.error(f"the request failed: {error}")

    def _check(self, call: Call, response: requests.Response, text: str, server_now: datetime) -> None:
        wait = _retry_after(response.headers.get("Retry-After"), server_now)
        in_body = call.limit_in(text)
        if response.status_code == 429 or in_body is not None:
            raise self._limit(call, text, wait if wait is not None else in_body or call.limit_lasts)
        if _cut_off(response, text):
            raise _TryAgain(call.error("the answer was cut off"), None)
        if response.ok:
            return
        error = call.error(f"HTTP {response.status_code}: {own_words(text) or response.reason}")
        if response.status_code == 408 or response.status_code >= 500:
            raise _TryAgain(error, wait.total_seconds() if wait is not None else None)
        raise error

    def _limit(self, call: Call, text: str, wait: timedelta) -> _TryAgain:
        retry_at = self._clock() + wait
        self._gate.limited(call.provider, retry_at)
        words = call.clean(own_words(text)) or "too many requests"
        message = f"{call.provider}: {words} (asking again at {retry_at:%Y-%m-%d %H:%M:%S} UTC)"
        return _TryAgain(RateLimited(message, retry_at), wait.total_seconds())


def own_words(body: str) -> str:
    """What a provider's answer says went wrong: the message of a JSON document, else the body."""
    try:
        return message_in(json.loads(body)) or body
    except ValueError:
        return body


def message_in(document: object) -> str:
    """The message of a JSON document that reports an error, or nothing."""
    said = (document.get(key) for key in _ERROR_KEYS) if isinstance(document, dict) else ()
    return next((words for words in said if isinstance(words, str)), "")


def keep_keys_out_of_logs() -> None:
    """urllib3 logs every path with its query at DEBUG, and two providers want their key there."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _KeysOut) for known in logger.filters):
        logger.addFilter(_KeysOut())


class _KeysOut(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _KEY_IN_URL.sub(r"\1***", record.getMessage()), ()
        return True


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _cut_off(response: requests.Response, text: str) -> bool:
    """Where nothing but the closing of the connection ends a body, a cut one has no proper last line."""
    framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
    return not framed and not text.rstrip(" ").endswith(("}", "]", ">", "\n"))


def _retry_after(value: str | None, server_now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for, in seconds or as a date by the server's own clock."""
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
