"""Authentication to Identity-Aware Proxy (IAP) as a service account, with a JWT signed for one address.

IAP with the Google-managed OAuth client, as on Cloud Run, does not accept identity tokens of programs:
https://cloud.google.com/iap/docs/authentication-howto. IAM signs the JWT, so that no key needs to be stored:
https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt.
"""

import json
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import requests
from requests.auth import AuthBase

from ppa.core.errors import Unavailable
from ppa.ops.settings import Settings

BASE_URL = "https://iamcredentials.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/iam"
# IAP rejects lifetimes over one hour and issue times in the future; the skew allows for a fast clock, and renewing
# early leaves time for slow requests
LIFETIME_SECONDS, SKEW_SECONDS, RENEW_BEFORE_SECONDS = 3600, 30, 300
SIGN_SECONDS = 10.0
IAP_RESPONSE_HEADER = "X-Goog-IAP-Generated-Response"


class SignedJwt(AuthBase):
    """Adds a signed JWT to each request; all threads share it until shortly before it expires or is rejected.

    `audience` is `https://HOST/*`. Raises `Unavailable`, before the request is sent, if signing fails.
    """

    def __init__(
        self, audience: str, base_url: str = BASE_URL, clock: Callable[[], float] = time.time
    ) -> None:
        self._audience, self._base_url, self._clock = audience, base_url, clock
        self._jwt, self._expires = "", float("-inf")
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request."""
        request.headers["Authorization"] = f"Bearer {self._current()}"
        request.register_hook("response", self._drop_if_rejected)  # type: ignore[no-untyped-call]
        return request

    def _current(self) -> str:
        with self._lock:
            now = self._clock()
            if now >= self._expires - RENEW_BEFORE_SECONDS:
                issued = int(now) - SKEW_SECONDS
                self._jwt, self._expires = self._sign(issued), issued + LIFETIME_SECONDS
            return self._jwt

    def _drop_if_rejected(self, response: requests.Response, **_: Any) -> None:
        if IAP_RESPONSE_HEADER in response.headers:
            with self._lock:
                self._expires = float("-inf")

    def _sign(self, issued: int) -> str:
        from google.auth.exceptions import GoogleAuthError

        try:
            session, account = self._own_account()
            claims: dict[str, object] = {"iss": account, "sub": account, "aud": self._audience}
            claims |= {"iat": issued, "exp": issued + LIFETIME_SECONDS}
            response = session.post(
                f"{self._base_url}/projects/-/serviceAccounts/{account}:signJwt",
                json={"payload": json.dumps(claims)},
                timeout=SIGN_SECONDS,
            )
            if response.ok:
                return str(response.json()["signedJwt"])
        except (GoogleAuthError, requests.RequestException, ValueError, KeyError) as error:
            raise Unavailable(
                f"IAM could not sign a JWT for {self._audience} ({type(error).__name__})."
            ) from error
        raise Unavailable(
            f"IAM returned {response.status_code} when signing a JWT of {account} for {self._audience}: "
            f"{response.text[:300]}"
        )

    def _own_account(self) -> tuple[requests.Session, str]:
        """Return an authorised session of the current service account, and its e-mail address."""
        import google.auth
        from google.auth.transport.requests import AuthorizedSession, Request

        credentials, _project = google.auth.default(scopes=[SCOPE])
        # on Cloud Run the address is "default" until the credentials are refreshed
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
        account = getattr(credentials, "service_account_email", None)
        if not account:
            raise Unavailable(
                f"Only a service account can sign in to {self._audience}, but the credentials are a user's.",
                "Run `gcloud auth application-default login --impersonate-service-account=...`.",
            )
        return AuthorizedSession(credentials), account  # type: ignore[no-untyped-call]


def iam_address(settings: Settings) -> str:
    """Base URL of the IAM Credentials API."""
    return settings.base_urls.get("iamcredentials", BASE_URL)


@cache
def signed_jwt(audience: str, base_url: str = BASE_URL) -> SignedJwt:
    """Return the process-wide `SignedJwt` of an audience; one signature serves an hour of requests."""
    return SignedJwt(audience, base_url)
