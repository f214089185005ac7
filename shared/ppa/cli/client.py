"""A client of the API: over HTTP where an app is running, else straight into one opened for the command.

One process owns the embedded warehouse. So `PPA_URL`, or the address a running app has noted under
`PPA_HOME`, is spoken to over HTTP; where there is none, the app is opened in this process and spoken to
through the same requests, without a socket.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from ppa.cli.find_app import open_or_find
from ppa.core.errors import BadInput, PpaError, Unavailable
from ppa.ops.addresses import split_web_address
from ppa.ops.iap import REFUSED, iam_address, signed_jwt
from ppa.ops.settings import Settings

if TYPE_CHECKING:  # a command whose app is running needs neither, and does not wait for them
    from flask import Flask

    from ppa.platform import Platform

IN_PLACE = "http://localhost"
CONNECT_SECONDS, READ_SECONDS = 5, 900


class ApiProblem(PpaError):
    """What the API answered, in its own words."""


class Api:
    """Requests to the API below `/api/v1`; problems are raised as ApiProblem."""

    def __init__(self, session: requests.Session, base: str) -> None:
        self._session = session
        self.base = base

    def get(self, path: str, **arguments: object) -> Any:
        """GET as JSON."""
        return self._send("GET", path, params=_given(arguments)).json()

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Any method, JSON back."""
        return self._send(method, path, **options).json()

    def download(self, path: str, **arguments: object) -> Iterator[bytes]:
        """GET as a stream of bytes."""
        with self._send("GET", path, params=_given(arguments), stream=True) as response:
            try:
                yield from response.iter_content(1 << 16)
            except requests.RequestException as error:
                raise self._silent(error) from error

    def events(self, path: str, **options: Any) -> Iterator[dict[str, Any]]:
        """POST whose answer is a stream of JSON lines; a problem among them is raised, and an end without a result."""
        event: dict[str, Any] = {}
        with self._send("POST", path, stream=True, **options) as response:
            for line in self._lines(response):
                event = json.loads(line)
                if "problem" in event:
                    raise ApiProblem(event["problem"]["detail"])
                yield event
        if "result" not in event:
            raise self._silent("its answer broke off")

    def _lines(self, response: requests.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_lines()
        except requests.RequestException as error:
            raise self._silent(error) from error

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            response = self._session.request(method, f"{self.base}/api/v1/{path}", timeout=timeout, **options)
        except requests.RequestException as error:
            raise self._silent(error) from error
        if not response.ok:
            raise ApiProblem(_detail(response))
        return response

    def _silent(self, reason: object) -> Unavailable:
        return Unavailable(f"The app at {self.base} does not answer: {reason}")


@contextmanager
def connect(settings: Settings) -> Iterator[Api]:
    """The API of the running app, or of one opened in this process."""
    found = _given_address() or open_or_find(settings)
    if not isinstance(found, str):
        with closing(found), in_place(found) as api:
            yield api
        return
    with requests.Session() as session:
        session.trust_env = False
        session.auth = _sign_in(session, found.rstrip("/"), settings)
        yield Api(session, found.rstrip("/"))


def _given_address() -> str:
    """`PPA_URL`, or nothing; BadInput where it is no address."""
    address = os.environ.get("PPA_URL", "")
    if address and not split_web_address(address).hostname:
        raise BadInput("PPA_URL cannot be used; set it to an address such as http://localhost:8080.")
    return address


def _sign_in(session: requests.Session, base: str, settings: Settings) -> AuthBase | None:
    """How to get past Identity-Aware Proxy, where it stands before the app: as a service account."""
    if "PPA_URL" not in os.environ:
        return None
    try:
        answer = session.get(
            f"{base}/healthz", timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
        )
    except requests.RequestException:
        return None  # the command's own request will say so
    return signed_jwt(f"{base}/*", iam_address(settings)) if REFUSED in answer.headers else None


@contextmanager
def in_place(platform: "Platform") -> Iterator[Api]:
    """The API of an app over a platform of this process."""
    from ppa_web import create_app

    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount(IN_PLACE, WsgiAdapter(create_app(platform)))
        yield Api(session, IN_PLACE)


class WsgiAdapter(BaseAdapter):
    """Lets a `requests` session speak to a WSGI app in this process; answers stream as the app makes them."""

    def __init__(self, app: "Flask") -> None:
        from werkzeug.test import Client

        super().__init__()
        self._client = Client(app)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer the request from the app."""
        address = urlsplit(request.url or "")
        answer = self._client.open(
            address.path,
            base_url=IN_PLACE,
            method=request.method,
            query_string=address.query,
            headers={**request.headers, "Accept-Encoding": "identity"},  # nothing unpacks here
            input_stream=_as_stream(request.body),
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers))
        response.request, response.url = request, request.url or ""
        response.raw = _Pieces(answer.response)
        return response

    def close(self) -> None:
        """Nothing is held."""


class _Pieces(io.RawIOBase):
    """The app's pieces as a stream that can be read."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = iter(pieces)

    def stream(self, _size: int, **_: object) -> Iterator[bytes]:
        """The pieces as they come."""
        yield from self._pieces

    def release_conn(self) -> None:
        """There is no connection."""


def _as_stream(body: object) -> IO[bytes] | None:
    if body is None:
        return None
    if isinstance(body, str):
        return io.BytesIO(body.encode())
    return io.BytesIO(body) if isinstance(body, bytes) else body  # type: ignore[return-value]


def _given(arguments: Mapping[str, object]) -> dict[str, str]:
    return {name.rstrip("_"): str(value) for name, value in arguments.items() if value not in (None, "")}


def _detail(response: requests.Response) -> str:
    if REFUSED in response.headers:
        return f"Identity-Aware Proxy answered {response.status_code}: {response.text[:300]}"
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return "What was sent is larger than is taken there: for a model, train fewer or shallower trees."
        return f"The app answered {response.status_code} to {Path(urlsplit(response.url).path)}."
