"""Headers that a client makes up: an answer below 500 to each, at home and in the cloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms import copied, small
from werkzeug.test import Client

from ppa.cli.server import build_application
from ppa_web import create_app

MALFORMED = [
    "http://[",
    "http://]",
    "http://[::1",
    "[",
    "]",
    "[::1",
    "//",
    "\x00",
    "http://a:b",
    "a:b",
    "a:99999",
    "http://\xe4",
    "",
    "a" * 60_000,
]
HEADERS = ["Host", "Origin", "Referer", "X-Forwarded-Host", "traceparent"]
REQUESTS = [("GET", "/system"), ("GET", "/api/v1/grafana"), ("POST", "/api/v1/labels")]


@pytest.fixture(scope="module", params=["home", "cloud"])
def client(
    request: pytest.FixtureRequest, history: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """The app as `ppa run` serves it, and as Cloud Run does: any Host is let in there."""
    platform = small(copied(history, tmp_path_factory.mktemp("headers"))).platform
    yield Client(build_application(platform) if request.param == "home" else create_app(platform))
    platform.close()


@pytest.mark.parametrize("value", MALFORMED, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("header", HEADERS)
def test_a_malformed_header_never_breaks_the_app(client: Client, header: str, value: str) -> None:
    for method, path in REQUESTS:
        environ = {f"HTTP_{header.upper().replace('-', '_')}": value, "CONTENT_TYPE": "application/json"}
        answer = client.open(path, method=method, environ_overrides=environ, data=b"[]")
        assert answer.status_code < 500, (method, path, answer.text)


@pytest.mark.parametrize("origin", MALFORMED, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("host", ["localhost", "["])
def test_an_origin_that_cannot_be_read_may_change_nothing(client: Client, host: str, origin: str) -> None:
    headers = {"HTTP_ORIGIN": origin, "HTTP_HOST": host}
    answer = client.post("/api/v1/labels", json={"lookahead": 3}, environ_overrides=headers)
    assert answer.status_code in (400, 403)
    assert answer.json["code"] in ("untrusted_host", "cross_site")
    assert client.post("/functions/ingest", environ_overrides=headers).status_code in (400, 403)
