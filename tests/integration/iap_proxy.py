"""Stand-in for Identity-Aware Proxy and Cloud Identity: signs assertions, and serves keys and groups."""

import ast
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt
from google.auth.crypt import EsSigner

AUDIENCE = "/projects/123456789012/locations/europe-west1/services/ppa-web"
ISSUER = "https://cloud.google.com/iap"
DENIED: tuple[int, object] = (403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}})


@dataclass
class Proxy:
    """Keys by id, members by group (including groups), and the requested addresses.

    `edition` is True if nested groups are resolved in one request; a `broken` stand-in does not respond.
    """

    address: str = ""
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    edition: bool = False
    broken: bool = False

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on, and stop serving the old ones."""
        self.keys = {key_id: ec.generate_private_key(ec.SECP256R1())}

    def assertion(self, email: str, /, **changes: object) -> str:
        """Assertion that IAP sends for a person; `changes` replace claims, None removes one."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "email": email, "sub": "accounts.google.com:1"}
        claims |= {"iat": now - 5, "exp": now + 600, **changes}
        key_id = next(iter(self.keys))
        return signed({k: v for k, v in claims.items() if v is not None}, self.keys[key_id], key_id)

    def answer(self, path: str, arguments: Mapping[str, list[str]]) -> tuple[int, object]:
        """Status and body, as documented by Google."""
        if self.broken:
            return 503, {"error": {"status": "UNAVAILABLE"}}
        if path == "/public_key":
            return 200, {name: _public(key) for name, key in self.keys.items()}
        if path == "/groups:lookup":
            result = arguments["groupKey.id"][0]
            return (200, {"name": f"groups/{result}"}) if result in self.groups else DENIED
        group, _, asked = path.removeprefix("/groups/").partition("/memberships")
        if asked == ":checkTransitiveMembership":
            email = ast.literal_eval(arguments["query"][0].removeprefix("member_key_id == "))
            return (
                (200, {"hasMembership": True} if self._within(group, email) else {})
                if self.edition
                else DENIED
            )
        if asked == ":lookup":
            is_in = arguments["memberKey.id"][0] in self.groups[group]
            return (200, {"name": f"groups/{group}/memberships/1"}) if is_in else DENIED
        return 200, self._members(group, int(arguments.get("pageToken", ["0"])[0]))

    def _members(self, group: str, start: int) -> object:
        """Page with one member."""
        members = sorted(self.groups[group])
        page = [
            {"preferredMemberKey": {"id": m}, "type": "GROUP" if m in self.groups else "USER"}
            for m in members[start : start + 1]
        ]
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(members) else {}
        return {"memberships": page, **more}

    def _within(self, group: str, email: str) -> bool:
        members = self.groups.get(group, set())
        return email in members or any(self._within(inner, email) for inner in members - {group})


def signed(claims: Mapping[str, object], key: ec.EllipticCurvePrivateKey, key_id: str) -> str:
    """JWT signed with ES256."""
    return str(jwt.encode(EsSigner(key), dict(claims), key_id=key_id).decode())  # type: ignore[no-untyped-call]


@contextmanager
def running_proxy() -> Iterator[Proxy]:
    """Run the stand-in on a port of its own."""
    proxy = Proxy()
    proxy.rotate("first")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            proxy.asked.append(asked.path)
            status, body = proxy.answer(asked.path, parse_qs(asked.query))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Do not log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
