"""Client of the API, over HTTP to a running app or in this process without a socket.

The embedded warehouse can be opened by one process only. Requests go to `PPA_URL`, or to the address that a running
app has stored in `PPA_HOME`; without either, the app is opened in this process.
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

from ppa.client.find_app import open_or_find
from ppa.core.errors import BadInput, PpaError, Unavailable
from ppa.ops.addresses import split_web_address
from ppa.ops.iap import IAP_RESPONSE_HEADER, iam_address, signed_jwt
from ppa.ops.settings import Settings

if TYPE_CHECKING:  # not imported at run time: a command to a running app needs neither
    from flask import Flask

    from ppa.platform import Platform

IN_PLACE = "http://localhost"
CONNECT_SECONDS, READ_SECONDS = 5, 900


class ApiProblem(PpaError):
    """The API returned an error: its sentence as message, its `status` and, where there is one, its `code`.

    Examples
    --------
    >>> import ppa
    >>> try:
    ...     ppa.connect().model("nobody-v1")
    ... except ppa.ApiProblem as problem:
    ...     print(problem.status, problem.code)
    404 not_found
    """

    def __init__(self, sentence: str, status: int = 500, code: str = "") -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


class Api:
    """Requests to paths below `/api/v1`; error responses raise ApiProblem."""

    def __init__(self, session: requests.Session, base: str) -> None:
        self._session = session
        self.base = base

    def get(self, path: str, **arguments: object) -> Any:
        """GET `path` and return the JSON body."""
        return self._send("GET", path, params=_query(arguments)).json()

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Send a request with any method and return the JSON body."""
        return self._send(method, path, **options).json()

    def download(self, path: str, **arguments: object) -> Iterator[bytes]:
        """GET `path` and yield its body in chunks of bytes."""
        with self._send("GET", path, params=_query(arguments), stream=True) as response:
            try:
                yield from response.iter_content(1 << 16)
            except requests.RequestException as error:
                raise self._no_response(error) from error

    def events(self, path: str, **options: Any) -> Iterator[dict[str, Any]]:
        """POST to `path` and yield the events of the response, a stream of JSON lines.

        A problem event raises ApiProblem; a stream that ends without a result raises Unavailable.
        """
        event: dict[str, Any] = {}
        with self._send("POST", path, stream=True, **options) as response:
            for line in self._lines(response):
                event = json.loads(line)
                if "problem" in event:
                    problem = event["problem"]
                    raise ApiProblem(problem["detail"], problem["status"], problem["code"])
                yield event
        if "result" not in event:
            raise self._no_response("the response was truncated")

    def _lines(self, response: requests.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_lines()
        except requests.RequestException as error:
            raise self._no_response(error) from error

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            response = self._session.request(method, f"{self.base}/api/v1/{path}", timeout=timeout, **options)
        except requests.RequestException as error:
            raise self._no_response(error) from error
        if not response.ok:
            raise ApiProblem(_detail(response), response.status_code, _code(response))
        return response

    def _no_response(self, reason: object) -> Unavailable:
        return Unavailable(f"The app at {self.base} does not respond: {reason}")


@contextmanager
def connect_api(settings: Settings, url: str | None = None) -> Iterator[Api]:
    """Connect to the API at `url` or `PPA_URL`, of the app that runs here, or of one opened in this process."""
    address = os.environ.get("PPA_URL", "") if url is None else url
    target = _checked_address(address) or open_or_find(settings)
    if not isinstance(target, str):
        with closing(target), in_place(target) as api:
            yield api
        return
    with requests.Session() as session:
        session.trust_env = False
        session.auth = _sign_in(session, target.rstrip("/"), settings) if address else None
        yield Api(session, target.rstrip("/"))


def _checked_address(address: str) -> str:
    """Return the address, or nothing where none was given; BadInput where it is none."""
    if address and not split_web_address(address).hostname:
        raise BadInput(f"{address!r} (or PPA_URL) is no address; give one such as http://localhost:8080.")
    return address


def _sign_in(session: requests.Session, base: str, settings: Settings) -> AuthBase | None:
    """Authentication for Identity-Aware Proxy as a service account, or None if the app is not behind it."""
    try:
        response = session.get(
            f"{base}/healthz", timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
        )
    except requests.RequestException:
        return None  # the command's own request reports the error
    return signed_jwt(f"{base}/*", iam_address(settings)) if IAP_RESPONSE_HEADER in response.headers else None


@contextmanager
def in_place(platform: "Platform") -> Iterator[Api]:
    """API of an app over a platform opened in this process."""
    from ppa_web import create_app

    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount(IN_PLACE, WsgiAdapter(create_app(platform)))
        yield Api(session, IN_PLACE)


class WsgiAdapter(BaseAdapter):
    """Adapter of `requests` that sends requests to a WSGI app in this process; responses are streamed."""

    def __init__(self, app: "Flask") -> None:
        from werkzeug.test import Client

        super().__init__()
        self._client = Client(app)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send the request to the app."""
        address = urlsplit(request.url or "")
        app_response = self._client.open(
            address.path,
            base_url=IN_PLACE,
            method=request.method,
            query_string=address.query,
            headers={**request.headers, "Accept-Encoding": "identity"},  # the adapter does not decompress
            input_stream=_as_stream(request.body),
        )
        response = requests.Response()
        response.status_code = app_response.status_code
        response.headers.update(dict(app_response.headers))
        response.request, response.url = request, request.url or ""
        response.raw = _ChunkStream(app_response.response)
        return response

    def close(self) -> None:
        """Do nothing: no resources are held."""


class _ChunkStream(io.RawIOBase):
    """Chunks of the app's response as a readable stream."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = iter(pieces)

    def stream(self, _size: int, **_: object) -> Iterator[bytes]:
        """Yield the chunks as they arrive."""
        yield from self._pieces

    def release_conn(self) -> None:
        """Do nothing: there is no connection."""


def _as_stream(body: object) -> IO[bytes] | None:
    if body is None:
        return None
    if isinstance(body, str):
        return io.BytesIO(body.encode())
    return io.BytesIO(body) if isinstance(body, bytes) else body  # type: ignore[return-value]


def _query(arguments: Mapping[str, object]) -> dict[str, str]:
    return {name.rstrip("_"): str(value) for name, value in arguments.items() if value not in (None, "")}


def _code(response: requests.Response) -> str:
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _detail(response: requests.Response) -> str:
    if IAP_RESPONSE_HEADER in response.headers:
        return f"Identity-Aware Proxy returned status {response.status_code}: {response.text[:300]}"
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return "The upload exceeds the size limit of the server. For a model, train fewer or shallower trees."
        return f"The app returned status {response.status_code} for {Path(urlsplit(response.url).path)}."
