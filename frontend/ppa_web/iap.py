"""Identity-Aware Proxy's signed assertion, verified: https://docs.cloud.google.com/iap/docs/signed-headers-howto.

The unsigned header with the e-mail address is never looked at: whoever gets past the proxy can write it.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from ppa.core.errors import Unauthenticated, Unavailable

ALGORITHM, ISSUER = "ES256", "https://cloud.google.com/iap"
KEYS_BASE_URL = "https://www.gstatic.com/iap/verify"
CLOCK_SKEW_SECONDS = 30
KEPT_SECONDS, UNKNOWN_SECONDS, FETCH_SECONDS = 3600.0, 60.0, 5.0

Claims = Mapping[str, Any]


class PublicKeys:
    """IAP's public keys by their id: fetched when first needed, then each hour, and when a new one is named."""

    def __init__(self, base_url: str = KEYS_BASE_URL, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = f"{base_url}/public_key", clock
        self._keys: Mapping[str, str] = {}
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def including(self, key_id: str) -> Mapping[str, str]:
        """The keys, fetched anew where they are old or lack this one; at most once a minute for made-up ids."""
        with self._lock:
            age = self._clock() - self._fetched
            if age >= KEPT_SECONDS or (key_id not in self._keys and age >= UNKNOWN_SECONDS):
                self._keys = self._fetch()
                self._fetched = self._clock()
            return self._keys

    def _fetch(self) -> Mapping[str, str]:
        try:
            answer = requests.get(self._url, timeout=FETCH_SECONDS)
            answer.raise_for_status()
            return {str(key_id): str(key) for key_id, key in answer.json().items()}
        except (requests.RequestException, ValueError, AttributeError) as error:
            raise Unavailable(
                "Nobody can be let in at the moment: the keys of Identity-Aware Proxy cannot be fetched "
                f"({type(error).__name__}). Try again in a minute."
            ) from error


def verified(assertion: str, audience: str, keys: PublicKeys) -> Claims:
    """The claims of an assertion that IAP signed for this service and that has not expired; else Unauthenticated."""
    try:
        header = jwt.decode_header(assertion)  # type: ignore[no-untyped-call]
        certs = keys.including(str(header.get("kid")))
        claims: Claims = jwt.decode(  # type: ignore[no-untyped-call]
            assertion, certs=certs, audience=audience, clock_skew_in_seconds=CLOCK_SKEW_SECONDS
        )
    except (ValueError, GoogleAuthError) as error:
        raise _refused() from error
    if header.get("alg") != ALGORITHM or header.get("kid") not in certs or claims.get("iss") != ISSUER:
        raise _refused()
    return claims


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "The sign-in of Identity-Aware Proxy does not hold; reload the page to sign in again."
    )
