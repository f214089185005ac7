"""Identity-Aware Proxy's signed assertion, verified: https://docs.cloud.google.com/iap/docs/signed-headers-howto.

The unsigned header with the e-mail address is never looked at: whoever gets past the proxy can write it.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import requests
from google.auth import jwt, transport
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from ppa.core.errors import Unauthenticated, Unavailable
from ppa.storage.single_flight_cache import SingleFlightCache

ALGORITHM, ISSUER = "ES256", "https://cloud.google.com/iap"
KEYS_BASE_URL = "https://www.gstatic.com/iap/verify"
CLOCK_SKEW_SECONDS = 30
KEPT_SECONDS, UNKNOWN_SECONDS, FETCH_SECONDS = 3600.0, 60.0, 5.0

Claims = Mapping[str, Any]


@dataclass(frozen=True)
class _Fetched:
    keys: Mapping[str, str]
    at: float


@dataclass(frozen=True)
class _Response:
    """Status and body of a response, as google-auth reads them."""

    data: bytes
    status: int = 200


class PublicKeys:
    """IAP's public keys by their id: fetched when first needed, then each hour, and when a new one is named."""

    def __init__(self, base_url: str = KEYS_BASE_URL, clock: Callable[[], float] = time.monotonic) -> None:
        self.url, self._clock = f"{base_url}/public_key", clock
        self._cache = SingleFlightCache(1)

    def including(self, key_id: str) -> Mapping[str, str]:
        """The keys, fetched anew where they are old or lack this one; at most once a minute for made-up ids."""

        def is_fresh(fetched: _Fetched) -> bool:
            return self._clock() - fetched.at < (KEPT_SECONDS if key_id in fetched.keys else UNKNOWN_SECONDS)

        return self._cache.renew(self.url, lambda _: _Fetched(self._fetch(), self._clock()), is_fresh).keys

    def transport(self, key_id: str) -> transport.Request:
        """A transport of google-auth that serves the keys from memory, this one among them if it exists."""
        body = json.dumps(self.including(key_id)).encode()
        return cast(transport.Request, lambda *_, **__: _Response(body))

    def _fetch(self) -> Mapping[str, str]:
        try:
            response = requests.get(self.url, timeout=FETCH_SECONDS)
            response.raise_for_status()
            return {str(key_id): str(key) for key_id, key in response.json().items()}
        except (requests.RequestException, ValueError, AttributeError) as error:
            raise Unavailable(
                "Nobody can be let in at the moment: the keys of Identity-Aware Proxy cannot be fetched "
                f"({type(error).__name__}). Try again in a minute."
            ) from error


def verified(assertion: str, audience: str, keys: PublicKeys) -> Claims:
    """The claims of an assertion that IAP signed for this service and that has not expired; else Unauthenticated."""
    try:
        header = jwt.decode_header(assertion)  # type: ignore[no-untyped-call]
        if header.get("alg") != ALGORITHM or not header.get("kid"):
            raise _refused()
        claims: Claims = id_token.verify_token(
            assertion,
            keys.transport(str(header["kid"])),
            audience=audience,
            certs_url=keys.url,
            clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
        )
    except (ValueError, GoogleAuthError) as error:
        raise _refused() from error
    if claims.get("iss") != ISSUER:
        raise _refused()
    return claims


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "The sign-in of Identity-Aware Proxy does not hold; reload the page to sign in again."
    )
