"""Service account on Cloud Run: the metadata server, the IAM service that signs for it, and the proxy.

Identity-Aware Proxy responds with the same texts and headers as Google's.
"""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.crypt import RSASigner, verify_signature
from werkzeug.wrappers import Request, Response

ACCESS_TOKEN = "ya29.fake-access-token"  # noqa: S105 # of nothing
# not below gserviceaccount.com, for which google-auth would call the real IAM
EMAIL = "ppa-web@a-project.iam.example.com"
METADATA = {
    "project/project-id": "a-project",
    "universe/universe-domain": "googleapis.com",
    "instance/service-accounts/default/": {"email": EMAIL, "scopes": []},
    "instance/service-accounts/default/token": {"access_token": ACCESS_TOKEN, "expires_in": 3600},
}
MAX_SECONDS = 3600


@dataclass
class FakeAccount:
    """Service account with its requests and signed tokens; IAM refuses if not `may_sign`, or `down`."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    may_sign: bool = True
    down: bool = False
    scopes: set[str] = field(default_factory=set)
    signed: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """WSGI."""
        request = Request(environ)
        answer = self._sign if request.path.endswith(":signJwt") else self._metadata
        return answer(request)(environ, start_response)

    def _metadata(self, request: Request) -> Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return Response("Missing Metadata-Flavor:Google header.", 403)
        self.scopes |= set(filter(None, request.args.get("scopes", "").split(",")))
        result = METADATA.get(request.path.removeprefix("/computeMetadata/v1/"), "")
        text, kind = (result, "text") if isinstance(result, str) else (json.dumps(result), "application/json")
        return Response(text, headers={"Metadata-Flavor": "Google"}, content_type=kind)

    def _sign(self, request: Request) -> Response:
        if self.down:
            return Response("The service is currently unavailable.", 503)
        asked = (request.path, request.headers.get("Authorization"))
        if asked != (f"/v1/projects/-/serviceAccounts/{EMAIL}:signJwt", f"Bearer {ACCESS_TOKEN}"):
            return Response("Request had invalid authentication credentials.", 401)
        if not self.may_sign:
            return Response("Permission 'iam.serviceAccounts.signJwt' denied on resource.", 403)
        claims = json.loads(request.get_json()["payload"])
        signer = RSASigner(self.key, "key-1")
        self.signed.append(jwt.encode(signer, claims).decode())  # type: ignore[no-untyped-call]
        answer = {"keyId": "key-1", "signedJwt": self.signed[-1]}
        return Response(json.dumps(answer), mimetype="application/json")

    def public_key(self) -> str:
        """Public key of its signatures."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@dataclass
class FakeIap:
    """Admits requests with a JWT of an authorised account for the requested address, and rejects all others."""

    app: Any
    account: FakeAccount
    accessors: set[str] = field(default_factory=lambda: {EMAIL})
    clock: Callable[[], float] = time.time
    refusals: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """WSGI."""
        refusal = self._refusal(Request(environ))
        if refusal is None:
            return self.app(environ, start_response)
        refusal.headers["X-Goog-IAP-Generated-Response"] = "true"
        self.refusals.append(refusal.get_data(as_text=True))
        return refusal(environ, start_response)

    def _refusal(self, request: Request) -> Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            to = {"Location": "https://accounts.google.com/o/oauth2/v2/auth?client_id=google-managed"}
            return Response("Invalid IAP credentials: empty token", 302, to)
        try:
            wrong = self._wrong(token, request.url)
        except ValueError:
            wrong = "Unable to parse JWT"
        if wrong:
            return Response(f"Invalid IAP credentials: {wrong}", 401)
        return None if EMAIL in self.accessors else Response("You don't have access.", 403)

    def _wrong(self, token: str, url: str) -> str | None:
        claims = jwt.decode(token, verify=False)  # type: ignore[no-untyped-call]
        message, _, signature = token.encode().rpartition(b".")
        padded = urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))
        if not verify_signature(message, padded, self.account.public_key()):  # type: ignore[no-untyped-call]
            return "JWT signature is invalid"
        if not (claims["iss"] == claims["sub"] == EMAIL):
            return "Invalid JWT issuer."
        # a * at the end matches every path, elsewhere only itself
        stem, star, _ = claims["aud"].partition("*")
        if not (url.startswith(stem) if star else url == stem):
            return "Invalid bearer token. Invalid JWT audience."
        if claims["exp"] - claims["iat"] > MAX_SECONDS:
            return "JWT lives too long"
        if not claims["iat"] <= self.clock() < claims["exp"]:
            return "Expired JWT"
        return None
