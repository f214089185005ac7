"""Through Identity-Aware Proxy as a service account: by a JWT that the account signs for that one address.

With the OAuth client that Google manages, which the proxy of Cloud Run uses, no identity token lets a program in:
https://cloud.google.com/iap/docs/authentication-howto. IAM signs, so that there is no key to keep:
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
# Longer than an hour is refused, and what was signed in the future, by a clock that is fast, too. The last minutes are
# for calls that are slow.
LIFE_SECONDS, SKEW_SECONDS, RENEWED_BEFORE_SECONDS = 3600, 30, 300
SIGN_SECONDS = 10.0
REFUSED = "X-Goog-IAP-Generated-Response"


class SignedJwt(AuthBase):
    """Puts the JWT on each request, for all threads the same until shortly before it expires or is refused.

    `audience` is `https://HOST/*`. Unavailable where none can be had, so that the request is not made.
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
        request.register_hook("response", self._forget_refused)  # type: ignore[no-untyped-call]
        return request

    def _current(self) -> str:
        with self._lock:
            now = self._clock()
            if now >= self._expires - RENEWED_BEFORE_SECONDS:
                issued = int(now) - SKEW_SECONDS
                self._jwt, self._expires = self._sign(issued), issued + LIFE_SECONDS
            return self._jwt

    def _forget_refused(self, answer: requests.Response, **_: Any) -> None:
        if REFUSED in answer.headers:
            with self._lock:
                self._expires = float("-inf")

    def _sign(self, issued: int) -> str:
        from google.auth.exceptions import GoogleAuthError

        try:
            session, account = self._own_account()
            claims: dict[str, object] = {"iss": account, "sub": account, "aud": self._audience}
            claims |= {"iat": issued, "exp": issued + LIFE_SECONDS}
            answer = session.post(
                f"{self._base_url}/projects/-/serviceAccounts/{account}:signJwt",
                json={"payload": json.dumps(claims)},
                timeout=SIGN_SECONDS,
            )
            if answer.ok:
                return str(answer.json()["signedJwt"])
        except (GoogleAuthError, requests.RequestException, ValueError, KeyError) as error:
            raise Unavailable(
                f"IAM cannot be asked to sign in to {self._audience} ({type(error).__name__})."
            ) from error
        raise Unavailable(
            f"IAM answered {answer.status_code} when {account} was to sign in to {self._audience}: "
            f"{answer.text[:300]}"
        )

    def _own_account(self) -> tuple[requests.Session, str]:
        """Requests as the service account that this runs as, and its e-mail address."""
        import google.auth
        from google.auth.transport.requests import AuthorizedSession, Request

        credentials, _project = google.auth.default(scopes=[SCOPE])
        # on Cloud Run it is called "default" until the metadata server was asked
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
        account = getattr(credentials, "service_account_email", None)
        if not account:
            raise Unavailable(
                f"Only a service account can sign in to {self._audience}, and this runs as a person.",
                "`gcloud auth application-default login --impersonate-service-account=...` runs it as one.",
            )
        return AuthorizedSession(credentials), account  # type: ignore[no-untyped-call]


def iam_address(settings: Settings) -> str:
    """Where IAM is asked to sign."""
    return settings.base_urls.get("iamcredentials", BASE_URL)


@cache
def signed_jwt(audience: str, base_url: str = BASE_URL) -> SignedJwt:
    """One for the whole process: what is signed once serves an hour of requests."""
    return SignedJwt(audience, base_url)
