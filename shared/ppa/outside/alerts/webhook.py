"""The webhook: one signed POST an alert, after the Standard Webhooks specification (standardwebhooks.com).

The signature is HMAC-SHA256 over `id.timestamp.body`, in base64, so that a receiver can tell who sent it, that nothing
was changed, and how old it is. Neither the address nor the secret is ever logged or kept.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from ppa.core.errors import BadInput
from ppa.ops.addresses import split_web_address

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PREFIX, MIN_SECRET = "whsec_", 24
CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
PAUSES = (1.0, 4.0)
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Webhook:
    """Where alerts go, and the key that they are signed with."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    sleep: Sleep = field(default=time.sleep, repr=False)

    @property
    def host(self) -> str:
        """All that may be told of the address: its path may be a secret."""
        return split_web_address(self.url).hostname or ""

    def send(self, alert_id: str, body: bytes, at: int) -> str | None:
        """POST one alert of that Unix time; None where the receiver took it, else why not. Tries three times."""
        said: str | None = None
        for pause in (*PAUSES, None):
            said, again = self._post(alert_id, body, at)
            if said is None or not again or pause is None:
                break
            self.sleep(pause)
        return said

    def _post(self, alert_id: str, body: bytes, at: int) -> tuple[str | None, bool]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "price-prediction-app",
            "webhook-id": alert_id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self.key, alert_id, at, body),
        }
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            with requests.Session() as session:
                session.trust_env = False
                # a redirect could lead the alert anywhere
                answer = session.post(
                    self.url, body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
                )
                status = answer.status_code
        except requests.RequestException as error:
            # its text names the address
            return f"{self.host} does not answer ({type(error).__name__})", True
        if 200 <= status < 300:
            return None, False
        return f"{self.host} answered {status}", status == 429 or status >= 500


def signature(key: bytes, alert_id: str, at: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{alert_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def check_address(url: str) -> str:
    """The address; BadInput unless it is https, or http on this machine. It is not repeated: it may hold a token."""
    parts = split_web_address(url)
    if parts.username or not (parts.scheme == "https" or parts.hostname in LOOPBACK):
        raise BadInput("PPA_ALERT_URL cannot be used: set it to an https address without a user in it.")
    return url


def read_secret(text: str) -> bytes:
    """The key of a secret: the base64 after `whsec_`, else its own bytes; BadInput where it is too short."""
    try:
        given = text.removeprefix(PREFIX)
        key = base64.b64decode(given, validate=True) if text.startswith(PREFIX) else text.encode()
    except binascii.Error:
        raise BadInput("PPA_ALERT_SECRET is no base64 after whsec_: make one with openssl rand.") from None
    if len(key) < MIN_SECRET:
        raise BadInput(f"PPA_ALERT_SECRET is too short: give it at least {MIN_SECRET} bytes.")
    return key
