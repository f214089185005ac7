"""Webhook: one signed POST per alert, following the Standard Webhooks specification (standardwebhooks.com).

The signature is the base64 of HMAC-SHA256 over `id.timestamp.body`; with it a receiver can verify the sender, the
content and the age of an alert. The address and the secret are never logged or stored.
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
    """Address that alerts are sent to, and the key that they are signed with."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    sleep: Sleep = field(default=time.sleep, repr=False)

    @property
    def host(self) -> str:
        """Host of the address; the rest is not shown because its path may be secret."""
        return split_web_address(self.url).hostname or ""

    def send(self, alert_id: str, body: bytes, at: int) -> str | None:
        """POST one alert, with up to three attempts; return None on success, else the error. `at` is a Unix time."""
        error: str | None = None
        for pause in (*PAUSES, None):
            error, retry = self._post(alert_id, body, at)
            if error is None or not retry or pause is None:
                break
            self.sleep(pause)
        return error

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
                # a redirect could send the alert to any address
                response = session.post(
                    self.url, body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
                )
                status = response.status_code
        except requests.RequestException as error:
            # the error's text contains the address
            return f"{self.host} does not respond ({type(error).__name__})", True
        if 200 <= status < 300:
            return None, False
        return f"{self.host} returned status {status}", status == 429 or status >= 500


def signature(key: bytes, alert_id: str, at: int, body: bytes) -> str:
    """Signature header: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{alert_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def check_address(url: str) -> str:
    """Validate a webhook address: https, or http on this machine. Errors do not repeat it: it may contain a token."""
    parts = split_web_address(url)
    if parts.username or not (parts.scheme == "https" or parts.hostname in LOOPBACK):
        raise BadInput("PPA_ALERT_URL is invalid; set it to an https address without a user name.")
    return url


def read_secret(text: str) -> bytes:
    """Signing key of a secret: base64 after `whsec_`, else the text's bytes. BadInput if it is too short."""
    try:
        encoded = text.removeprefix(PREFIX)
        key = base64.b64decode(encoded, validate=True) if text.startswith(PREFIX) else text.encode()
    except binascii.Error:
        raise BadInput("PPA_ALERT_SECRET is not base64 after whsec_; create one with openssl rand.") from None
    if len(key) < MIN_SECRET:
        raise BadInput(f"PPA_ALERT_SECRET is too short; use at least {MIN_SECRET} bytes.")
    return key
