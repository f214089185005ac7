"""Headers that a client makes up: an answer below 500 to each, at home and in the cloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms import ask, assert_problem, copied, served, small
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


LOCAL = ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"]
STRANGE = [
    "rebound.example",
    "[::2]",
    "[::1",
    "::1",
    "localhost.example",
    "localhost@rebound.example",
    "127.0.0.2",
]


@pytest.fixture(scope="module")
def at_home(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local app on a socket; its address."""
    platform = small(copied(history, tmp_path_factory.mktemp("hosts"))).platform
    with served(platform) as address:
        yield address
    platform.close()


@pytest.mark.parametrize("host", LOCAL)
def test_the_local_app_answers_by_every_name_of_this_machine(at_home: str, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert ask(f"{at_home}/api/v1/me", headers=headers).status_code == 200
    saved = ask(f"{at_home}/api/v1/labels", "POST", json={"lookahead": 3}, headers=headers)
    assert saved.status_code in (200, 201), saved.text
    assert ask(f"{at_home}/system", headers=headers).status_code == 200
    assert ask(f"{at_home}/functions/nothing", "POST", headers=headers).status_code == 404


@pytest.mark.parametrize("host", STRANGE)
@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/nowhere", "/functions/ingest"])
def test_the_local_app_answers_by_no_other_name(at_home: str, host: str, path: str) -> None:
    assert_problem(ask(f"{at_home}{path}", headers={"Host": host}), 400, "does not answer", "untrusted_host")
